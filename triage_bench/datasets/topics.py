"""Topics found on the texts alone: what is held out to ask how a score survives something new.

No label is looked at, so all rows may take part; that a topic is named by a number is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.seeds import generator_for
from triage_bench.datasets.charvectors import char_vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Matrix = NDArray[np.float64]

GRANULARITIES = (5, 10, 20)
"""How many topics are looked for unless told otherwise. One number would be a choice nobody can justify:
what a data set "is about" depends on how closely one looks."""

AXES = 50
"""Latent axes of the texts; more of them separate single phrases rather than topics."""

COMMONEST = 20_000
"""Character n-grams that are looked at, the commonest ones: a rare one cannot make a topic."""

_OVERSAMPLING, _PASSES, _ROUNDS = 10, 4, 60


def topics_of(dataset: Dataset, parts: int | None) -> NDArray[np.int64]:
    """Return the topic of every row.

    Parameters
    ----------
    dataset
        Found topics are kept in its `memo`, all `GRANULARITIES` at once.
    parts
        How many are looked for; None takes the topics the data set names itself.

    Returns
    -------
    ndarray of int64, shape (n,)
        Numbers from 0. There may be fewer topics than were looked for.

    Raises
    ------
    ValueError
        If `parts` is None and the data set names no topics.
    """
    if parts is None:
        if dataset.topics is None:
            raise ValueError(f"{dataset.name!r} names no topics; say how many are to be found (parts)")
        return np.unique(np.asarray(dataset.topics, dtype=np.str_), return_inverse=True)[1].astype(np.int64)
    if f"topics-{parts}" not in dataset.memo:
        for count, topics in found_topics(dataset.texts, (*GRANULARITIES, parts)).items():
            topics.flags.writeable = False
            dataset.memo[f"topics-{count}"] = topics
    return dataset.memo[f"topics-{parts}"]


def found_topics(texts: Sequence[str], parts: Sequence[int]) -> dict[int, NDArray[np.int64]]:
    """Group texts by what they are about, once for each number of topics.

    Parameters
    ----------
    texts
        One per row; equal texts get the same topic.
    parts
        The numbers of topics.

    Returns
    -------
    dict
        Number of topics → topic of each row, shape (n,).

    Notes
    -----
    Latent semantic analysis (Deerwester et al. 1990) of character n-grams weighted by TF-IDF, then
    Lloyd's k-means from a k-means++ start (Arthur and Vassilvitskii 2007) on vectors of length 1.
    The draws depend on the texts' number only: the same texts give the same topics.
    """
    distinct, row = np.unique(np.asarray(texts, dtype=object), return_inverse=True)
    axes = _axes(char_vectors(distinct.tolist()))
    return {count: _k_means(axes, min(count, len(axes)))[row] for count in dict.fromkeys(parts)}


def _axes(vectors: csr_matrix) -> Matrix:
    """Return each text's place on the latent axes, scaled to length 1 (0 where it shares nothing)."""
    vectors = vectors[:, max(0, vectors.shape[1] - COMMONEST) :]
    width = min(AXES + _OVERSAMPLING, *vectors.shape)
    if not width:
        return np.zeros((vectors.shape[0], 1))
    # Randomised range finder: Halko, Martinsson and Tropp 2011, algorithm 4.4.
    basis = np.linalg.qr(vectors @ generator_for("topics", "axes").standard_normal((vectors.shape[1], width)))[0]
    for _ in range(_PASSES):
        basis = np.linalg.qr(vectors @ np.linalg.qr(vectors.T @ basis)[0])[0]
    left, strength, _ = np.linalg.svd(np.asarray(vectors.T @ basis).T, full_matrices=False)
    placed = (basis @ left[:, :AXES]) * strength[:AXES]
    length = np.linalg.norm(placed, axis=1, keepdims=True)
    scaled: Matrix = np.divide(placed, length, out=np.zeros_like(placed), where=length > 1e-12)
    return scaled


def _k_means(points: Matrix, count: int) -> NDArray[np.int64]:
    centres = _spread_centres(points, count)
    nearest = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        before, nearest = nearest, _nearest(points, centres)
        if (before == nearest).all():
            break
        size = np.bincount(nearest, minlength=count)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, points)
        filled = size > 0
        centres[filled] = sums[filled] / size[filled, None]
    return np.unique(nearest, return_inverse=True)[1].astype(np.int64)


def _spread_centres(points: Matrix, count: int) -> Matrix:
    rng = generator_for("topics", "centres", count)
    centres = points[[int(rng.integers(len(points)))]]
    far = _squared(points, centres)[:, 0]
    while len(centres) < count:
        weights = np.maximum(far, 0.0)
        if weights.sum() <= 0:
            break
        centres = np.vstack((centres, points[rng.choice(len(points), p=weights / weights.sum())]))
        far = np.minimum(far, _squared(points, centres[-1:])[:, 0])
    return np.resize(centres, (count, points.shape[1]))


def _nearest(points: Matrix, centres: Matrix) -> NDArray[np.int64]:
    nearest: NDArray[np.int64] = _squared(points, centres).argmin(axis=1).astype(np.int64)
    return nearest


def _squared(points: Matrix, centres: Matrix) -> Matrix:
    """Return squared distances, shape (points, centres), up to rounding."""
    squared: Matrix = np.square(points).sum(axis=1)[:, None] - 2 * points @ centres.T + np.square(centres).sum(axis=1)
    return squared
