"""Controls on rows and labels: permutations, fewer rows, merged classes, training against test texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Job
from triage_bench.core.protocol import Protocol
from triage_bench.datasets.charvectors import char_vectors
from triage_bench.running.controls_splits import (
    FEW_REPEATS,
    FULL_ROWS,
    YARDSTICK,
    jobs_under,
    sampled,
    training_rows,
)

RUNGS = (8, 4, 2)
"""The ladder trains on these parts of the rows beside all of them: three doublings show a bend."""

FEWEST_PER_CLASS = 4
"""A rung below this many rows per class measures which classes were drawn, not what more rows bring."""

MOST_MERGES = 6
"""Pairs of classes that are tried as one: all pairs of four classes, or the most alike of more."""

ALIKE_ROWS = 3_000
"""Rows that the likeness of classes is taken from."""


def permutations(dataset: Dataset, protocol: Protocol, seed: int, count: int) -> Iterator[Job]:
    """Shuffle the training labels many times, beside the same jobs with the labels as given.

    Beyond `FULL_ROWS` training rows only the first fold is shuffled: its rows are more than enough.
    """
    true = sampled(dataset, replace(protocol, purpose="permutation-base", repeats=1))
    folds = range(true.folds if true.train_rows is None else 1)
    shuffled = replace(true, purpose="shuffled-labels", labels="shuffled", repeats=count)
    for job in (*jobs_under(dataset, YARDSTICK, true, seed), *jobs_under(dataset, YARDSTICK, shuffled, seed)):
        if job.fold in folds:
            yield job


def ladder(dataset: Dataset, protocol: Protocol, seed: int, repeats: int) -> Iterator[Job]:
    """Train on an eighth, a quarter, half and all of the training rows."""
    every = training_rows(dataset, protocol)
    whole = replace(protocol, purpose="ladder", repeats=repeats if every <= FULL_ROWS else 1)
    for part in RUNGS:
        rows = every // part
        if rows >= FEWEST_PER_CLASS * len(dataset.label_names):
            often = FEW_REPEATS if rows > FULL_ROWS else repeats
            yield from jobs_under(dataset, YARDSTICK, replace(whole, train_rows=rows, repeats=often), seed)
    yield from jobs_under(dataset, YARDSTICK, whole, seed)


def merged(dataset: Dataset, protocol: Protocol, seed: int) -> Iterator[Job]:
    """Count two classes as one: neighbours of an ordered scale, else those whose texts are most alike."""
    for first, second in merges(dataset):
        one = replace(protocol, purpose="merged", repeats=1, merge=f"{first}+{second}")
        yield from jobs_under(dataset, YARDSTICK, sampled(dataset, one), seed)


def drift(dataset: Dataset, protocol: Protocol, seed: int) -> list[Job]:
    """Tell the test rows of an official split from its training rows."""
    if dataset.official is None:
        return []
    side = Protocol("near-duplicate", "drift", folds=5, labels="side")
    return jobs_under(dataset, YARDSTICK, sampled(dataset, side), seed)


def merges(dataset: Dataset) -> list[tuple[int, int]]:
    """Return the pairs of classes worth counting as one, at most `MOST_MERGES`; none of two classes."""
    present = np.flatnonzero(np.bincount(dataset.labels, minlength=len(dataset.label_names))).tolist()
    if len(present) < 3:
        return []
    if dataset.scale != "nominal":
        return list(pairwise(present))[:MOST_MERGES]
    pairs = list(combinations(present, 2))
    if len(pairs) <= MOST_MERGES:
        return pairs
    alike = _likeness(dataset)
    return sorted(pairs, key=lambda pair: (-alike[pair], pair))[:MOST_MERGES]


def _likeness(dataset: Dataset) -> NDArray[np.float64]:
    """Return the cosine between the mean texts of every two classes, shape (k, k)."""
    step = max(1, len(dataset) // ALIKE_ROWS)
    rows = np.arange(0, len(dataset), step)
    vectors = char_vectors([dataset.texts[row] for row in rows.tolist()])
    columns = np.zeros((len(rows), len(dataset.label_names)))
    columns[np.arange(len(rows)), dataset.labels[rows]] = 1.0
    means = np.asarray(vectors.T @ columns).T
    length = np.linalg.norm(means, axis=1, keepdims=True)
    means = np.divide(means, length, out=np.zeros_like(means), where=length > 0)
    return np.asarray(means @ means.T)
