"""Suites: which data sets, models and controls are run together. Content of ``benchmarks/suites``."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage_bench.core.content import content_folder
from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.core.job import Recipe
from triage_bench.core.sentence import Sentence
from triage_bench.core.space import Value
from triage_bench.models import MODELS
from triage_bench.running.budget import Budget

_RECIPE = re.compile(r"(?P<model>[^\[\]]+)(\[(?P<inside>[^\[\]]+)\])?")


@dataclass(frozen=True)
class Suite:
    """What is run together.

    Attributes
    ----------
    name
        What the user types.
    title
        One line for people.
    datasets, recipes, controls
        In the order in which they run.
    families
        Further recipes, as far as the budget allows.
    columns
        Those data sets whose columns are read beside the text, as ``--columns auto`` would.
    """

    name: str
    title: Sentence
    datasets: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    controls: tuple[str, ...]
    families: tuple[Recipe, ...] = ()
    columns: tuple[str, ...] = ()

    def recipes_for(self, budget: Budget) -> tuple[Recipe, ...]:
        """Return what is compared under a budget."""
        further = [one for one in self.families if not MODELS.entry(one.model).tags & budget.leaves_out]
        return _once_recipes([*self.recipes, *further])


def suite_names() -> tuple[str, ...]:
    """Return the names of all suites, in alphabetical order."""
    return tuple(sorted(path.stem for path in content_folder("suites").glob("*.toml")))


def read_suite(name: str) -> Suite:
    """Read a suite by name.

    Raises
    ------
    UnknownNameError
        If there is no such suite, or it names an unknown model.
    """
    if name not in suite_names():
        raise UnknownNameError("suite", name, suite_names())
    data = _read(content_folder("suites") / f"{name}.toml")
    parts = [read_suite(part) for part in data.get("include", ())]
    datasets = [n for part in parts for n in part.datasets] + data.get("datasets", [])
    recipes = [r for part in parts for r in part.recipes] + [recipe(word) for word in data.get("models", ())]
    families = [r for part in parts for r in part.families] + [recipe(word) for word in data.get("families", ())]
    controls = [c for part in parts for c in part.controls] + data.get("controls", [])
    columns = [n for part in parts for n in part.columns] + data.get("columns", [])
    return Suite(
        name,
        Sentence(**data["title"]),
        _once(datasets),
        _once_recipes(recipes),
        _once(controls),
        _once_recipes(families),
        _once(columns),
    )


def recipe(word: str) -> Recipe:
    """Read a recipe as people write it: ``"lstm"``, ``"tfidf-lr[mecab]"`` or ``"lstm[augment_jamo=0.03]"``.

    A parameter's value is JSON where it can be read as such, else a word.

    Raises
    ------
    InputError
        If it has another form.
    UnknownNameError
        If there is no such model, or it has no such parameter.
    """
    match = _RECIPE.fullmatch(word.strip())
    if match is None:
        raise InputError(
            f"cannot read model {word!r}; expected NAME, NAME[TOKENIZER] or NAME[PARAMETER=VALUE,…], "
            "e.g. 'tfidf-lr[mecab]'."
        )
    entry = MODELS.entry(match["model"])
    params = dict(_param(part) for part in (match["inside"] or "").split(",") if part.strip())
    if params.keys() - {"tokenizer"}:
        check_params(entry.name, params)
    return Recipe(entry.name, params, version=entry.version)


def check_params(model: str, params: Iterable[str]) -> None:
    """Refuse parameters that a registered model does not have; loads it.

    Raises
    ------
    UnknownNameError
        If it does not have one.
    """
    known = MODELS.load(model)().get_params(deep=False)
    for name in params:
        if name not in known:
            raise UnknownNameError("parameter", name, known, f"These are the parameters of {model!r}.")


def _param(part: str) -> tuple[str, Value]:
    name, given, value = (word.strip() for word in part.partition("="))
    if not given:
        return "tokenizer", name
    return name, read_value(value)


def read_value(word: str) -> Value:
    """Read a parameter's value: JSON where it can be read as such, else a word."""
    try:
        found: Any = json.loads(word)
    except ValueError:
        return word
    return word if isinstance(found, list | dict) else found


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return tomllib.load(stream)


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _once_recipes(recipes: Sequence[Recipe]) -> tuple[Recipe, ...]:
    return tuple({one.name: one for one in recipes}.values())
