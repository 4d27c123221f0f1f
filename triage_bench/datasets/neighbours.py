"""Each text's nearest other texts, and whether they carry the same label.

Exact cosines of character n-grams. Nothing is trained: what is said here holds for any model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.record import Predictions
from triage_bench.core.seeds import generator_for
from triage_bench.datasets.charvectors import char_vectors

CLOSE = 0.5
"""Cosine from which two texts nearly say the same (`neardup.THRESHOLD`)."""

LARGEST = 5_000
"""Rows that are compared at most, a sample beyond: the comparison of all pairs grows with their square,
and agreement is known to 0.014 from 5,000 rows."""

FEWEST_CLOSE = 30
"""Rows with a close neighbour below which a ceiling would hang on luck."""

CELLS = 8_000_000
"""Cosines held at once, as 64-bit numbers: 64 MB."""

VOTERS = 10
"""Neighbours that vote on a row's label."""

TIE = 1e-9


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest other rows of some rows.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        The rows that were asked about.
    neighbours : ndarray of int64, shape (m, k)
        Their nearest others, nearest first; the lower row where two are equally near.
    cosines : ndarray of float64, shape (m, k)
        How near.
    """

    rows: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    cosines: NDArray[np.float64]


def nearest(texts: Sequence[str], rows: NDArray[np.int64], among: NDArray[np.int64], count: int) -> Nearest:
    """Find the nearest texts of some rows.

    Parameters
    ----------
    texts
        All texts.
    rows : ndarray of int64, shape (m,)
        Whose neighbours are wanted.
    among : ndarray of int64, shape (n,)
        Who may be one; a row is never its own.
    count
        How many each; fewer where there are not that many others.
    """
    everyone = np.union1d(rows, among)
    distinct: dict[str, int] = {}
    vector_of = np.array([distinct.setdefault(texts[row] or " ", len(distinct)) for row in everyone.tolist()])
    vectors = char_vectors(list(distinct))
    place = np.searchsorted(everyone, among)
    columns = vectors[vector_of[place]].T.tocsc()
    count = min(count, len(among) - 1)
    neighbours = np.empty((len(rows), count), dtype=np.int64)
    cosines = np.empty((len(rows), count))
    size = max(1, CELLS // max(len(among), 1))
    for start in range(0, len(rows), size):
        block = rows[start : start + size]
        near = (vectors[vector_of[np.searchsorted(everyone, block)]] @ columns).toarray()
        near[block[:, None] == among[None, :]] = -1.0
        best = _largest(near, count)
        neighbours[start : start + size] = among[best]
        cosines[start : start + size] = np.take_along_axis(near, best, axis=1)
    return Nearest(rows, neighbours, cosines)


def neighbour_facts(texts: Sequence[str], labels: NDArray[np.int64], rows: NDArray[np.int64]) -> dict[str, float]:
    """Return how often a text and its nearest other text carry one label, and the ceiling that implies.

    Parameters
    ----------
    texts, labels
        All rows.
    rows : ndarray of int64, shape (m,)
        The rows to compare with each other: never those of an official test side.

    Notes
    -----
    The ceiling is Cover and Hart's bound (1967, "Nearest neighbor pattern classification"): with K
    classes, an error R of the nearest neighbour means a Bayes error of at least
    ``(K-1)/K (1 - sqrt(1 - K R / (K-1)))``. It holds where neighbours say the same, so it is worked
    out on the rows with a close neighbour, and for these rows only.
    """
    rows = _sample(texts, rows)
    if len(rows) < 2:
        return {}
    found = nearest(texts, rows, rows, 5)
    alike = _agreement(found, labels)
    close = found.cosines[:, 0] >= CLOSE
    contradicted = close & (alike < 0.5)
    facts = {
        "compared_rows": float(len(rows)),
        "neighbour_label_agreement": float(alike.mean()),
        "close_rows": float(close.sum()),
        "contradicted_rows": float(contradicted.sum()),
    }
    if close.any():
        facts["close_label_agreement"] = float(alike[close].mean())
        facts["close_chance_agreement"] = _chance(labels[rows[close]], labels[found.neighbours[close, 0]])
    if close.sum() >= FEWEST_CLOSE:
        facts["close_ceiling"] = implied_ceiling(facts["close_label_agreement"], len(np.unique(labels[rows])))
    return facts


def neighbour_answers(
    texts: Sequence[str], labels: NDArray[np.int64], rows: NDArray[np.int64], classes: int
) -> Predictions:
    """Return what the neighbours of each row say its label is, the row itself left out.

    Parameters
    ----------
    texts, labels
        All rows.
    rows : ndarray of int64, shape (m,)
        The rows to answer, from each other only.
    classes
        How many labels there are.

    Returns
    -------
    Predictions
        A neighbour's vote counts by its cosine; the class shares count as one vote more, so that texts
        unlike all others are answered cautiously. Every row is a unit of its own number.
    """
    found = nearest(texts, rows, rows, VOTERS)
    votes = np.bincount(labels[rows], minlength=classes) / len(rows) * np.ones((len(rows), 1))
    np.add.at(votes, (np.arange(len(rows))[:, None], labels[found.neighbours]), np.maximum(found.cosines, 0.0))
    probabilities = votes / votes.sum(axis=1, keepdims=True)
    return Predictions(rows, labels[rows], probabilities.argmax(axis=1), probabilities.astype(np.float32), rows)


def implied_ceiling(agreement: float, classes: int) -> float:
    """Return the accuracy that no classifier surpasses where neighbours say the same and agree this often.

    Parameters
    ----------
    agreement
        Share of rows whose neighbour carries their label.
    classes
        How many labels there are, at least 1.
    """
    if classes < 2:
        return 1.0
    most = (classes - 1) / classes
    return 1.0 - most * (1.0 - float(np.sqrt(max(0.0, 1.0 - (1.0 - agreement) / most))))


def _agreement(found: Nearest, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return, per row, the share of its equally near nearest rows that carry its label."""
    tied = found.cosines >= found.cosines[:, :1] - TIE
    same = labels[found.neighbours] == labels[found.rows][:, None]
    share: NDArray[np.float64] = (same & tied).sum(axis=1) / tied.sum(axis=1)
    return share


def _chance(labels: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    classes = int(max(labels.max(initial=0), others.max(initial=0))) + 1
    shares = [np.bincount(codes, minlength=classes) / max(len(codes), 1) for codes in (labels, others)]
    return float(shares[0] @ shares[1])


def _sample(texts: Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(rows) <= LARGEST:
        return rows
    rng = generator_for(len(texts), len(rows), "neighbours")
    return np.sort(rng.choice(rows, LARGEST, replace=False))


def _largest(near: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the columns of the largest values, largest first, the lower column where equal."""
    if count < near.shape[1]:
        some = np.sort(np.argpartition(-near, count - 1, axis=1)[:, :count], axis=1)
    else:
        some = np.broadcast_to(np.arange(near.shape[1]), near.shape).copy()
    order = np.argsort(-np.take_along_axis(near, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)
