"""Metrics that are functions of the confusion counts.

Each takes a stack of confusion matrices, shape ``(..., k, k)`` with given labels in rows and
answers in columns, and returns an array of shape ``(...)``: two thousand resamples cost one call.
Counts may be floats (weighted rows). Without any row a score is NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[Any]
Scores = NDArray[np.float64]


def confusion(labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Count answers by given label.

    Parameters
    ----------
    labels, predicted : ndarray of int64, shape (m,)
        Label codes below `classes`.
    classes
        How many classes there are, ``k``.

    Returns
    -------
    ndarray of int64, shape (k, k)
        Given labels in rows, answers in columns.
    """
    cells = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.int64)


def accuracy(counts: Counts) -> Scores:
    """Share of right answers."""
    return _ratio(_hits(counts).sum(-1), _rows(counts), undefined=np.nan)


def macro_f1(counts: Counts) -> Scores:
    """Mean F1 over the classes that occur among labels or answers, as scikit-learn averages it."""
    total = counts.sum(-1) + counts.sum(-2)
    return _mean_where(_ratio(2.0 * _hits(counts), total), total > 0)


def balanced_accuracy(counts: Counts) -> Scores:
    """Mean recall over the classes that occur among the labels."""
    given = counts.sum(-1)
    return _mean_where(_ratio(_hits(counts), given), given > 0)


def mcc(counts: Counts) -> Scores:
    """Matthews correlation for any number of classes (Gorodkin 2004); 0 where one side is constant."""
    counts = np.asarray(counts, dtype=np.float64)
    given, answered, rows = counts.sum(-1), counts.sum(-2), _rows(counts)
    covariance = _hits(counts).sum(-1) * rows - (given * answered).sum(-1)
    spread = (rows**2 - (given**2).sum(-1)) * (rows**2 - (answered**2).sum(-1))
    return _no_rows_is_nan(_ratio(covariance, np.sqrt(spread)), rows)


def qwk(counts: Counts) -> Scores:
    """Cohen's kappa with quadratic weights (Cohen 1968); 0 where all labels and answers are one class."""
    counts = np.asarray(counts, dtype=np.float64)
    rows, weights = _rows(counts), _distances(counts) ** 2
    observed = (counts * weights).sum((-2, -1))
    expected = np.einsum("...i,ij,...j->...", counts.sum(-1), weights, counts.sum(-2))
    agreement = np.where(expected > 0, 1.0 - _ratio(observed * rows, expected), 0.0)
    return _no_rows_is_nan(agreement, rows)


def mae(counts: Counts) -> Scores:
    """Mean distance in levels between answer and label."""
    return _share(counts, _distances(counts))


def macro_mae(counts: Counts) -> Scores:
    """Mean distance in levels, averaged over the labels that occur (Baccianella et al. 2009)."""
    given = counts.sum(-1)
    return _mean_where(_ratio((counts * _distances(counts)).sum(-1), given), given > 0)


def within_one(counts: Counts) -> Scores:
    """Share of answers at most one level away."""
    return _share(counts, _distances(counts) <= 1)


def off_by_two(counts: Counts) -> Scores:
    """Share of answers two or more levels away."""
    return _share(counts, _distances(counts) >= 2)


def under_triage(counts: Counts) -> Scores:
    """Share of all rows answered as less urgent than given; label 0 is the most urgent."""
    return _share(counts, _levels(counts) > 0)


def over_triage(counts: Counts) -> Scores:
    """Share of all rows answered as more urgent than given; label 0 is the most urgent."""
    return _share(counts, _levels(counts) < 0)


def _hits(counts: Counts) -> Counts:
    return np.diagonal(counts, axis1=-2, axis2=-1)


def _rows(counts: Counts) -> Counts:
    rows: Counts = counts.sum((-2, -1))
    return rows


def _levels(counts: Counts) -> NDArray[np.int64]:
    """Return answer minus label for every cell, shape (k, k)."""
    level = np.arange(counts.shape[-1])
    return level[None, :] - level[:, None]


def _distances(counts: Counts) -> NDArray[np.int64]:
    return np.abs(_levels(counts))


def _share(counts: Counts, weights: NDArray[Any]) -> Scores:
    return _ratio((counts * weights).sum((-2, -1)), _rows(counts), undefined=np.nan)


def _mean_where(values: Scores, present: NDArray[np.bool_]) -> Scores:
    return _ratio((values * present).sum(-1), present.sum(-1), undefined=np.nan)


def _no_rows_is_nan(values: Scores, rows: Counts) -> Scores:
    return np.where(rows > 0, values, np.nan)


def _ratio(top: NDArray[Any], bottom: NDArray[Any], undefined: float = 0.0) -> Scores:
    ratio: Scores = np.full(np.broadcast_shapes(np.shape(top), np.shape(bottom)), undefined, dtype=np.float64)
    np.divide(top, bottom, out=ratio, where=np.asarray(bottom) > 0)
    return ratio
