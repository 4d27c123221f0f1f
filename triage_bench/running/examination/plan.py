"""Which jobs examine a model: one per group of probes, on one cut of the data set."""

from __future__ import annotations

from dataclasses import replace

from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.running.examination.groups import GROUPS
from triage_bench.running.examination.small import ROWS

EXAMINATION = "examination"
"""Purpose of these jobs."""

MOST_ROWS = 2_000
"""Rows a model is trained on to be examined: what it does with a text shows by then, and a network's time is dear."""
REFIT_ROWS = 400
"""Rows of each of six refits."""


def examination_jobs(
    dataset: Dataset, recipe: Recipe, protocol: Protocol, seed: int, groups: tuple[str, ...] = tuple(GROUPS)
) -> list[Job]:
    """Return the jobs that examine a model on a data set.

    Parameters
    ----------
    dataset, recipe, seed
        What is examined on what.
    protocol
        How the benchmark cuts the data set; the examination takes its first fold.
    groups
        Names in `GROUPS`.
    """
    return [Job(dataset.name, dataset.digest, recipe, _protocol(dataset, protocol, one), 0, 0, seed) for one in groups]


def _protocol(dataset: Dataset, protocol: Protocol, group: str) -> Protocol:
    examined = replace(protocol, purpose=EXAMINATION, repeats=1, tuning=Tuning(), probes=group)
    if group == "small":
        return replace(examined, train_rows=ROWS, scored_rows="train")
    most = REFIT_ROWS if group == "refits" else MOST_ROWS
    return examined if len(dataset) <= most else replace(examined, train_rows=most)
