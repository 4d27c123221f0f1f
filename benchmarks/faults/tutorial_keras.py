r"""The network of the tutorials in Keras itself; needs ``pip install tensorflow``, which triage_bench does not.

    triage-bench diagnose my.csv --text document --label label --model benchmarks/faults/tutorial_keras.py:TutorialKeras

Keras 3 no longer has ``Tokenizer``; `words` does what it did: eojeols, the most frequent 20,000, unknown ones dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import keras  # type: ignore[import-not-found]
import numpy as np

FILTERS = re.compile(r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\t\n]")


class TutorialKeras:
    """``Embedding → LSTM → Dense`` over post-padded eojeols, without a mask (or with one)."""

    def __init__(self, *, mask: bool = False, units: int = 64, epochs: int = 8, random_state: int = 0) -> None:
        self.mask, self.units, self.epochs, self.random_state = mask, units, epochs, random_state

    def fit(self, X: Sequence[str], y: Any) -> TutorialKeras:
        keras.utils.set_random_seed(self.random_state % 2**32)
        self.classes_, codes = np.unique(y, return_inverse=True)
        counts = Counter(word for text in X for word in words(text))
        self.index_ = {word: at for at, (word, _) in enumerate(counts.most_common(19_999), start=1)}
        self.length_ = max(len(words(text)) for text in X)
        layers = keras.layers
        self.network_ = keras.Sequential(
            [
                layers.Embedding(len(self.index_) + 1, 100, mask_zero=self.mask),
                layers.LSTM(self.units),
                layers.Dense(len(self.classes_), activation="softmax"),
            ]
        )
        self.network_.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        fitted = self.network_.fit(self._padded(X), codes, batch_size=32, epochs=self.epochs, verbose=0)
        self.history_ = fitted.history
        return self

    def predict_proba(self, X: Sequence[str]) -> Any:
        return self.network_.predict(self._padded(X), verbose=0)

    def predict(self, X: Sequence[str]) -> Any:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _padded(self, X: Sequence[str]) -> Any:
        rows = [[self.index_[word] for word in words(text) if word in self.index_] for text in X]
        return keras.utils.pad_sequences(rows, maxlen=self.length_, padding="post")


def words(text: str) -> list[str]:
    return FILTERS.sub(" ", text.lower()).split()
