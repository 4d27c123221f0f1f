"""Comma-, semicolon- and tab-separated text → records; strict, with the place of every complaint.

The standard library's parser instead of pandas': it tells line and field of what is wrong, and it
never turns ``NA`` into nothing or ``01`` into 1.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from triage_bench.core.errors import DataError

_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel's own first line
_WELL_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_CANDIDATES = ",;\t|"
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_NAMES_KO = {",": "쉼표", ";": "세미콜론", "\t": "탭", "|": "세로줄"}
MOST_RAGGED = 20
"""Records of another length that are named, beyond the first."""


@dataclass(frozen=True)
class Records:
    """What stands in a delimited file.

    Attributes
    ----------
    rows
        Fields of every record, the header first; a blank line is an empty tuple.
    delimiter
        What separates the fields.
    literal_quotes
        Whether quotation marks are part of the texts (a tab-separated file without quoting).
    """

    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    literal_quotes: bool = False


def parse_delimited(text: str, file: str, *, tabs: bool = False) -> Records:
    """Split a file's text into records of equal length.

    Parameters
    ----------
    text
        The decoded file.
    file
        Its name, for messages.
    tabs
        Whether its name says that it is tab-separated.

    Raises
    ------
    DataError
        If a record has more or fewer fields than the header, or a quotation mark is not closed;
        with line and column (field number).
    """
    named = _SEPARATOR_LINE.match(text)
    if named:
        text = text[named.end() :]
    first_line = 2 if named else 1
    complaints: list[DataError] = []
    for delimiter in _order(text, named[1] if named else "\t" if tabs else None):
        if delimiter == "\t" and (literal := _unquoted(text)) is not None:
            return Records(literal, delimiter, literal_quotes=True)
        try:
            return Records(_parse(text, file, delimiter, first_line), delimiter)
        except DataError as error:
            complaints.append(error)
    raise complaints[0]


def _order(text: str, named: str | None) -> list[str]:
    """Return the delimiters to try: the named one, or those of the header, most frequent first."""
    if named:
        return [named]
    header = text.lstrip("\r\n").split("\n", 1)[0]
    outside_quotes = re.sub(r'"[^"]*"', "", header)
    found = sorted((d for d in _CANDIDATES if d in outside_quotes), key=lambda d: -outside_quotes.count(d))
    return found or [","]


def _unquoted(text: str) -> tuple[tuple[str, ...], ...] | None:
    """Split at tabs and line ends alone, if the file says that quotation marks mean nothing in it.

    It says so when all lines then have equally many fields and some field's quotation marks do
    not enclose it: reading such a file with quoting swallows whole lines.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    rows = tuple(tuple(line.split("\t")) if line else () for line in lines)
    quoted = [field for row in rows for field in row if '"' in field]
    equal = len({len(row) for row in rows if row}) == 1
    return rows if equal and quoted and not all(map(_WELL_QUOTED.fullmatch, quoted)) else None


def _parse(text: str, file: str, delimiter: str, first_line: int) -> tuple[tuple[str, ...], ...]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    ragged: list[DataError] = []
    width = 0
    while True:
        line = reader.line_num + first_line
        try:
            row = next(reader, None)
        except csv.Error as error:
            unclosed = _quoting_error(text, file, delimiter, reader.line_num, line, first_line)
            first, *others = *ragged, unclosed
            first.also = tuple(others)
            raise first from error
        if row is None or len(ragged) > MOST_RAGGED:
            break
        width = width or len(row)
        if row and len(row) != width:
            ragged.append(_ragged_error(file, delimiter, line, row, width))
        rows.append(tuple(row))
    if ragged:
        ragged[0].also = tuple(ragged[1:])
        raise ragged[0]
    return tuple(rows)


def _quoting_error(text: str, file: str, delimiter: str, reached: int, line: int, first_line: int) -> DataError:
    words = re.split("\r\n|\r|\n", text)[line - first_line]
    lengths = list(map(len, words.split(delimiter)))
    if max(lengths) > csv.field_size_limit():
        return _length_error(f"{file}:{line}:{lengths.index(max(lengths)) + 1}", max(lengths))
    column = _last_field(words, delimiter)
    until = f" (noticed in line {reached + first_line - 1})" if reached + first_line - 1 != line else ""
    return DataError(
        f'{file}:{line}:{column}: the quotation marks do not match{until}. A field that begins with " must end with '
        f'" before the next {_NAMES.get(delimiter, repr(delimiter))}, and a " inside it is written twice. '
        "Correct the line, or save the file again from the spreadsheet.",
        f'{file}:{line}:{column}: 따옴표의 짝이 맞지 않습니다. "로 시작한 칸은 다음 '
        f'{_NAMES_KO.get(delimiter, repr(delimiter))} 앞에서 "로 끝나야 하고, '
        '칸 안의 "는 두 번 써야 합니다. 그 줄을 고치거나 스프레드시트에서 다시 저장하십시오.',
    )


def _length_error(place: str, length: int) -> DataError:
    # The limit stays: a quotation mark that is closed thousands of rows later would make one text of them.
    return DataError(
        f"{place}: a field of {length:,} characters; at most {csv.field_size_limit():,} are read from such a file. "
        "Rows have probably run together; else shorten the text, or save the file as JSON Lines.",
        f"{place}: 한 칸이 {length:,}자입니다. 이 형식에서는 {csv.field_size_limit():,}자까지만 읽습니다. 여러 행이 "
        "합쳐진 것이 아닌지 확인하고, 아니라면 문장을 줄이거나 JSON Lines로 저장하십시오.",
    )


def _last_field(line: str, delimiter: str) -> int:
    """Return the number of the field in which a line ends: the one that was not closed."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter), [""]))
    except csv.Error:  # longer than the parser allows: nobody writes such a field on purpose
        return 1


def _ragged_error(file: str, delimiter: str, line: int, row: list[str], width: int) -> DataError:
    what = _NAMES.get(delimiter, repr(delimiter))
    column = min(len(row), width) + (len(row) > width)
    return DataError(
        f"{file}:{line}:{column}: {len(row)} fields where the header has {width} (separated by {what}). "
        f'A text that contains a {what} or a line break must stand between quotation marks "…".',
        f"{file}:{line}:{column}: 칸이 {len(row)}개입니다. 첫 줄의 열은 {width}개입니다"
        f"(구분: {_NAMES_KO.get(delimiter, repr(delimiter))}). 문장 안에 구분 문자나 줄바꿈이 있으면 "
        '문장을 따옴표 "…"로 감싸십시오.',
    )
