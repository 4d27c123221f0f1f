"""Models that go wrong, one way each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from triage_bench.core.space import Float, Space


class Constant(ClassifierMixin, BaseEstimator):
    """Answers the first class, and is the sound base of the others."""

    space: ClassVar[Space] = Space({"x": Float(0.0, 1.0)})

    def __init__(self, x: float = 0.5, random_state: int | None = None) -> None:
        self.x = x
        self.random_state = random_state

    def fit(self, X: Sequence[str], y: Any) -> Constant:
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Sequence[str]) -> Any:
        return np.tile(np.eye(len(self.classes_))[0], (len(X), 1))

    def predict(self, X: Sequence[str]) -> Any:
        return np.full(len(X), self.classes_[0])


class Raises(Constant):
    def fit(self, X: Sequence[str], y: Any) -> Constant:
        raise ValueError("cannot\nlearn this")


class Exits(Constant):
    def fit(self, X: Sequence[str], y: Any) -> Constant:
        sys.exit(0)


class NotANumber(Constant):
    def predict_proba(self, X: Sequence[str]) -> Any:
        return super().predict_proba(X) * np.nan


class WrongShape(Constant):
    def predict_proba(self, X: Sequence[str]) -> Any:
        return super().predict_proba(X)[:, :1]


class NoDistribution(Constant):
    def predict_proba(self, X: Sequence[str]) -> Any:
        return super().predict_proba(X) * 2


class ForeignLabel(Constant):
    def predict(self, X: Sequence[str]) -> Any:
        return np.full(len(X), 99)


class Ansi(Constant):
    def fit(self, X: Sequence[str], y: Any) -> Constant:
        raise RuntimeError("\x1b[31mred\x1b[0m" + "x" * 10_000_000)


class Remembers(Constant):
    """Keeps what it was given to learn, and how, for tests that ask."""

    in_trials: ClassVar[dict[str, Any]] = {"thorough": False}
    seen: ClassVar[list[tuple[str, ...]]] = []
    thoroughly: ClassVar[list[bool]] = []

    def __init__(self, x: float = 0.5, thorough: bool = True, random_state: int | None = None) -> None:
        super().__init__(x, random_state)
        self.thorough = thorough

    def fit(self, X: Sequence[str], y: Any) -> Constant:
        Remembers.seen.append(tuple(X))
        Remembers.thoroughly.append(self.thorough)
        return super().fit(X, y)
