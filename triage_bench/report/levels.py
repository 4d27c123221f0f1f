"""Errors on ordered levels: too urgent, not urgent enough, far off; of a model and of people on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Scale
from triage_bench.metrics import METRICS

FAR = 2
"""Levels from which an error counts as far off."""

MEASURED = ("accuracy", "macro_f1", "qwk", "mae", "under_triage", "over_triage")
"""What is compared between a model and people."""


def levels_of(counts: Sequence[Sequence[int]], labels: Sequence[str]) -> dict[str, Any]:
    """Return, per given level and in all, how many answers lie below, above and far off.

    Parameters
    ----------
    counts
        Confusion counts, given levels in rows; the first level is the most urgent.
    labels
        The levels.
    """
    matrix = np.asarray(counts, dtype=np.int64)
    distance = np.arange(len(labels))[None, :] - np.arange(len(labels))[:, None]
    per_level = [{"label": label, **_sides(matrix[code], distance[code])} for code, label in enumerate(labels)]
    return {"per_level": per_level, "all": _sides(matrix.ravel(), distance.ravel())}


def measured(counts: Sequence[Sequence[int]], scale: Scale) -> dict[str, float]:
    """Return the scores of confusion counts that mean something on this scale."""
    matrix = np.asarray(counts, dtype=np.int64)[None]
    return {
        name: float(METRICS[name].from_counts(matrix)[0])  # type: ignore[misc]
        for name in MEASURED
        if METRICS[name].fits(scale) and METRICS[name].from_counts is not None
    }


def _sides(counts: NDArray[np.int64], distance: NDArray[np.int64]) -> dict[str, Any]:
    rows = int(counts.sum())
    found = {
        "rows": rows,
        "under": int(counts[distance > 0].sum()),
        "over": int(counts[distance < 0].sum()),
        "far": int(counts[np.abs(distance) >= FAR].sum()),
    }
    shares = {f"{name}_share": found[name] / rows if rows else None for name in ("under", "over", "far")}
    return {**found, **shares}
