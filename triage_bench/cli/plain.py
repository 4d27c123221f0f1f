"""Plain tables on standard output: aligned by terminal cells, because Hangul is two cells wide."""

from __future__ import annotations

import errno
import os
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

_ACTIVE = r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
"""What JSON leaves as it is and a terminal obeys: C1 controls, changes of direction."""


def cells(text: str) -> int:
    """Return how many terminal cells a text takes; combining marks take none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, width: int) -> str:
    """Fill a text with spaces up to a number of cells."""
    return text + " " * max(0, width - cells(text))


def safe(text: str) -> str:
    """Make a text harmless for a terminal: control characters and escape codes are shown, not obeyed."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def print_lines(lines: Sequence[dict[str, str]], *, json: bool = False) -> None:
    """Print rows under their column names, or as JSON.

    Parameters
    ----------
    lines
        Rows with the same columns.
    json
        Print one JSON array instead.
    """
    if json:
        write_json(list(lines))
        return
    if not lines:
        return
    columns = list(lines[0])
    table = [columns, *([safe(line[c]) for c in columns] for line in lines)]
    widths = [max(cells(row[i]) for row in table) for i in range(len(columns))]
    for row in table:
        write("  ".join(pad(text, width) for text, width in zip(row, widths, strict=True)).rstrip())


def write_json(data: Any) -> None:
    """Print plain data as JSON."""
    write(json_text(data))


def json_text(data: Any, indent: int | None = 1) -> str:
    """Return plain data as JSON in which no character does anything to a terminal."""
    from json import dumps

    plain = dumps(data, ensure_ascii=False, indent=indent, allow_nan=False)
    return re.sub(_ACTIVE, lambda found: f"\\u{ord(found[0]):04x}", plain)


def write(line: str) -> None:
    """Write a line of data to standard output, in whatever encoding the terminal has."""
    encoding = sys.stdout.encoding or "utf-8"
    with _reader_may_go(sys.stdout):
        sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def tell(line: str) -> None:
    """Write a line for people to standard error: harmless for a terminal, and naming nobody."""
    from triage_bench.core.identifiers import redacted

    with _reader_may_go(sys.stderr):
        sys.stderr.write(safe(redacted(line)) + "\n")


def flush() -> None:
    """Hand over what is still held back."""
    with _reader_may_go(sys.stdout):
        sys.stdout.flush()


@contextmanager
def _reader_may_go(stream: TextIO) -> Iterator[None]:
    """Do not mind that nobody listens any more (``| head -1``, a closed terminal): the work goes on."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
