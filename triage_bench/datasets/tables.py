"""A file of any supported format → `Table`. Knows no text and no label."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from triage_bench.core.errors import DataError
from triage_bench.core.identifiers import redacted
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.columns import Cell, Table, check_header, with_header
from triage_bench.datasets.delimited import parse_delimited
from triage_bench.datasets.encoding import decode
from triage_bench.datasets.normalise import normalise_text

LARGEST_WORKBOOK = 1 << 30
"""Bytes that a workbook may unpack to."""

_ZIP, _OLD_EXCEL, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"
_EXCEL_ERRORS = frozenset({"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!"})


def read_table(path: Path) -> Table:
    """Read CSV, TSV, TXT, JSON Lines, Parquet or XLSX, by the file name's extension.

    Raises
    ------
    DataError
        If the file is missing, a folder, empty, damaged, of another format, without rows, or
        without a usable header.
    """
    # What stands in a name stands in every message about the file, and in the report.
    return parse_table(_bytes(path), path.with_name(f"{redacted(path.stem)}{path.suffix}"))


def parse_table(data: bytes, path: Path) -> Table:
    """Read the bytes of such a file; `path` gives its name and its extension.

    Raises
    ------
    DataError
        As `read_table`.
    """
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise DataError(
            f"{path.name}: unknown extension {path.suffix!r}; expected one of {', '.join(_READERS)}.",
            f"{path.name}: 확장자 {path.suffix!r}을(를) 알 수 없습니다. 가능한 확장자: {', '.join(_READERS)}.",
        )
    _check_content(data, kind, path.name)
    table = _READERS[kind](data, path)
    if not table.rows:
        raise DataError(
            f"{path.name}: no rows below the header; at least 10 are needed.",
            f"{path.name}: 열 이름 아래에 행이 없습니다. 10행 이상이 필요합니다.",
        )
    return table


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except IsADirectoryError as error:
        raise DataError(
            f"{path.name!r} is a folder; expected a file ({', '.join(_READERS)}).",
            f"{path.name!r}은(는) 폴더입니다. 파일({', '.join(_READERS)})을 지정하십시오.",
        ) from error
    except FileNotFoundError as error:
        near = _nearby(path)
        raise DataError(
            f"there is no file {str(path)!r}."
            + (f" Did you mean {near!r}?" if near else " Check spelling and folder."),
            f"{str(path)!r} 파일이 없습니다." + (f" 혹시 {near!r}입니까?" if near else " 철자와 폴더를 확인하십시오."),
        ) from error
    except OSError as error:
        raise DataError(
            f"{path.name!r} cannot be read: {error.strerror}.",
            f"{path.name!r}을(를) 읽을 수 없습니다: {error.strerror}.",
        ) from error
    if not data:
        raise DataError(f"{path.name}: the file is empty (0 bytes).", f"{path.name}: 파일이 비어 있습니다(0바이트).")
    return data


def _nearby(path: Path) -> str | None:
    import difflib

    folder = path.parent
    names = [other.name for other in folder.iterdir() if other.is_file()] if folder.is_dir() else []
    return next(iter(difflib.get_close_matches(path.name, names, n=1)), None)


def _check_content(data: bytes, kind: str, file: str) -> None:
    if data.startswith(_OLD_EXCEL):
        raise DataError(
            f"{file}: an old or password-protected Excel workbook; save it as .xlsx without a password.",
            f"{file}: 옛 형식이거나 암호가 걸린 엑셀 파일입니다. 암호 없이 .xlsx로 다시 저장하십시오.",
        )
    for mark, what, kinds in ((_ZIP, "an Excel workbook", (".xlsx", ".xlsm")), (_PARQUET, "Parquet", (".parquet",))):
        if data.startswith(mark) and kind not in kinds:
            raise DataError(
                f"{file}: its content is {what}, not {kind}; rename it to {Path(file).stem}{kinds[0]}.",
                f"{file}: 내용은 {kind}이(가) 아니라 {kinds[0]}입니다. "
                f"이름을 {Path(file).stem}{kinds[0]}(으)로 바꾸십시오.",
            )
        if kind in kinds and not data.startswith(mark):
            raise DataError(
                f"{file}: its content is not {what}; give it the extension of what it is, e.g. .csv.",
                f"{file}: 내용이 {kind} 형식이 아닙니다. 실제 형식의 확장자(예: .csv)로 바꾸십시오.",
            )


def _read_delimited(data: bytes, path: Path) -> Table:
    decoded = decode(data, path.name)
    records = parse_delimited(decoded.text, path.name, tabs=path.suffix.lower() in (".tsv", ".tab"))
    notices = list(_encoding_notices(decoded.encoding))
    if records.literal_quotes:
        notices.append(
            Notice(
                "file.quotes",
                len(records.rows),
                len(records.rows),
                Sentence(
                    "따옴표가 필드를 감싸지 않으므로 글자 그대로 읽었습니다.",
                    "Quotation marks do not enclose fields here, so they were read as letters.",
                ),
            )
        )
    return with_header(records.rows, path.name, notices)


def _read_workbook(data: bytes, path: Path) -> Table:
    import openpyxl

    _check_unpacked(data, path.name)
    try:
        with warnings.catch_warnings():
            # It warns of styles and validations it will not keep; only cells are read here.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = {sheet.title: _cells(sheet) for sheet in book.worksheets}
    except Exception as error:  # openpyxl raises whatever the damaged part makes it raise
        raise DataError(
            f"{path.name}: damaged workbook ({type(error).__name__}); open and save it again.",
            f"{path.name}: 엑셀 파일이 손상되었습니다({type(error).__name__}). 열어서 다시 저장하십시오.",
        ) from error
    filled = {title: rows for title, rows in sheets.items() if any(any(c is not None for c in row) for row in rows)}
    if not filled:
        raise DataError(f"{path.name}: the workbook holds no cells.", f"{path.name}: 엑셀 파일에 채워진 칸이 없습니다.")
    title, rows = next(iter(filled.items()))
    return with_header(rows, path.name, _sheet_notices(title, len(filled)))


def _check_unpacked(data: bytes, file: str) -> None:
    """Refuse a workbook that would unpack to more than a full sheet of a million rows holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        return  # openpyxl says so, too
    if size > LARGEST_WORKBOOK:
        raise DataError(
            f"{file}: the workbook unpacks to {size / 1e9:,.1f} GB, at most {LARGEST_WORKBOOK / 1e9:,.1f} are read; "
            "save its rows as CSV UTF-8.",
            f"{file}: 압축을 풀면 {size / 1e9:,.1f} GB입니다. {LARGEST_WORKBOOK / 1e9:,.1f} GB까지만 읽습니다. "
            "CSV UTF-8로 저장하십시오.",
        )


def _cells(sheet: Any) -> list[tuple[Cell, ...]]:
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()  # other programs write wrong ones, and then rows are lost
    rows = [tuple(None if c in _EXCEL_ERRORS else c for c in row) for row in sheet.iter_rows(values_only=True)]
    width = max((len(row) for row in rows), default=0)
    return [row + (None,) * (width - len(row)) for row in rows]


def _read_json_lines(data: bytes, path: Path) -> Table:
    decoded = decode(data, path.name)
    found: list[tuple[int, dict[str, Cell]]] = []
    # Not splitlines(): JSON allows U+2028 and U+0085 inside a string.
    for number, line in enumerate(decoded.text.split("\n"), start=1):
        if line.strip():
            found.append((number, _json_object(line, f"{path.name}:{number}")))
    names = dict.fromkeys(name for _, record in found for name in record)
    check_header(list(names), path.name)
    records = [record for _, record in found]
    columns = {name: tuple(record.get(name) for record in records) for name in names}
    return Table(path.name, columns, tuple(n for n, _ in found), tuple(_encoding_notices(decoded.encoding)))


def _json_object(line: str, place: str) -> dict[str, Cell]:
    try:
        value = json.loads(line, object_pairs_hook=_once)
    except KeyError as error:
        raise DataError(
            f"{place}:1: the name {error.args[0]!r} stands twice in this object; give every value its own name.",
            f"{place}:1: 이 객체에 이름 {error.args[0]!r}이(가) 두 번 나옵니다. 값마다 다른 이름을 주십시오.",
        ) from error
    except (ValueError, RecursionError) as error:
        column, why = 1, "nested too deeply" if isinstance(error, RecursionError) else "a number of too many digits"
        if isinstance(error, json.JSONDecodeError):
            column, why = error.colno, error.msg
        raise DataError(
            f"{place}:{column}: not JSON ({why}). Expected one object per line, "
            'e.g. {"text": "가슴이 답답해요", "label": 2}.',
            f"{place}:{column}: JSON이 아닙니다({why}). 한 줄에 객체 하나가 있어야 합니다. "
            '예: {"text": "가슴이 답답해요", "label": 2}',
        ) from error
    if not isinstance(value, dict):
        raise DataError(
            f"{place}:1: expected an object {{…}} per line, got {type(value).__name__}.",
            f"{place}:1: 한 줄에 객체 {{…}} 하나가 있어야 하는데 {type(value).__name__}이(가) 있습니다.",
        )
    return value


def _once(pairs: list[tuple[str, Cell]]) -> dict[str, Cell]:
    """Make an object of names that are different also to the eye; JSON itself would keep the last of two."""
    found: dict[str, Cell] = {}
    for name, cell in pairs:
        plain = normalise_text(name).strip()
        if plain in found:
            raise KeyError(redacted(plain))
        found[plain] = cell
    return found


def _read_parquet(data: bytes, path: Path) -> Table:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        table = parquet.read_table(arrow.BufferReader(data))
        header = [normalise_text(name).strip() for name in table.column_names]
        check_header(header, path.name)
        columns = {name: tuple(table.column(i).to_pylist()) for i, name in enumerate(header)}
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path.name}: damaged Parquet file ({type(error).__name__}); write it again.",
            f"{path.name}: Parquet 파일이 손상되었습니다({type(error).__name__}). 다시 만드십시오.",
        ) from error
    return Table(path.name, columns, tuple(range(1, table.num_rows + 1)))


def _encoding_notices(encoding: str) -> Iterable[Notice]:
    if encoding not in ("UTF-8", "UTF-8 with BOM"):
        yield Notice(
            "file.encoding",
            1,
            1,
            Sentence(f"파일을 {encoding} 인코딩으로 읽었습니다.", f"The file was read as {encoding}."),
        )


def _sheet_notices(title: str, sheets: int) -> Iterable[Notice]:
    if sheets > 1:
        yield Notice(
            "file.sheets",
            1,
            sheets,
            Sentence(
                f"시트 {sheets}개 가운데 첫 번째 시트 {title!r}만 읽었습니다.",
                f"Only the first of {sheets} sheets, {title!r}, was read.",
            ),
        )


_READERS: dict[str, Callable[[bytes, Path], Table]] = {
    ".csv": _read_delimited,
    ".tsv": _read_delimited,
    ".tab": _read_delimited,
    ".txt": _read_delimited,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".parquet": _read_parquet,
    ".xlsx": _read_workbook,
    ".xlsm": _read_workbook,
}
