"""Which jobs under other protocols a sanity check needs. They are judged later, from records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import UnknownNameError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol
from triage_bench.models import BROUGHT, MODELS, PRETRAINED
from triage_bench.running.budget import Effort
from triage_bench.running.controls_rows import drift, ladder, merged, permutations
from triage_bench.running.controls_splits import held_out, random_splits, yardstick
from triage_bench.running.controls_texts import readings, units

FIT_ROWS = 32
"""A sound network fits this many rows by heart; one that cannot is wired wrongly."""


def control_jobs(
    name: str, dataset: Dataset, recipes: Sequence[Recipe], protocol: Protocol, seed: int, effort: Effort | None = None
) -> list[Job]:
    """Return the jobs of one control on one data set.

    Parameters
    ----------
    name
        One of `CONTROLS`.
    dataset, recipes, protocol
        What the benchmark compares, and how.
    seed
        The run's seed.
    effort
        How much the controls on the data may do.

    Raises
    ------
    UnknownNameError
        If there is no such control.
    """
    if name not in CONTROLS:
        raise UnknownNameError("control", name, CONTROLS)
    return CONTROLS[name](dataset, recipes, protocol, seed, effort or Effort())


def _shuffled_labels(
    dataset: Dataset, recipes: Sequence[Recipe], protocol: Protocol, seed: int, effort: Effort
) -> list[Job]:
    """Train the first linear model on permuted labels: what it still scores has leaked."""
    shuffled = replace(protocol, purpose="shuffled-labels", labels="shuffled", repeats=1)
    recipe = next((one for one in recipes if "linear" in MODELS.entry(one.model).tags), None)
    if recipe is None:
        return []
    return [Job(dataset.name, dataset.digest, recipe, shuffled, 0, fold, seed) for fold in range(shuffled.folds)]


def _fit_32(dataset: Dataset, recipes: Sequence[Recipe], protocol: Protocol, seed: int, effort: Effort) -> list[Job]:
    """Train every network, and what the user brought, on 32 rows and score these rows.

    Not on columns alone: rows that have the same ones cannot be told apart.
    """
    by_heart = replace(protocol, purpose="fit-32", train_rows=FIT_ROWS, scored_rows="train", repeats=1)
    reading = [one for one in recipes if one.params.get("columns") != "columns"]
    asked = [one for one in reading if {"network", PRETRAINED, BROUGHT} & MODELS.entry(one.model).tags]
    return [Job(dataset.name, dataset.digest, recipe, by_heart, 0, 0, seed) for recipe in asked]


def _data(dataset: Dataset, recipes: Sequence[Recipe], protocol: Protocol, seed: int, effort: Effort) -> list[Job]:
    """Ask the data itself: every question that ridge regression answers in passing."""
    asked = (
        yardstick(dataset, recipes, protocol, seed),
        random_splits(dataset, protocol, seed, effort.repeats),
        held_out(dataset, protocol, seed, effort.granularities),
        permutations(dataset, protocol, seed, effort.permutations),
        ladder(dataset, protocol, seed, effort.ladder_repeats),
        merged(dataset, protocol, seed),
        drift(dataset, protocol, seed),
        units(dataset, protocol, seed, effort.tokenizers),
        readings(dataset, protocol, seed),
    )
    return [job for jobs in asked for job in jobs]


CONTROLS: dict[str, Callable[[Dataset, Sequence[Recipe], Protocol, int, Effort], list[Job]]] = {
    "shuffled-labels": _shuffled_labels,
    "fit-32": _fit_32,
    "data": _data,
}
"""The controls that a suite may name."""
