"""Bring a Keras model: text vectorisation inside it, so that training and answering cannot differ.

    pip install keras tensorflow-cpu
    triage-bench diagnose my.csv --text 증상 --label KTAS --model benchmarks/examples/keras_model.py:CharacterCNN

Keras is imported when the model is fitted; where it is missing, the message says what to install.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def _keras() -> Any:
    try:
        import keras  # type: ignore[import-not-found]
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("this example needs Keras 3: pip install keras tensorflow-cpu") from error
    return keras


class CharacterCNN:
    """Convolutions over characters with global maxima."""

    def __init__(self, filters: int = 64, epochs: int = 15, random_state: int = 0) -> None:
        self.filters, self.epochs, self.random_state = filters, epochs, random_state

    def fit(self, X: Sequence[str], y: Sequence[object]) -> CharacterCNN:
        keras = _keras()
        keras.utils.set_random_seed(self.random_state % 2**32)
        self.classes_, targets = np.unique(np.asarray(y), return_inverse=True)
        self.symbols_ = {symbol: code for code, symbol in enumerate(sorted(set("".join(X))), start=2)}
        self.model_ = keras.Sequential(
            [
                keras.layers.Embedding(len(self.symbols_) + 2, 64),
                keras.layers.Conv1D(self.filters, 3, padding="same", activation="relu"),
                keras.layers.GlobalMaxPooling1D(),
                keras.layers.Dropout(0.3),
                keras.layers.Dense(len(self.classes_), activation="softmax"),  # so the loss takes probabilities
            ]
        )
        self.model_.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
        trained = self.model_.fit(self._codes(X), targets, batch_size=32, epochs=self.epochs, verbose=0)
        self.history_ = [{"epoch": n + 1, "train_loss": loss} for n, loss in enumerate(trained.history["loss"])]
        return self

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        return self.model_.predict(self._codes(X), verbose=0)

    def predict(self, X: Sequence[str]) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _codes(self, X: Sequence[str], length: int = 120) -> np.ndarray:
        """Code 0 is padding, 1 an unknown character; one length for all: no answer hangs on its batch."""
        codes = np.zeros((len(X), length), dtype=np.int64)
        for row, text in enumerate(X):
            known = [self.symbols_.get(symbol, 1) for symbol in text[:length]]
            codes[row, : len(known)] = known
        return codes
