"""A job: one number to be measured, described completely and by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from triage_bench.core.digest import digest
from triage_bench.core.protocol import Protocol
from triage_bench.core.space import Space, Value

BASELINES = frozenset({"majority", "stratified"})
"""Models that read no text: a real model has to beat what they score, and they have nothing to add to a vote."""

ON_PRETRAINED = frozenset({"transformer", "transformer-lr"})
"""Models that stand on a pre-trained one: a real one has to beat TF-IDF by what its seconds are worth."""


@dataclass(frozen=True)
class Recipe:
    """A model to be compared: an estimator's name, what is fixed and what is searched.

    Attributes
    ----------
    model
        The estimator's registered name.
    params
        Fixed parameters; all others take the estimator's defaults.
    space
        What tuning may change; None means the estimator's own space.
    version
        The estimator's version (see `triage_bench.core.registry.Entry`).
    """

    model: str
    params: Mapping[str, Value] = field(default_factory=dict)
    space: Space | None = None
    version: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))

    def __reduce__(self) -> tuple[type[Recipe], tuple[Any, ...]]:
        return (Recipe, (self.model, dict(self.params), self.space, self.version))

    @property
    def brought(self) -> bool:
        """Whether the model is the user's own, from a file (``FILE.py:NAME``)."""
        return ".py:" in self.model

    @property
    def tokenizer(self) -> str:
        """The unit the model reads, where the recipe fixes it; else an empty string."""
        return str(self.params.get("tokenizer", ""))

    @property
    def family(self) -> str:
        """The model by itself, as a person calls it: of a user's own, the NAME in ``FILE.py:NAME``."""
        return self.model.rpartition(":")[2]

    @property
    def name(self) -> str:
        """The model with its fixed parameters: what a person calls it."""
        fixed = ", ".join(f"{k}={v}" for k, v in sorted(self.params.items()) if k != "tokenizer")
        unit = f"[{self.tokenizer}]" if self.tokenizer else ""
        return f"{self.family}{unit}" + (f" ({fixed})" if fixed else "")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        space = None if self.space is None else self.space.to_dict()
        return {"model": self.model, "params": dict(self.params), "space": space, "version": self.version}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """Read back what `to_dict` wrote."""
        space = None if data["space"] is None else Space.from_dict(data["space"])
        return cls(data["model"], data["params"], space, data["version"])


@dataclass(frozen=True)
class Job:
    """Dataset × recipe × protocol × repeat × fold × seed.

    Attributes
    ----------
    dataset
        Name of the data set, for people.
    dataset_digest
        Its content digest: what counts.
    recipe, protocol
        The model, and how rows and labels are used.
    repeat, fold
        Which repetition and which outer fold, counting from 0.
    seed
        The run's seed; every random draw of the job derives from it by coordinate.
    """

    dataset: str
    dataset_digest: str
    recipe: Recipe
    protocol: Protocol
    repeat: int = 0
    fold: int = 0
    seed: int = 0

    @cached_property
    def key(self) -> str:
        """The digest of all that determines the number, and of nothing else."""
        protocol = {k: v for k, v in self.protocol.to_dict().items() if k not in ("purpose", "repeats")}
        return digest(
            {
                "dataset": self.dataset_digest,
                "recipe": self.recipe.to_dict(),
                "protocol": protocol,
                "at": [self.repeat, self.fold, self.seed],
            }
        )

    @property
    def name(self) -> str:
        """A line for people: what is measured where."""
        kind = "tuned" if self.protocol.tuning.trials else "default"
        return f"{self.dataset} · {self.recipe.name} · {self.protocol.purpose} · {kind} · fold {self.fold + 1}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "dataset": self.dataset,
            "dataset_digest": self.dataset_digest,
            "recipe": self.recipe.to_dict(),
            "protocol": self.protocol.to_dict(),
            "repeat": self.repeat,
            "fold": self.fold,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Job:
        """Read back what `to_dict` wrote."""
        return cls(
            dataset=data["dataset"],
            dataset_digest=data["dataset_digest"],
            recipe=Recipe.from_dict(data["recipe"]),
            protocol=Protocol.from_dict(data["protocol"]),
            repeat=data["repeat"],
            fold=data["fold"],
            seed=data["seed"],
        )
