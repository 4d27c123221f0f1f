"""A training file and a test file as one data set with an official split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import TEST, TRAIN, Dataset, Scale
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.columns import Table
from triage_bench.datasets.files import ROW_COLUMN, dataset_of, plain_cell
from triage_bench.datasets.labels import Labels, read_labels
from triage_bench.datasets.normalise import ROWS_NAMED
from triage_bench.datasets.tables import read_table


def read_pair(
    train: Path | str,
    test: Path | str,
    *,
    text: str,
    label: str,
    group: str | None = None,
    source: str | None = None,
    scale: Scale | None = None,
    also: Sequence[str] | None = (),
) -> Dataset:
    """Read two files with the same columns; the second is never trained on.

    Parameters
    ----------
    train, test
        Files as `read_file` takes them.
    text, label, group, source
        Columns of both. Equal groups of the two files are one group.
    scale
        As in `read_file`.
    also
        As in `read_file`; of all columns, those that both files have.

    Returns
    -------
    Dataset
        The training rows first, named after their file. Labels that differ only by case, space or width are
        one label, spelt as in the training file.

    Raises
    ------
    DataError, UnknownNameError
        As in `read_file`, for either file.
    """
    tables = tuple(read_table(Path(file)) for file in (train, test))
    first, second = (
        dataset_of(
            table, text=text, label=label, name=Path(file).stem, group=group, source=source, scale=scale, also=also
        )
        for table, file in zip(tables, (train, test), strict=True)
    )
    labels = _joined_labels(first, second, label, scale)
    groups = None
    if group is not None:
        values = (*_values(tables[0], group, first), *_values(tables[1], group, second))
        groups = _joined_groups(values, first.groups, second.groups)
    return replace(
        first,
        texts=first.texts + second.texts,
        labels=labels.codes,
        label_names=labels.names,
        scale=labels.scale,
        groups=groups,
        sources=None if first.sources is None or second.sources is None else first.sources + second.sources,
        official=np.repeat(np.array([TRAIN, TEST], dtype=np.int8), [len(first), len(second)]),
        columns={
            name: (*cells, *second.columns[name]) for name, cells in first.columns.items() if name in second.columns
        },
        notices=(*first.notices, *second.notices, *labels.notices),
    )


def _joined_labels(first: Dataset, second: Dataset, column: str, scale: Scale | None) -> Labels:
    """Return the labels of all rows: what is one label within a file is one across the two."""
    spelt = (*first.label_names, *second.label_names)
    joined = read_labels(spelt, column, range(len(spelt)), scale)
    of_first, of_second = np.split(joined.codes, [len(first.label_names)])
    name_of = dict(zip(joined.codes[::-1].tolist(), spelt[::-1], strict=True))  # the training file has the last word
    names = tuple(name_of[code] for code in range(len(joined.names)))
    codes = np.concatenate((of_first[first.labels], of_second[second.labels]))
    respelt = {
        a: names[code] for a, code in zip(second.label_names, of_second.tolist(), strict=True) if a != names[code]
    }
    told = [one.count for one in (*first.notices, *second.notices) if one.code == "labels.similar"]
    similar = (one for one in joined.notices if one.code == "labels.similar" and one.count > max(told, default=0))
    notices = (*_respelt(second, respelt), *(replace(one, of=len(codes), rows=()) for one in similar))
    return Labels(codes, names, joined.scale, notices)


def _respelt(second: Dataset, names: Mapping[str, str]) -> Iterable[Notice]:
    if not names:
        return
    where = [
        row
        for row, code in zip(second.columns[ROW_COLUMN], second.labels.tolist(), strict=True)
        if second.label_names[code] in names
    ]
    listed = ", ".join(f"{a!r} → {b!r}" for a, b in sorted(names.items())[:5])
    yield Notice(
        "labels.merged",
        len(where),
        len(second),
        Sentence(
            f"평가 파일에서 대소문자, 공백, 전각 문자만 다르게 적힌 라벨을 학습 파일의 라벨로 보았습니다"
            f"(평가 파일의 행 {len(where):,}개): {listed}",
            "Labels of the test file that differ from those of the training file only by case, space or width were "
            f"taken for the same ({len(where):,} rows of the test file): {listed}",
        ),
        tuple(where[:ROWS_NAMED]),
    )


def _values(table: Table, column: str, dataset: Dataset) -> Iterable[str]:
    """Return what a column says of every row that was kept, as a group is spelt; empty where it says nothing."""
    spelt = dict(zip(table.rows, map(plain_cell, table.column(column)), strict=True))
    return [spelt[row] for row in dataset.columns[ROW_COLUMN]]


def _joined_groups(
    values: Sequence[str], first: NDArray[np.int64] | None, second: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    """Return group numbers that hold in both files; a row without a group stays on its own."""
    assert first is not None and second is not None
    own = np.concatenate((first, second + first.max(initial=-1) + 1))
    number: dict[object, int] = {}
    keys = [value or (None, int(group)) for value, group in zip(values, own, strict=True)]
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
