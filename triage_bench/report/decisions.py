"""What each decision rule makes of a model's probabilities, for ordered levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.costs import Costs
from triage_bench.core.run import Outcome
from triage_bench.leaderboard.decisions import RULES, default_costs, expected_cost, expected_level
from triage_bench.leaderboard.panel import Panel
from triage_bench.leaderboard.temperature import at_temperature, temperature
from triage_bench.leaderboard.voting import Matrix
from triage_bench.metrics import METRICS
from triage_bench.metrics.counts import confusion

WEIGHTS = (1, 2, 3, 5, 8, 12, 20)
"""How many times as much an under-triage may cost as an over-triage: the abscissa of the cost curve."""

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
"""Probabilities of the most urgent levels from which a patient is called urgent."""

URGENT = 2
"""Levels that count as urgent, from the most urgent on."""

SHOWN = ("accuracy", "macro_f1", "qwk", "under_triage", "over_triage")
"""Metrics of a rule beside its cost, where the scale allows them."""


def decisions_of(outcome: Outcome, own: Costs | None = None) -> dict[str, Any] | None:
    """Return the costs, the temperature and the scores of every rule, or None where labels have no order.

    With costs of the user's own for these labels they need none; the rule that reads it is then left out.

    The temperature is cross-fitted: fold f's rows are decided at the one that fits the rows of the
    other folds. With a single fold there are no others; the probabilities stay as they are and
    ``temperature`` is None.

    Parameters
    ----------
    outcome
        A complete outcome, a model's or an ensemble's.
    own
        What the user says that errors cost.
    """
    scale, classes = outcome.dataset.scale, len(outcome.dataset.classes)
    told = None if own is None else own.among(tuple(outcome.dataset.classes))
    if scale == "nominal" and told is None:
        return None
    costs = default_costs(classes, scale) if told is None else told
    rules = {name: rule for name, rule in RULES.items() if scale != "nominal" or rule is not expected_level}
    degrees: list[float] = []
    stacks: dict[str, list[NDArray[np.int64]]] = {name: [] for name in rules}
    answered: list[tuple[NDArray[np.int64], Matrix]] = []
    for repeat in sorted({job.repeat for job in outcome.jobs}):
        panel = Panel.of((outcome,), repeat)
        calibrated = _calibrated(panel, degrees)
        answered.append((panel.labels, calibrated))
        for name, rule in rules.items():
            stacks[name].append(confusion(panel.labels, rule(calibrated, costs), classes))
    return {
        "costs": costs.tolist(),
        "own_costs": told is not None,
        "temperature": float(np.mean(degrees)) if degrees else None,
        "rules": [
            {"rule": name, "expected_cost": _mean(expected_cost(one, costs) for one in stack), **_scores(stack, scale)}
            for name, stack in stacks.items()
        ],
        "curve": _curve(answered, classes) if scale == "triage" and told is None else [],
        "thresholds": _thresholds(answered) if scale == "triage" and classes > URGENT else [],
    }


def _curve(answered: list[tuple[NDArray[np.int64], Matrix]], classes: int) -> list[dict[str, float]]:
    """Return the mean cost of every rule, and of the best single answer, as under-triage costs more."""
    points = []
    for weight in WEIGHTS:
        costs = default_costs(classes, "triage", weight)
        point: dict[str, float] = {"weight": float(weight)}
        for name, rule in RULES.items():
            found = (expected_cost(confusion(labels, rule(p, costs), classes), costs) for labels, p in answered)
            point[name.replace("-", "_")] = _mean(found)
        shares = np.bincount(np.concatenate([labels for labels, _ in answered]), minlength=classes)
        point["one_answer"] = float((shares / shares.sum() @ costs).min())
        points.append(point)
    return points


def _thresholds(answered: list[tuple[NDArray[np.int64], Matrix]]) -> list[dict[str, float | None]]:
    """Return what calling a patient urgent from a probability on finds, misses and calls in vain."""
    urgent = np.concatenate([labels < URGENT for labels, _ in answered])
    share = np.concatenate([p[:, :URGENT].sum(axis=1) for _, p in answered])
    found: list[dict[str, float | None]] = []
    for threshold in THRESHOLDS:
        called = share >= threshold
        hits = int((called & urgent).sum())
        found.append(
            {
                "threshold": threshold,
                "sensitivity": hits / int(urgent.sum()) if urgent.any() else None,
                "specificity": float((~called & ~urgent).sum() / (~urgent).sum()) if (~urgent).any() else None,
                "called": float(called.mean()),
                "predictive_value": hits / int(called.sum()) if called.any() else None,
            }
        )
    return found


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
