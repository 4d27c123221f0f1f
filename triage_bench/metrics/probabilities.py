"""Metrics that need the probabilities: how well a model ranks, and whether its confidence can be believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.record import Predictions

BINS = 15
"""Equal-width bins of the calibration error, as in Guo et al. 2017."""

SMALLEST = float(np.finfo(np.float32).eps)
"""Probabilities are stored as float32; below this a zero and a rounding error look the same."""


def log_loss(predictions: Predictions) -> float:
    """Mean negative log-probability of the given label, in nats.

    Rows are scaled to sum to 1 and clipped to ``[eps, 1]`` with float32's ``eps``, so one certain
    wrong answer costs at most 15.9 nats. NaN without rows.
    """
    if not len(predictions):
        return float("nan")
    probabilities = _scaled(predictions)
    given = probabilities[np.arange(len(predictions)), predictions.labels]
    return float(-np.log(np.clip(given, SMALLEST, 1.0)).mean())


def auroc(predictions: Predictions) -> float:
    """Area under the ROC curve, each class against the rest, averaged over classes.

    The share of pairs (a row of the class, a row of another) that the class's probability orders
    rightly; a tie counts one half (the Mann-Whitney statistic, exact). Classes without a row, or
    with all rows, have no curve and stay out of the average; NaN where no class has one.
    """
    areas = [
        _area(predictions.probabilities[:, k], predictions.labels == k)
        for k in range(predictions.probabilities.shape[1])
        if 0 < np.count_nonzero(predictions.labels == k) < len(predictions)
    ]
    return float(np.mean(areas)) if areas else float("nan")


def ece(predictions: Predictions) -> float:
    """Return the expected calibration error: how far confidence and hit rate are apart.

    Confidence is the probability of the answer given. Rows are put into 15 equal-width bins
    ``(low, high]`` of confidence; the gaps between mean confidence and share of right answers are
    averaged by rows (Guo et al. 2017, *On Calibration of Modern Neural Networks*). It is biased
    upwards on few rows: two models compare on the same rows only. NaN without rows.
    """
    if not len(predictions):
        return float("nan")
    confidence = _scaled(predictions)[np.arange(len(predictions)), predictions.predicted]
    right = predictions.labels == predictions.predicted
    fall = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    gaps = np.bincount(fall, weights=right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(predictions))


def _scaled(predictions: Predictions) -> NDArray[np.float64]:
    probabilities = predictions.probabilities.astype(np.float64)
    total = probabilities.sum(axis=1, keepdims=True)
    return probabilities / np.where(total > 0, total, 1.0)


def _area(values: NDArray[np.float32], positive: NDArray[np.bool_]) -> float:
    _, place, ties = np.unique(values, return_inverse=True, return_counts=True)
    # Equal values share the mean of the ranks they take up together.
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place]
    inside = int(positive.sum())
    wins = float(ranks[positive].sum()) - inside * (inside + 1) / 2
    return wins / (inside * (len(values) - inside))
