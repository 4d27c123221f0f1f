"""What is examined: a fitted model with its rows, asked in one way only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset, Scale
from triage_bench.core.seeds import generator_for
from triage_bench.core.sentence import Notice
from triage_bench.metrics.counts import balanced_accuracy, confusion

Labelled = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Row numbers of the data set, and the label code of each."""

Codes = NDArray[np.int64]
Probabilities = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """Texts with their labels and their row numbers in the data set."""

    texts: tuple[str, ...] = field(repr=False)
    codes: Codes
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, dataset: Dataset, rows: NDArray[np.int64], codes: Codes) -> Rows:
        """Return these rows of a data set, under these labels."""
        return cls(tuple(dataset.texts[row] for row in rows.tolist()), codes, rows)

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, kept: NDArray[Any]) -> Rows:
        """Return some of them, by place."""
        return Rows(tuple(self.texts[at] for at in kept.tolist()), self.codes[kept], self.numbers[kept])


@dataclass(frozen=True)
class Seen:
    """What probes saw.

    Attributes
    ----------
    facts
        Numbers by name, shares always with the number of rows behind them; words where a probe broke.
    notices
        Examples: row numbers, never texts.
    """

    facts: dict[str, float | str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    def __or__(self, other: Seen) -> Seen:
        return Seen({**self.facts, **other.facts}, (*self.notices, *other.notices))


@dataclass(frozen=True, eq=False)
class Subject:
    """A fitted classifier under examination.

    Attributes
    ----------
    make
        Seed → a fresh model with the same parameters, not yet fitted.
    model
        The fitted one.
    train, test
        What it was fitted on, and what it was not.
    label_names, scale
        As in `Dataset`.
    seed
        What the probes draw from.
    """

    make: Callable[[int], Any]
    model: Any
    train: Rows
    test: Rows
    label_names: Sequence[str]
    scale: Scale
    seed: int

    @property
    def classes(self) -> int:
        """How many labels there are."""
        return len(self.label_names)

    def draw(self, purpose: str) -> np.random.Generator:
        """Return the generator of one probe."""
        return generator_for(self.seed, "examination", purpose)

    def some(self, side: str, most: int) -> Rows:
        """Return at most so many rows of ``"train"`` or ``"test"``, drawn once for all probes, in order."""
        rows: Rows = self.train if side == "train" else self.test
        kept = np.sort(self.draw(f"{side} rows").permutation(len(rows))[:most])
        return rows.take(kept)

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Return what the model says of texts, shape (n, classes); nothing is checked or repaired."""
        return probabilities_of(self.model, texts, self.classes)

    def answers(self, texts: Sequence[str]) -> Codes:
        """Return what the model answers texts, shape (n,); nothing is checked or repaired."""
        return answers_of(self.model, texts)


def probabilities_of(model: Any, texts: Sequence[str], classes: int) -> Probabilities:
    """Return a fitted model's probabilities, one column per label code of the data set."""
    found = np.zeros((len(texts), classes))
    found[:, np.asarray(model.classes_)] = np.asarray(model.predict_proba(list(texts)), dtype=np.float64)
    return found


def answers_of(model: Any, texts: Sequence[str]) -> Codes:
    """Return a fitted model's answers as label codes of the data set."""
    return np.asarray(model.predict(list(texts)), dtype=np.int64)


def apart(first: Probabilities, second: Probabilities) -> NDArray[np.float64]:
    """Return the largest change of any probability in each row, shape (n,); infinite where one is not finite."""
    moved: NDArray[np.float64] = np.nan_to_num(np.abs(first - second).max(axis=1), nan=np.inf)
    return moved


def flipped(first: Probabilities, second: Probabilities) -> NDArray[np.bool_]:
    """Return which rows get another answer, shape (n,)."""
    other: NDArray[np.bool_] = first.argmax(axis=1) != second.argmax(axis=1)
    return other


def balanced(codes: Codes, predicted: Codes, classes: int) -> float:
    """Return the mean recall over the classes that occur."""
    return float(balanced_accuracy(confusion(codes, predicted, classes)))
