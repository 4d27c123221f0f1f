r"""The recurrent network of the tutorials, and its sound twins. Bring them with ``--model``.

``TutorialLSTM`` is Keras' ``Tokenizer(num_words=20000)``, ``pad_sequences(padding="post")``, ``Embedding → LSTM →
Dense`` without a mask, written in torch: words are eojeols, unknown ones vanish, zeros follow the sentence up to the
longest training row, and the LSTM's last state is read at the very end, after all those zeros.

``MaskedLSTM`` differs in one thing: the state is read at the last word. ``SoundLSTM`` reads syllables as well, so that
a word it has not met is no unknown word.

    triage-bench diagnose my.csv --text document --label label \
        --model benchmarks/faults/tutorial_lstm.py:TutorialLSTM
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

FILTERS = re.compile(r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\t\n]")
"""What Keras' Tokenizer drops."""


class Network(nn.Module):
    """Embedding → LSTM → Dense, with Keras' initial weights."""

    def __init__(self, tokens: int, classes: int, embedding: int, units: int, mask: bool, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, embedding)
        self.lstm = nn.LSTM(embedding, units, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(units, classes)
        self.mask = mask
        nn.init.uniform_(self.embedding.weight, -0.05, 0.05)
        nn.init.xavier_uniform_(self.dense.weight)
        nn.init.zeros_(self.dense.bias)
        for name, weights in self.lstm.named_parameters():
            if "weight_ih" in name:
                nn.init.xavier_uniform_(weights)
            elif "weight_hh" in name:
                nn.init.orthogonal_(weights)
            else:
                nn.init.zeros_(weights)
        nn.init.ones_(self.lstm.get_parameter("bias_ih_l0")[units : 2 * units])  # forget less at first, as Keras does

    def forward(self, codes: Tensor) -> Tensor:
        if self.mask:  # nothing is read beyond the last word, so zeros that all rows share are only time
            codes = codes[:, : max(int((codes > 0).sum(dim=1).max()), 1)]
        states, _ = self.lstm(self.dropout(self.embedding(codes)))
        if self.mask:
            last = (codes > 0).sum(dim=1).clamp(min=1) - 1
            state = states[torch.arange(len(codes)), last]
        else:
            state = states[:, -1]
        return self.dense(self.dropout(state))


class TutorialLSTM:
    """The network of the tutorials: its answer depends on the padding."""

    mask, unit = False, "eojeol"

    def __init__(
        self,
        *,
        num_words: int = 20_000,
        length: int | None = None,
        embedding: int = 100,
        units: int = 64,
        epochs: int = 8,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        dropout: float = 0.0,
        random_state: int = 0,
    ) -> None:
        self.num_words, self.length = num_words, length
        self.embedding, self.units, self.dropout = embedding, units, dropout
        self.epochs, self.batch_size, self.learning_rate = epochs, batch_size, learning_rate
        self.random_state = random_state

    def fit(self, X: Sequence[str], y: Any) -> TutorialLSTM:
        torch.manual_seed(self.random_state)
        self.classes_, codes = np.unique(y, return_inverse=True)
        units = [self._units(text) for text in X]
        counts = Counter(unit for text in units for unit in text)
        self.index_ = {unit: at for at, (unit, _) in enumerate(counts.most_common(self.num_words - 1), start=1)}
        self.length_ = self.length or max(map(len, units))
        rows, labels = self._padded(X), torch.as_tensor(codes)
        network = Network(len(self.index_) + 1, len(self.classes_), self.embedding, self.units, self.mask, self.dropout)
        self.network_ = network
        optimiser = torch.optim.Adam(network.parameters(), lr=self.learning_rate, eps=1e-7)
        self.history_: list[dict[str, float]] = []
        for epoch in range(1, self.epochs + 1):
            self.history_.append({"epoch": float(epoch), **self._epoch(optimiser, rows, labels)})
        return self

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        self.network_.eval()
        rows = self._padded(X)
        with torch.no_grad():
            logits = torch.cat([self.network_(rows[at : at + 256]) for at in range(0, len(rows), 256)])
        found: NDArray[np.float64] = logits.double().softmax(dim=1).numpy()
        return found

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        found: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return found

    def _epoch(self, optimiser: torch.optim.Optimizer, rows: Tensor, labels: Tensor) -> dict[str, float]:
        self.network_.train()
        loss_sum, right = 0.0, 0
        order = torch.randperm(len(rows))
        for at in range(0, len(rows), self.batch_size):
            batch = order[at : at + self.batch_size]
            logits = self.network_(rows[batch])
            loss = nn.functional.cross_entropy(logits, labels[batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            loss_sum += loss.item() * len(batch)
            right += int((logits.argmax(dim=1) == labels[batch]).sum())
        return {"train_loss": loss_sum / len(rows), "train_score": right / len(rows)}

    def _units(self, text: str) -> list[str]:
        text = FILTERS.sub(" ", text.lower())
        return text.split() if self.unit == "eojeol" else list(" ".join(text.split()))

    def _padded(self, X: Sequence[str]) -> Tensor:
        """Return token numbers, zeros after the sentence; of a longer one the last words are kept, as Keras does."""
        rows = torch.zeros((len(X), self.length_), dtype=torch.long)
        for row, text in enumerate(X):
            known = [self.index_[unit] for unit in self._units(text) if unit in self.index_][-self.length_ :]
            rows[row, : len(known)] = torch.tensor(known, dtype=torch.long)
        return rows


class MaskedLSTM(TutorialLSTM):
    """The same network with its state read at the last word."""

    mask = True


class SoundLSTM(MaskedLSTM):
    """The masked network over syllables, with dropout: a word it has not met is read all the same."""

    unit = "syllable"

    def __init__(
        self,
        *,
        length: int | None = 80,
        embedding: int = 64,
        units: int = 64,
        epochs: int = 16,
        dropout: float = 0.4,
        learning_rate: float = 4e-3,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            length=length,
            embedding=embedding,
            units=units,
            epochs=epochs,
            dropout=dropout,
            learning_rate=learning_rate,
            random_state=random_state,
        )
