"""Networks as people bring them with ``--model networks.py:NAME``: sound ones, and twins with one fault each.

The file stands alone (torch and NumPy only), as a user's would. Every faulty class differs from its sound twin
(``twin``) by the one thing its docstring says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

PAD, UNKNOWN = 0, 1
Rows = np.ndarray[Any, np.dtype[np.int64]]


class Bag(nn.Module):
    """Embeddings summed with the weight of their rarity, one linear layer: order plays no part."""

    def __init__(self, rarity: Tensor, labels: int, width: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(rarity), width, padding_idx=PAD)
        self.register_buffer("rarity", rarity)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, labels)

    def summed(self, codes: Tensor) -> Tensor:
        weights: Tensor = nn.functional.normalize(self.get_buffer("rarity")[codes], dim=1)
        return torch.bmm(weights.unsqueeze(1), self.embedding(codes)).squeeze(1)

    def forward(self, codes: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(self.summed(codes)))
        return logits


class Normed(Bag):
    """A bag whose sum passes a batch normalisation."""

    def __init__(self, rarity: Tensor, labels: int, width: int, dropout: float) -> None:
        super().__init__(rarity, labels, width, dropout)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, codes: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(self.norm(self.summed(codes))))
        return logits


class EndsInSoftmax(Bag):
    """A bag that gives probabilities where logits are expected."""

    def forward(self, codes: Tensor) -> Tensor:
        return torch.softmax(super().forward(codes), 1)


class Convolution(nn.Module):
    """Windows of three tokens, the strongest answer of each filter."""

    def __init__(self, rarity: Tensor, labels: int, width: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(rarity), width, padding_idx=PAD)
        self.windows = nn.Conv1d(width, 2 * width, 3, padding=1)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, labels)

    def forward(self, codes: Tensor) -> Tensor:
        found = torch.relu(self.windows(self.embedding(codes).transpose(1, 2)))
        found = found.masked_fill((codes == PAD).unsqueeze(1), 0.0)
        logits: Tensor = self.head(self.dropout(found.amax(2)))
        return logits


class Recurrent(nn.Module):
    """An LSTM; what is read of it is the mean of its states at the tokens, or its state at the last place."""

    def __init__(
        self, rarity: Tensor, labels: int, width: int, dropout: float, *, read_at_padding: bool = False
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(rarity), width, padding_idx=PAD)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, labels)
        self.read_at_padding = read_at_padding

    def forward(self, codes: Tensor) -> Tensor:
        states, _ = self.lstm(self.dropout(self.embedding(codes)))
        real = (codes != PAD).unsqueeze(2)
        read = states[:, -1] if self.read_at_padding else (states * real).sum(1) / real.sum(1).clamp(min=1)
        logits: Tensor = self.head(self.dropout(read))
        return logits


def last_valid(states: Tensor, codes: Tensor) -> Tensor:
    """Return the state at each text's last token."""
    last = (codes != PAD).sum(1).clamp(min=1) - 1
    return states[torch.arange(len(codes)), last]


class LastState(Recurrent):
    """An LSTM of which the state at the last token is read: the textbook form."""

    def forward(self, codes: Tensor) -> Tensor:
        states, _ = self.lstm(self.dropout(self.embedding(codes)))
        logits: Tensor = self.head(self.dropout(last_valid(states, codes)))
        return logits


class SoundBag:
    """Character n-grams, summed by rarity; early stopping on held-out training rows.

    Parameters
    ----------
    random_state
        Of the weights, the order of the rows and dropout.
    """

    encoder: type[nn.Module] = Bag
    encoder_options: ClassVar[dict[str, Any]] = {}
    sizes: tuple[int, ...] = (1, 2, 3)
    epochs, patience, batch, keeps_best = 30, 5, 32, True
    learning_rate, weight_decay, dropout, width = 1e-2, 1e-5, 0.3, 32
    vocabulary, longest = 6_000, 900

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def cleaned(self, text: str) -> str:
        return " ".join(text.split())

    def tokens(self, text: str) -> list[str]:
        return [text[at : at + size] for at in range(len(text)) for size in self.sizes if at + size <= len(text)]

    def fit(self, X: Sequence[str], y: Sequence[Any]) -> SoundBag:
        torch.manual_seed(self.random_state)
        torch.set_num_threads(1)
        self.classes_ = np.unique(np.asarray(y))
        rarity = self._learn_words(list(X))
        self.network_ = self.encoder(rarity, len(self.classes_), self.width, self.dropout, **self.encoder_options)
        self.freeze(self.network_)
        self._train(self._coded(list(X)), torch.tensor(np.searchsorted(self.classes_, np.asarray(y))))
        return self

    def freeze(self, network: nn.Module) -> None:
        """Leave everything trainable."""

    def loss(self, logits: Tensor, wanted: Tensor) -> Tensor:
        return nn.functional.cross_entropy(logits, wanted)

    def held_out(self, order: Rows) -> tuple[Rows, Rows]:
        """Return the rows that decide when to stop, and those that are trained on."""
        held = max(1, len(order) // 8)
        return order[:held], order[held:]

    def padded_to(self, longest: int) -> int:
        return longest

    def prepare_to_answer(self) -> None:
        self.network_.eval()

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        self.prepare_to_answer()
        coded, parts = self._coded(list(X)), []
        with torch.no_grad():
            for start in range(0, len(coded), 64):
                parts.append(self.network_(self._padded(coded[start : start + 64])))
        return torch.softmax(torch.cat(parts), 1).double().numpy()

    def predict(self, X: Sequence[str]) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(1)]

    def _learn_words(self, texts: list[str]) -> Tensor:
        """Number the tokens and return the rarity of each: the logarithm of texts per text with it."""
        counts = Counter(token for text in texts for token in dict.fromkeys(self.tokens(self.cleaned(text))))
        common = counts.most_common(self.vocabulary)
        self.words_ = {token: at + 2 for at, (token, _) in enumerate(common)}
        return torch.tensor([0.0, 0.0, *(np.log(len(texts) / count) + 1 for _, count in common)], dtype=torch.float32)

    def _train(self, coded: list[list[int]], codes: Tensor) -> None:
        held, used = self.held_out(np.random.default_rng(self.random_state).permutation(len(coded)))
        trained = [one for one in self.network_.parameters() if one.requires_grad]
        adam = torch.optim.Adam(trained, self.learning_rate, weight_decay=self.weight_decay)
        best, kept, waited, self.history_ = -np.inf, None, 0, []
        for epoch in range(self.epochs):
            entry = self._epoch(coded, codes, used, adam, epoch) | self._held(coded, codes, held)
            self.history_.append(entry)
            if entry["val_accuracy"] - 0.1 * entry["val_loss"] > best:
                best, waited = entry["val_accuracy"] - 0.1 * entry["val_loss"], 0
                kept = {name: value.clone() for name, value in self.network_.state_dict().items()}
            elif (waited := waited + 1) >= self.patience:
                break
        if kept is not None and self.keeps_best:
            self.network_.load_state_dict(kept)

    def _epoch(self, coded: list[list[int]], codes: Tensor, used: Rows, adam: Any, epoch: int) -> dict[str, float]:
        self.network_.train()
        order = np.random.default_rng((self.random_state, epoch)).permutation(used)
        loss_sum, right = 0.0, 0
        for start in range(0, max(1, len(order) - 1), self.batch):  # one row alone has no batch statistics
            rows = order[start : start + self.batch]
            logits = self.network_(self._padded([coded[row] for row in rows]))
            loss = self.loss(logits, codes[rows])
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.network_.parameters(), 1.0)
            adam.step()
            loss_sum += float(loss.detach()) * len(rows)
            right += int((logits.argmax(1) == codes[rows]).sum())
        return {"loss": loss_sum / len(order), "accuracy": right / len(order)}

    def _held(self, coded: list[list[int]], codes: Tensor, rows: Rows) -> dict[str, float]:
        self.network_.eval()
        with torch.no_grad():
            logits = self.network_(self._padded([coded[row] for row in rows]))
            loss = float(self.loss(logits, codes[rows]))
        return {"val_loss": loss, "val_accuracy": float((logits.argmax(1) == codes[rows]).float().mean())}

    def _coded(self, texts: list[str]) -> list[list[int]]:
        return [
            [self.words_.get(one, UNKNOWN) for one in self.tokens(self.cleaned(text))][: self.longest] for text in texts
        ]

    def _padded(self, coded: list[list[int]]) -> Tensor:
        """Return a batch, padded behind to its longest text."""
        width = self.padded_to(max(1, *map(len, coded)))
        return torch.tensor([one + [PAD] * (width - len(one)) for one in coded])


class SoundNormed(SoundBag):
    """The bag with batch normalisation, at prediction with the statistics of training."""

    encoder = Normed


class SoundConvolution(SoundBag):
    """Character CNN."""

    encoder: type[nn.Module] = Convolution
    sizes = (1,)
    learning_rate, dropout, longest, width = 3e-3, 0.3, 300, 32


class SoundLstm(SoundConvolution):
    """Character LSTM, read as the mean of its states."""

    encoder = Recurrent
    learning_rate, width, dropout, longest, epochs, patience = 6e-3, 40, 0.3, 200, 40, 8


class SoundLastState(SoundLstm):
    """Character LSTM, read at each text's last token."""

    encoder = LastState


class ReadsPadding(SoundLstm):
    """The state of the LSTM is read at the last place of the batch: behind the padding."""

    twin = SoundLastState
    encoder = Recurrent
    encoder_options: ClassVar[dict[str, Any]] = {"read_at_padding": True}

    def padded_to(self, longest: int) -> int:
        return self.longest


class SoftmaxTwice(SoundBag):
    """The network ends in a softmax, and loss and prediction take the softmax of that."""

    twin = SoundBag
    encoder = EndsInSoftmax


class FrozenEmbedding(SoundBag):
    """The embedding keeps its random numbers: it was meant to be loaded, and is not trained."""

    twin = SoundBag

    def freeze(self, network: nn.Module) -> None:
        for name, parameter in network.named_parameters():
            parameter.requires_grad = not name.startswith("embedding")


class FrozenBody(SoundConvolution):
    """Everything below the last layer is frozen at random numbers."""

    twin = SoundConvolution

    def freeze(self, network: nn.Module) -> None:
        for name, parameter in network.named_parameters():
            parameter.requires_grad = name.startswith("head")


class ShiftedLabels(SoundBag):
    """Answers are read from a list of labels that is off by one."""

    twin = SoundBag

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        return np.roll(super().predict_proba(X), 1, axis=1)


class TinySteps(SoundBag):
    """A learning rate of 1e-7."""

    twin = SoundBag
    learning_rate = 1e-7


class HugeSteps(SoundConvolution):
    """A learning rate of 10."""

    twin = SoundConvolution
    learning_rate = 10.0


class ThreeEpochs(SoundBag):
    """Three epochs at 5e-5, as one fine-tunes a pretrained model: this one starts from nothing."""

    twin = SoundBag
    learning_rate, epochs = 5e-5, 3


class DropoutAtPrediction(SoundBag):
    """Prediction forgets ``eval()``: dropout stays on."""

    twin = SoundBag
    dropout = 0.5

    def prepare_to_answer(self) -> None:
        self.network_.train()


class BatchStatistics(SoundNormed):
    """Batch normalisation takes its statistics from the rows that are answered together."""

    twin = SoundNormed
    dropout = 0.0

    def prepare_to_answer(self) -> None:
        self.network_.train()


class TenWords(SoundBag):
    """A vocabulary of the ten most frequent eojeol."""

    twin = SoundBag
    vocabulary = 10

    def tokens(self, text: str) -> list[str]:
        return text.split()


class ThreeTokens(SoundConvolution):
    """Every text is cut after three tokens."""

    twin = SoundConvolution
    longest = 3


class StripsHangul(SoundBag):
    """A clean-up rule for English text runs first."""

    twin = SoundBag

    def cleaned(self, text: str) -> str:
        return " ".join(re.sub(r"[^a-zA-Z0-9 ]", "", text).lower().split())


class Memoriser(SoundConvolution):
    """Whole words, far too wide, no dropout, no decay, twenty epochs and the last of them is kept."""

    twin = SoundConvolution
    dropout, weight_decay, width, epochs, patience, keeps_best = 0.0, 0.0, 64, 20, 20, False

    def tokens(self, text: str) -> list[str]:
        return text.split()


class StopsOnTrainingScore(SoundConvolution):
    """Early stopping watches rows that are trained on: it never stops."""

    twin = SoundConvolution
    dropout, weight_decay, epochs, patience = 0.0, 0.0, 20, 20

    def held_out(self, order: Rows) -> tuple[Rows, Rows]:
        return order[: max(1, len(order) // 8)], order
