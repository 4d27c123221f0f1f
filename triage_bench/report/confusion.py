"""Errors per class: confusion counts, precision and recall, and which two classes are mixed up most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.run import Outcome
from triage_bench.metrics import confusion

MOST_FREQUENT = 3


def errors_of(outcome: Outcome) -> dict[str, Any]:
    """Return where a model errs, over the out-of-fold predictions of the first repeat.

    Returns
    -------
    dict
        ``labels``; ``matrix`` with given labels in rows and answers in columns; ``per_class``
        with rows, answers, precision, recall and F1 (None where undefined); ``mixed_up``: the
        most frequent confusions with their share of the given label's rows.
    """
    predictions, labels = outcome.predictions, outcome.dataset.label_names
    counts = confusion(predictions.labels, predictions.predicted, len(labels))
    return {
        "labels": list(labels),
        "rows": len(predictions),
        "right": int(np.trace(counts)),
        "matrix": counts.tolist(),
        "per_class": [_one_class(counts, code, label) for code, label in enumerate(labels)],
        "mixed_up": _mixed_up(counts, labels),
    }


def _one_class(counts: NDArray[np.int64], code: int, label: str) -> dict[str, Any]:
    hits, given, answered = int(counts[code, code]), int(counts[code].sum()), int(counts[:, code].sum())
    return {
        "label": label,
        "rows": given,
        "answered": answered,
        "precision": hits / answered if answered else None,
        "recall": hits / given if given else None,
        "f1": 2 * hits / (given + answered) if given + answered else None,
    }


def _mixed_up(counts: NDArray[np.int64], labels: Sequence[str]) -> list[dict[str, Any]]:
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    places = np.argsort(-wrong, axis=None, kind="stable")[:MOST_FREQUENT]
    found = []
    for given, answered in (divmod(int(place), len(labels)) for place in places):
        if wrong[given, answered]:
            rows, total = int(wrong[given, answered]), int(counts[given].sum())
            found.append(
                {"given": labels[given], "answered": labels[answered], "rows": rows, "of": total, "share": rows / total}
            )
    return found
