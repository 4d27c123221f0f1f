"""Weights by greedy selection with replacement: Caruana et al. 2004, *Ensemble Selection from Libraries of Models*."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triage_bench.metrics.probabilities import SMALLEST

STEPS = 40
"""Members drawn at most: weights are multiples of a fortieth or coarser, which is finer than a thousand rows tell."""


def greedy_weights(given: NDArray[np.float64], steps: int = STEPS) -> NDArray[np.float64]:
    """Draw members one by one, each time the one that lowers the log-loss of their average most.

    Log-loss, and not the metric of the ranking: it is proper, changes with every row and not only
    with those that flip, and needs nothing but the probability each member gave to the right label.

    Parameters
    ----------
    given : ndarray of float64, shape (M, n)
        Probability of each row's own label by each member, on rows the members were not trained on.
    steps
        How many draws at most.

    Returns
    -------
    ndarray of float64, shape (M,)
        How often each was drawn, divided by the number of draws, for the best number of draws;
        they sum to 1. Equal losses go to the earlier member and to fewer draws.

    Raises
    ------
    ValueError
        If there is no member, no row or no step.
    """
    if not given.size or steps < 1:
        raise ValueError(f"greedy selection needs members, rows and steps, got {given.shape!r} and {steps!r}")
    drawn: list[int] = []
    losses: list[float] = []
    total = np.zeros(given.shape[1])
    for size in range(1, steps + 1):
        losses_with = -np.log(np.maximum((total + given) / size, SMALLEST)).mean(axis=1)
        chosen = int(losses_with.argmin())
        total = total + given[chosen]
        drawn.append(chosen)
        losses.append(float(losses_with[chosen]))
    best = int(np.argmin(losses)) + 1
    return np.bincount(drawn[:best], minlength=len(given)) / float(best)
