"""What each decision rule makes of a model's probabilities, for ordered levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.run import Outcome
from triage_bench.leaderboard.decisions import RULES, default_costs, expected_cost
from triage_bench.leaderboard.panel import Panel
from triage_bench.leaderboard.temperature import at_temperature, temperature
from triage_bench.leaderboard.voting import Matrix
from triage_bench.metrics import METRICS
from triage_bench.metrics.counts import confusion

SHOWN = ("accuracy", "macro_f1", "qwk", "under_triage", "over_triage")
"""Metrics of a rule beside its cost, where the scale allows them."""


def decisions_of(outcome: Outcome) -> dict[str, Any] | None:
    """Return the costs, the temperature and the scores of every rule, or None where labels have no order.

    The temperature is cross-fitted: fold f's rows are decided at the one that fits the rows of the
    other folds. With a single fold there are no others; the probabilities stay as they are and
    ``temperature`` is None.

    Parameters
    ----------
    outcome
        A complete outcome, a model's or an ensemble's.
    """
    scale, classes = outcome.dataset.scale, len(outcome.dataset.classes)
    if scale == "nominal":
        return None
    costs = default_costs(classes, scale)
    degrees: list[float] = []
    stacks: dict[str, list[NDArray[np.int64]]] = {name: [] for name in RULES}
    for repeat in sorted({job.repeat for job in outcome.jobs}):
        panel = Panel.of((outcome,), repeat)
        calibrated = _calibrated(panel, degrees)
        for name, rule in RULES.items():
            stacks[name].append(confusion(panel.labels, rule(calibrated, costs), classes))
    return {
        "costs": costs.tolist(),
        "temperature": float(np.mean(degrees)) if degrees else None,
        "rules": [
            {"rule": name, "expected_cost": _mean(expected_cost(one, costs) for one in stack), **_scores(stack, scale)}
            for name, stack in stacks.items()
        ],
    }


def _calibrated(panel: Panel, degrees: list[float]) -> Matrix:
    """Return the probabilities of one model at each fold's temperature, and add what was fitted to `degrees`."""
    probabilities: Matrix = panel.cube[0].astype(np.float64)
    folds = np.unique(panel.fold)
    if len(folds) < 2:
        return probabilities
    found = np.empty_like(probabilities)
    for fold in folds:
        inside = panel.fold == fold
        degree = temperature(probabilities[~inside], panel.labels[~inside])
        found[inside] = at_temperature(probabilities[inside], degree)
        degrees.append(degree)
    return found


def _scores(stack: list[NDArray[np.int64]], scale: Any) -> dict[str, float]:
    scores = {}
    for name in SHOWN:
        metric = METRICS[name]
        if metric.fits(scale) and metric.from_counts is not None:
            scores[name] = float(metric.from_counts(np.stack(stack)).mean())
    return scores


def _mean(values: Iterator[float]) -> float:
    return float(np.mean(list(values)))
