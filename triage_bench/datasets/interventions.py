"""What a protocol does to rows and labels, once the split is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.protocol import Protocol
from triage_bench.core.seeds import generator_for
from triage_bench.datasets.splits import Split, stratified_by


def training_side(
    dataset: Dataset, protocol: Protocol, split: Split, repeat: int, fold: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows to train on and the labels to train with.

    Parameters
    ----------
    dataset
        The rows.
    protocol
        `train_rows` draws a stratified sample of the training side; `merge` counts classes as
        one; ``labels="shuffled"`` permutes the labels among the rows drawn, ``"side"`` replaces
        them.
    split
        The cut they come from.
    repeat, fold, seed
        Where in the experiment this is; the same place draws the same rows.

    Returns
    -------
    rows : ndarray of int64, shape (m,)
        Row numbers in the data set, ascending.
    labels : ndarray of int64, shape (m,)
        Their labels as treated: the class counts stay what they are.
    """
    place = (seed, dataset.digest, repeat, fold)
    rows = split.train
    if protocol.train_rows is not None:
        rows = rows[stratified_sample(dataset.labels[rows], protocol.train_rows, generator_for(*place, "train rows"))]
    labels = treated_labels(dataset, protocol)[rows]
    if protocol.labels == "shuffled":
        labels = generator_for(*place, "shuffled labels").permutation(labels)
    return rows, labels


def scored_side(
    dataset: Dataset, protocol: Protocol, split: Split, rows: NDArray[np.int64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows to score and the labels to score against.

    Parameters
    ----------
    dataset, protocol, split
        As in `training_side`.
    rows, labels
        What `training_side` returned: under ``scored_rows="train"`` these are scored, with the
        labels that were trained on.
    """
    if protocol.scored_rows == "train":
        return rows, labels
    return split.test, treated_labels(dataset, protocol)[split.test]


def treated_labels(dataset: Dataset, protocol: Protocol) -> NDArray[np.int64]:
    """Return every row's label as the protocol sees it, before any shuffling, shape (n,)."""
    return merged_codes(protocol.merged, stratified_by(dataset, protocol))


def merged_codes(merges: Sequence[Sequence[int]], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return label codes with each set of merged classes under the lowest of their codes.

    Parameters
    ----------
    merges
        Sets of codes, as in `Protocol.merged`.
    labels : ndarray of int64, shape (n,)
        The codes as given.
    """
    for codes in merges:
        labels = np.where(np.isin(labels, codes), min(codes), labels)
    return labels


def stratified_sample(labels: NDArray[np.int64], rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw rows so that the classes keep their shares.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        The class of every row to draw from.
    rows
        How many to draw; all of them if there are no more.
    rng
        Source of the draw.

    Returns
    -------
    ndarray of int64, shape (min(rows, n),)
        Positions in `labels`, ascending. Every class keeps at least one row where `rows` allows;
        where it does not, the largest classes do.
    """
    if rows >= len(labels):
        return np.arange(len(labels), dtype=np.int64)
    present, counts = np.unique(labels, return_counts=True)
    quota = _quotas(counts, rows)
    drawn = [rng.permutation(np.flatnonzero(labels == c))[:n] for c, n in zip(present, quota, strict=True)]
    return np.sort(np.concatenate(drawn)).astype(np.int64)


def _quotas(counts: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Share `rows` out by largest remainder, after one for every class."""
    if rows <= len(counts):
        return np.isin(np.arange(len(counts)), np.argsort(-counts, kind="stable")[:rows]).astype(np.int64)
    ideal = counts * (rows / counts.sum())
    quota: NDArray[np.int64] = np.maximum(ideal.astype(np.int64), 1)
    while quota.sum() < rows:
        quota[np.argmax(np.where(quota < counts, ideal - quota, -np.inf))] += 1
    while quota.sum() > rows:
        quota[np.argmin(np.where(quota > 1, ideal - quota, np.inf))] -= 1
    return quota
