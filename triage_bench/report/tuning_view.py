"""What tuning was worth: trials and their fate, tuned against default, values at the edge of their space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from typing import Any

import numpy as np

from triage_bench.core.record import RunRecord, Trial
from triage_bench.core.run import Outcome
from triage_bench.core.space import Choice, Dimension

EDGE = 0.02
"""A value this share of the range away from its end counts as at the edge."""
LOG_FROM = 50.0
"""A tried range that spans this factor is measured on a log scale where the space itself is not known."""


def tuning_of(outcome: Outcome) -> dict[str, Any] | None:
    """Return the search of an outcome, or None where nothing was searched.

    Returns
    -------
    dict
        ``trials`` by state; ``parameters`` with the value chosen in every fold, the range and
        whether a chosen value lies at its edge; ``best_so_far``: the best complete inner score
        after each trial, averaged over the folds that have one.
    """
    searched = [record for record in outcome.records if record.trials]
    if not searched:
        return None
    trials = [trial for record in searched for trial in record.trials]
    states = Counter(trial.state for trial in trials)
    return {
        "folds": len(searched),
        "trials": {
            "total": len(trials),
            "complete": states["complete"],
            "pruned": states["pruned"],
            "failed": states["failed"],
        },
        "first_failure": next((trial.reason for trial in trials if trial.state == "failed"), None),
        "seconds": float(sum(trial.seconds for trial in trials)),
        "parameters": _parameters(outcome, searched, trials),
        "best_so_far": _best_so_far(searched),
    }


def _parameters(outcome: Outcome, searched: Sequence[RunRecord], trials: Sequence[Trial]) -> list[dict[str, Any]]:
    names = list(dict.fromkeys(name for trial in trials for name in trial.params))
    space = outcome.space
    found = []
    for name in names:
        chosen = [record.params[name] for record in searched if name in record.params]
        tried = [trial.params[name] for trial in trials if name in trial.params]
        dimension = space.dimensions.get(name) if space else None
        low, high = _range(dimension, tried)
        found.append(
            {
                "name": name,
                "chosen": chosen,
                "low": low,
                "high": high,
                "range": "tried" if dimension is None else "space",
                "at_edge": any(_at_edge(value, low, high, _is_log(dimension, low, high)) for value in chosen),
            }
        )
    return found


def _range(dimension: Dimension | None, tried: Sequence[Any]) -> tuple[float | None, float | None]:
    """Return the ends of a numeric parameter; without its space, those of the values that were tried."""
    if isinstance(dimension, Choice) or not all(_is_number(value) for value in tried):
        return None, None
    if dimension is not None:
        return dimension.low, dimension.high
    return (min(tried), max(tried)) if len(set(tried)) > 2 else (None, None)


def _is_log(dimension: Dimension | None, low: float | None, high: float | None) -> bool:
    if dimension is not None and not isinstance(dimension, Choice):
        return dimension.log
    return low is not None and high is not None and low > 0 and high / low >= LOG_FROM


def _at_edge(value: Any, low: float | None, high: float | None, is_log: bool) -> bool:
    if low is None or high is None or not _is_number(value) or not low < high:
        return False
    place = log(value / low) / log(high / low) if is_log else (value - low) / (high - low)
    return bool(place <= EDGE or place >= 1 - EDGE)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _best_so_far(searched: Sequence[RunRecord]) -> list[dict[str, float]]:
    curves = [_running_best(record.trials) for record in searched]
    means = []
    for at in range(max(map(len, curves))):
        known = [curve[at] for curve in curves if at < len(curve) and curve[at] is not None]
        if known:
            means.append({"trial": at + 1, "score": float(np.mean([value for value in known if value is not None]))})
    return means


def _running_best(trials: Sequence[Trial]) -> list[float | None]:
    best: float | None = None
    curve: list[float | None] = []
    for trial in trials:
        if trial.state == "complete" and trial.score is not None and (best is None or trial.score > best):
            best = trial.score
        curve.append(best)
    return curve


def against_default(row: Mapping[str, Any], board: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Return tuned and default score of the same recipe on the same split, and what tuning gained."""
    default = next(
        (
            other
            for other in board
            if not other["tuned"] and all(other[k] == row[k] for k in ("dataset", "name", "split"))
        ),
        None,
    )
    tuned, plain = row["score"], default["score"] if default else None
    gain = tuned - plain if tuned is not None and plain is not None else None
    return {"tuned_score": tuned, "default_score": plain, "gain": gain}
