"""A model that needs nothing but numpy, so that a killed run costs seconds and not minutes."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np


class Nearest:
    """Answers with the label whose training texts share most letters with a text.

    Parameters
    ----------
    letters
        Letters are counted modulo this number.
    pause
        Seconds that `fit` takes at least: time to be killed in.
    """

    def __init__(self, letters: int = 64, pause: float = 0.02) -> None:
        self.letters = letters
        self.pause = pause

    def fit(self, X: Sequence[str], y: Any) -> "Nearest":
        time.sleep(self.pause)
        counts = self._counts(X)
        self.classes_ = np.unique(y)
        self.centres_ = np.stack([counts[np.asarray(y) == one].mean(axis=0) for one in self.classes_])
        self.history_ = [{"train_loss": 1.0 / epoch} for epoch in (1, 2)]
        return self

    def predict_proba(self, X: Sequence[str]) -> Any:
        scores = np.exp(self._counts(X) @ self.centres_.T)
        return scores / scores.sum(axis=1, keepdims=True)

    def predict(self, X: Sequence[str]) -> Any:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _counts(self, X: Sequence[str]) -> Any:
        counts = np.zeros((len(X), self.letters))
        for row, text in enumerate(X):
            for letter in text:
                counts[row, ord(letter) % self.letters] += 1.0
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1.0)
