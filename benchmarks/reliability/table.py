"""The stored results, and the table of the README that is made from them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results.jsonl"
BEGIN, END = "<!-- RELIABILITY -->", "<!-- /RELIABILITY -->"


@dataclass(frozen=True)
class Line:
    """A result with what it was obtained from.

    Attributes
    ----------
    campaign
        The module that ran.
    fault, tried, survived, note
        As in `benchmarks.reliability.result.Result`.
    seed, commit
        Of the campaign and of the program.
    """

    campaign: str
    fault: str
    tried: int
    survived: int
    note: str
    seed: int
    commit: str


def read_lines(path: Path = RESULTS) -> list[Line]:
    """Return the stored lines; none where there is no file."""
    if not path.is_file():
        return []
    return [Line(**json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]


def write_lines(path: Path, lines: Sequence[Line]) -> None:
    """Store lines, the whole file at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    aside.write_text("".join(json.dumps(asdict(line), ensure_ascii=False) + "\n" for line in lines), "utf-8")
    aside.replace(path)


def rendered(lines: Sequence[Line]) -> str:
    """Return the table in Markdown, with the sum as its last row."""
    rows = [
        f"| {_cell(one.fault)} | {one.tried:,} | {one.survived:,} | {_cell(one.note)} | {one.seed} | {one.commit} |"
        for one in lines
    ]
    tried, survived = sum(one.tried for one in lines), sum(one.survived for one in lines)
    share = f"{math.floor(survived / tried * 1e4) / 1e4:.2%}" if tried else "–"  # never rounded up to all
    head = ["| fault | tried | survived | | seed | commit |", "|---|--:|--:|---|--:|---|"]
    return "\n".join([*head, *rows, f"| **all** | **{tried:,}** | **{survived:,}** | {share} | | |"])


def replaced(readme: str, lines: Sequence[Line]) -> str:
    """Return the README with this table between its markers.

    Raises
    ------
    ValueError
        If it has not exactly one pair of markers.
    """
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or readme.index(BEGIN) > readme.index(END):
        raise ValueError(f"expected {BEGIN} and {END} once each, in this order")
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n{rendered(lines)}\n{END}{rest.split(END)[1]}"


def table_of(readme: str) -> str:
    """Return what stands between the markers."""
    return readme.split(BEGIN)[1].split(END)[0].strip()


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
