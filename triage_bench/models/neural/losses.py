"""What a network is asked to make small, and how its outputs become probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import log_softmax, logsigmoid, softplus

LOSSES = ("cross-entropy", "focal", "soft-ordinal", "corn")
SLOPE = 2.0
"""Soft ordinal labels fall by this factor of e per level: a neighbour of the truth gets about 0.1."""
CLASS_WEIGHTS = {"balanced": 1.0, "root": 0.5}
"""Power to which a class's weight, inverse to its rows, is raised."""


class Objective(Protocol):
    """A loss over raw outputs, and the law by which these become probabilities."""

    @property
    def outputs(self) -> int:
        """How many numbers the network gives per text."""

    @property
    def first_bias(self) -> Tensor:
        """The output bias under which all classes start equally probable, shape (outputs,)."""

    def loss(self, outputs: Tensor, codes: Tensor) -> Tensor:
        """Return the mean loss of outputs, shape (texts, outputs), under label codes, shape (texts,)."""

    def log_probabilities(self, outputs: Tensor) -> Tensor:
        """Return log-probabilities, shape (texts, classes)."""


@dataclass(frozen=True, eq=False)
class Softmax:
    """Cross-entropy against one target distribution per class.

    Attributes
    ----------
    targets : Tensor, shape (classes, classes)
        Row k is what a text of class k should be answered.
    weights : Tensor, shape (classes,)
        Weight of a text of each class.
    focus
        Exponent of the focal loss (Lin et al. 2017); 0 leaves the cross-entropy as it is.
    """

    targets: Tensor
    weights: Tensor
    focus: float = 0.0

    @property
    def outputs(self) -> int:
        """One per class."""
        return len(self.targets)

    @property
    def first_bias(self) -> Tensor:
        """Zeros."""
        return torch.zeros(self.outputs)

    def loss(self, outputs: Tensor, codes: Tensor) -> Tensor:
        """Return the weighted mean loss."""
        found = log_softmax(outputs.float(), dim=1)
        losses = -(self.targets.to(found.device)[codes] * found).sum(dim=1)
        if self.focus:
            losses = losses * (1 - found.gather(1, codes[:, None])[:, 0].exp()) ** self.focus
        weights = self.weights.to(found.device)[codes]
        return (weights * losses).sum() / weights.sum()

    def log_probabilities(self, outputs: Tensor) -> Tensor:
        """Return the logarithm of the softmax."""
        return log_softmax(outputs, dim=1)


@dataclass(frozen=True, eq=False)
class Corn:
    """Ordered classes as a chain of yes-or-no questions: of level k at least, is it more than k.

    Output k learns from the texts of level k and above only, so that the answers multiply to
    probabilities that never contradict the order (Shi, Cao and Raschka 2021).

    Attributes
    ----------
    weights : Tensor, shape (classes,)
        Weight of a text of each class.
    """

    weights: Tensor

    @property
    def outputs(self) -> int:
        """One per step between neighbouring levels."""
        return len(self.weights) - 1

    @property
    def first_bias(self) -> Tensor:
        """Log-odds (classes − k − 1) : 1 of going on from level k."""
        return torch.arange(self.outputs, 0, -1, dtype=torch.float32).log()

    @cached_property
    def _levels(self) -> Tensor:
        return torch.arange(self.outputs)

    def loss(self, outputs: Tensor, codes: Tensor) -> Tensor:
        """Return the mean binary cross-entropy over all questions that apply."""
        outputs, levels = outputs.float(), self._levels.to(outputs.device)
        asked = (codes[:, None] >= levels) * self.weights.to(outputs.device)[codes, None]
        more = (codes[:, None] > levels).float()
        return (asked * (softplus(outputs) - more * outputs)).sum() / asked.sum()

    def log_probabilities(self, outputs: Tensor) -> Tensor:
        """Return log P(level), the chain's answers multiplied."""
        at_least = torch.nn.functional.pad(logsigmoid(outputs).cumsum(dim=1), (1, 0))
        stops = torch.nn.functional.pad(logsigmoid(-outputs), (0, 1))
        return at_least + stops


def objective_for(
    loss: str, classes: int, weights: Tensor | None = None, *, smoothing: float = 0.0, focus: float = 2.0
) -> Objective:
    """Return an objective by name.

    Parameters
    ----------
    loss
        One of `LOSSES`: ``"soft-ordinal"`` (Díaz and Marathe 2019) and ``"corn"`` read the classes as
        ordered levels.
    classes
        How many classes there are.
    weights : Tensor, shape (classes,), optional
        Weight of a text of each class; None means 1.
    smoothing
        Share of each target spread evenly over all classes (Szegedy et al. 2016); not with ``"corn"``.
    focus
        Exponent of ``"focal"``.

    Raises
    ------
    ValueError
        If the loss is unknown, or smoothing is asked of ``"corn"``.
    """
    if loss not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(map(repr, LOSSES))}, got {loss!r}.")
    if not 0.0 <= smoothing < 1.0:
        raise ValueError(f"label_smoothing must lie in [0, 1), got {smoothing!r}.")
    weights = torch.ones(classes) if weights is None else weights.float()
    if loss == "corn":
        if smoothing:
            raise ValueError(f"label_smoothing={smoothing!r} does not go with loss='corn'; set it to 0.")
        return Corn(weights)
    targets = torch.eye(classes)
    if loss == "soft-ordinal":
        levels = torch.arange(classes, dtype=torch.float32)
        targets = torch.softmax(-SLOPE * (levels[:, None] - levels).abs(), dim=1)
    targets = (1 - smoothing) * targets + smoothing / classes
    return Softmax(targets, weights, focus if loss == "focal" else 0.0)


def class_weights(name: str | None, codes: Tensor, classes: int) -> Tensor | None:
    """Return the weight of each class, shape (classes,), of a name in `CLASS_WEIGHTS`; None of None.

    Raises
    ------
    ValueError
        If there is no such name.
    """
    if name is None:
        return None
    if name not in CLASS_WEIGHTS:
        raise ValueError(f"class_weight must be None, 'balanced' or 'root', got {name!r}.")
    counts = torch.bincount(codes, minlength=classes)
    return (len(codes) / (classes * counts)) ** CLASS_WEIGHTS[name]
