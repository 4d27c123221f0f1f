"""One file over HTTP: verified before it has a name, bounded in size, given up within seconds."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from triage_bench.core.errors import UnavailableError
from triage_bench.datasets.cards import CardFile

CONNECT_SECONDS = 3.0
"""How long a server may take to be connected to."""
ANSWER_SECONDS = 6.0
"""How long until it answers, the look-up of its name included."""
READ_SECONDS = 10.0
"""How long it may then stay silent."""
UNREACHABLE_SECONDS = 60.0
"""How long a host that could not be reached is not asked again: five cards share one host."""

_unreachable_since: dict[str, float] = {}

Downloader = Callable[[str, str, Any], None]
"""What pooch calls with the address, the path to write to, and itself."""


def download(file: CardFile, dataset: str, place: Path, downloader: Downloader) -> None:
    """Download a file to its place; only a verified one ever stands there.

    Raises
    ------
    UnavailableError
        If it cannot be downloaded, or is not what the card says.
    """
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)  # it would announce every download on stderr
    why = f"data set {dataset!r} is not in the data home and could not be downloaded"
    try:
        # pooch writes to a temporary file beside the place, verifies it, and only then renames it.
        pooch.retrieve(file.url, f"sha256:{file.sha256}", place.name, place.parent, downloader=downloader)
    except UnavailableError as error:
        raise UnavailableError(f"{why}: {error}") from error
    except ValueError as error:
        raise UnavailableError(
            f"{why}: {file.url} now has another content than the card's checksum {file.sha256[:12]}…; nothing was kept."
        ) from error
    except OSError as error:  # requests' errors are OSErrors, too
        raise UnavailableError(f"{why}: {_reason(error)}.") from error
    finally:
        with suppress(OSError):
            place.parent.rmdir()  # an empty folder, left by a download that failed


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "the data home cannot be written to"
    return error.strerror or f"{type(error).__name__}"


def over_http(max_bytes: int) -> Downloader:
    """Return a downloader that breaks off at `max_bytes` and gives up within seconds without a network."""

    def download_limited(url: str, output: str, _: Any) -> None:
        host = urlsplit(url).netloc
        if time.monotonic() - _unreachable_since.get(host, -UNREACHABLE_SECONDS) < UNREACHABLE_SECONDS:
            raise UnavailableError(f"{host} could not be reached a moment ago")
        _in_time(_Transfer(url, host, Path(output), max_bytes))

    return download_limited


@dataclass
class _Transfer:
    """One download under way, seen by the thread that works and the one that waits."""

    url: str
    host: str
    output: Path
    max_bytes: int
    answered: threading.Event = field(default_factory=threading.Event)
    abandoned: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


def _in_time(transfer: _Transfer) -> None:
    """Download in a thread of its own: looking up a name knows no timeout, and may take minutes."""
    worker = threading.Thread(target=_work, args=(transfer,), daemon=True)
    worker.start()
    if not transfer.answered.wait(ANSWER_SECONDS):
        transfer.abandoned.set()
        _unreachable_since[transfer.host] = time.monotonic()
        raise UnavailableError(f"no answer from {transfer.host} within {ANSWER_SECONDS:.0f} s")
    worker.join()
    if transfer.error is not None:
        raise _explained(transfer.error, transfer.host)


def _work(transfer: _Transfer) -> None:
    try:
        _receive(transfer)
    except Exception as error:  # it belongs to the thread that waits
        transfer.error = error
    finally:
        transfer.answered.set()


def _receive(transfer: _Transfer) -> None:
    """Write what arrives; pooch's own downloader knows no limit and leaves a broken-off answer open."""
    import requests

    with requests.get(transfer.url, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response:
        response.raise_for_status()
        if transfer.abandoned.is_set():
            return
        transfer.answered.set()
        if response.headers.get("Content-Type", "").startswith("text/html"):
            raise UnavailableError(
                f"{transfer.host} answered with a web page (a sign-in, or a proxy?), not with the file"
            )
        received = 0
        with transfer.output.open("wb") as file:
            for chunk in response.iter_content(chunk_size=65_536):
                received += len(chunk)
                if received > transfer.max_bytes:
                    raise UnavailableError(f"the file is larger than the card's limit of {transfer.max_bytes:,} bytes")
                file.write(chunk)


def _explained(error: Exception, host: str) -> Exception:
    import requests

    if isinstance(error, requests.ConnectionError | requests.Timeout):
        _unreachable_since[host] = time.monotonic()
        return UnavailableError(f"{host} cannot be reached (no network?)")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return UnavailableError(f"{host} has broken off before the end")
    if isinstance(error, requests.HTTPError):
        return UnavailableError(f"{host} answered: {error}")
    return error
