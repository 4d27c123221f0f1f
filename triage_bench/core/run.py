"""A run as it can be judged: what was planned, and what came out so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import Predictions, RunRecord, Status
from triage_bench.core.space import Space


@dataclass(frozen=True, eq=False)
class Outcome:
    """One recipe under one protocol on one data set: its folds and repeats together.

    Attributes
    ----------
    dataset
        The data set's summary.
    recipe, protocol
        What was measured.
    jobs
        Every planned fold, in order.
    records
        What came out of them; a fold that did not run yet is missing.
    """

    dataset: DatasetSummary
    recipe: Recipe
    protocol: Protocol
    jobs: tuple[Job, ...]
    records: tuple[RunRecord, ...]

    @property
    def tuned(self) -> bool:
        """Whether the parameters were searched."""
        return self.protocol.tuning.trials > 0

    @property
    def complete(self) -> bool:
        """Whether every planned fold has predictions. Anything less is shown, never ranked."""
        return len(self.records) == len(self.jobs) and all(record.ok for record in self.records)

    @property
    def status(self) -> Status:
        """``"ok"``, or the first thing that went wrong; a missing fold counts as skipped."""
        wrong = [record.status for record in self.records if not record.ok]
        if wrong:
            return wrong[0]
        return "ok" if len(self.records) == len(self.jobs) else "skipped"

    @property
    def reason(self) -> str | None:
        """Why `status` is not ok, in one line."""
        wrong = [record.reason for record in self.records if not record.ok]
        if wrong:
            return wrong[0]
        missing = len(self.jobs) - len(self.records)
        return f"{missing} of {len(self.jobs)} folds did not run" if missing else None

    @property
    def space(self) -> Space | None:
        """What was searched, as the records tell it."""
        return next((record.space for record in self.records if record.space is not None), None)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the planned jobs: what a finding rests on."""
        return tuple(job.key for job in self.jobs)

    @cached_property
    def predictions(self) -> Predictions:
        """Out-of-fold predictions of the first repeat, pooled and ordered by row.

        Raises
        ------
        ValueError
            If no fold has any.
        """
        parts = [r.predictions for r in self.records if r.predictions is not None and r.job.repeat == 0]
        if not parts:
            raise ValueError(f"{self.recipe.name!r} on {self.dataset.name!r} has no predictions")
        found = Predictions.joined(parts)
        return found.take(np.argsort(found.rows, kind="stable"))

    def mean(self, value: Callable[[RunRecord], float | None]) -> float | None:
        """Average a number over the folds that have it."""
        found = [v for record in self.records if (v := value(record)) is not None]
        return float(np.mean(found)) if found else None


@dataclass(frozen=True, eq=False)
class Run:
    """Plan and records, joined.

    Attributes
    ----------
    plan
        What was set out to do.
    records
        What came out, by job key.
    """

    plan: Plan
    records: Mapping[str, RunRecord]

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every (data set, recipe, protocol) of the plan, in the plan's order."""
        grouped: dict[tuple[str, str, str, str], list[Job]] = defaultdict(list)
        for job in self.plan.jobs:
            grouped[(job.dataset, repr(job.recipe.to_dict()), job.protocol.purpose, repr(job.protocol))].append(job)
        return tuple(self._outcome(tuple(jobs)) for jobs in grouped.values())

    def where(
        self,
        *,
        dataset: str | None = None,
        purpose: str | None = None,
        model: str | None = None,
        tuned: bool | None = None,
    ) -> Iterator[Outcome]:
        """Yield the outcomes that match every given word."""
        for outcome in self.outcomes:
            if (
                (dataset is None or outcome.dataset.name == dataset)
                and (purpose is None or outcome.protocol.purpose == purpose)
                and (model is None or outcome.recipe.model == model)
                and (tuned is None or outcome.tuned == tuned)
            ):
                yield outcome

    def _outcome(self, jobs: tuple[Job, ...]) -> Outcome:
        found = tuple(self.records[job.key] for job in jobs if job.key in self.records)
        first = jobs[0]
        return Outcome(self.plan.dataset(first.dataset), first.recipe, first.protocol, jobs, found)
