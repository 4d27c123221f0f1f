"""The training loop that all networks share, in named steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch import Tensor, nn

from triage_bench.models.neural.batches import ordered_batches, training_batches
from triage_bench.models.neural.vocabulary import Sequences

Schedule = Callable[[float], float]
"""Share of the steps done, in [0, 1] → factor of the learning rate."""

SCHEDULES: dict[str, Schedule] = {
    "constant": lambda done: 1.0,
    "cosine": lambda done: 0.5 * (1 + cos(pi * done)),
}
WARM_UP_STEPS = 10
"""Adam's first steps rest on few gradients; they are taken at a rising rate."""
ANSWER_BATCH = 256


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Attributes
    ----------
    epochs
        The most passes over the rows.
    patience
        Passes without a better validation score after which training stops.
    batch_size
        Rows per step.
    learning_rate, weight_decay
        Of AdamW (Loshchilov and Hutter 2019).
    schedule
        A name in `SCHEDULES`.
    clip
        The largest norm a gradient may have.
    class_weights : ndarray, shape (k,), optional
        Weight of each class in the loss.
    """

    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    schedule: str
    clip: float
    class_weights: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """Rows with their label codes, shape (rows,)."""

    sequences: Sequences
    codes: NDArray[np.int64]


class Trainer:
    """Trains one network.

    Parameters
    ----------
    network
        Takes token numbers and lengths, gives logits; already on its device.
    training
        How.
    rng
        Decides the order of rows.

    Attributes
    ----------
    history
        One entry per epoch, as in `triage_bench.models.contract.TextClassifier`.
    initial_loss
        Mean loss on the training rows before the first step.
    best_epoch
        The epoch whose weights were kept.
    """

    def __init__(self, network: nn.Module, training: Training, rng: np.random.Generator) -> None:
        self.network, self.training, self.rng = network, training, rng
        self.device = next(network.parameters()).device
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay, fused=True
        )
        weights = training.class_weights
        self.loss = nn.CrossEntropyLoss(
            weight=None if weights is None else torch.tensor(weights, dtype=torch.float32, device=self.device)
        )
        self.history: list[dict[str, float]] = []
        self.initial_loss = float("nan")
        self.best_epoch = 0
        self._steps = 0

    def fit(self, train: LabelledRows, held_out: LabelledRows | None) -> None:
        """Train until the validation score stops rising, and leave the best weights in the network.

        Without validation rows, train to the last epoch and keep its weights.
        """
        self.initial_loss = self.evaluate(train)[0]
        highest, best = (-float("inf"), -float("inf")), None
        for epoch in range(1, self.training.epochs + 1):
            entry = {"epoch": float(epoch), **self.train_epoch(train)}
            self.history.append(entry)
            if held_out is None:
                self.best_epoch = epoch
                continue
            entry["validation_loss"], entry["validation_score"] = self.evaluate(held_out)
            # By score, the loss deciding between equals: the loss of a network turns up when it grows sure
            # of itself, long before rare classes are learnt (kobill, one seed: macro-F1 0.61 against 0.54).
            reached = (entry["validation_score"], -entry["validation_loss"])
            if reached > highest:
                highest, best, self.best_epoch = reached, self._copied_weights(), epoch
            elif epoch - self.best_epoch >= self.training.patience:
                break
        if best is not None:
            self.network.load_state_dict(best)
        self.network.eval()

    def train_epoch(self, train: LabelledRows) -> dict[str, float]:
        """Pass over all rows once; return the mean loss and gradient norm."""
        self.network.train()
        lengths = train.sequences.lengths
        total, norms = 0.0, []
        steps = -(-len(lengths) // self.training.batch_size)
        for rows in training_batches(lengths, self.training.batch_size, self.rng):
            loss, norm = self.train_step(train, rows, steps * self.training.epochs)
            total += loss * len(rows)
            norms.append(norm)
        rate = float(self.optimizer.param_groups[0]["lr"])
        return {"train_loss": total / len(lengths), "learning_rate": rate, "grad_norm": float(np.mean(norms))}

    def train_step(self, train: LabelledRows, rows: NDArray[np.int64], planned: int) -> tuple[float, float]:
        """Take one step on some rows; return their loss and the gradient's norm before clipping."""
        self._set_rate(planned)
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.network(*self._inputs(train.sequences, rows)), self._targets(train, rows))
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.training.clip)
        self.optimizer.step()
        return float(loss.detach()), float(norm)

    def evaluate(self, rows: LabelledRows) -> tuple[float, float]:
        """Return mean loss and macro-F1, without dropout."""
        logits = answers(self.network, rows.sequences, self.device)
        loss = self.loss(logits, torch.as_tensor(rows.codes, device=self.device))
        score = f1_score(rows.codes, logits.argmax(dim=1).cpu().numpy(), average="macro", zero_division=0)
        return float(loss), float(score)

    def _set_rate(self, planned: int) -> None:
        self._steps += 1
        factor = SCHEDULES[self.training.schedule](min(1.0, self._steps / planned))
        for group in self.optimizer.param_groups:
            group["lr"] = self.training.learning_rate * factor * min(1.0, self._steps / WARM_UP_STEPS)

    def _inputs(self, sequences: Sequences, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        return inputs(sequences, rows, self.device)

    def _targets(self, train: LabelledRows, rows: NDArray[np.int64]) -> Tensor:
        return torch.as_tensor(train.codes[rows], device=self.device)

    def _copied_weights(self) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()}


def answers(network: nn.Module, sequences: Sequences, device: torch.device) -> Tensor:
    """Return logits in the order of the rows, shape (rows, classes), without dropout."""
    network.eval()
    parts, order = [], []
    with torch.inference_mode():
        for rows in ordered_batches(sequences.lengths, ANSWER_BATCH):
            parts.append(network(*inputs(sequences, rows, device)))
            order.append(rows)
        found = torch.cat(parts)
        logits = torch.empty_like(found)
        logits[torch.as_tensor(np.concatenate(order), device=device)] = found
    return logits


def inputs(sequences: Sequences, rows: NDArray[np.int64], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return padded token numbers, shape (rows, longest), and lengths, shape (rows,)."""
    tokens = torch.as_tensor(sequences.padded(rows), device=device)
    return tokens, torch.as_tensor(sequences.lengths[rows], device=device)
