from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.core.digest import digest_texts
from triage_bench.text.cache import TokenCache, read_tokens, write_tokens
from triage_bench.text.corpus import Corpus
from triage_bench.text.ragged import Ragged
from triage_bench.text.tokenizers import tokenizer

TEXTS = ["머리가 아파요", "", "열이 나요 🤒", "\ud800 깨진 글"]


def rows_of(tokens: Ragged) -> list[list[str]]:
    return [tokens.row(i) for i in range(len(tokens))]


@given(st.lists(st.lists(st.text(max_size=3), max_size=4), max_size=5))
def test_what_is_encoded_comes_back(rows: list[list[str]]) -> None:
    tokens = Ragged.of(rows)
    assert rows_of(tokens) == rows
    assert list(tokens.vocabulary) == sorted({token for row in rows for token in row})


def test_the_second_time_comes_from_disk_and_is_equal(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path)
    first = cache.tokens(TEXTS, tokenizer("jamo"))
    second = cache.tokens(TEXTS, tokenizer("jamo"))
    assert (cache.hits, cache.misses, cache.damaged) == (1, 1, 0)
    assert rows_of(first) == rows_of(second) and first.vocabulary == second.vocabulary
    assert first.values.dtype == second.values.dtype == np.int32


def test_other_texts_and_other_versions_get_other_files(tmp_path: Path) -> None:
    class Renewed:
        name, version, learns = "eojeol", "2", False

    cache, digest = TokenCache(tmp_path), digest_texts(TEXTS)
    paths = {
        cache.path(digest, tokenizer("eojeol")),
        cache.path(digest, tokenizer("char")),
        cache.path(digest, Renewed()),  # type: ignore[arg-type]
        cache.path(digest_texts(TEXTS[:2]), tokenizer("eojeol")),
    }
    assert len(paths) == 4


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "foreign", "fewer rows"])
def test_a_damaged_file_is_computed_again(tmp_path: Path, damage: str) -> None:
    cache = TokenCache(tmp_path)
    expected = rows_of(cache.tokens(TEXTS, tokenizer("eojeol")))
    path = cache.path(digest_texts(TEXTS), tokenizer("eojeol"))
    data = path.read_bytes()
    if damage == "fewer rows":
        write_tokens(path, Ragged.of([["가"]]))
    else:
        spoiled = {"empty": b"", "cut": data[: len(data) // 2], "foreign": b"not a cache", "flipped": flipped(data)}
        path.write_bytes(spoiled[damage])
    assert rows_of(cache.tokens(TEXTS, tokenizer("eojeol"))) == expected
    assert cache.damaged == 1
    assert rows_of(read_tokens(path)) == expected


def flipped(data: bytes) -> bytes:
    at = data.index(b"values.npy") + 150
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_any_cut_or_flipped_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "tokens.npz"
    write_tokens(path, Ragged.of([["가", "나"], ["다"]]))
    data = path.read_bytes()
    cache = TokenCache(tmp_path)
    for at in range(0, len(data), 7):
        for spoiled in (data[:at], data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]):
            path.write_bytes(spoiled)
            read = cache._read(path, 2)
            assert read is None or rows_of(read) == [["가", "나"], ["다"]]


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    assert rows_of(TokenCache(blocked).tokens(["가 나"], tokenizer("eojeol"))) == [["가", "나"]]


def test_a_tokenizer_that_learns_is_never_cached(tmp_path: Path) -> None:
    class Learning:
        name, version, learns = "subwords", "1", True

    with pytest.raises(ValueError, match="'subwords' learns from texts"):
        TokenCache(tmp_path).tokens(TEXTS, Learning())  # type: ignore[arg-type]


def test_processes_that_write_at_once_agree_with_each_other_and_with_us(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from triage_bench.text.corpus import Corpus\n"
        "texts = ['머리가 아파요', '', '열이 나요 🤒', '\\ud800 깨진 글']\n"
        "for _ in range(20):\n"
        "    for file in Path(sys.argv[1]).rglob('*.npz'): file.unlink(missing_ok=True)\n"
        "    tokens = Corpus(texts, Path(sys.argv[1])).tokens('jamo')\n"
        "print([tokens.row(i) for i in range(len(tokens))])\n"
    )
    command = [sys.executable, "-X", "utf8", "-c", script, str(tmp_path)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") for _ in range(2)]
    said = {worker.communicate(timeout=300)[0].strip() for worker in workers}
    assert said == {str(rows_of(Corpus(TEXTS, tmp_path).tokens("jamo")))}
    assert not list(tmp_path.rglob("*.tmp"))
