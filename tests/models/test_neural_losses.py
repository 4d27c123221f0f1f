"""Losses and optimisers against slow obvious versions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from triage_bench.core.errors import UnknownNameError
from triage_bench.models.neural.losses import LOSSES, objective_for
from triage_bench.models.neural.optimisers import OPTIMISERS, SCHEDULES, Optimiser, clipped

OUTPUTS = torch.tensor([[1.0, -0.5, 0.3], [0.2, 0.1, -2.0], [0.0, 3.0, 1.0], [-1.0, 0.4, 0.9]])
CODES = torch.tensor([0, 2, 1, 2])


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, torch.tensor([0.5, 2.0, 1.0])])
def test_cross_entropy_is_torchs(smoothing: float, weights: torch.Tensor | None) -> None:
    ours = objective_for("cross-entropy", 3, weights, smoothing=smoothing).loss(OUTPUTS, CODES)
    theirs = nn.CrossEntropyLoss(weight=weights)(OUTPUTS, CODES)
    if not smoothing:
        torch.testing.assert_close(ours, theirs)
    elif weights is None:
        torch.testing.assert_close(ours, nn.CrossEntropyLoss(label_smoothing=smoothing)(OUTPUTS, CODES))


def test_focal_loss_counts_easy_rows_less() -> None:
    right = torch.softmax(OUTPUTS, dim=1)[torch.arange(4), CODES]
    expected = (-((1 - right) ** 2) * right.log()).mean()
    torch.testing.assert_close(objective_for("focal", 3, focus=2.0).loss(OUTPUTS, CODES), expected)


def test_soft_ordinal_targets_fall_with_the_distance_from_the_truth() -> None:
    even = objective_for("soft-ordinal", 3).loss(torch.zeros(1, 3), torch.tensor([0]))
    near = objective_for("soft-ordinal", 3).loss(torch.tensor([[4.0, 2.0, 0.0]]), torch.tensor([0]))
    far = objective_for("soft-ordinal", 3).loss(torch.tensor([[4.0, 0.0, 2.0]]), torch.tensor([0]))
    assert near < far < even


def test_corn_is_the_loss_of_its_conditional_questions() -> None:
    outputs, weights = OUTPUTS[:, :2], torch.tensor([1.0, 2.0, 0.5])
    total = asked = 0.0
    for row, code in zip(outputs.tolist(), CODES.tolist(), strict=True):
        for level, logit in enumerate(row):
            if code >= level:
                chance = 1 / (1 + math.exp(-logit))
                total -= weights[code].item() * math.log(chance if code > level else 1 - chance)
                asked += weights[code].item()
    found = objective_for("corn", 3, weights).loss(outputs, CODES)
    assert found.item() == pytest.approx(total / asked, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_probabilities_sum_to_one_and_start_even(name: str) -> None:
    objective = objective_for(name, 4)
    outputs = torch.randn(5, objective.outputs, dtype=torch.float64) * 3
    torch.testing.assert_close(objective.log_probabilities(outputs).exp().sum(dim=1), torch.ones(5).double())
    first = objective.log_probabilities(objective.first_bias[None]).exp()
    torch.testing.assert_close(first, torch.full((1, 4), 0.25))


def test_what_no_loss_can_be_made_of_is_refused() -> None:
    with pytest.raises(ValueError, match="'corn'"):
        objective_for("hinge", 3)
    with pytest.raises(ValueError, match="set it to 0"):
        objective_for("corn", 3, smoothing=0.1)
    with pytest.raises(ValueError, match="label_smoothing"):
        objective_for("cross-entropy", 3, smoothing=1.0)


THEIRS: dict[str, Callable[[list[torch.Tensor]], torch.optim.Optimizer]] = {
    "adamw": lambda weights: torch.optim.AdamW(weights, lr=1e-2, weight_decay=0.1),
    "adam": lambda weights: torch.optim.Adam(weights, lr=1e-2, weight_decay=0.1),
    "rmsprop": lambda weights: torch.optim.RMSprop(weights, lr=1e-2, weight_decay=0.1, alpha=0.9),
    "sgd": lambda weights: torch.optim.SGD(weights, lr=1e-2, weight_decay=0.1, momentum=0.9, nesterov=True),
}


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimiser_is_torchs_where_every_row_is_used(name: str, sparse: bool) -> None:
    torch.manual_seed(0)
    ours = nn.Embedding(6, 3, sparse=sparse)
    theirs = nn.Embedding.from_pretrained(ours.weight.detach().clone(), freeze=False)
    mine, other = Optimiser(ours.parameters(), name, 0.1), THEIRS[name]([theirs.weight])
    for _ in range(5):
        rows = torch.cat((torch.arange(6), torch.randint(6, (7,))))
        mine.clear()
        (ours(rows) ** 3).sum().backward()
        mine.step(1e-2 / OPTIMISERS[name][2])
        other.zero_grad()
        (theirs(rows) ** 3).sum().backward()
        other.step()
    torch.testing.assert_close(ours.weight, theirs.weight)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_unused_rows_stay_where_they_are(name: str) -> None:
    table = nn.Embedding(6, 3, sparse=True)
    before = table.weight.detach().clone()
    optimiser = Optimiser(table.parameters(), name, 0.1)
    for _ in range(3):
        optimiser.clear()
        table(torch.tensor([1, 1, 4])).sum().backward()
        optimiser.step(1e-1)
    moved = (table.weight != before).any(dim=1)
    assert moved.tolist() == [False, True, False, False, True, False]


def test_clipping_counts_sparse_gradients_as_dense_ones() -> None:
    torch.manual_seed(0)
    norms, gradients = [], []
    for sparse in (True, False):
        torch.manual_seed(0)
        network = nn.ModuleDict({"table": nn.Embedding(9, 4, sparse=sparse), "layer": nn.Linear(4, 2)})
        (network["layer"](network["table"](torch.tensor([3, 3, 5]))) ** 2).sum().backward()
        norms.append(clipped(network.parameters(), 0.1))
        gradients.append([p.grad.to_dense() for p in network.parameters() if p.grad is not None])
    torch.testing.assert_close(norms[0], norms[1])
    torch.testing.assert_close(gradients[0], gradients[1])
    assert math.sqrt(sum(float((one**2).sum()) for one in gradients[0])) == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_goes_downhill_at_the_same_stated_rate(name: str) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(8, 3)
    rows, codes = torch.randn(90, 8), torch.arange(90) % 3
    rows[:, 0] += codes
    objective = objective_for("cross-entropy", 3)
    losses, optimiser = [], Optimiser(layer.parameters(), name, 1e-2)
    for _ in range(60):
        optimiser.clear()
        loss = objective.loss(layer(rows), codes)
        loss.backward()
        optimiser.step(1e-2)
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.1
    with pytest.raises(UnknownNameError, match="Did you mean 'rmsprop'"):
        Optimiser(layer.parameters(), "rmspop")


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_stay_between_nothing_and_the_full_rate(name: str) -> None:
    factors = [SCHEDULES[name](done) for done in np.linspace(0, 1, 21)]
    assert min(factors) >= 0 and max(factors) == pytest.approx(1.0, abs=0.02)
    if name in ("cosine", "one-cycle"):
        assert factors[-1] == pytest.approx(0.0, abs=1e-9)
