"""Classes of which no split could put something on both sides: their rows are set aside, and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.folds import units_per_class
from triage_bench.datasets.splits import resolve_split, units_of

FEWEST_UNITS = 2
"""One to learn from, one to be asked about."""

Item = TypeVar("Item")


def without_rare_classes(dataset: Dataset) -> Dataset:
    """Set aside the rows of classes that have a single row, group or cluster of near-duplicates.

    A small file with a label that occurs once is common, and no reason to refuse the other rows. An official
    split is left as it is. So is data of which fewer than two classes would remain: planning refuses it with
    the reason.

    Parameters
    ----------
    dataset
        All rows.

    Returns
    -------
    Dataset
        The same object where nothing had to go; else the other rows, with a notice that names the classes.
    """
    kind = resolve_split(dataset)
    if kind == "official":
        return dataset
    units = units_per_class(dataset.labels, units_of(dataset, kind), len(dataset.label_names))
    rare = np.flatnonzero((units > 0) & (units < FEWEST_UNITS))
    if not len(rare) or (units >= FEWEST_UNITS).sum() < 2:
        return dataset
    kept = np.flatnonzero(~np.isin(dataset.labels, rare))
    return _only(dataset, kept, (_notice(dataset, rare, len(dataset) - len(kept)),))


def _notice(dataset: Dataset, rare: NDArray[np.int64], rows: int) -> Notice:
    names = ", ".join(repr(dataset.label_names[code]) for code in rare.tolist())
    return Notice(
        "labels.rare",
        rows,
        len(dataset),
        Sentence(
            f"따로 나눌 수 있는 행이 2개가 안 되는 클래스 {len(rare):,}개({names})의 {rows:,}행을 제외했습니다. "
            "학습 쪽과 평가 쪽에 하나씩은 있어야 합니다.",
            f"{rows:,} rows of {len(rare):,} classes ({names}) were set aside: a class needs 2 rows that can be told "
            "apart, one to learn from and one to be asked about.",
        ),
    )


def _only(dataset: Dataset, kept: NDArray[np.int64], notices: tuple[Notice, ...]) -> Dataset:
    used, labels = np.unique(dataset.labels[kept], return_inverse=True)

    def some(values: Sequence[Item]) -> tuple[Item, ...]:
        return tuple(values[row] for row in kept.tolist())

    return replace(
        dataset,
        texts=some(dataset.texts),
        labels=labels.astype(np.int64),
        label_names=tuple(dataset.label_names[code] for code in used.tolist()),
        groups=None if dataset.groups is None else dataset.groups[kept],
        sources=None if dataset.sources is None else some(dataset.sources),
        topics=None if dataset.topics is None else some(dataset.topics),
        columns={name: some(values) for name, values in dataset.columns.items()},
        notices=(*dataset.notices, *notices),
    )
