"""Votes of several models on the same rows: by their probabilities, by their answers, by given weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.metrics.probabilities import SMALLEST

Cube = NDArray[Any]
"""Probabilities of M members for n rows and k classes, shape (M, n, k)."""
Matrix = NDArray[np.float64]
"""Probabilities, shape (n, k); every row sums to 1."""


def soft_vote(cube: Cube) -> Matrix:
    """Average the members' probabilities with equal weight (scikit-learn's ``VotingClassifier``, ``"soft"``)."""
    return weighted_vote(cube, np.full(len(cube), 1.0 / len(cube)))


def weighted_vote(cube: Cube, weights: NDArray[np.float64]) -> Matrix:
    """Average the members' probabilities with weights of shape (M,) that sum to 1."""
    mixed: Matrix = np.tensordot(weights, cube.astype(np.float64), axes=1)
    shares: Matrix = mixed / np.maximum(mixed.sum(axis=1, keepdims=True), SMALLEST)
    return shares


def hard_vote(predicted: NDArray[np.int64], classes: int) -> Matrix:
    """Return each class's share of the members' answers.

    Parameters
    ----------
    predicted : ndarray of int64, shape (M, n)
        What every member answered.
    classes
        How many classes there are, ``k``.

    Returns
    -------
    ndarray of float64, shape (n, k)
        Its ``argmax`` is the plurality vote; a tie goes to the lowest code, as in scikit-learn's
        ``VotingClassifier(voting="hard")``. On a triage scale that is the more urgent level.
    """
    members, rows = predicted.shape
    cells = np.bincount((np.arange(rows) * classes + predicted).ravel(), minlength=rows * classes)
    return cells.reshape(rows, classes) / float(members)


def log_probabilities(cube: Cube) -> NDArray[np.float64]:
    """Return logarithms, no probability taken for less than float32 tells from zero, so that none is infinite."""
    found: NDArray[np.float64] = np.log(np.clip(cube.astype(np.float64), SMALLEST, 1.0))
    return found
