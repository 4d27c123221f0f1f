"""Models that misbehave, each in one way of its own; used only in worker processes."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

FOREVER = 3_600


class Tame:
    """Answers by the length of a text; the sound base of the others."""

    def fit(self, X: Sequence[str], y: Any) -> Any:
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Sequence[str]) -> Any:
        lengths = np.array([[len(text) % 7 + place for place in range(len(self.classes_))] for text in X], dtype=float)
        return (lengths + 1) / (lengths + 1).sum(axis=1, keepdims=True)

    def predict(self, X: Sequence[str]) -> Any:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Meddles(Tame):
    """Changes what others in its process would reckon with."""

    def fit(self, X: Sequence[str], y: Any) -> Any:
        np.exp = np.zeros_like  # type: ignore[assignment]
        return super().fit(X, y)


class Allocates(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        hoard = []
        while True:
            hoard.append(np.ones(2**20))
            time.sleep(0.005)


class Hangs(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        time.sleep(FOREVER)


class IgnoresSigterm(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(FOREVER)


class HoldsTheLock(Tame):
    """Holds the interpreter's lock: no Python thread of its process runs any more."""

    def __init__(self, sign: str = "") -> None:
        self.sign = sign

    def fit(self, X: Sequence[str], y: Any) -> Any:
        if self.sign:
            with open(self.sign, "w") as stream:  # noqa: PTH123
                stream.write("x")
        ctypes.PyDLL(None).sleep(FOREVER)


class ForksChildren(Tame):
    """Leaves a child in its group, one in a session of its own, and one that comes back from `fit`."""

    def __init__(self, sign: str = "") -> None:
        self.sign = sign

    def fit(self, X: Sequence[str], y: Any) -> Any:
        for own_session in (False, True):
            if os.fork() == 0:
                if own_session:
                    os.setsid()
                time.sleep(FOREVER)
        os.fork()
        if self.sign:
            with open(self.sign, "w") as stream:  # noqa: PTH123
                stream.write("x")
            time.sleep(FOREVER)
        return super().fit(X, y)


class DiesBesideItsChild(Tame):
    """Ends its process while a child of it still holds the connection."""

    def fit(self, X: Sequence[str], y: Any) -> Any:
        if os.fork() == 0:
            time.sleep(FOREVER)
        os._exit(3)


class Segfaults(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        ctypes.string_at(0)


class ExitsWithZero(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        os._exit(0)


class Talks(Tame):
    """Writes a gigabyte to standard output."""

    def fit(self, X: Sequence[str], y: Any) -> Any:
        page = b"x" * 2**20
        for _ in range(1_024):
            os.write(1, page)
        print("done")
        return super().fit(X, y)


class RaisesWhenMade(Tame):
    def __init__(self) -> None:
        raise ValueError("cannot be made")


class RaisesInFit(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        raise ValueError("cannot be fitted")


class RaisesInPredict(Tame):
    def predict(self, X: Sequence[str]) -> Any:
        raise ValueError("cannot answer")


class RaisesInProba(Tame):
    def predict_proba(self, X: Sequence[str]) -> Any:
        raise ValueError("cannot be sure")


class Leaves(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        sys.exit(0)


class Unpicklable(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        class LocalError(Exception):
            def __init__(self) -> None:
                super().__init__("cannot be pickled")
                self.what = lambda: None

        raise LocalError


class Unspeakable(Tame):
    """Raises what cannot even be put into words."""

    def fit(self, X: Sequence[str], y: Any) -> Any:
        class MuteError(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no words")

        raise MuteError


class TenMegabytes(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        raise ValueError("x" * 10_000_000)


class Ansi(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        raise ValueError("\x1b[2J\x1b]0;owned\x07red\r\n\u202egnp")


class NotANumber(Tame):
    def predict_proba(self, X: Sequence[str]) -> Any:
        return super().predict_proba(X) * np.nan


class WrongShape(Tame):
    def predict_proba(self, X: Sequence[str]) -> Any:
        return super().predict_proba(X)[:-1]


class LacksClasses(Tame):
    """Forgets a class it was trained on: allowed, its probability is nought."""

    def fit(self, X: Sequence[str], y: Any) -> Any:
        self.classes_ = np.unique(y)[:-1]
        return self


class Constant(Tame):
    def predict_proba(self, X: Sequence[str]) -> Any:
        return np.tile(np.eye(len(self.classes_))[0], (len(X), 1))


class Undecided(Tame):
    """Answers differently every time it is asked."""

    def predict_proba(self, X: Sequence[str]) -> Any:
        return np.random.default_rng().dirichlet(np.ones(len(self.classes_)), len(X))


class LossIsNaN(Tame):
    def fit(self, X: Sequence[str], y: Any) -> Any:
        self.history_ = [{"loss": float("nan"), "val_loss": float("inf")}]
        self.facts_ = {"loss": float("nan")}
        return super().fit(X, y)
