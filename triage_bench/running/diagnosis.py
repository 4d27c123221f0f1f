"""The designed experiment behind ``diagnose``: which jobs answer why a score is stuck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.workspace import Workspace
from triage_bench.datasets.rare_classes import without_rare_classes
from triage_bench.running.beside import PARAMETER, side_by_side
from triage_bench.running.budget import Budget, Effort, Search
from triage_bench.running.budget import budget as budget_of
from triage_bench.running.controls import control_jobs
from triage_bench.running.data_facts import summary_of
from triage_bench.running.examination.plan import examination_jobs
from triage_bench.running.planning import Planned, benchmark_protocol, jobs_of, tuned_jobs
from triage_bench.running.reference import reference_like
from triage_bench.running.suite import recipe

FAMILIES = {
    "quick": ("majority", "tfidf-lr[char_wb]"),
    "standard": ("majority", "tfidf-lr[char_wb]", "nb-svm", "lstm"),
    "thorough": ("majority", "tfidf-lr[char_wb]", "tfidf-lr[char_wb+mecab]", "nb-svm", "lightgbm", "textcnn", "lstm"),
}
"""What the user's data is measured with beside the learner of the controls, by budget. Quick leaves the
networks out: importing torch alone takes as long as all controls."""

SEARCHES = {
    "quick": {},
    "standard": {"linear": Search(8, 5_000)},
    "thorough": {"linear": Search(40, 20_000), "boosting": Search(20, 10_000), "network": Search(10, 5_000)},
}
"""How much they are tuned: a diagnosis asks whether tuning matters, not for the last point."""

FOLDS_BY_ROWS = ((5_000, 5), (20_000, 3))
"""Up to so many rows, so many folds; 2 beyond, where a fold's test side is large enough by itself."""


def diagnosis_budget(name: str, dataset: Dataset) -> Budget:
    """Return a budget fitted to the size of a data set.

    Raises
    ------
    UnknownNameError
        If there is no such budget.
    """
    size = budget_of(name)
    folds = next((folds for rows, folds in FOLDS_BY_ROWS if len(dataset) <= rows), 2)
    effort = size.effort if len(dataset) <= FOLDS_BY_ROWS[-1][0] else _less(size.effort)
    return replace(size, folds=min(size.folds, folds), repeats=1, searches=SEARCHES[name], effort=effort)


def plan_diagnosis(
    dataset: Dataset,
    budget: str,
    seed: int,
    workspace: Workspace,
    command: Sequence[str] = (),
    model: Recipe | None = None,
) -> Planned:
    """Lay out the experiment on one data set, and on a reference of its size where models are asked about.

    Parameters
    ----------
    dataset
        What the user asks about.
    budget
        ``"quick"``, ``"standard"`` or ``"thorough"``.
    seed
        The run's seed.
    workspace
        Where facts about data sets are kept between runs.
    command
        The arguments the run was started with.
    model
        The user's own, measured like the built-in families on the same splits.

    Returns
    -------
    Planned
        The user's data set first. Cheap jobs come first, so that an interrupted run says something.
    """
    dataset = without_rare_classes(dataset)
    size = diagnosis_budget(budget, dataset)
    recipes = side_by_side([*map(recipe, FAMILIES[budget]), *((model,) if model else ())], dataset)
    reference = reference_like(dataset, workspace, seed) if budget != "quick" or model else None
    if reference is not None and model is not None:  # it may take whole numbers only, or rely on its own label names
        names = dataset.label_names[: len(reference.label_names)]
        reference = replace(reference, label_names=names) if len(names) == len(reference.label_names) else reference
    datasets = [dataset, *((reference,) if reference else ())]
    summaries = tuple(summary_of(one, workspace) for one in datasets)
    jobs = [*_target_jobs(dataset, recipes, size, seed)]
    if model:
        jobs += examination_jobs(dataset, model, benchmark_protocol(dataset, size), seed)
    if reference is not None:
        jobs += _reference_jobs(reference, recipes, size, seed)
    jobs += _tuned(dataset, recipes, size, seed)
    plan = Plan(f"diagnose {dataset.name}", budget, seed, tuple(command), summaries, tuple(jobs))
    return Planned(plan, {one.digest: one for one in datasets})


def _target_jobs(dataset: Dataset, recipes: Sequence[Recipe], size: Budget, seed: int) -> list[Job]:
    protocol = benchmark_protocol(dataset, size)
    jobs = control_jobs("data", dataset, recipes, protocol, seed, size.effort)
    jobs += [job for one in recipes for job in jobs_of(dataset, one, protocol, seed)]
    return jobs + control_jobs("fit-32", dataset, recipes, protocol, seed, size.effort)


def _reference_jobs(reference: Dataset, recipes: Sequence[Recipe], size: Budget, seed: int) -> list[Job]:
    protocol = benchmark_protocol(reference, size)
    recipes = [one for one in recipes if one.params.get(PARAMETER, "text") == "text"]  # it has no such columns
    return [job for one in recipes for job in jobs_of(reference, one, protocol, seed)]


def _tuned(dataset: Dataset, recipes: Sequence[Recipe], size: Budget, seed: int) -> list[Job]:
    protocol = benchmark_protocol(dataset, size)
    return [job for one in recipes for job in tuned_jobs(dataset, one, protocol, size, seed)]


def _less(effort: Effort) -> Effort:
    """Return an effort for data where one draw is minutes of work and hardly noisy."""
    return replace(effort, repeats=3, granularities=effort.granularities[1:2], ladder_repeats=2)
