"""The training history of a user's model, in whatever form its library keeps it, under our names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

NOT_FINITE = "not_finite"
"""In the entry of an epoch: how many of its numbers were NaN or infinite; they are left out."""

LONGEST = 1_000
"""Epochs that are kept: a curve of more shows nothing else."""

NAMES = {
    "loss": "train_loss",
    "val_loss": "validation_loss",
    "valid_loss": "validation_loss",
    "accuracy": "train_score",
    "acc": "train_score",
    "train_accuracy": "train_score",
    "train_acc": "train_score",
    "val_accuracy": "validation_score",
    "val_acc": "validation_score",
    "valid_acc": "validation_score",
    "validation_accuracy": "validation_score",
    "lr": "learning_rate",
}
"""What Keras, skorch and hand-written loops call the numbers, and what we call them."""


def epochs_of(own: Any) -> tuple[dict[str, float], ...]:
    """Return one entry per epoch.

    Parameters
    ----------
    own
        A sequence with a mapping per epoch; a mapping epoch → mapping; a mapping name → one number per epoch
        (Keras); or an object with such a ``history``. Anything else counts as no history: a model is not
        refused for it.
    """
    own = getattr(own, "history", own)
    if isinstance(own, Mapping):
        entries = _by_epoch(own)
    elif isinstance(own, Sequence) and not isinstance(own, str):
        entries = [one for one in own if isinstance(one, Mapping)]
    else:
        return ()
    return tuple(
        {**_named(entry), "epoch": float(number)} for number, entry in enumerate(entries[:LONGEST], start=1) if entry
    )


def _by_epoch(own: Mapping[Any, Any]) -> list[Mapping[Any, Any]]:
    if all(isinstance(value, Mapping) for value in own.values()):
        return [own[key] for key in sorted(own, key=lambda key: (not isinstance(key, int), key))]
    curves = {name: list(values) for name, values in own.items() if isinstance(values, Iterable)}
    longest = max((len(curve) for curve in curves.values()), default=0)
    return [{name: curve[at] for name, curve in curves.items() if at < len(curve)} for at in range(longest)]


def _named(entry: Mapping[Any, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in entry.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        if isfinite(number):
            found[NAMES.get(str(name), str(name))] = number
        else:  # records are JSON, which has no word for it
            found[NOT_FINITE] = found.get(NOT_FINITE, 0.0) + 1.0
    return found
