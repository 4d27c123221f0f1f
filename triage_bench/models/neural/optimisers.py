"""How weights move: optimisers, schedules of the rate, clipping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import cos, pi, sqrt

import torch
from torch import Tensor, nn

from triage_bench.core.errors import UnknownNameError

Schedule = Callable[[float], float]
"""Share of the steps done, in [0, 1] → factor of the learning rate."""


def _one_cycle(done: float) -> float:
    """Rise for three tenths of the steps, fall to nothing in the rest (Smith and Topin 2019)."""
    if done < 0.3:
        return 0.04 + 0.96 * 0.5 * (1 - cos(pi * done / 0.3))
    return 0.5 * (1 + cos(pi * (done - 0.3) / 0.7))


SCHEDULES: dict[str, Schedule] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: 0.5 * (1 + cos(pi * done)),
    "one-cycle": _one_cycle,
    "plateau": lambda done: 1.0,
}
"""``"plateau"`` is constant as long as the validation score rises; see `Trainer`."""

MOMENTUM, SMOOTHING = 0.9, 0.9
BETAS, EPSILON = (0.9, 0.999), 1e-8


class Optimiser:
    """Moves a network's weights; a table with a sparse gradient moves in the rows that were used only.

    On a vocabulary of 20,000 and batches of a few hundred tokens, a step over the whole table takes
    longer than the network itself (what TensorFlow calls LazyAdam). Weight decay, too, touches the
    used rows only.

    Parameters
    ----------
    parameters
        What is moved.
    name
        One of `OPTIMISERS`: Loshchilov and Hutter 2019; Kingma and Ba 2015; Hinton 2012; Nesterov 1983.
    decay
        Weight decay: of ``"adamw"`` it shrinks the weights, of the others it adds to the gradient.
    table_rate
        Factor of the rate for tables with a sparse gradient.
    rates
        Factor of the rate for each of `parameters`, in their order; None means 1.

    Raises
    ------
    UnknownNameError
        If there is no such optimiser.

    Notes
    -----
    Not torch's classes: making the first of them costs a process 2.6 seconds of imports.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        name: str,
        decay: float = 0.0,
        table_rate: float = 1.0,
        rates: Sequence[float] | None = None,
    ) -> None:
        if name not in OPTIMISERS:
            raise UnknownNameError("optimiser", name, OPTIMISERS)
        every = list(parameters)
        self.parameters = [one for one in every if one.requires_grad]
        factors = [1.0] * len(every) if rates is None else rates
        self.rates = [factor for one, factor in zip(every, factors, strict=True) if one.requires_grad]
        self.decay, self.table_rate, self.steps = decay, table_rate, 0
        self._rule, memories, self._factor = OPTIMISERS[name]
        self.memory = [[torch.zeros_like(one) for _ in range(memories)] for one in self.parameters]

    def clear(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move once; `rate` is stated as Adam's, see `OPTIMISERS`."""
        self.steps += 1
        for parameter, memory, factor in zip(self.parameters, self.memory, self.rates, strict=True):
            if parameter.grad is None:
                continue
            move = Move(rate * factor * self._factor, self.decay, self.steps)
            if parameter.grad.is_sparse:
                self._step_rows(parameter, parameter.grad.coalesce(), memory, move)
            else:
                self._rule(parameter, parameter.grad, memory, move)

    def _step_rows(self, table: Tensor, gradient: Tensor, memory: list[Tensor], move: Move) -> None:
        rows, move = gradient.indices()[0], replace(move, rate=move.rate * self.table_rate)
        weights, remembered = table[rows], [one[rows] for one in memory]
        self._rule(weights, gradient.values(), remembered, move)
        table[rows] = weights
        for whole, part in zip(memory, remembered, strict=True):
            whole[rows] = part


@dataclass(frozen=True)
class Move:
    """What all weights have in common in one step: its rate, the decay, and its number from 1."""

    rate: float
    decay: float
    number: int


def _adamw(weights: Tensor, gradient: Tensor, memory: list[Tensor], move: Move) -> None:
    mean, square = memory
    mean.lerp_(gradient, 1 - BETAS[0])
    square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
    # Both means start at 0; these two factors make up for it.
    first, second = 1 - BETAS[0] ** move.number, sqrt(1 - BETAS[1] ** move.number)
    scale = square.sqrt().add_(EPSILON * second)
    weights.mul_(1 - move.rate * move.decay).addcdiv_(mean, scale, value=-move.rate * second / first)


def _adam(weights: Tensor, gradient: Tensor, memory: list[Tensor], move: Move) -> None:
    _adamw(weights, gradient.add(weights, alpha=move.decay), memory, Move(move.rate, 0.0, move.number))


def _rmsprop(weights: Tensor, gradient: Tensor, memory: list[Tensor], move: Move) -> None:
    gradient = gradient.add(weights, alpha=move.decay)
    memory[0].mul_(SMOOTHING).addcmul_(gradient, gradient, value=1 - SMOOTHING)
    weights.addcdiv_(gradient, memory[0].sqrt().add_(EPSILON), value=-move.rate)


def _sgd(weights: Tensor, gradient: Tensor, memory: list[Tensor], move: Move) -> None:
    gradient = gradient.add(weights, alpha=move.decay)
    memory[0].mul_(MOMENTUM).add_(gradient)
    weights.add_(gradient.add(memory[0], alpha=MOMENTUM), alpha=-move.rate)


Rule = Callable[[Tensor, Tensor, list[Tensor], Move], None]

OPTIMISERS: dict[str, tuple[Rule, int, float]] = {
    "adamw": (_adamw, 2, 1.0),
    "adam": (_adam, 2, 1.0),
    "rmsprop": (_rmsprop, 1, 0.3),
    "sgd": (_sgd, 1, 30.0),
}
"""Rule, tensors it remembers per weight, and what the learning rate is multiplied by: one rate, stated
as Adam's, means about the same for all."""


def clipped(parameters: Iterable[Tensor], largest: float) -> Tensor:
    """Scale all gradients together so that their norm is `largest` at the most; return the norm before."""
    gradients = list(_gradients(parameters))
    norm = nn.utils.get_total_norm(gradients)
    factor = (largest / (norm + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(factor)
    return norm


def _gradients(parameters: Iterable[Tensor]) -> Sequence[Tensor]:
    found = []
    for parameter in parameters:
        if parameter.grad is None:
            continue
        if parameter.grad.is_sparse:
            parameter.grad = parameter.grad.coalesce()
            found.append(parameter.grad.values())
        else:
            found.append(parameter.grad)
    return found
