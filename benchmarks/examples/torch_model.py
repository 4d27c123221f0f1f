"""Bring a torch model: the network you have, between the three steps that turn sentences into answers.

    triage-bench diagnose my.csv --text 증상 --label KTAS --model benchmarks/examples/torch_model.py:SyllableGRU

What is learned from the training texts (the vocabulary) is learned in `fit`; `random_state` and `history_` are
optional: the first makes runs repeatable, the second gives the report your learning curves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


class Network(nn.Module):
    def __init__(self, symbols: int, classes: int, units: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, 64, padding_idx=0)
        self.gru = nn.GRU(64, units, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * units, classes)

    def forward(self, codes: list[torch.Tensor]) -> torch.Tensor:
        lengths = torch.tensor([len(one) for one in codes])
        embedded = self.embedding(pad_sequence(codes, batch_first=True))
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)  # padding is not read
        _, state = self.gru(packed)
        return self.output(torch.cat([state[0], state[1]], dim=1))  # logits: the loss applies softmax itself


class SyllableGRU:
    """A bidirectional GRU over syllables."""

    def __init__(self, units: int = 64, epochs: int = 30, learning_rate: float = 5e-3, random_state: int = 0) -> None:
        self.units, self.epochs, self.learning_rate, self.random_state = units, epochs, learning_rate, random_state

    def fit(self, X: Sequence[str], y: Sequence[object]) -> SyllableGRU:
        torch.manual_seed(self.random_state)
        self.classes_, targets = np.unique(np.asarray(y), return_inverse=True)
        self.symbols_ = {symbol: code for code, symbol in enumerate(sorted(set("".join(X))), start=2)}
        self.network_ = Network(len(self.symbols_) + 2, len(self.classes_), self.units)
        codes, answers = self._codes(X), torch.from_numpy(targets)
        optimiser = torch.optim.Adam(self.network_.parameters(), lr=self.learning_rate)
        self.history_ = []
        for epoch in range(self.epochs):
            self.network_.train()
            losses = []
            order = torch.randperm(len(codes))
            for batch in (order[at : at + 16] for at in range(0, len(order), 16)):
                logits = self.network_([codes[i] for i in batch])
                loss = nn.functional.cross_entropy(logits, answers[batch])
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(self.network_.parameters(), 1.0)
                optimiser.step()
                losses.append(loss.item())
            self.history_.append({"epoch": epoch + 1, "train_loss": float(np.mean(losses))})
        return self

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        self.network_.eval()  # without it dropout and batch norms would answer at random
        with torch.no_grad():
            parts = [self._codes(X)[at : at + 256] for at in range(0, len(X), 256)]
            return torch.cat([self.network_(part).softmax(dim=1) for part in parts]).numpy()

    def predict(self, X: Sequence[str]) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _codes(self, X: Sequence[str]) -> list[torch.Tensor]:
        """Code 0 is padding, 1 an unknown syllable; an empty text is one unknown syllable."""
        return [torch.tensor([self.symbols_.get(symbol, 1) for symbol in text] or [1]) for text in X]
