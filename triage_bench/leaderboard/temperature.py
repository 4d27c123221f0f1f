"""One temperature for a model's probabilities (Guo et al. 2017, *On Calibration of Modern Neural Networks*)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.digest import digest_array
from triage_bench.core.memo import recalled
from triage_bench.leaderboard.stacking import softmax
from triage_bench.leaderboard.voting import Matrix, log_probabilities

COLDEST, HOTTEST = 0.05, 20.0
"""Bounds: beyond them the probabilities are all but certain, or all but equal."""
MOST_STEPS = 30


def temperature(probabilities: Matrix, labels: NDArray[np.int64]) -> float:
    """Return the temperature at which probabilities say most about the labels of rows their model has not seen.

    Parameters
    ----------
    probabilities, labels
        Shapes (n, k) and (n,).

    Returns
    -------
    float
        Minimises the log-loss of ``p ** (1 / temperature)``, scaled to sum to 1: above 1 the model is
        overconfident, below 1 it is too timid. 1 without rows.

    Notes
    -----
    The loss is convex in the inverse temperature; Newton's method, halving the bracket where a
    step would leave it.
    """
    of = [digest_array(probabilities), digest_array(labels)]
    return float(recalled("temperature", of, lambda: _temperature(probabilities, labels)))


def _temperature(probabilities: Matrix, labels: NDArray[np.int64]) -> float:
    logs, place = log_probabilities(probabilities), np.arange(len(labels))
    if not len(labels):
        return 1.0
    low, high, slope = 1.0 / HOTTEST, 1.0 / COLDEST, 1.0
    for _ in range(MOST_STEPS):
        found = softmax(slope * logs)
        mean = (found * logs).sum(axis=1)
        gradient = float((mean - logs[place, labels]).mean())
        curvature = float(((found * logs**2).sum(axis=1) - mean**2).mean())
        low, high = (slope, high) if gradient < 0 else (low, slope)
        step = gradient / curvature if curvature > 0 else np.inf
        following = slope - step if low < slope - step < high else (low * high) ** 0.5
        if abs(following - slope) < 1e-9 * slope:
            break
        slope = following
    return 1.0 / slope


def at_temperature(probabilities: Matrix, degree: float) -> Matrix:
    """Return the probabilities ``p ** (1 / degree)``, scaled to sum to 1."""
    return softmax(log_probabilities(probabilities) / degree)
