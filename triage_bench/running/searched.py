"""What the user asks a search to try besides a model's own space: ``optimiser``, ``hidden=32..256:log``, ``C=1,10``."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from triage_bench.core.errors import InputError
from triage_bench.core.job import Recipe
from triage_bench.core.space import Choice, Dimension, Float, Int, Space
from triage_bench.models import MODELS
from triage_bench.models.ranges import USUAL
from triage_bench.running.suite import check_params, read_value

FORMS = "PARAM, PARAM=LOW..HIGH, PARAM=LOW..HIGH:log or PARAM=A,B,…"
_RANGE = re.compile(r"(?P<low>[^:]+?)\s*\.\.\s*(?P<high>[^:]+?)\s*(?P<log>:\s*log)?")
NO_SEARCH = frozenset({"columns", "columns_kept", "pretrain", "vectors", "random_state", "refit"})
"""Parameters that say what is measured, or on what: a search would choose the question."""


def searched(recipe: Recipe, asked: Sequence[str], decided: Collection[str] = ()) -> Recipe:
    """Return the recipe with what is asked for in its space; its own dimensions stay, or take the range given.

    Parameters
    ----------
    recipe
        A registered model.
    asked
        Each one of `FORMS`. A parameter without a range has the one of `USUAL`, unless the model's space has it.
    decided
        Parameters that what the network starts from decides.

    Raises
    ------
    InputError
        If one of them cannot be read, has no usual range, or is fixed by the recipe or by the start.
    UnknownNameError
        If the model has no such parameter.
    """
    if not asked:
        return recipe
    parts = [[word.strip() for word in one.partition("=")] for one in asked]
    names = [name for name, _, _ in parts]
    check_params(recipe.model, names)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"--search names {', '.join(twice)} twice; give one range for each parameter.")
    if no_search := sorted(NO_SEARCH & set(names)):
        raise InputError(f"--search {', '.join(no_search)}: that is given to the command, not searched.")
    if gone := sorted(set(decided) & set(names)):
        raise InputError(
            f"--search {', '.join(gone)}: what {recipe.model} starts from (--pretrain, --vectors) decides that; leave "
            "out one of both."
        )
    target: Any = MODELS.load(recipe.model)
    space: Space = recipe.space or target.space
    dimensions, defaults = dict(space.dimensions), target().get_params(deep=False)
    for name, given, values in parts:
        if name in recipe.params:
            raise InputError(
                f"--search {name}: {recipe.name} fixes it at {recipe.params[name]!r}; leave out one of both."
            )
        if given:
            dimensions[name] = _dimension(name, values, defaults[name])
        elif name not in dimensions:
            dimensions[name] = _usual(name)
        _check_default(name, dimensions[name], defaults[name])
    return replace(recipe, space=Space(dimensions))


def holds(dimension: Dimension, value: Any) -> bool:
    """Whether a search of this dimension can come upon a value."""
    if isinstance(dimension, Choice):
        return value in dimension.options
    return isinstance(value, int | float) and dimension.low <= value <= dimension.high


def _check_default(name: str, dimension: Dimension, default: Any) -> None:
    if not holds(dimension, default):
        word = json.dumps(default, ensure_ascii=False).strip('"')
        raise InputError(
            f"--search {name} leaves out its default, {word}. That is tried first, so that no search ends worse than "
            f"it; name it as well, e.g. {name}={word},…"
        )


def _usual(name: str) -> Dimension:
    if name not in USUAL:
        raise InputError(f"--search {name} has no usual range; give one: {name}=LOW..HIGH or {name}=A,B,…")
    return USUAL[name]


def _dimension(name: str, values: str, default: Any) -> Dimension:
    match = _RANGE.fullmatch(values)
    try:
        if match is not None:
            return _range(read_value(match["low"]), read_value(match["high"]), match["log"] is not None, default)
        options = tuple(read_value(word.strip()) for word in values.split(","))
        if len(options) < 2:
            raise ValueError("one value is no search; to fix it, name the model as FAMILY[PARAM=VALUE]")
        if "" in options:
            raise ValueError("a value is missing")
        if _whole(default) and any(isinstance(one, float) for one in options):
            raise ValueError("this parameter is a whole number")
        return Choice(options)
    except ValueError as error:
        raise InputError(f"cannot search --search {name}={values}: {error}. Expected {FORMS}.") from error


def _range(low: Any, high: Any, log: bool, default: Any) -> Dimension:
    """Return the range; whole numbers are searched where both ends are whole and the default is no fraction."""
    if not all(isinstance(end, int | float) and not isinstance(end, bool) and isfinite(end) for end in (low, high)):
        raise ValueError("a range has a number at both ends")
    if isinstance(default, bool):
        raise ValueError("this parameter is true or false")
    if isinstance(low, int) and isinstance(high, int) and not isinstance(default, float):
        return Int(low, high, log)
    if _whole(default):
        raise ValueError("this parameter is a whole number")
    return Float(float(low), float(high), log)


def _whole(default: Any) -> bool:
    return isinstance(default, int) and not isinstance(default, bool)
