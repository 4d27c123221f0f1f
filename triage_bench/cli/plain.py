"""Plain tables on standard output: aligned by terminal cells, because Hangul is two cells wide."""

from __future__ import annotations

import json as json_module
import sys
import unicodedata
from collections.abc import Sequence


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
        write(json_module.dumps(list(lines), ensure_ascii=False, indent=1))
        return
    if not lines:
        return
    columns = list(lines[0])
    table = [columns, *([safe(line[c]) for c in columns] for line in lines)]
    widths = [max(cells(row[i]) for row in table) for i in range(len(columns))]
    for row in table:
        write("  ".join(pad(text, width) for text, width in zip(row, widths, strict=True)).rstrip())


def write(line: str) -> None:
    """Write a line of data to standard output, in whatever encoding the terminal has."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
