"""Weights that are neither trained nor loaded are told from those that are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import truncnorm
from sound_model import Sound, subject

from triage_bench.running.examination.groups import examine
from triage_bench.running.examination.weights import looks_drawn, places


class Network(Sound):
    """A sound model that carries a network in a dictionary, as wrappers do; some layers stay as they are."""

    held: tuple[str, ...] = ()

    def fit(self, X: Any, y: Any) -> Network:
        torch = pytest.importorskip("torch")
        torch.manual_seed(0)
        body, head = torch.nn.Embedding(400, 8, padding_idx=0), torch.nn.Linear(8, 2)
        network = torch.nn.ModuleDict({"body": body, "head": head})
        self.parts = {"words": {f"말{at}": at for at in range(900)}, "network": network, "again": body}
        for name, one in network.named_parameters():
            one.requires_grad = not name.startswith(self.held)
        super().fit(X, y)
        return self

    @property
    def body(self) -> Any:
        return self.parts["network"]["body"].weight.data


def weights(make: Any) -> dict[str, Any]:
    facts = examine("answers", subject(make)).facts
    return {name.partition(".")[2]: value for name, value in facts.items() if name.startswith("weights.")}


def test_weights_that_are_kept_as_chance_drew_them_are_counted() -> None:
    class Frozen(Network):
        held = ("body",)

    class Halved(Frozen):
        def fit(self, X: Any, y: Any) -> Halved:
            super().fit(X, y)
            self.parts["network"].bfloat16()
            return self

    assert weights(Frozen) == {"of": 3218.0, "held": 3200.0, "drawn": 3200.0, "name": "body.weight"}
    assert weights(Halved)["drawn"] == 3200.0
    assert weights(Network) == {"of": 3218.0, "held": 0.0, "drawn": 0.0, "name": ""}
    assert weights(Sound) == {"of": 0.0, "held": 0.0, "drawn": 0.0, "name": ""}


def test_weights_that_were_loaded_or_frozen_after_training_are_no_fault() -> None:
    class Loaded(Network):
        held = ("body",)

        def fit(self, X: Any, y: Any) -> Loaded:
            super().fit(X, y)
            self.body.mul_(self.body.abs())  # longer tails, as trained vectors have
            return self

    class FrozenAfterwards(Network):
        held = ("body", "head")

        def fit(self, X: Any, y: Any) -> FrozenAfterwards:
            super().fit(X, y)
            self.body[1:].add_(1e-3 * (np.asarray(y) * np.arange(len(y))).sum())  # it hardly moved, and by the labels
            return self

    for model in (Loaded, FrozenAfterwards):
        found = weights(model)
        assert found["held"] >= 3200 and found["drawn"] == 0


class Odd:
    """It answers every question with an error."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def test_odd_attributes_and_unknown_shapes_do_not_hide_a_network() -> None:
    class Strange(Network):
        held = ("body",)

        def fit(self, X: Any, y: Any) -> Strange:
            super().fit(X, y)
            torch = pytest.importorskip("torch")
            self.odd, self.me, self.lazy = Odd(), self, torch.nn.LazyLinear(3)
            return self

    assert weights(Strange)["drawn"] == 3200.0


@pytest.mark.parametrize("shape", [(900, 16), (10_000, 100), (20_000, 64)])
def test_a_draw_is_told_from_what_was_learnt(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)

    def drawn(table: Any) -> bool:
        return looks_drawn(table.ravel()[places(table.size)])

    normal = rng.normal(size=shape)
    assert drawn(0.02 * normal) and drawn(rng.uniform(-0.3, 0.3, shape))
    assert drawn(truncnorm.rvs(-2, 2, size=shape, random_state=1))
    assert not drawn(normal * rng.lognormal(0, 0.5, shape[1]))  # every dimension on a scale of its own
    assert not drawn(normal + 0.2) and not drawn(np.ones(shape)) and not looks_drawn(normal.ravel()[:199])
