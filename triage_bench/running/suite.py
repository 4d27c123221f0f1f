"""Suites: which data sets, models and controls are run together. Content of ``benchmarks/suites``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage_bench.core.content import content_folder
from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.core.job import Recipe
from triage_bench.core.sentence import Sentence
from triage_bench.models import MODELS

_RECIPE = re.compile(r"(?P<model>[^\[\]]+)(\[(?P<tokenizer>[^\[\]]+)\])?")


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
    """

    name: str
    title: Sentence
    datasets: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    controls: tuple[str, ...]


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
    controls = [c for part in parts for c in part.controls] + data.get("controls", [])
    return Suite(name, Sentence(**data["title"]), _once(datasets), _once_recipes(recipes), _once(controls))


def recipe(word: str) -> Recipe:
    """Read a recipe as people write it: ``"lstm"`` or ``"tfidf-lr[mecab]"``.

    Raises
    ------
    InputError
        If it has another form.
    UnknownNameError
        If there is no such model.
    """
    match = _RECIPE.fullmatch(word.strip())
    if match is None:
        raise InputError(f"cannot read model {word!r}; expected NAME or NAME[TOKENIZER], e.g. 'tfidf-lr[mecab]'.")
    entry = MODELS.entry(match["model"])
    params = {"tokenizer": match["tokenizer"]} if match["tokenizer"] else {}
    return Recipe(entry.name, params, version=entry.version)


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return tomllib.load(stream)


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _once_recipes(recipes: list[Recipe]) -> tuple[Recipe, ...]:
    return tuple({one.name: one for one in recipes}.values())
