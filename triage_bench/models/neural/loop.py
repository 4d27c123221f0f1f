"""The training loop that all networks share, in named steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch import Tensor, nn

from triage_bench.core.errors import UnknownNameError
from triage_bench.models.neural.batches import ordered_batches, training_batches
from triage_bench.models.neural.checkpoint import Checkpoint, read_epoch, written, written_epoch
from triage_bench.models.neural.losses import Objective
from triage_bench.models.neural.optimisers import SCHEDULES, Optimiser, clipped
from triage_bench.models.neural.vocabulary import Sequences

WARM_UP_STEPS = 10
"""Adam's first steps rest on few gradients; they are taken at a rising rate."""
ANSWER_BATCH = 256
FIRST_LOOK = 2_000
"""Rows whose loss is taken before the first step: enough to see whether it is ln K."""
PLATEAU_EPOCHS, PLATEAU_FACTOR = 2, 0.5
"""After so many epochs without a better score the schedule ``"plateau"`` takes this share of the rate."""


OnEpoch = Callable[[Mapping[str, float]], None]


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
        See `triage_bench.models.neural.optimisers`.
    schedule
        A name in `SCHEDULES`.
    clip
        The largest norm a gradient may have.
    optimiser
        One of `OPTIMISERS`.
    table_rate
        Factor of the rate for the embedding.
    warm_up
        Share of the steps, `WARM_UP_STEPS` at least, at which the rate rises.
    answer_batch
        Rows per step where nothing is learnt.
    rate_of
        Factor of the rate for a weight, by its name in the network; None means 1 for all.
    last_epoch
        Passes after which training ends although the schedule was planned for `epochs`; None means none.
    shares
        Share of the rate in each pass, as another training's `Trainer.shares`; empty means as the schedule says.
    """

    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    weight_decay: float = 0.0
    schedule: str = "cosine"
    clip: float = 1.0
    optimiser: str = "adamw"
    last_epoch: int | None = None
    table_rate: float = 1.0
    warm_up: float = 0.0
    answer_batch: int = ANSWER_BATCH
    rate_of: Callable[[str], float] | None = None
    shares: tuple[float, ...] = ()

    def ended_as(self, other: Trainer) -> Training:
        """Return the same, ended after the passes that served another training best, at the rates that it had."""
        return replace(self, last_epoch=other.best_epoch, shares=other.shares)

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise UnknownNameError("schedule", self.schedule, SCHEDULES)


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """Rows with their label codes, shape (rows,)."""

    sequences: Sequences
    codes: NDArray[np.int64]

    def head(self, rows: int) -> LabelledRows:
        """Return the first rows."""
        codes = self.codes[:rows]
        return LabelledRows(self.sequences.take(np.arange(len(codes))), codes)

    def drawn(self, rng: np.random.Generator) -> LabelledRows:
        """Return the rows as one epoch sees them."""
        return self


class Trainer:
    """Trains one network.

    Parameters
    ----------
    network
        Takes what `inputs` gives, gives outputs; already on its device.
    objective
        Makes a loss and probabilities of them.
    training
        How.
    rng
        Decides the order of rows.

    Attributes
    ----------
    history
        One entry per epoch, as in `triage_bench.models.contract.TextClassifier`.
    initial_loss
        Mean cross-entropy on (the first) training rows before the first step.
    best_epoch
        The epoch whose weights were kept.
    """

    def __init__(self, network: nn.Module, objective: Objective, training: Training, rng: np.random.Generator) -> None:
        self.network, self.objective, self.training, self.rng = network, objective, training, rng
        self.device = next(network.parameters()).device
        self.optimiser = Optimiser(
            network.parameters(),
            training.optimiser,
            training.weight_decay,
            training.table_rate,
            None if training.rate_of is None else [training.rate_of(name) for name, _ in network.named_parameters()],
        )
        self.history: list[dict[str, float]] = []
        self.initial_loss = float("nan")
        self.best_epoch = 0
        self._rate, self._share = 0.0, 1.0
        self._highest = (-float("inf"), -float("inf"))
        self._best: dict[str, Tensor] | None = None

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the rate in each epoch so far and in the next, where the schedule is ``"plateau"``; else empty."""
        return plateau_shares(self.history) if self.training.schedule == "plateau" else ()

    def fit(
        self,
        train: LabelledRows,
        held_out: LabelledRows | None,
        checkpoint: Checkpoint | None = None,
        on_epoch: OnEpoch | None = None,
    ) -> None:
        """Train until the validation score stops rising, and leave the best weights in the network.

        Without validation rows, train to the last epoch and keep its weights.

        Parameters
        ----------
        train, held_out
            Rows to learn from, and to stop by.
        checkpoint
            Where every epoch is kept; training goes on from what stands there.
        on_epoch
            Called with each new entry of `history`, after it was kept.
        """
        if checkpoint is None or not self._resumed(checkpoint):
            self.initial_loss = self.evaluate(train.head(FIRST_LOOK))[0]
        while not self._finished(held_out):
            self._one_epoch(train, held_out)
            if checkpoint is not None:
                checkpoint.write(len(self.history), *self._state())
            if on_epoch is not None:
                on_epoch(self.history[-1])
        if self._best is not None:
            self._put_back(self._best)
        self.network.eval()

    def _finished(self, held_out: LabelledRows | None) -> bool:
        epoch = len(self.history)
        if epoch >= (self.training.last_epoch or self.training.epochs):
            return True
        return held_out is not None and epoch - self.best_epoch >= max(1, self.training.patience)

    def _one_epoch(self, train: LabelledRows, held_out: LabelledRows | None) -> None:
        epoch = len(self.history) + 1
        # A training without validation rows sees no plateau: it repeats what another one did, if it is told.
        shares = self.training.shares or (self.shares if held_out is not None else ())
        self._share = shares[epoch - 1] if shares else 1.0
        entry = {"epoch": float(epoch), **self.train_epoch(train.drawn(self.rng))}
        self.history.append(entry)
        if held_out is None:
            self.best_epoch = epoch
            return
        entry["validation_loss"], entry["validation_score"] = self.evaluate(held_out)
        reached = _reached(entry)
        if reached > self._highest:
            self._highest, self._best, self.best_epoch = reached, self._copied_weights(), epoch

    def train_epoch(self, train: LabelledRows) -> dict[str, float]:
        """Pass over all rows once; return the mean loss, macro-F1 and gradient norm.

        Loss and score are those of the steps themselves, under dropout and while the weights move: a
        second pass over the rows would cost a third of the first.
        """
        self.network.train()
        lengths = train.sequences.lengths
        losses, norms, sizes = [], [], []
        self._answered: list[Tensor] = []
        seen: list[NDArray[np.int64]] = []
        planned = -(-len(lengths) // self.training.batch_size) * self.training.epochs
        for rows in training_batches(lengths, self.training.batch_size, self.rng):
            loss, norm = self.train_step(train, rows, planned)
            losses.append(loss)
            norms.append(norm)
            sizes.append(len(rows))
            seen.append(rows)
        # Read once per epoch: reading a number waits for a graphics card to finish.
        answered, self._answered = torch.cat(self._answered).cpu().numpy(), []
        return {
            "train_loss": float(np.average(torch.stack(losses).cpu().numpy(), weights=sizes)),
            "train_score": macro_f1(train.codes[np.concatenate(seen)], answered),
            "learning_rate": self._rate,
            "grad_norm": float(torch.stack(norms).mean()),
        }

    def train_step(self, train: LabelledRows, rows: NDArray[np.int64], planned: int) -> tuple[Tensor, Tensor]:
        """Take one step on some rows; return their loss and the gradient's norm before clipping."""
        self.optimiser.clear()
        codes = torch.as_tensor(train.codes[rows], device=self.device)
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=self.device.type == "cuda"):
            outputs = self.network(*inputs(train.sequences, rows, self.device))
        loss = self.objective.loss(outputs, codes)
        self._answered.append(self.objective.log_probabilities(outputs.detach()).argmax(dim=1))
        loss.backward()  # type: ignore[no-untyped-call]
        norm = clipped(self.network.parameters(), self.training.clip)
        self.optimiser.step(self._next_rate(planned))
        return loss.detach(), norm

    def evaluate(self, rows: LabelledRows) -> tuple[float, float]:
        """Return mean cross-entropy in nats and macro-F1, without dropout."""
        outputs = answers(self.network, rows.sequences, self.device, self.training.answer_batch)
        found = self.objective.log_probabilities(outputs).cpu().numpy()
        loss = -float(found[np.arange(len(found)), rows.codes].mean())
        return loss, macro_f1(rows.codes, found.argmax(axis=1))

    def _next_rate(self, planned: int) -> float:
        step = self.optimiser.steps + 1
        factor = SCHEDULES[self.training.schedule](min(1.0, step / planned))
        rising = max(WARM_UP_STEPS, round(self.training.warm_up * planned))
        self._rate = self.training.learning_rate * factor * self._share * min(1.0, step / rising)
        return self._rate

    def _state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return all that decides what the next epoch does, as tensors and plain data."""
        tensors = {f"network.{name}": tensor for name, tensor in self._moving().items()}
        tensors.update({f"best.{name}": tensor for name, tensor in (self._best or {}).items()})
        tensors.update(self._memory())
        tensors["torch_generator"] = torch.get_rng_state()
        if self.device.type == "cuda":
            tensors["cuda_generator"] = torch.cuda.get_rng_state(self.device)
        return tensors, {
            "history": [written_epoch(entry) for entry in self.history],
            "initial_loss": written(self.initial_loss),
            "best_epoch": self.best_epoch,
            "highest": [written(number) for number in self._highest],
            "steps": self.optimiser.steps,
            "order": self.rng.bit_generator.state,
        }

    def _memory(self) -> dict[str, Tensor]:
        return {
            f"optimiser.{i}.{j}": tensor
            for i, tensors in enumerate(self.optimiser.memory)
            for j, tensor in enumerate(tensors)
        }

    def _resumed(self, checkpoint: Checkpoint) -> bool:
        """Take over the state that was kept, if there is one; say whether there was."""
        found = checkpoint.read()
        if found is None:
            return False
        tensors, state = found
        self._put_back(_named(tensors, "network."))
        best = _named(tensors, "best.")
        self._best = {name: tensor.to(self.device) for name, tensor in best.items()} or None
        for name, tensor in self._memory().items():
            tensor.copy_(tensors[name])
        torch.set_rng_state(tensors["torch_generator"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["cuda_generator"], self.device)
        self.history = [read_epoch(entry) for entry in state["history"]]
        self.initial_loss, self.best_epoch = float(state["initial_loss"]), state["best_epoch"]
        self._highest = (float(state["highest"][0]), float(state["highest"][1]))
        self.optimiser.steps, self.rng.bit_generator.state = state["steps"], state["order"]
        return True

    def _copied_weights(self) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self._moving().items()}

    def _moving(self) -> dict[str, Tensor]:
        """Return what training changes: frozen weights are neither copied nor kept."""
        frozen = {name for name, one in self.network.named_parameters() if not one.requires_grad}
        return {name: tensor for name, tensor in self.network.state_dict().items() if name not in frozen}

    def _put_back(self, tensors: Mapping[str, Tensor]) -> None:
        self.network.load_state_dict({**self.network.state_dict(), **tensors})


def _named(tensors: Mapping[str, Tensor], begin: str) -> dict[str, Tensor]:
    return {name.removeprefix(begin): tensor for name, tensor in tensors.items() if name.startswith(begin)}


def plateau_shares(history: Sequence[Mapping[str, float]]) -> tuple[float, ...]:
    """Return the share of the rate that ``"plateau"`` takes in each epoch of a history, and in the one after it."""
    shares, highest, waited = [1.0], (-float("inf"), -float("inf")), 0
    for entry in history:
        reached = _reached(entry)
        highest, waited = (reached, 0) if reached > highest else (highest, waited + 1)
        reduced = waited >= PLATEAU_EPOCHS
        shares.append(shares[-1] * PLATEAU_FACTOR if reduced else shares[-1])
        waited = 0 if reduced else waited
    return tuple(shares)


def _reached(entry: Mapping[str, float]) -> tuple[float, float]:
    """Return what tells a better epoch, highest first."""
    # By score, the loss deciding between equals: the loss of a network turns up when it grows sure
    # of itself, long before rare classes are learnt (kobill, one seed: macro-F1 0.61 against 0.54).
    return entry["validation_score"], -entry["validation_loss"]


def macro_f1(truth: NDArray[np.int64], answered: NDArray[np.int64]) -> float:
    """Return the macro-averaged F1 of answers, both of shape (rows,)."""
    return float(f1_score(truth, answered, average="macro", zero_division=0))


def answers(network: nn.Module, sequences: Sequences, device: torch.device, batch_size: int = ANSWER_BATCH) -> Tensor:
    """Return outputs in the order of the rows, shape (rows, outputs), without dropout."""
    network.eval()
    parts, order = [], []
    with torch.inference_mode():
        for rows in ordered_batches(sequences.lengths, batch_size):
            parts.append(network(*inputs(sequences, rows, device)))
            order.append(rows)
        found = torch.cat(parts)
        outputs = torch.empty_like(found)
        outputs[torch.as_tensor(np.concatenate(order), device=device)] = found
    return outputs


def inputs(sequences: Sequences, rows: NDArray[np.int64], device: torch.device) -> tuple[Tensor, ...]:
    """Return padded token numbers, shape (rows, longest), lengths, shape (rows,), and features of columns, if any."""
    found = [sequences.padded(rows), sequences.lengths[rows]]
    side = [] if sequences.side is None else [sequences.side[rows]]
    return tuple(torch.as_tensor(one, device=device) for one in (*found, *side))
