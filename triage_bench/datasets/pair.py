"""A training file and a test file as one data set with an official split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import TEST, TRAIN, Dataset
from triage_bench.datasets.columns import Table
from triage_bench.datasets.files import ROW_COLUMN, dataset_of, plain_cell
from triage_bench.datasets.tables import read_table


def read_pair(
    train: Path | str,
    test: Path | str,
    *,
    text: str,
    label: str,
    group: str | None = None,
    source: str | None = None,
    also: Sequence[str] | None = (),
) -> Dataset:
    """Read two files with the same columns; the second is never trained on.

    Parameters
    ----------
    train, test
        Files as `read_file` takes them.
    text, label, group, source
        Columns of both. Equal groups of the two files are one group.
    also
        As in `read_file`; of all columns, those that both files have.

    Returns
    -------
    Dataset
        The training rows first, named after their file. Labels stand in the order of the training
        file; those that only the test file has come last.

    Raises
    ------
    DataError, UnknownNameError
        As in `read_file`, for either file.
    """
    tables = tuple(read_table(Path(file)) for file in (train, test))
    first, second = (
        dataset_of(table, text=text, label=label, name=Path(file).stem, group=group, source=source, also=also)
        for table, file in zip(tables, (train, test), strict=True)
    )
    names = (*first.label_names, *(name for name in second.label_names if name not in first.label_names))
    codes = np.array([names.index(name) for name in second.label_names], dtype=np.int64)[second.labels]
    groups = None
    if group is not None:
        values = (*_values(tables[0], group, first), *_values(tables[1], group, second))
        groups = _joined_groups(values, first.groups, second.groups)
    return replace(
        first,
        texts=first.texts + second.texts,
        labels=np.concatenate((first.labels, codes)),
        label_names=names,
        groups=groups,
        sources=None if first.sources is None or second.sources is None else first.sources + second.sources,
        official=np.repeat(np.array([TRAIN, TEST], dtype=np.int8), [len(first), len(second)]),
        columns={
            name: (*cells, *second.columns[name]) for name, cells in first.columns.items() if name in second.columns
        },
        notices=(*first.notices, *second.notices),
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
