"""Whether a stated confidence can be believed: rows by confidence, and how many of them are right."""

from __future__ import annotations

from typing import Any

import numpy as np

from triage_bench.core.run import Outcome

BINS = 10
"""Fewer than the 15 of the calibration error: a bin on the page should hold enough rows to be read."""


def calibration_of(outcome: Outcome) -> dict[str, Any]:
    """Return mean confidence and share of right answers in equal-width bins of confidence.

    Confidence is the probability that the model gives to its answer. Empty bins are left out.
    """
    predictions = outcome.predictions
    probabilities = predictions.probabilities.astype(np.float64)
    total = probabilities.sum(axis=1)
    confidence = probabilities[np.arange(len(predictions)), predictions.predicted] / np.where(total > 0, total, 1.0)
    right = predictions.labels == predictions.predicted
    fall = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    bins = []
    for number in np.unique(fall):
        inside = fall == number
        bins.append(
            {
                "low": round(int(number) / BINS, 6),
                "high": round((int(number) + 1) / BINS, 6),
                "rows": int(inside.sum()),
                "confidence": float(confidence[inside].mean()),
                "share_right": float(right[inside].mean()),
            }
        )
    return {
        "bins": bins,
        "mean_confidence": float(confidence.mean()) if len(bins) else None,
        "share_right": float(right.mean()) if len(bins) else None,
    }
