"""Scores with the standard error that the scored rows allow, for one model or for two on the same rows.

Every score here is a smooth function of counts, so its error follows from each row's influence
on it (the infinitesimal jackknife; Efron 1982, *The Jackknife, the Bootstrap and Other Resampling
Plans*, ch. 6). Influences are summed within a unit first (a group, a near-duplicate cluster):
rows that were drawn together carry one piece of news, not many. Deterministic, and equal to the
bootstrap over units in the limit. It holds for these trained models on new rows; it does not
contain what another training sample would change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.record import Predictions

Z95 = 1.96
"""Half-width of a two-sided 95 % interval, in standard errors."""


@dataclass(frozen=True)
class Estimate:
    """A score and its standard error.

    Attributes
    ----------
    value
        The score.
    error
        Its standard error over the units.
    """

    value: float
    error: float

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.value - Z95 * self.error

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.value + Z95 * self.error


Influence = Callable[[Predictions, int], tuple[float, NDArray[np.float64]]]
"""``(predictions, classes) → score, influence of each row on it (shape (m,))``."""


def accuracy(predictions: Predictions, classes: int) -> Estimate:
    """Share of right answers."""
    return _estimate(predictions, *accuracy_influence(predictions, classes))


def balanced_accuracy(predictions: Predictions, classes: int) -> Estimate:
    """Mean recall over the classes that occur: ``1/K`` for any answer that ignores the text."""
    return _estimate(predictions, *balanced_accuracy_influence(predictions, classes))


def macro_f1(predictions: Predictions, classes: int) -> Estimate:
    """Mean F1 over the classes that occur among labels or answers."""
    return _estimate(predictions, *macro_f1_influence(predictions, classes))


def difference(score: Influence, first: Predictions, second: Predictions, classes: int) -> Estimate:
    """Return ``first - second`` on the rows both have scored, with the error of the paired difference.

    Raises
    ------
    ValueError
        If they share no row.
    """
    rows, mine, theirs = np.intersect1d(first.rows, second.rows, return_indices=True)
    if not len(rows):
        raise ValueError("the two sets of predictions share no row")
    a, b = first.take(mine), second.take(theirs)
    (value_a, influence_a), (value_b, influence_b) = score(a, classes), score(b, classes)
    return _estimate(a, value_a - value_b, influence_a - influence_b)


def accuracy_influence(predictions: Predictions, classes: int) -> tuple[float, NDArray[np.float64]]:
    """Return the accuracy and each row's influence on it."""
    right = (predictions.labels == predictions.predicted).astype(np.float64)
    value = float(right.mean())
    return value, (right - value) / len(right)


def balanced_accuracy_influence(predictions: Predictions, classes: int) -> tuple[float, NDArray[np.float64]]:
    """Return the balanced accuracy and each row's influence on it."""
    labels, right = predictions.labels, predictions.labels == predictions.predicted
    rows = np.bincount(labels, minlength=classes)
    recall = np.bincount(labels, weights=right, minlength=classes) / np.maximum(rows, 1)
    present = int((rows > 0).sum())
    return float(recall[rows > 0].mean()), (right - recall[labels]) / rows[labels] / present


def macro_f1_influence(predictions: Predictions, classes: int) -> tuple[float, NDArray[np.float64]]:
    """Return the macro-F1 and each row's influence on it.

    With ``F1 = 2 TP / (given + answered)``, a row adds 2 to the numerator where it is right and 1
    to the denominator once as its label and once as its answer.
    """
    labels, predicted = predictions.labels, predictions.predicted
    right = labels == predicted
    f1, total = class_f1(predictions, classes)
    scale, present = 1 / np.maximum(total, 1), int((total > 0).sum())
    influence = 2 * right * scale[labels] - f1[labels] * scale[labels] - f1[predicted] * scale[predicted]
    return float(f1[total > 0].mean()), influence / present


def class_f1(predictions: Predictions, classes: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the F1 of each class, and how often it was given or answered: 0 where neither, and then F1 is 0."""
    labels, predicted = predictions.labels, predictions.predicted
    total = np.bincount(labels, minlength=classes) + np.bincount(predicted, minlength=classes)
    hits = np.bincount(labels, weights=labels == predicted, minlength=classes)
    return 2 * hits / np.maximum(total, 1), total


def _estimate(predictions: Predictions, value: float, influence: NDArray[np.float64]) -> Estimate:
    _, unit = np.unique(predictions.units, return_inverse=True)
    sums = np.bincount(unit, weights=influence)
    count = len(sums)
    # Few units understate the spread; the usual correction of a sample variance.
    correction = count / (count - 1) if count > 1 else 1.0
    return Estimate(value, float(np.sqrt(correction * np.square(sums).sum())))
