"""From a suite and a budget to the list of jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from triage_bench.core.dataset import Dataset, DatasetSummary
from triage_bench.core.errors import TriageBenchError, UnavailableError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import load_dataset
from triage_bench.datasets.splits import folds_of, resolve_split
from triage_bench.models import MODELS
from triage_bench.running.beside import side_by_side
from triage_bench.running.budget import Budget
from triage_bench.running.controls import control_jobs
from triage_bench.running.data_facts import summary_of


@dataclass(frozen=True)
class Planned:
    """A plan with the data sets at hand, by digest."""

    plan: Plan
    datasets: Mapping[str, Dataset]


def load_datasets(names: Sequence[str], workspace: Workspace) -> Iterator[Dataset | DatasetSummary]:
    """Yield each data set, or the summary of one that cannot be had here with the reason."""
    for name in names:
        try:
            yield load_dataset(name, workspace)
        except UnavailableError as error:
            yield DatasetSummary(name, status="skipped", reason=str(error))


def plan_run(
    suite: str,
    found: Sequence[Dataset | DatasetSummary],
    recipes: Sequence[Recipe],
    controls: Sequence[str],
    budget: Budget,
    *,
    seed: int,
    workspace: Workspace,
    command: Sequence[str] = (),
    insist: bool = False,
) -> Planned:
    """Lay out every job of a run: defaults first, then controls, then the tuned models.

    Parameters
    ----------
    suite
        The run's name in the report.
    found
        Data sets, and summaries of those that had to be skipped.
    recipes, controls, budget
        What is measured on each of them, and how thoroughly. Where a data set has columns to read, a recipe that can
        read them stands there three times: text, columns, both.
    seed
        The run's seed.
    workspace
        Where facts about data sets are kept between runs.
    command
        The arguments the run was started with.
    insist
        Run the recipes as they are, models for ordered labels on labels without an order as well.

    Raises
    ------
    TriageBenchError
        If not one data set is at hand.
    """
    datasets = [one for one in found if isinstance(one, Dataset)]
    if not datasets:
        reasons = "; ".join(one.reason or "" for one in found if isinstance(one, DatasetSummary))
        raise TriageBenchError(f"no data set of {suite!r} can be had here: {reasons}")
    summaries = [summary_of(one, workspace) if isinstance(one, Dataset) else one for one in found]
    protocols = {one.digest: benchmark_protocol(one, budget) for one in datasets}
    suited = {one.digest: recipes if insist else side_by_side(suited_to(one, recipes), one) for one in datasets}
    default = [j for d in datasets for r in suited[d.digest] for j in jobs_of(d, r, protocols[d.digest], seed)]
    checks = [
        job
        for one in datasets
        for control in controls
        for job in control_jobs(control, one, suited[one.digest], protocols[one.digest], seed, budget.effort)
    ]
    tuned = [
        job
        for one in datasets
        for recipe in suited[one.digest]
        for job in tuned_jobs(one, recipe, protocols[one.digest], budget, seed)
    ]
    tuned.sort(key=lambda job: "network" not in MODELS.entry(job.recipe.model).tags)  # no long job may come last
    jobs = (*default, *checks, *tuned)
    plan = Plan(suite, budget.name, seed, tuple(command), tuple(summaries), jobs)
    return Planned(plan, {one.digest: one for one in datasets})


def suited_to(dataset: Dataset, recipes: Sequence[Recipe]) -> list[Recipe]:
    """Leave out the models for ordered labels where the labels have no order."""
    ordered = dataset.scale != "nominal"
    return [one for one in recipes if ordered or "ordinal" not in MODELS.entry(one.model).tags]


def benchmark_protocol(dataset: Dataset, budget: Budget) -> Protocol:
    """Return how the models of a benchmark are compared on a data set, before any tuning."""
    split = resolve_split(dataset)
    if split == "official":
        return Protocol(split, folds=1)
    wanted = Protocol(split, folds=budget.folds, repeats=budget.repeats)
    folds, _ = folds_of(dataset, wanted)
    return replace(wanted, folds=folds)


def jobs_of(dataset: Dataset, recipe: Recipe, protocol: Protocol, seed: int) -> list[Job]:
    """Return the jobs of one recipe under one protocol: one per repeat and fold."""
    return [
        Job(dataset.name, dataset.digest, recipe, protocol, repeat, fold, seed)
        for repeat in range(protocol.repeats)
        for fold in range(protocol.folds)
    ]


def tuned_jobs(dataset: Dataset, recipe: Recipe, protocol: Protocol, budget: Budget, seed: int) -> list[Job]:
    """Return the jobs that tune a recipe as a budget says; none where it does not."""
    tuning = budget.tuning(MODELS.entry(recipe.model))
    return jobs_of(dataset, recipe, replace(protocol, tuning=tuning), seed) if tuning.trials else []
