"""Text alone, columns alone, and both: the three that always stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import InputError
from triage_bench.core.job import Recipe
from triage_bench.core.space import Dimension, Space
from triage_bench.models import MODELS, PRETRAINED
from triage_bench.models.neural.spaces import COLUMN_SPACE, OF_TEXT, SPACES

PARAMETER = "columns"
"""The parameter of an estimator that can read side columns."""


def reads_columns(recipe: Recipe) -> bool:
    """Whether the recipe's model can read columns beside the text; loads it unless it is a network's."""
    if recipe.model in SPACES:
        return True
    if recipe.brought or {"network", PRETRAINED} & MODELS.entry(recipe.model).tags:
        return False
    target: Any = MODELS.load(recipe.model)
    return PARAMETER in getattr(target, "_get_param_names", lambda: ())()


def side_by_side(recipes: Sequence[Recipe], dataset: Dataset) -> list[Recipe]:
    """Return the recipes, each that can read columns followed by itself on columns alone and on both.

    Where the data set has no columns to read, the recipes come back as they are: nothing of a run without
    columns changes.
    """
    if dataset.side is None:
        return list(recipes)
    found: list[Recipe] = []
    for one in recipes:
        found.append(one)
        if PARAMETER not in one.params and reads_columns(one):
            found += [reading(one, "columns"), reading(one, "both")]
    return found


def reading(recipe: Recipe, what: str) -> Recipe:
    """Return the recipe reading ``"columns"`` or ``"both"``, its space with the columns' preparation in it.

    Raises
    ------
    InputError
        If its model cannot read columns.
    """
    if not reads_columns(recipe):
        able = ", ".join(entry.name for entry in MODELS if reads_columns(Recipe(entry.name)))
        raise InputError(f"{recipe.model!r} reads texts only; of the models here these read columns as well: {able}.")
    own, columns, of_text = _spaces(recipe.model)
    space = recipe.space or own
    asked = {name: one for name, one in space.dimensions.items() if own.dimensions.get(name) != one}  # by the user
    dimensions: dict[str, Dimension] = {**space.dimensions, **columns.dimensions, **asked}
    if what == "columns":
        dimensions = {name: one for name, one in dimensions.items() if name not in of_text}
    params = {**recipe.params, PARAMETER: what}
    if what == "columns":
        params.pop("tokenizer", None)
    return replace(recipe, params=params, space=Space(dimensions))


def _spaces(model: str) -> tuple[Space, Space, tuple[str, ...]]:
    """Return a model's space, what columns add to it, and which of its dimensions are the text's."""
    if model in SPACES:  # networks: a plan is made without torch
        return SPACES[model], COLUMN_SPACE, OF_TEXT
    target: Any = MODELS.load(model)
    return target.space, target.column_space, target.of_text


def with_side(recipe: Recipe, params: Mapping[str, Any], dataset: Dataset) -> Recipe:
    """Return the recipe to keep: on both where the data set has columns to read and nothing says otherwise.

    Raises
    ------
    InputError
        If its model cannot read columns.
    """
    if dataset.side is None or PARAMETER in recipe.params or PARAMETER in params:
        return recipe
    return replace(reading(recipe, "both"), space=recipe.space)
