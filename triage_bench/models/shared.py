"""Models whose fits share work: one worker call may do many of their jobs.

A model says so with the tag ``"shares-work"`` and a method ``answers(corpus, tasks)``, which must
give what ``fit`` and ``predict_proba`` give task by task. It is a matter of speed only: the same
model runs job by job as any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from triage_bench.text.corpus import Corpus

SHARES_WORK = "shares-work"
"""Tag of a model that has `answers`."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Task:
    """One fit with its predictions.

    Attributes
    ----------
    rows : ndarray of int64, shape (n,)
        The training rows, as places in a corpus.
    labels : ndarray of int64, shape (n,)
        Their labels.
    scored : ndarray of int64, shape (m,)
        The rows to predict.
    """

    rows: Rows
    labels: NDArray[np.int64]
    scored: Rows


@dataclass(frozen=True, eq=False)
class Answer:
    """What a task came to.

    Attributes
    ----------
    classes : ndarray, shape (k,)
        The labels in ascending order.
    probabilities : ndarray, shape (m, k)
        One row per scored row.
    facts
        What the model says of the fit.
    """

    classes: NDArray[Any]
    probabilities: NDArray[np.float64]
    facts: Mapping[str, float]


class SharesWork(Protocol):
    """An estimator that does many tasks at once."""

    def answers(self, corpus: Corpus, tasks: Sequence[Task]) -> Iterator[tuple[int, Answer]]:
        """Yield each task's number with its answer, in any order."""
        ...


def by_training_rows(tasks: Sequence[Task]) -> list[list[int]]:
    """Return the tasks' numbers, those with the same training rows together, in order of appearance."""
    found: dict[bytes, list[int]] = {}
    for number, task in enumerate(tasks):
        found.setdefault(task.rows.tobytes(), []).append(number)
    return list(found.values())
