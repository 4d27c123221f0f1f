"""Ridge regression in the space of rows: one factorisation, any number of label vectors.

What is expensive (the inner products of the training rows and their Cholesky factor) does not
depend on the labels. So a permutation test, a merge of classes or another coding of the same
rows costs one more right-hand side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import dpotri
from scipy.sparse import csr_matrix

from triage_bench.core.seeds import generator_for
from triage_bench.models.calibration import FEWEST_ROWS, Calibration, Margins, calibrated
from triage_bench.models.contract import Codes

Dense = NDArray[np.float64]

DENSE_ROWS = 3_000
"""Up to this many training rows the kernel is factorised (0.6 s, 72 MB); beyond, conjugate gradients
solve the same equations without ever holding it."""

HELD_OUT = 2_000
"""Rows set aside to learn the slope of the probabilities where there is no factor to leave one out with."""

_MANY = 64
"""With more right-hand sides than this, scores are cheaper through the kernel than through weights."""

_TOLERANCE, _ROUNDS = 1e-9, 1_000
_NEWTON_ROUNDS, _NEWTON_PRECISION = 50, 1e-10


@dataclass(frozen=True, eq=False)
class Fit:
    """The ridge solution for one label vector.

    Attributes
    ----------
    dual : ndarray, shape (n, k)
        One coefficient per training row and class.
    calibration
        Learnt on scores of rows that were left out.
    """

    dual: Dense
    calibration: Calibration


class TrainingSide:
    """Training rows as features, with what does not depend on their labels.

    Parameters
    ----------
    features
        Shape (n, d), rows of length 1.
    penalty
        The ridge penalty λ > 0: the kernel's diagonal is 1 + λ.
    """

    def __init__(self, features: csr_matrix, penalty: float) -> None:
        self.features, self.penalty = features, penalty
        self._factor: Dense | None = None
        if features.shape[0] <= DENSE_ROWS:
            kernel = inner_products(features, features)
            kernel[np.diag_indices_from(kernel)] += penalty
            self._factor = cholesky(kernel, lower=True, overwrite_a=True, check_finite=False)
            self._leverage = np.diag(dpotri(self._factor, lower=1)[0]).copy()

    def fits(self, codes: Sequence[Codes]) -> list[Fit]:
        """Solve for several label vectors at once.

        Parameters
        ----------
        codes
            Each in ``range(k)``, shape (n,), every class present.

        Notes
        -----
        The targets are one column per class, centred; the class shares are not added again. So a
        rare class is not outvoted by its rarity, which macro-F1 asks for, and an answer says what
        the text adds to them.
        """
        targets = [centred(one) for one in codes]
        if self._factor is None:
            return [self._iterated(target, one) for target, one in zip(targets, codes, strict=True)]
        dual = cho_solve((self._factor, True), np.hstack(targets), check_finite=False)
        parts = np.split(dual, np.cumsum([target.shape[1] for target in targets])[:-1], axis=1)
        # A row's score by a fit without it, in closed form (Rasmussen and Williams 2006, section 5.4.2).
        left_out = [target - part / self._leverage[:, None] for target, part in zip(targets, parts, strict=True)]
        return [Fit(part, _sloped(score, one)) for part, score, one in zip(parts, left_out, codes, strict=True)]

    def scores(self, rows: csr_matrix, fits: Sequence[Fit]) -> list[Margins]:
        """Return the scores of rows, shape (m, k), by each fit."""
        dual = np.hstack([fit.dual for fit in fits])
        if dual.shape[1] > _MANY:
            found = inner_products(rows, self.features) @ dual
        else:
            found = np.asarray(rows @ (self.features.T @ dual))
        return np.split(found, np.cumsum([fit.dual.shape[1] for fit in fits])[:-1], axis=1)

    def _iterated(self, target: Dense, codes: Codes) -> Fit:
        """Solve by conjugate gradients, first without the rows that the slope is learnt on."""
        aside = np.zeros(len(codes), dtype=bool)
        drawn = generator_for("kernel ridge", "held out", len(codes)).permutation(len(codes))[:HELD_OUT]
        aside[drawn] = True
        start = np.zeros_like(target)
        start[~aside] = conjugate_gradients(self.features[~aside], target[~aside], self.penalty)
        score = np.asarray(self.features[aside] @ (self.features[~aside].T @ start[~aside]))
        return Fit(conjugate_gradients(self.features, target, self.penalty, start), _sloped(score, codes[aside]))


def centred(codes: Codes) -> Dense:
    """Return one column per class, 1 where a row is of it, less the class's share; shape (n, k)."""
    columns = np.zeros((len(codes), int(codes.max()) + 1))
    columns[np.arange(len(codes)), codes] = 1.0
    return columns - columns.mean(axis=0)


def inner_products(first: csr_matrix, second: csr_matrix) -> Dense:
    """Return all inner products of rows as a dense matrix."""
    return np.asarray((first @ second.T).toarray(), dtype=np.float64)


def conjugate_gradients(features: csr_matrix, target: Dense, penalty: float, start: Dense | None = None) -> Dense:
    """Solve ``(X Xᵀ + λ I) a = t`` for every column of `target`, without the kernel.

    Parameters
    ----------
    features
        ``X``, shape (n, d).
    target
        Shape (n, k).
    penalty
        ``λ``.
    start
        A first guess, shape (n, k).

    Notes
    -----
    Hestenes and Stiefel 1952, the columns side by side. Stops where every residual is below 1e-9 of
    its target, so that answers equal those of the factorisation.
    """
    across = csr_matrix(features.T)

    def times(vectors: Dense) -> Dense:
        return np.asarray(features @ (across @ vectors)) + penalty * vectors

    solution = np.zeros_like(target) if start is None else start.copy()
    residual = target - times(solution)
    direction = residual.copy()
    size = np.square(residual).sum(axis=0)
    enough = np.square(target).sum(axis=0) * _TOLERANCE**2
    for _ in range(_ROUNDS):
        if (size <= enough).all():
            break
        turned = times(direction)
        step = _ratio(size, (direction * turned).sum(axis=0))
        solution += step * direction
        residual -= step * turned
        before, size = size, np.square(residual).sum(axis=0)
        direction = residual + _ratio(size, before) * direction
    return solution


def _ratio(above: Dense, below: Dense) -> Dense:
    return np.asarray(np.divide(above, below, out=np.zeros_like(above), where=below > 0))


def _sloped(scores: Margins, codes: Codes) -> Calibration:
    """Fit the slope as `calibrated` does, by Newton's method: a permutation test asks for it hundreds of times."""
    if len(codes) < FEWEST_ROWS:
        return calibrated(scores, codes, "temperature")
    rows, classes = scores.shape
    # The smoothed targets' mean score; the loss is log-sum-exp(slope * scores) less slope times this.
    wanted = (scores[np.arange(rows), codes] * rows + scores.sum(axis=1)) / (rows + classes)
    slope, low, high = 2.0, 1e-2, 1e3
    for _ in range(_NEWTON_ROUNDS):
        weights = np.exp(slope * (scores - scores.max(axis=1, keepdims=True)))
        weights /= weights.sum(axis=1, keepdims=True)
        mean = (weights * scores).sum(axis=1)
        down = float((mean - wanted).sum())
        bend = float(((weights * scores**2).sum(axis=1) - mean**2).sum())
        low, high = (slope, high) if down < 0 else (low, slope)
        step = slope - down / bend if bend > 0 else low
        step = step if low < step < high else float(np.sqrt(low * high))
        if abs(step - slope) <= _NEWTON_PRECISION * slope:
            break
        slope = step
    return Calibration("temperature", np.array([slope]), np.zeros(1))
