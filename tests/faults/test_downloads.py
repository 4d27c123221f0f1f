"""Whatever a server sends instead of the file, nothing but the file is ever kept."""

from __future__ import annotations

import gzip
import hashlib
import http.server
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from triage_bench.core.errors import UnavailableError
from triage_bench.core.sentence import Sentence
from triage_bench.datasets.cards import Card, CardFile
from triage_bench.datasets.public import obtain

CONTENT = "가슴이 답답해요\t2\n".encode() * 5_000
PAGE = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
KNOWN = Card("mine", "Mine", Sentence("", ""), "here", "MIT", "somewhere:read")


# Made once: 50 MB packed anew for every request kept a busy machine's server silent past the limit.
ANSWERS: dict[str, tuple[dict[str, str], bytes]] = {
    "/sound": ({}, CONTENT),
    "/wrong": ({}, CONTENT[:-1] + b"!"),
    "/shorter": ({}, CONTENT[:-100]),
    "/truncated": ({"Content-Length": str(len(CONTENT))}, CONTENT[: len(CONTENT) // 2]),
    "/html": ({"Content-Type": "text/html"}, PAGE),
    "/empty": ({"Content-Length": "0"}, b""),
    "/larger": ({}, CONTENT * 20),
    "/bomb": ({"Content-Encoding": "gzip"}, gzip.compress(b"0" * 50_000_000)),
    "/damaged": ({"Content-Encoding": "gzip"}, gzip.compress(CONTENT)[:200]),
    "/away": ({"Location": "file:///etc/passwd"}, b""),
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers each path with another fault."""

    def do_GET(self) -> None:
        headers, body = ANSWERS[self.path]
        self.send_response(302 if self.path == "/away" else 200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # the other side has seen enough
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(serve: Callable[[type[Handler]], str]) -> str:
    return serve(Handler)


def a_file(url: str, path: str = "mine/data.tsv") -> CardFile:
    return CardFile(path, url, hashlib.sha256(CONTENT).hexdigest(), len(CONTENT) + 1_000)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/wrong", "another content than the card's checksum"),
        ("/shorter", "another content than the card's checksum"),
        ("/truncated", "broken off"),
        ("/html", "a web page"),
        ("/empty", "another content than the card's checksum"),
        ("/larger", "larger than the card's limit"),
        ("/bomb", "larger than the card's limit"),
        ("/damaged", "could not be downloaded"),
        ("/away", "could not be downloaded"),
    ],
)
def test_nothing_but_the_file_is_kept(server: str, tmp_path: Path, path: str, message: str) -> None:
    with pytest.raises(UnavailableError, match=message):
        obtain(a_file(f"{server}{path}"), KNOWN, tmp_path)
    assert list(tmp_path.rglob("*")) == []
    assert obtain(a_file(f"{server}/sound"), KNOWN, tmp_path).read_bytes() == CONTENT


def test_a_place_outside_the_data_home_is_refused(server: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for path in ("../outside.tsv", str(tmp_path / "outside.tsv"), "mine/../../outside.tsv"):
        with pytest.raises(UnavailableError, match="outside the data home"):
            obtain(a_file(f"{server}/sound", path), KNOWN, home)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
