"""A file of the user's own → `Dataset`. Nothing is dropped without being counted and said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset, Provenance, Scale
from triage_bench.core.errors import DataError
from triage_bench.core.identifiers import NAMES, identifiers, kinds_in, redacted
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.columns import Cell, Table, cell_text, is_missing
from triage_bench.datasets.contents import text_notices
from triage_bench.datasets.duplicates import content_notices
from triage_bench.datasets.labels import MISSING, Labels, read_labels
from triage_bench.datasets.normalise import ROWS_NAMED, normalise_text, normalise_texts, row_list
from triage_bench.datasets.tables import read_table
from triage_bench.datasets.telling_columns import telling_columns

FEWEST_ROWS = 10
"""Below this no split leaves enough to learn from and to score on."""

ROW_COLUMN = "file_row"
"""Side column with each row's place in the file, as a spreadsheet counts."""


@dataclass(frozen=True)
class _Names:
    """Which column is what."""

    text: str
    label: str
    group: str | None
    source: str | None


def read_file(
    path: Path | str,
    *,
    text: str,
    label: str,
    group: str | None = None,
    source: str | None = None,
    scale: Scale | None = None,
    name: str | None = None,
    also: Sequence[str] | None = (),
) -> Dataset:
    """Read CSV, TSV, TXT, JSON Lines, Parquet or XLSX.

    Rows without a text or without a label are set aside; classes with one member stay. Both are
    said in `Dataset.notices`, as is everything that was changed, merged or suspected. The columns
    not named here are left out, so that adding one does not make the data another data set.

    Parameters
    ----------
    path
        The file; its extension names the format.
    text, label
        Columns with the texts and their labels.
    group
        Column whose equal values must stay on one side of a split (a patient, a source sentence).
    source
        Column that says who or what wrote the row.
    scale
        What the order of the labels means; None assumes it (see `labels.read_labels`).
    name
        What to call the data set; the file's name without its extension by default.
    also
        Further columns to keep beside the texts; None keeps all that have no other part.

    Raises
    ------
    DataError
        If the file cannot be read, or cannot work: fewer than 10 usable rows, one class only, a
        label column that is an identifier, a text column of numbers, a single group.
    UnknownNameError
        If a column does not exist.
    """
    path = Path(path)
    table = read_table(path)
    return dataset_of(
        table, text=text, label=label, group=group, source=source, scale=scale, name=name or path.stem, also=also
    )


def dataset_of(
    table: Table,
    *,
    text: str,
    label: str,
    name: str,
    group: str | None = None,
    source: str | None = None,
    scale: Scale | None = None,
    origin: str = "a file of the user's own",
    also: Sequence[str] | None = (),
) -> Dataset:
    """Make a data set of a table, however it came here; parameters, notices and errors as in `read_file`.

    Parameters
    ----------
    table
        Named columns of cells.
    origin
        Where they come from.
    """
    names = _Names(text, label, group, source)
    _check_roles(names, table.file)
    _check_single(table, label, Sentence("행마다 라벨 하나가 있어야 합니다", "expected one label per row"))
    _check_nobody(table, label)
    labels = read_labels(table.column(label), label, table.rows, scale)
    texts, changes = _texts(table, text)
    kept = [i for i, words in enumerate(texts) if words.strip() and labels.codes[i] != MISSING]
    _check_usable(texts, labels, kept, names, table)
    aside = _aside_notices(texts, labels, table.rows)
    codes, label_names = _used_labels(labels, kept)
    rows = tuple(table.rows[i] for i in kept)
    kept_texts = tuple(texts[i] for i in kept)
    groups, group_notices = _groups(table, group, kept)
    return Dataset(
        name=redacted(name),
        texts=kept_texts,
        labels=codes,
        label_names=label_names,
        scale=labels.scale,
        groups=groups,
        sources=None if source is None else _nameless([plain_cell(table.column(source)[i]) for i in kept]),
        columns={ROW_COLUMN: rows, **_kept_beside(table, names, also, kept)},
        notices=(
            *table.notices,
            *changes,
            *text_notices(texts, table.rows),
            *labels.notices,
            *aside,
            *group_notices,
            *content_notices(kept_texts, codes, label_names, rows),
            *_column_notices(table, names, kept, codes),
        ),
        provenance=Provenance(title=table.file, origin=origin, role="target", private=True),
    )


def _kept_beside(
    table: Table, names: _Names, also: Sequence[str] | None, kept: Sequence[int]
) -> dict[str, tuple[Cell, ...]]:
    """Return the cells of the columns that are kept beside the texts, by their names in the file."""
    taken = {normalise_text(name).strip() for name in (names.text, names.label, names.group) if name is not None}
    if also is None:
        also = [name for name in table.columns if name not in taken and name != names.source]
    wanted = {normalise_text(name).strip(): table.column(name) for name in also}
    for name in wanted:
        if name in taken:
            raise DataError(
                f"{table.file}: the column {name!r} holds the texts, the labels or the groups; no model may read it "
                "beside the text. Leave it out.",
                f"{table.file}: {name!r}은(는) 문장, 라벨 또는 그룹 열이므로 문장과 함께 읽을 열이 될 수 없습니다. "
                "빼십시오.",
            )
    return {name: tuple(cells[i] for i in kept) for name, cells in wanted.items() if name != ROW_COLUMN}


def _check_roles(names: _Names, file: str) -> None:
    for role, other in (("text", names.text), ("group", names.group)):
        if other == names.label:
            raise DataError(
                f"{file}: the column {names.label!r} is named both as label and as {role}; name two.",
                f"{file}: 열 {names.label!r}을(를) 라벨과 {role}에 함께 지정했습니다. 서로 다른 열을 지정하십시오.",
            )


def _texts(table: Table, column: str) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    _check_single(table, column, Sentence("문장이 있어야 합니다", "expected text"))
    return normalise_texts(map(cell_text, table.column(column)), table.rows)


def _check_single(table: Table, column: str, expected: Sentence) -> None:
    """Refuse cells that hold several things: a list of labels would become a label of its own."""
    for row, cell in zip(table.rows, table.column(column), strict=True):
        if not isinstance(cell, str) and isinstance(cell, Sized):
            place, kind = f"{table.file}:{row}:{table.number(column)}", type(cell).__name__
            raise DataError(
                f"{place}: column {column!r} holds a {kind}; {expected.en}.",
                f"{place}: 열 {column!r}에 {kind}이(가) 있습니다. {expected.ko}.",
            )


def _check_nobody(table: Table, column: str) -> None:
    """Refuse labels that name a person: they are shown in every table."""
    raw = [cell_text(cell) for cell in table.column(column)]
    kinds = {text: kinds_in(text) for text in set(raw)}
    where = [row for row, text in zip(table.rows, raw, strict=True) if kinds[text]]
    if where:
        kind = min(found for text in raw for found in kinds[text])
        place = f"{table.file}:{where[0]}:{table.number(column)}"
        raise DataError(
            f"{place}: {len(where):,} labels hold a {NAMES[kind].en} or the like (rows {row_list(where)}). Labels are "
            "shown in every table and in the report; name the column with the classes, or remove it from these cells.",
            f"{place}: 라벨 {len(where):,}개에 {NAMES[kind].ko} 등 개인식별정보가 있습니다(행 {row_list(where)}). "
            "라벨은 모든 표와 보고서에 나타납니다. 클래스가 있는 열을 지정하거나 해당 칸에서 지우십시오.",
        )


def _check_usable(texts: Sequence[str], labels: Labels, kept: Sequence[int], names: _Names, table: Table) -> None:
    file, n, at = table.file, len(kept), table.place(names.label)
    if n < FEWEST_ROWS:
        raise DataError(
            f"{file}: {n} rows have both a text ({names.text!r}) and a label ({names.label!r}), of "
            f"{len(texts)}; at least {FEWEST_ROWS} are needed. Are these the right columns?",
            f"{file}: 문장({names.text!r})과 라벨({names.label!r})이 모두 있는 행은 {len(texts)}행 가운데 {n}행입니다. "
            f"{FEWEST_ROWS}행 이상이 필요합니다. 열을 바르게 지정했는지 확인하십시오.",
        )
    counts = Counter(labels.codes[list(kept)].tolist())
    if len(counts) == 1:
        raise DataError(
            f"{at}: every label in {names.label!r} is {labels.names[next(iter(counts))]!r}; "
            "at least two different labels are needed to learn anything.",
            f"{at}: {names.label!r}의 라벨이 모두 {labels.names[next(iter(counts))]!r}입니다. "
            "서로 다른 라벨이 두 가지 이상 있어야 학습할 수 있습니다.",
        )
    if 2 * len(counts) > n:
        raise DataError(
            f"{at}: {names.label!r} has {len(counts)} different labels in {n} rows. It looks like an identifier, "
            "a measurement or the text column. Name the column with the classes; were text and label swapped?",
            f"{at}: {names.label!r}에는 {n}행에 {len(counts)}가지 라벨이 있습니다. 식별자, 측정값 또는 문장 열로 "
            "보입니다. 클래스가 있는 열을 지정하십시오. 문장 열과 라벨 열이 바뀌지 않았습니까?",
        )
    if all(_is_number(texts[i]) for i in kept):
        raise DataError(
            f"{table.place(names.text)}: {names.text!r} holds nothing but numbers; expected sentences. "
            f"Name the column with the texts, one of: {', '.join(map(repr, table.columns))}.",
            f"{table.place(names.text)}: {names.text!r}에는 숫자만 있습니다. 문장이 있는 열을 지정하십시오: "
            f"{', '.join(map(repr, table.columns))}.",
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _aside_notices(texts: Sequence[str], labels: Labels, rows: Sequence[int]) -> Iterable[Notice]:
    unlabelled = [row for row, code in zip(rows, labels.codes.tolist(), strict=True) if code == MISSING]
    if unlabelled:
        yield Notice(
            "labels.missing",
            len(unlabelled),
            len(rows),
            Sentence(
                f"라벨이 없는 {len(unlabelled):,}행을 제외했습니다(행 {row_list(unlabelled)}).",
                f"{len(unlabelled):,} rows without a label were set aside (rows {row_list(unlabelled)}).",
            ),
            tuple(unlabelled[:ROWS_NAMED]),
        )
    empty = [row for row, words in zip(rows, texts, strict=True) if not words.strip()]
    if empty:
        yield Notice(
            "text.empty",
            len(empty),
            len(rows),
            Sentence(
                f"문장이 비어 있는 {len(empty):,}행을 제외했습니다(행 {row_list(empty)}).",
                f"{len(empty):,} rows with an empty text were set aside (rows {row_list(empty)}).",
            ),
            tuple(empty[:ROWS_NAMED]),
        )


def _column_notices(table: Table, names: _Names, kept: Sequence[int], codes: NDArray[np.int64]) -> Iterable[Notice]:
    """Say which of the other columns tell the label; they are left out of the data set."""
    taken = {normalise_text(name).strip() for name in vars(names).values() if name is not None}
    others = {name: [cells[i] for i in kept] for name, cells in table.columns.items() if name not in taken}
    telling = telling_columns(others, codes)
    if telling:
        listed = ", ".join(map(repr, telling))
        yield Notice(
            "labels.column",
            len(telling),
            len(others),
            Sentence(
                f"다른 열 {len(others):,}개 가운데 {len(telling):,}개({listed})만으로 라벨을 알 수 있습니다. 라벨이 "
                f"그 열에서 "
                "나왔다면 문장에는 라벨을 정한 이유가 없을 수 있습니다.",
                f"{len(telling):,} of {len(others):,} other columns ({listed}) tell the label by themselves. If labels "
                "were made from them, the text may not hold the reason.",
            ),
        )


def _used_labels(labels: Labels, kept: Sequence[int]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Drop the names that only rows set aside carried."""
    used, codes = np.unique(labels.codes[list(kept)], return_inverse=True)
    return codes.astype(np.int64), tuple(labels.names[i] for i in used.tolist())


def _groups(
    table: Table, column: str | None, kept: Sequence[int]
) -> tuple[NDArray[np.int64] | None, tuple[Notice, ...]]:
    if column is None:
        return None, ()
    cells = table.column(column)
    # A row without a group is on its own: None never equals a value, the row's index keeps it apart.
    values = [(None, i) if is_missing(cells[i]) else (plain_cell(cells[i]), 0) for i in kept]
    number: dict[Any, int] = {}
    groups = np.array([number.setdefault(value, len(number)) for value in values], dtype=np.int64)
    if len(number) == 1:
        raise DataError(
            f"{table.place(column)}: every row has the same {column!r}; groups are kept on one side of a split, "
            "so at least two are needed. Name another column, or none.",
            f"{table.place(column)}: 모든 행의 {column!r} 값이 같습니다. 그룹은 분할의 한쪽에만 놓이므로 두 가지 "
            "이상이 필요합니다. 다른 열을 지정하거나 지정하지 마십시오.",
        )
    missing = sum(value[0] is None for value in values)
    return groups, tuple(_group_notices(column, missing, len(number), len(kept)))


def _group_notices(column: str, missing: int, groups: int, rows: int) -> Iterable[Notice]:
    if missing:
        yield Notice(
            "groups.missing",
            missing,
            rows,
            Sentence(
                f"{column!r} 값이 없는 {missing:,}행은 각각 별도의 그룹으로 보았습니다.",
                f"{missing:,} rows without {column!r} were taken as groups of their own.",
            ),
        )
    if groups == rows:
        yield Notice(
            "groups.distinct",
            groups,
            rows,
            Sentence(
                f"{column!r} 값이 모두 달라 그룹 분할의 효과가 없습니다.",
                f"Every row has its own {column!r}, so keeping groups together changes nothing.",
            ),
        )


def _nameless(sources: Sequence[str]) -> tuple[str, ...]:
    """Replace by numbers the sources that are somebody's number or address; they stay apart, and nobody is named."""
    number: dict[str, int] = {}
    return tuple(
        f"{redacted(one)} {number.setdefault(one, len(number) + 1)}" if identifiers(one) else one for one in sources
    )


def plain_cell(cell: Cell) -> str:
    """Write a group or a source so that 3, 3.0 and ``3`` are one."""
    text = " ".join(normalise_text(cell_text(cell)).split())
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text
