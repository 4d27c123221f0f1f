"""How rows and labels are used: the part of a job that is not the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

SplitKind = Literal["official", "grouped", "near-duplicate", "stratified", "none"]
LabelTreatment = Literal["given", "shuffled"]
ScoredRows = Literal["test", "train"]


@dataclass(frozen=True)
class Tuning:
    """How much search a job may do, on its training rows only.

    Attributes
    ----------
    trials
        Optuna trials; 0 scores the default parameters as they are.
    folds
        Inner folds of every trial.
    timeout
        Seconds after which no further trial starts, or None. A timeout makes the number
        depend on the machine, so it is part of the job's key.
    metric
        What the inner score is.
    rows
        Search on at most this many training rows (a stratified sample), or on all. The final
        fit sees all of them either way.
    """

    trials: int = 0
    folds: int = 3
    timeout: float | None = None
    metric: str = "macro_f1"
    rows: int | None = None

    def __post_init__(self) -> None:
        if self.trials < 0 or self.folds < 2:
            raise ValueError(f"tuning needs trials >= 0 and folds >= 2, got {self.trials!r} and {self.folds!r}")
        if self.rows is not None and self.rows < 1:
            raise ValueError(f"tuning rows must be positive, got {self.rows!r}")


@dataclass(frozen=True)
class Protocol:
    """How a data set is cut, treated and scored.

    Attributes
    ----------
    purpose
        What the job is for (``"benchmark"``, ``"shuffled-labels"``, ``"fit-32"`` …). A name
        only: it does not enter the job's key, so two purposes may share one record.
    split
        Which rows stand on which side; with ``"none"`` all rows are trained on.
    folds, repeats
        Outer folds, and how often they are drawn anew. An official split has one fold.
    train_rows
        Train on this many rows (a stratified sample of the training side), or on all.
    labels
        ``"shuffled"`` permutes the labels of the training rows.
    scored_rows
        ``"train"`` scores the rows that were trained on (can the model fit them at all?).
    tuning
        The search inside the job.
    """

    split: SplitKind
    purpose: str = "benchmark"
    folds: int = 5
    repeats: int = 1
    train_rows: int | None = None
    labels: LabelTreatment = "given"
    scored_rows: ScoredRows = "test"
    tuning: Tuning = field(default_factory=Tuning)

    def __post_init__(self) -> None:
        for value, allowed in ((self.split, SplitKind), (self.labels, LabelTreatment), (self.scored_rows, ScoredRows)):
            if value not in get_args(allowed):
                raise ValueError(f"expected one of {get_args(allowed)!r}, got {value!r}")
        if self.split == "none" and self.scored_rows != "train":
            raise ValueError("without a split there are no test rows: scored_rows must be 'train'")
        if self.split not in ("official", "none") and self.folds < 2:
            raise ValueError(f"cross-validation needs at least 2 folds, got {self.folds!r}")
        if self.train_rows is not None and self.train_rows < 1:
            raise ValueError(f"train_rows must be positive, got {self.train_rows!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Protocol:
        """Read back what `to_dict` wrote."""
        return cls(**{**data, "tuning": Tuning(**data["tuning"])})
