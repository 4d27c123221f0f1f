"""Learning curves of what learns in epochs: losses and score, per fold and averaged over folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from triage_bench.core.run import Outcome

CURVES = ("train_loss", "validation_loss", "train_score", "validation_score")
"""Keys of a history entry that are drawn; others stay in the records."""


def learning_of(outcome: Outcome) -> dict[str, Any] | None:
    """Return the curves of an outcome, or None where its model keeps no history.

    Returns
    -------
    dict
        ``folds``: per fold its epochs; ``mean``: per epoch the mean over the folds that reached
        it, and how many these are. A value that is not finite is None.
    """
    histories = [(record.job.repeat, record.job.fold, record.history) for record in outcome.records if record.history]
    if not histories:
        return None
    folds: list[dict[str, Any]] = [
        {"repeat": repeat, "fold": fold, "epochs": [_epoch(number, entry) for number, entry in enumerate(history, 1)]}
        for repeat, fold, history in histories
    ]
    longest = max(len(fold["epochs"]) for fold in folds)
    mean = [_mean([fold["epochs"][at] for fold in folds if at < len(fold["epochs"])]) for at in range(longest)]
    return {"folds": folds, "mean": mean, "curves": [name for name in CURVES if any(name in epoch for epoch in mean)]}


def _epoch(number: int, entry: Mapping[str, float]) -> dict[str, Any]:
    return {"epoch": number, **{name: _finite(entry[name]) for name in CURVES if name in entry}}


def _mean(epochs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    averaged: dict[str, Any] = {"epoch": epochs[0]["epoch"], "folds": len(epochs)}
    for name in CURVES:
        known = [epoch[name] for epoch in epochs if name in epoch]
        if known:
            averaged[name] = None if None in known else float(np.mean(known))
    return averaged


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None
