"""What a run set out to do: the jobs, and the data sets they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.digest import canonical_json
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol

# Version of the stored form. 1: first. 2: what jobs have in common is told once.
PLAN_SCHEMA = 2


@dataclass(frozen=True)
class Plan:
    """Everything a run is about, before anything was measured.

    Attributes
    ----------
    suite, budget, seed
        What was asked for.
    command
        The arguments the run was started with.
    datasets
        Every data set of the suite, those that had to be skipped included.
    jobs
        In the order in which they run; two jobs of different purpose may share a key.
    """

    suite: str
    budget: str
    seed: int
    command: tuple[str, ...]
    datasets: tuple[DatasetSummary, ...]
    jobs: tuple[Job, ...] = field(repr=False)

    def dataset(self, name: str) -> DatasetSummary:
        """Return one data set's summary by name."""
        return next(summary for summary in self.datasets if summary.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON: a job as a row of numbers, its recipe and protocol by their places."""
        recipes, recipe_of = _numbered([job.recipe for job in self.jobs])
        protocols, protocol_of = _numbered([job.protocol for job in self.jobs])
        return {
            "schema": PLAN_SCHEMA,
            "suite": self.suite,
            "budget": self.budget,
            "seed": self.seed,
            "command": list(self.command),
            "datasets": [summary.to_dict() for summary in self.datasets],
            "recipes": recipes,
            "protocols": protocols,
            "jobs": [
                [job.dataset, job.dataset_digest, recipe, protocol, job.repeat, job.fold, job.seed]
                for job, recipe, protocol in zip(self.jobs, recipe_of, protocol_of, strict=True)
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """Read back what `to_dict` wrote."""
        return cls(
            suite=data["suite"],
            budget=data["budget"],
            seed=data["seed"],
            command=tuple(data["command"]),
            datasets=tuple(DatasetSummary.from_dict(summary) for summary in data["datasets"]),
            jobs=_jobs_of(data),
        )


def _numbered(parts: Sequence[Recipe] | Sequence[Protocol]) -> tuple[list[dict[str, Any]], list[int]]:
    """Return every different part once, as plain data, and the place of each in that list."""
    different: list[dict[str, Any]] = []
    place_of: dict[str, int] = {}
    place_of_object: dict[int, int] = {}  # most jobs share the very object, and comparing costs more
    for part in parts:
        if id(part) not in place_of_object:
            plain = part.to_dict()
            spelt = canonical_json(plain)
            if spelt not in place_of:
                place_of[spelt] = len(different)
                different.append(plain)
            place_of_object[id(part)] = place_of[spelt]
    return different, [place_of_object[id(part)] for part in parts]


def _jobs_of(data: Mapping[str, Any]) -> tuple[Job, ...]:
    if data["schema"] == 1:
        return tuple(Job.from_dict(job) for job in data["jobs"])
    recipes = [Recipe.from_dict(one) for one in data["recipes"]]
    protocols = [Protocol.from_dict(one) for one in data["protocols"]]
    return tuple(
        Job(dataset, digest, recipes[recipe], protocols[protocol], *at)
        for dataset, digest, recipe, protocol, *at in data["jobs"]
    )
