"""What is wrong with a file before anything is trained: every problem with its place and the way on.

The file goes through the very door of `run`, `tune`, `fit` and `diagnose` (`read_table`, `dataset_of`);
what these would refuse or say is what stands here, with rows and columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import DataError, UnknownNameError
from triage_bench.core.identifiers import NAMES, Kind, kinds_in, redacted
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.columns import Table, cell_text, is_missing
from triage_bench.datasets.files import dataset_of
from triage_bench.datasets.guessing import guessed_columns
from triage_bench.datasets.normalise import ROWS_NAMED
from triage_bench.datasets.tables import read_table

Level = Literal["refused", "changed", "warning", "note"]
"""The file cannot be used; something was mended, merged or set aside; something looks wrong; worth knowing."""

CHANGED = frozenset(
    {
        "file.blank_rows",
        "text.unusable",
        "text.invisible",
        "text.spaces",
        "text.line_ends",
        "text.nfc",
        "text.empty",
        "labels.merged",
        "labels.missing",
    }
)
"""Codes of notices that tell of something done to what was read."""

NOTES = frozenset({"file.encoding", "file.quotes", "file.sheets", "labels.scale", "columns.guessed", "groups.missing"})

_PLACE = re.compile(r"(.*?):(\d+)(?::(\d+)|: byte (\d+))?: ")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, was changed, or should be known.

    Attributes
    ----------
    code
        A stable word, e.g. ``"text.identifiers"``.
    level
        See `Level`.
    place
        ``file:row:column``, as far as there is a place.
    rows
        The first rows, as a spreadsheet counts.
    count
        How many rows, labels or bytes it concerns.
    text
        What it is, and the way on.
    """

    code: str
    level: Level
    place: str
    rows: tuple[int, ...]
    count: int
    text: Sentence

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**vars(self), "rows": list(self.rows), "text": self.text.to_dict()}


@dataclass(frozen=True)
class Validation:
    """What is known of a file.

    Attributes
    ----------
    file
        Its name; what names a person in it is hidden.
    usable
        Whether the other commands would take it.
    rows, columns
        Rows read, and the names of all columns.
    text, label
        The columns that were looked at, given or guessed.
    classes
        Rows per label, where it is usable.
    problems
        In the order of `Level`, then of place.
    """

    file: str
    usable: bool
    rows: int = 0
    columns: tuple[str, ...] = ()
    text: str | None = None
    label: str | None = None
    classes: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        listed = [problem.to_dict() for problem in self.problems]
        return {**vars(self), "columns": list(self.columns), "problems": listed}


def validate_file(path: Path, text: str | None = None, label: str | None = None) -> Validation:
    """Look at a file as every command would, and collect what there is to say.

    Parameters
    ----------
    path
        The file.
    text, label
        Its columns; guessed where they are None, with a note.
    """
    file = f"{redacted(path.stem)}{path.suffix}"
    try:
        table = read_table(path)
    except DataError as error:
        return Validation(file, usable=False, problems=tuple(_refusals(error, file)))
    known: dict[str, Any] = {"rows": len(table.rows), "columns": tuple(table.columns)}
    guess, guesses = guessed_columns(table, text, label)
    notes = [_of_notice(notice, table, None) for notice in guesses]
    if guess is None:
        return Validation(file, usable=False, **known, problems=(*notes, _unnamed(table)))
    known |= {"text": redacted(guess[0]), "label": redacted(guess[1])}
    try:
        dataset = dataset_of(table, text=guess[0], label=guess[1], name=Path(file).stem)
    except UnknownNameError as error:
        return Validation(file, usable=False, **known, problems=(*notes, _unknown(error, file)))
    except DataError as error:
        found = (*_refusals(error, file), *notes, *_elsewhere(table, guess))
        return Validation(file, usable=False, **known, problems=found)
    found = (*notes, *_of_dataset(dataset, table, guess), *_elsewhere(table, guess))
    return Validation(file, usable=True, **known, classes=dataset.classes, problems=tuple(sorted(found, key=_order)))


def _of_dataset(dataset: Dataset, table: Table, guess: tuple[str, str]) -> Iterator[Problem]:
    columns = {"text": guess[0], "labels": guess[1]}
    for notice in dataset.notices:
        yield _of_notice(notice, table, columns.get(notice.code.partition(".")[0]))


def _of_notice(notice: Notice, table: Table, column: str | None) -> Problem:
    level: Level = "changed" if notice.code in CHANGED else "note" if notice.code in NOTES else "warning"
    number = table.number(column)
    place = table.file
    if notice.rows:
        place += f":{notice.rows[0]}" + (f":{number}" if number else "")
    elif number:
        place += f":1:{number}"
    return Problem(notice.code, level, place, notice.rows, notice.count, notice.text)


def _refusals(error: DataError, file: str) -> Iterator[Problem]:
    """Yield what a reader refused, each with its own place."""
    for one in (error, *error.also):
        said, place = str(one), file
        rows: tuple[int, ...] = ()
        match = _PLACE.match(said)
        if match and match[1] == file:
            rows = (int(match[2]),)
            place = f"{file}:{match[2]}" + (f":{match[3]}" if match[3] else "")
        yield Problem("file.refused", "refused", place, rows, 1, Sentence(redacted(one.ko), redacted(said)))


def _unknown(error: UnknownNameError, file: str) -> Problem:
    near = f" 혹시 {error.near!r}입니까?" if error.near else ""
    listed = ", ".join(map(repr, error.known)) or "없음"
    ko = f"열 {error.name!r}이(가) 없습니다.{near} 있는 열: {listed}. 첫 줄에 열 이름이 있어야 합니다."
    return Problem("columns.missing", "refused", f"{file}:1", (1,), 1, Sentence(redacted(ko), redacted(str(error))))


def _unnamed(table: Table) -> Problem:
    listed = ", ".join(map(repr, table.columns))
    said = Sentence(
        f"문장과 라벨이 어느 열에 있는지 알 수 없습니다. --text 열 --label 열로 지정하십시오. 있는 열: {listed}.",
        f"It cannot be told which columns hold the texts and the labels; name them with --text and --label: {listed}.",
    )
    return Problem("columns.unnamed", "refused", f"{table.file}:1", (1,), 1, said)


def _elsewhere(table: Table, guess: tuple[str, str]) -> Iterator[Problem]:
    """Yield the identifiers of the columns that are neither texts nor labels: nobody reads them, but they are there."""
    for name, cells in table.columns.items():
        if name in guess:
            continue
        kinds = [(row, found) for row, cell in zip(table.rows, cells, strict=True) if (found := _kinds(cell))]
        if kinds:
            kind = min(kinds[0][1])
            rows, number = tuple(row for row, _ in kinds[:ROWS_NAMED]), table.number(name)
            said = Sentence(
                f"쓰지 않는 열 {name!r}의 {len(kinds):,}행에 {NAMES[kind].ko} 등 개인식별정보가 있습니다. "
                "필요하지 않으면 열을 지우십시오.",
                f"{len(kinds):,} rows of the unused column {name!r} hold a {NAMES[kind].en} or the like; "
                "remove the column unless you need it.",
            )
            yield Problem("columns.identifiers", "warning", f"{table.file}:{rows[0]}:{number}", rows, len(kinds), said)


def _kinds(cell: Any) -> frozenset[Kind]:
    return frozenset() if is_missing(cell) else kinds_in(cell_text(cell))


def _order(problem: Problem) -> int:
    return ("refused", "changed", "warning", "note").index(problem.level)
