"""How rows and labels are used: the part of a job that is not the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

SplitKind = Literal["official", "grouped", "near-duplicate", "stratified", "topic", "source", "one-source", "none"]
LabelTreatment = Literal["given", "shuffled", "side"]
ScoredRows = Literal["test", "train"]

WHOLE = "whole"
"""`Protocol.texts` of a model that reads the texts as they are."""
TEXT_TREATMENTS = (WHOLE, "prefix:N", "words-shuffled", "strongest-token", "without-telling")

_LATER: dict[str, Any] = {"parts": None, "texts": WHOLE, "merge": "", "probes": ""}
"""Fields that came after the first records, with their defaults: at these they are not written, so
that the keys of older jobs stay what they are."""


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
    ahead
        0: each trial is drawn from the results of all before it. N: it need not know the last N - 1 of them, so that
        N workers may search at once; which points are tried is the same for any number of them.
    """

    trials: int = 0
    folds: int = 3
    timeout: float | None = None
    metric: str = "macro_f1"
    rows: int | None = None
    ahead: int = 0

    def __post_init__(self) -> None:
        if self.trials < 0 or self.folds < 2:
            raise ValueError(f"tuning needs trials >= 0 and folds >= 2, got {self.trials!r} and {self.folds!r}")
        if self.rows is not None and self.rows < 1:
            raise ValueError(f"tuning rows must be positive, got {self.rows!r}")
        if self.ahead < 0:
            raise ValueError(f"tuning ahead must not be negative, got {self.ahead!r}")
        if self.ahead and self.timeout is not None:
            raise ValueError("a search by many workers ends with its trials: it has no timeout")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; fields added later are left out at their defaults."""
        return {name: value for name, value in vars(self).items() if (name, value) != ("ahead", 0)}


@dataclass(frozen=True)
class Protocol:
    """How a data set is cut, treated and scored.

    Attributes
    ----------
    purpose
        What the job is for (``"benchmark"``, ``"shuffled-labels"``, ``"fit-32"`` …). A name
        only: it does not enter the job's key, so two purposes may share one record.
    split
        Which rows stand on which side; with ``"none"`` all rows are trained on. ``"topic"`` and
        ``"source"`` keep whole topics or sources on one side; ``"one-source"`` trains on one
        source and tests on all others.
    folds, repeats
        Outer folds, and how often they are drawn anew. An official split has one fold.
    train_rows
        Train on this many rows (a stratified sample of the training side), or on all.
    labels
        ``"shuffled"`` permutes the labels of the training rows; its repeats draw permutations,
        not splits. ``"side"`` replaces every label by the side of the official split on which
        the row stands (0 training, 1 test): can the two be told apart?
    scored_rows
        ``"train"`` scores the rows that were trained on (can the model fit them at all?).
    tuning
        The search inside the job.
    parts
        With ``split="topic"``: how many topics are found on the texts; None takes the topics the
        data set names.
    texts
        What the model reads of each text: ``"whole"``; ``"prefix:20"``: its first 20 characters;
        ``"words-shuffled"``; ``"strongest-token"``: the one eojeol that says most about the label,
        by the training rows of the fold; ``"without-telling"``: without the words that give the label away
        in them.
    merge
        Classes counted as one, by label code: ``"1+2"``, several separated by commas. The merged
        class has the lowest of their codes; the split stays that of the classes as given.
    probes
        Which group of examinations the fitted model undergoes besides (``"answers"``, ``"texts"`` …, see
        `triage_bench.running.examination`); none by default.
    """

    split: SplitKind
    purpose: str = "benchmark"
    folds: int = 5
    repeats: int = 1
    train_rows: int | None = None
    labels: LabelTreatment = "given"
    scored_rows: ScoredRows = "test"
    tuning: Tuning = field(default_factory=Tuning)
    parts: int | None = None
    texts: str = WHOLE
    merge: str = ""
    probes: str = ""

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
        if self.parts is not None and (self.split != "topic" or self.parts < 2):
            raise ValueError(
                f"parts are the topics of a topic split, at least 2; got {self.parts!r} with {self.split!r}"
            )
        if self.texts not in TEXT_TREATMENTS[:1] + TEXT_TREATMENTS[2:] and self.prefix is None:
            raise ValueError(f"expected one of {TEXT_TREATMENTS!r}, got {self.texts!r}")
        if any(len(part) < 2 for part in self.merged):
            raise ValueError(f"a merge names at least two label codes joined by '+', got {self.merge!r}")

    @property
    def prefix(self) -> int | None:
        """How many characters the model reads of a text, where `texts` limits them."""
        kind, _, length = self.texts.partition(":")
        return int(length) if kind == "prefix" and length.isdecimal() and int(length) > 0 else None

    @property
    def merged(self) -> tuple[tuple[int, ...], ...]:
        """The sets of label codes that count as one class, each in ascending order."""
        return tuple(tuple(sorted({int(code) for code in part.split("+")})) for part in self.merge.split(",") if part)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; fields added later are left out at their defaults."""
        plain = {**vars(self), "tuning": self.tuning.to_dict()}  # `asdict` takes ten times as long, for every job
        return {name: value for name, value in plain.items() if (name, value) not in _LATER.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Protocol:
        """Read back what `to_dict` wrote."""
        return cls(**{**data, "tuning": Tuning(**data["tuning"])})
