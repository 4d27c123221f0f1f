"""Learning over rows: the score of one model on growing shares of the training rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from triage_bench.core.run import Run
from triage_bench.metrics import score

PURPOSE = "ladder"
METRIC = "macro_f1"


def growth_of(run: Run, dataset: str) -> dict[str, Any] | None:
    """Return the score at each number of training rows, or None with fewer than two numbers.

    Each point is the mean over repeats and folds; ``low`` and ``high`` are the lowest and the highest of
    the repeats, which were trained on other rows.
    """
    rungs = [one for one in run.where(dataset=dataset, purpose=PURPOSE) if one.complete]
    points = []
    for outcome in rungs:
        classes = len(outcome.dataset.classes)
        repeats: dict[int, list[float]] = {}
        for record in outcome.records:
            if record.predictions is not None:
                repeats.setdefault(record.job.repeat, []).append(score(METRIC, record.predictions, classes))
        means = [float(np.mean(folds)) for folds in repeats.values()]
        rows = float(np.mean([record.train_rows for record in outcome.records]))
        points.append(
            {
                "rows": round(rows),
                "score": float(np.mean(means)),
                "low": min(means),
                "high": max(means),
                "repeats": len(means),
            }
        )
    if len({point["rows"] for point in points}) < 2:
        return None
    return {
        "dataset": dataset,
        "model": rungs[0].recipe.name,
        "metric": METRIC,
        "points": sorted(points, key=lambda point: point["rows"]),
    }
