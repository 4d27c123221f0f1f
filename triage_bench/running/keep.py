"""A model to keep: one recipe with its tuned parameters, fitted on all rows and written to a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import InputError
from triage_bench.core.job import Recipe
from triage_bench.core.seeds import seed_for
from triage_bench.models import MODELS
from triage_bench.models.contract import TextClassifier
from triage_bench.models.keeping import About, Score, save_model
from triage_bench.models.keeping.folder import check_free
from triage_bench.running.suite import check_params
from triage_bench.text.corpus import Corpus

CHECKPOINT = "checkpoint"
"""Folder, inside the model's, of a training that is not finished."""


@dataclass(frozen=True)
class Chosen:
    """Parameters to fit with.

    Attributes
    ----------
    params
        As they were given.
    measured
        The report of the run that found them, if they come from one.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    measured: Path | None = None


def read_params(given: str | None, model: str) -> Chosen:
    """Read ``--params``: JSON, or a file that holds some, such as the ``best_parameters.json`` of `tune`.

    Raises
    ------
    InputError
        If it is neither, or was found for another model.
    """
    if given is None:
        return Chosen()
    path = None if given.lstrip().startswith("{") else Path(given)
    try:
        found = json.loads(given if path is None else path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"--params {given!r} is neither JSON nor a file that can be read.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"--params {given[:60]!r} is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise InputError(f'--params must hold an object such as {{"C": 10}}, got {type(found).__name__}.')
    if not isinstance(found.get("params"), dict):
        return Chosen(found)
    if found.get("model") != model:
        raise InputError(f"the parameters in {given!r} were found for {found.get('model')!r}, not for {model!r}.")
    # The seed of that run's job is not a choice of the search; ours comes from --seed.
    params = {name: value for name, value in found["params"].items() if name != "random_state"}
    return Chosen(params, None if path is None else path.with_name("report.json"))


def build(recipe: Recipe, chosen: Chosen, dataset: Dataset, seed: int) -> TextClassifier:
    """Make the estimator.

    Raises
    ------
    UnknownNameError
        If a parameter does not exist.
    InputError
        If the model is not one that can be kept.
    """
    target = MODELS.load(recipe.model)
    if not isinstance(target, type) or not issubclass(target, TextClassifier):
        raise InputError(
            f"{recipe.model!r} cannot be kept: it is no TextClassifier (see triage_bench.models.contract)."
        )
    known = target._get_param_names()
    params = {**chosen.params, **recipe.params}
    check_params(recipe.model, params)
    if "random_state" in known:
        params.setdefault("random_state", seed_for(seed, dataset.digest, "model", 0, 0))
    model: TextClassifier = target(**params)
    return model


def check_folder(folder: Path, resume: bool) -> None:
    """Refuse a folder that holds a model, or an unfinished training that nobody asked to go on with.

    Raises
    ------
    InputError
        If it is one of these.
    """
    check_free(folder)
    if not resume and any((folder / CHECKPOINT).glob("*.json")):
        raise InputError(
            f"{str(folder)!r} holds a training that was interrupted; add --resume to go on with it, "
            f"or delete {str(folder / CHECKPOINT)!r}."
        )


def fit_and_keep(
    model: TextClassifier,
    dataset: Dataset,
    folder: Path,
    about: About,
    *,
    cache: Path | None = None,
    on_epoch: Callable[[Mapping[str, float]], None] | None = None,
) -> Path:
    """Fit on all rows and write the model; a network keeps every epoch on the way and goes on from there.

    Parameters
    ----------
    model
        Not fitted yet.
    dataset
        All of its rows are learnt from.
    folder
        See `check_folder`.
    about
        For the card, see `describe`.
    cache
        Folder of the token cache, or None.
    on_epoch
        Called with each epoch's entry of the history, of models that learn in epochs.
    """
    if hasattr(model, "checkpoints"):
        model.checkpoints, model.on_epoch = folder / CHECKPOINT, on_epoch
    model.fit(Corpus(dataset.texts, cache=cache, side=dataset.side), dataset.labels)
    save_model(model, folder, about)
    _forget(folder / CHECKPOINT)
    return folder


def describe(
    dataset: Dataset, text_column: str | None, seed: int, recipe: Recipe, chosen: Chosen, model: TextClassifier
) -> About:
    """Say what is known of a model that is to be fitted on a data set."""
    return About(
        data=dataset.name,
        digest=dataset.digest,
        rows=len(dataset),
        classes={name: rows for name, rows in dataset.classes.items() if rows},
        characters=float(np.median([len(text) for text in dataset.texts])),
        scale=dataset.scale,
        licence=dataset.provenance.licence,
        origin=dataset.provenance.origin,
        text_column=text_column,
        seed=seed,
        scores=_measured(chosen, dataset, recipe, model),
    )


def _measured(chosen: Chosen, dataset: Dataset, recipe: Recipe, model: TextClassifier) -> tuple[Score, ...]:
    """Find the score of the tuned recipe in the report beside the parameters, if it is of these rows."""
    params = {name: value for name, value in model.get_params(deep=False).items() if name != "random_state"}
    same = params == dict(chosen.params)  # one parameter changed, and it is another model
    if chosen.measured is None or not chosen.measured.is_file() or not same:
        return ()
    try:
        report = json.loads(chosen.measured.read_text(encoding="utf-8"))
        names = {one["name"] for one in report["datasets"] if one["digest"] == dataset.digest}
        rows = [
            one
            for one in report["leaderboard"]
            if one["dataset"] in names and one["model"] == recipe.model and one["tuned"] and one["score"] is not None
        ]
        return tuple(
            Score(one["metric"], one["score"], one["ci_low"], one["ci_high"], str(one["split"])) for one in rows[:1]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ()  # a report of another version: the card then says that nothing is known


def _forget(folder: Path) -> None:
    if not folder.is_dir():
        return
    # A file that was being written when the process was killed still has its passing name.
    for path in (*folder.glob("*.safetensors"), *folder.glob("*.json"), *folder.glob(".*.tmp")):
        path.unlink()
    try:
        folder.rmdir()
    except OSError:
        return  # something of the user's own stands in it
