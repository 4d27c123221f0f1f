"""Decision rules on top of probabilities of ordered levels, and what their errors cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Scale
from triage_bench.leaderboard.voting import Matrix

UNDER_TRIAGE = 5.0
"""How many times as much as over-triage an equally distant under-triage costs.

The American College of Surgeons' Committee on Trauma accepts at most 5 % under-triage where it accepts
25 to 35 % over-triage (*Resources for Optimal Care of the Injured Patient*): one to between five and seven.
"""

Answers = NDArray[np.int64]
Rule = Callable[[Matrix, Matrix], Answers]
"""Probabilities (n, k) and costs (k, k) → answers (n,)."""


def default_costs(classes: int, scale: Scale, under_triage: float = UNDER_TRIAGE) -> Matrix:
    """Return the cost of every answer for every given level.

    Parameters
    ----------
    classes
        How many levels there are, ``k``.
    scale
        On a ``"triage"`` scale level 0 is the most urgent; on any other both directions cost the same.
    under_triage
        How many times as much an answer costs there that is less urgent than the given level.

    Returns
    -------
    ndarray of float64, shape (k, k)
        Given level in rows, answer in columns: the squared distance, `under_triage` times as much
        for an answer that is less urgent than the given level.
    """
    distance = np.arange(classes)[None, :] - np.arange(classes)[:, None]
    costs = distance.astype(np.float64) ** 2
    return np.where(distance > 0, under_triage * costs, costs) if scale == "triage" else costs


def argmax(probabilities: Matrix, _: Matrix) -> Answers:
    """Answer the most probable level; a tie goes to the lowest, on a triage scale the most urgent."""
    found: Answers = probabilities.argmax(axis=1).astype(np.int64)
    return found


def expected_level(probabilities: Matrix, _: Matrix) -> Answers:
    """Answer the mean level, rounded; a half goes to the lower level, on a triage scale the more urgent."""
    mean = probabilities @ np.arange(probabilities.shape[1])
    return np.ceil(np.round(mean, 9) - 0.5).astype(np.int64)


def cost_optimal(probabilities: Matrix, costs: Matrix) -> Answers:
    """Answer what costs least in expectation (Elkan 2001); equal costs go to the lowest level.

    Raises
    ------
    ValueError
        If the costs are not one per pair of levels, or if one is negative or not finite.
    """
    classes = probabilities.shape[1]
    if costs.shape != (classes, classes) or not np.isfinite(costs).all() or costs.min() < 0:
        raise ValueError(f"expected {classes} × {classes} finite costs of at least 0, got {costs!r}")
    found: Answers = np.round(probabilities @ costs, 9).argmin(axis=1).astype(np.int64)
    return found


RULES: Mapping[str, Rule] = MappingProxyType(
    {"argmax": argmax, "expected-level": expected_level, "cost-optimal": cost_optimal}
)
"""Every rule by name, in the order in which a report shows them."""


def expected_cost(counts: NDArray[np.int64], costs: Matrix) -> float:
    """Return the mean cost per row of confusion counts with given labels in rows, both (k, k)."""
    return float((counts * costs).sum() / counts.sum())
