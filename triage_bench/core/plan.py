"""What a run set out to do: the jobs, and the data sets they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.job import Job

# Version of the stored form. 1: first.
PLAN_SCHEMA = 1


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
        """Return plain data for JSON."""
        return {
            "schema": PLAN_SCHEMA,
            "suite": self.suite,
            "budget": self.budget,
            "seed": self.seed,
            "command": list(self.command),
            "datasets": [summary.to_dict() for summary in self.datasets],
            "jobs": [job.to_dict() for job in self.jobs],
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
            jobs=tuple(Job.from_dict(job) for job in data["jobs"]),
        )
