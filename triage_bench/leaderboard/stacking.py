"""Stacking: multinomial logistic regression on the members' log-probabilities (Wolpert 1992; Ting & Witten 1999).

It starts from the geometric mean of the members and learns what to add to it; the penalty pulls that
addition to nothing, so few rows leave an equal vote and many rows may change it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.digest import digest_array
from triage_bench.core.memo import recalled
from triage_bench.leaderboard.voting import Cube, Matrix, log_probabilities

Codes = NDArray[np.int64]
Objective = Callable[[Matrix], tuple[float, Matrix]]

STRENGTH = 0.02
"""Inverse of the penalty, as scikit-learn's ``C``, on log-probabilities in nats."""
TOLERANCE = 1e-4
"""The solver ends where no entry of the gradient of the mean loss is larger."""
MEMORY = 10
MOST_STEPS = 300


@dataclass(frozen=True, eq=False)
class Stacker:
    """A fitted stacker.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (M k + 1, k)
        What is added to the geometric mean's log-probabilities per nat of each member's
        log-probability for each class; the last row is the intercept, penalised like the rest.
    """

    coefficients: Matrix

    @classmethod
    def fitted(cls, cube: Cube, codes: Codes, strength: float = STRENGTH) -> Stacker:
        """Fit to members' probabilities, shape (M, n, k), on rows they were not trained on, with labels (n,)."""
        of = [digest_array(cube), digest_array(codes), strength]
        found = recalled("stacker", of, lambda: _fitted(cube, codes, strength).tolist())
        return cls(np.array(found))

    def vote(self, cube: Cube) -> Matrix:
        """Return probabilities of shape (n, k) from the members', shape (M, n, k)."""
        return softmax(_geometric(cube) + features(cube) @ self.coefficients)


def _fitted(cube: Cube, codes: Codes, strength: float) -> Matrix:
    return coefficients(features(cube), codes, _geometric(cube), strength)


def features(cube: Cube) -> Matrix:
    """Return the members' log-probabilities side by side, centred per row and member, and a constant: (n, M k + 1)."""
    logs = _centred(cube)
    rows = logs.transpose(1, 0, 2).reshape(logs.shape[1], -1)
    return np.hstack((rows, np.ones((len(rows), 1))))


def coefficients(inputs: Matrix, codes: Codes, offset: Matrix, strength: float, tolerance: float = TOLERANCE) -> Matrix:
    """Minimise the summed log-loss plus the squared coefficients over ``2 * strength``.

    Parameters
    ----------
    inputs, codes, offset
        Inputs (n, d), labels below k (n,), and logits that are there before any coefficient, (n, k).
        Without an offset this is scikit-learn's ``LogisticRegression(C=strength, fit_intercept=False)``
        of three classes or more.
    strength
        Inverse of the penalty, positive.
    tolerance
        See `TOLERANCE`.

    Returns
    -------
    ndarray of float64, shape (d, k)

    Notes
    -----
    L-BFGS in coordinates in which the bound of Böhning (1992) on the Hessian, ``XᵀX / 2`` plus the
    penalty, is the identity: members that agree make their columns all but collinear, and without
    this the solver needs several times as many steps.
    """
    rows, penalty = len(inputs), 1.0 / strength
    bound = inputs.T @ inputs / 2.0 + penalty * np.eye(inputs.shape[1])
    back = np.linalg.inv(np.linalg.cholesky(bound / rows)).T
    place = np.arange(rows)

    def loss(point: Matrix) -> tuple[float, Matrix]:
        found = back @ point
        logits = offset + inputs @ found
        logits = logits - logits.max(axis=1, keepdims=True)
        grown = np.exp(logits)
        summed = grown.sum(axis=1, keepdims=True)
        value = float((np.log(summed[:, 0]) - logits[place, codes]).sum() + penalty / 2.0 * (found**2).sum())
        error = grown / summed
        error[place, codes] -= 1.0
        return value / rows, back.T @ (inputs.T @ error + penalty * found) / rows

    return back @ minimum(loss, np.zeros((inputs.shape[1], offset.shape[1])), tolerance)


def minimum(objective: Objective, start: Matrix, tolerance: float) -> Matrix:
    """Minimise a smooth convex function by L-BFGS (Nocedal 1980) with backtracking; `start` gives the shape."""
    point, (value, slope) = start, objective(start)
    history: list[tuple[Matrix, Matrix]] = []
    for _ in range(MOST_STEPS):
        if np.abs(slope).max() <= tolerance:
            break
        direction = -_scaled(slope, history)
        descent, length = float((direction * slope).sum()), 1.0
        while True:
            moved = point + length * direction
            new_value, new_slope = objective(moved)
            if new_value <= value + 1e-4 * length * descent or length < 1e-10:
                break
            length /= 2.0
        if length < 1e-10:
            break  # nothing below in this direction that a float could tell
        if float(((moved - point) * (new_slope - slope)).sum()) > 0.0:
            history = [*history[1 - MEMORY :], (moved - point, new_slope - slope)]
        point, value, slope = moved, new_value, new_slope
    return point


def softmax(logits: Matrix) -> Matrix:
    """Return probabilities from logits, shape (n, k)."""
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: Matrix = grown / grown.sum(axis=1, keepdims=True)
    return found


def _scaled(slope: Matrix, history: list[tuple[Matrix, Matrix]]) -> Matrix:
    """Multiply the gradient by the inverse Hessian that the last steps suggest (the two-loop recursion)."""
    found, shares = slope, []
    for step, change in reversed(history):
        share = float((step * found).sum() / (step * change).sum())
        found = found - share * change
        shares.append(share)
    if history:
        step, change = history[-1]
        found = found * float((step * change).sum() / (change**2).sum())
    for (step, change), share in zip(history, reversed(shares), strict=True):
        found = found + step * (share - float((change * found).sum() / (step * change).sum()))
    return found


def _centred(cube: Cube) -> NDArray[np.float64]:
    logs = log_probabilities(cube)
    centred: NDArray[np.float64] = logs - logs.mean(axis=2, keepdims=True)
    return centred


def _geometric(cube: Cube) -> Matrix:
    averaged: Matrix = _centred(cube).mean(axis=0)
    return averaged
