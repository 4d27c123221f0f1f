"""Named columns of plain cells, whatever format they come from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from triage_bench.core.errors import DataError, UnknownNameError
from triage_bench.core.identifiers import NAMES, kinds_in
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.normalise import normalise_text

Cell = Any
"""What a format can hold: str, int, float, bool, None, a date; lists and objects in JSON."""


@dataclass(frozen=True)
class Table:
    """Columns by name.

    Attributes
    ----------
    file
        The file's name, for messages.
    columns
        Cells by column name, in the file's order of columns.
    rows
        Where each record stands in the file, as a spreadsheet counts: the header is row 1. In
        JSON Lines and Parquet, which have no header, the first record is row 1.
    notices
        What was noticed while reading.
    header
        Every name in the file's first row, columns without one included; empty where there is no such row.
    """

    file: str
    columns: Mapping[str, tuple[Cell, ...]]
    rows: tuple[int, ...]
    notices: tuple[Notice, ...] = ()
    header: tuple[str, ...] = ()

    def column(self, name: str) -> tuple[Cell, ...]:
        """Return one column's cells.

        Raises
        ------
        UnknownNameError
            If there is no such column; names the nearest and lists the rest.
        """
        wanted = normalise_text(name).strip()
        if wanted in self.columns:
            return self.columns[wanted]
        shown = [known if len(known) <= 40 else f"{known[:39]}…" for known in self.columns]
        raise UnknownNameError(
            "column", name, shown, f"These are the columns of {self.file}; its first row must hold their names."
        )

    def number(self, name: str | None) -> int | None:
        """Return a column's number in the file, from 1; None where it has none."""
        names, wanted = self.header or tuple(self.columns), normalise_text(name or "").strip()
        return names.index(wanted) + 1 if wanted in names else None

    def place(self, name: str) -> str:
        """Return where a column begins, ``file:1:column``; only the file where names stand in no row of it."""
        return f"{self.file}:1:{self.number(name)}" if self.header else self.file


def is_missing(cell: Cell) -> bool:
    """Whether a cell holds nothing: null, NaN, or only white space. The word ``NA`` is something."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return True
    if not isinstance(cell, str):
        return False
    return not (cell[:1].isalnum() or normalise_text(cell).strip())


def cell_text(cell: Cell) -> str:
    """Write a cell as text; a whole number without ``.0``, nothing as an empty string."""
    if isinstance(cell, str):
        return cell
    if is_missing(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def with_header(rows: Sequence[tuple[Cell, ...]], file: str, notices: Iterable[Notice]) -> Table:
    """Make a table of records whose first that is not blank is the header.

    Raises
    ------
    DataError
        If there are only blank records, or two columns share a name.
    """
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if not all(map(is_missing, row))]
    if not numbered:
        raise DataError(f"{file}: nothing but blank lines.", f"{file}: 빈 줄만 있습니다.")
    header = [normalise_text(cell_text(cell)).strip() for cell in numbered[0][1]]
    check_header(header, file, numbered[0][0])
    body = numbered[1:]
    # An unnamed column is usually the index that a program wrote along; nobody can ask for it.
    columns = {name: tuple(row[i] for _, row in body) for i, name in enumerate(header) if name}
    blank = sum(1 for row in rows[numbered[0][0] : (numbered[-1][0])] if all(map(is_missing, row)))
    rows_read = tuple(number for number, _ in body)
    return Table(file, columns, rows_read, (*notices, *_blank_notice(blank, len(body))), tuple(header))


def check_header(header: Sequence[str], file: str, row: int = 1) -> None:
    """Refuse a header that names two columns alike, or holds what names a person: then it is a row of data."""
    for place, name in enumerate(header, start=1):
        for kind in sorted(kinds_in(name)):
            raise DataError(
                f"{file}:{row}:{place}: the name of this column holds a {NAMES[kind].en}. The first row must hold the "
                "names of the columns; add such a row, or rename the column.",
                f"{file}:{row}:{place}: 열 이름에 {NAMES[kind].ko}가 있습니다. 첫 줄에는 열 이름이 있어야 합니다. "
                "첫 줄을 추가하거나 열 이름을 바꾸십시오.",
            )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        second = next(at for at, name in enumerate(header) if name and name in header[:at]) + 1
        raise DataError(
            f"{file}:{row}:{second}: the header names {', '.join(map(repr, twice))} twice; "
            "give every column its own name.",
            f"{file}:{row}:{second}: 열 이름 {', '.join(map(repr, twice))}이(가) 두 번 나옵니다. "
            "열마다 다른 이름을 주십시오.",
        )


def _blank_notice(blank: int, rows: int) -> Iterable[Notice]:
    if blank:
        yield Notice(
            "file.blank_rows",
            blank,
            rows + blank,
            Sentence(f"빈 줄 {blank:,}개를 건너뛰었습니다.", f"{blank:,} blank rows were skipped."),
        )
