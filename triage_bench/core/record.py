"""What came out of a job. Predictions are the artefact; scores are derived from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.explanation import Explanation
from triage_bench.core.job import Job
from triage_bench.core.sentence import Notice
from triage_bench.core.space import Space

# Version of the stored form. 1: first, the answers in a file of their own. 2: one file.
RECORD_SCHEMA = 2

Status = Literal["ok", "skipped", "failed", "timeout", "out-of-memory", "invalid-output", "killed"]


@dataclass(frozen=True)
class Trial:
    """One set of parameters that tuning tried.

    Attributes
    ----------
    params
        What was tried.
    score
        The mean inner score, or None where there is none.
    state
        ``"complete"``, ``"pruned"`` or ``"failed"``.
    seconds
        Wall time.
    reason
        Why it failed, in one line.
    """

    params: Mapping[str, Any]
    score: float | None
    state: Literal["complete", "pruned", "failed"]
    seconds: float
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class Predictions:
    """Answers for the scored rows, in the data set's row numbers and label codes.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        Row numbers in the data set.
    labels : ndarray of int64, shape (m,)
        The given labels of these rows (as treated by the protocol).
    predicted : ndarray of int64, shape (m,)
        The answers.
    probabilities : ndarray of float32, shape (m, k)
        Columns in the order of the data set's labels.
    units : ndarray of int64, shape (m,)
        Which rows were drawn together (group or near-duplicate cluster): the bootstrap and
        the paired tests resample these, not rows.
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    units: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def joined(cls, parts: Sequence[Predictions]) -> Predictions:
        """Return the answers of several folds, at least one, as one."""
        together: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__
        }
        return cls(**together)

    def take(self, places: NDArray[np.int64]) -> Predictions:
        """Return some of the answers, or all in another order."""
        return Predictions(
            self.rows[places],
            self.labels[places],
            self.predicted[places],
            self.probabilities[places],
            self.units[places],
        )


@dataclass(frozen=True, eq=False)
class RunRecord:
    """The outcome of one job, good or bad.

    Attributes
    ----------
    job
        What was asked.
    status, reason
        What happened; `reason` is one line, and None only where all went well.
    predictions
        The answers, where there are some.
    train_rows
        How many rows the final fit saw.
    params
        All parameters of the final fit.
    space
        What the search was over, where there was one.
    trials
        Every trial of the tuning, in order.
    inner_score
        The best inner score; beside the outer one it shows the optimism of tuning.
    history
        One entry per epoch, for models that learn in epochs.
    facts
        What the model says of its fit (vocabulary, truncated share, initial loss …).
    timings
        Seconds by step: ``tune``, ``fit``, ``predict``, ``total``.
    environment
        Versions and machine, without names of people or paths.
    notices
        What was noticed on the way.
    explanation
        What the answers rest on, where that was asked.
    """

    job: Job
    status: Status
    reason: str | None = None
    predictions: Predictions | None = None
    train_rows: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    space: Space | None = None
    trials: tuple[Trial, ...] = ()
    inner_score: float | None = None
    history: tuple[Mapping[str, float], ...] = ()
    facts: Mapping[str, float | str] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    explanation: Explanation | None = None

    def __post_init__(self) -> None:
        if (self.status == "ok") != (self.predictions is not None):
            raise ValueError(f"a record is ok if and only if it has predictions; status={self.status!r}")
        if self.status != "ok" and not self.reason:
            raise ValueError(f"a record with status {self.status!r} needs a reason")

    @property
    def ok(self) -> bool:
        """Whether there are predictions to score."""
        return self.status == "ok"
