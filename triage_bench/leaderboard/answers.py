"""The out-of-fold answers of one outcome, repeat by repeat, as confusion cells of independent units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.digest import digest, digest_array
from triage_bench.core.record import Predictions
from triage_bench.core.run import Outcome
from triage_bench.metrics import Metric


@dataclass(frozen=True, eq=False)
class Answers:
    """What one recipe answered.

    Attributes
    ----------
    repeats
        Pooled out-of-fold predictions of each repeat, ordered by row.
    classes
        How many classes the data set has, ``k``.
    """

    repeats: tuple[Predictions, ...]
    classes: int

    @classmethod
    def of(cls, outcome: Outcome) -> Answers:
        """Pool the folds of an outcome.

        Raises
        ------
        ValueError
            If a repeat has no predictions.
        """
        repeats = sorted({job.repeat for job in outcome.jobs})
        return cls(tuple(_pooled(outcome, repeat) for repeat in repeats), len(outcome.dataset.classes))

    @property
    def rows(self) -> int:
        """How many rows were scored, each once per repeat."""
        return len(self.repeats[0])

    @property
    def units(self) -> int:
        """How many independent units (groups, clusters, or single rows) they form."""
        return len(np.unique(self.unit_of_entry))

    @property
    def cells(self) -> int:
        """How many confusion cells there are, all repeats together."""
        return len(self.repeats) * self.classes**2

    @cached_property
    def unit_of_entry(self) -> NDArray[np.int64]:
        """The unit of every (repeat, row), shape (repeats × m,)."""
        return np.concatenate([repeat.units for repeat in self.repeats])

    @cached_property
    def cell_of_entry(self) -> NDArray[np.int64]:
        """The confusion cell every (repeat, row) falls into, shape (repeats × m,)."""
        size = self.classes**2
        return np.concatenate(
            [place * size + r.labels * self.classes + r.predicted for place, r in enumerate(self.repeats)]
        )

    @cached_property
    def counts(self) -> NDArray[np.float64]:
        """Confusion counts of all repeats, flat, shape (cells,)."""
        return np.bincount(self.cell_of_entry, minlength=self.cells).astype(np.float64)

    @cached_property
    def digest(self) -> str:
        """The digest of all that scores and comparisons depend on."""
        return digest([self.classes, len(self.repeats), *map(digest_array, (self.unit_of_entry, self.cell_of_entry))])

    def score(self, counts: NDArray[Any], metric: Metric) -> NDArray[np.float64]:
        """Score flat counts ``(..., cells)`` → ``(...)``: the metric of each repeat, averaged over repeats."""
        assert metric.from_counts is not None
        stack = counts.reshape(*counts.shape[:-1], len(self.repeats), self.classes, self.classes)
        averaged: NDArray[np.float64] = metric.from_counts(stack).mean(axis=-1)
        return averaged


def _pooled(outcome: Outcome, repeat: int) -> Predictions:
    parts = [r.predictions for r in outcome.records if r.job.repeat == repeat and r.predictions is not None]
    if not parts:
        raise ValueError(f"{outcome.recipe.name!r} on {outcome.dataset.name!r} has no predictions in repeat {repeat}")
    found = Predictions.joined(parts)
    return found.take(np.argsort(found.rows, kind="stable"))
