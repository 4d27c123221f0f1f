"""Where networks start from: a data set, a kept model or word vectors, made ready before the first job.

Everything is put into the cache under a name that tells its content. Recipes carry that name, so that a
job's key says what it was trained from, and no path of this machine gets into a record.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.digest import digest, digest_array, digest_bytes
from triage_bench.core.errors import InputError
from triage_bench.core.identifiers import redacted
from triage_bench.core.job import Recipe
from triage_bench.core.seeds import generator_for
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import load_dataset
from triage_bench.datasets.interventions import stratified_sample
from triage_bench.models import MODELS
from triage_bench.models.keeping import About, save_model
from triage_bench.models.keeping.description import Description
from triage_bench.models.keeping.folder import DESCRIPTION, SEAL, read_model_folder
from triage_bench.models.neural.sources import MOST_OTHERS, PRETRAINED, SHAPE_PARAMS, VECTORS
from triage_bench.running import keep
from triage_bench.running.pretrained import needs_pretrained, with_pretrained
from triage_bench.store import write_whole
from triage_bench.text.cooccurrence import learn_vectors
from triage_bench.text.corpus import Corpus
from triage_bench.text.vectors import read_vectors, spelt_vectors

SOURCE_ROWS = 20_000
"""Rows of a data set that a network is pre-trained on: more cost minutes, and rows beside the question."""
NAME_DIGITS = 8
_STARTS = ("pretrain", "vectors")
VECTORS_DECIDE = ("embedding", "tokenizer")
"""Parameters that word vectors fix."""

Say = Callable[[str], None]


def decided_by(recipe: Recipe, pretrain: str | None, vectors: Path | None) -> frozenset[str]:
    """Return the parameters that a start decides: those of a network's shape, or of its embedding."""
    if needs_pretrained(recipe) or (pretrain is None and vectors is None):
        return frozenset()
    return frozenset(VECTORS_DECIDE if pretrain is None else SHAPE_PARAMS)


def started(
    recipe: Recipe,
    pretrain: str | None,
    vectors: Path | None,
    dataset: Dataset,
    workspace: Workspace,
    seed: int,
    say: Say,
) -> Recipe:
    """Return the recipe as the options ``--pretrain`` and ``--vectors`` want it; see the functions below.

    Of a family that stands on a pre-trained Transformer, ``--pretrain`` names that one.

    Raises
    ------
    InputError
        If both are given, or word vectors to a family that has no use for them.
    """
    if pretrain is not None and vectors is not None:
        raise InputError("a network starts from --pretrain or from --vectors, not from both; leave one out.")
    if needs_pretrained(recipe):
        if vectors is not None:
            raise InputError(f"{recipe.model!r} starts from no word vectors; leave --vectors out and use --pretrain.")
        return with_pretrained(recipe, pretrain, workspace, say)
    if pretrain is not None:
        return started_from_model(recipe, pretrain, dataset, workspace, seed, say)
    return recipe if vectors is None else started_from_vectors(recipe, vectors, dataset, workspace)


def started_from_model(
    recipe: Recipe, source: str, dataset: Dataset, workspace: Workspace, seed: int, say: Say
) -> Recipe:
    """Return the recipe of a network that starts from another one, of the same shape.

    Parameters
    ----------
    recipe
        A network.
    source
        Folder of a kept model, or a data set's name: then the family is trained on it first, with its
        defaults and what the recipe fixes, and kept in the cache.
    dataset
        What will be learnt and scored.
    workspace, seed
        Where the cache is; of the pre-training.
    say
        Is told what takes time.

    Raises
    ------
    InputError
        If the recipe is no network, or the source is the data set itself: its test rows would have been
        learnt from.
    UnknownNameError
        If there is neither such a folder nor such a data set.
    """
    _check_network(recipe, "--pretrain")
    folder = Path(source)
    name = _copied(folder, workspace) if folder.is_dir() else _pretrained(recipe, source, dataset, workspace, seed, say)
    description = Description.from_json(read_model_folder(workspace.cache / PRETRAINED / name)[DESCRIPTION])
    return _fixed(recipe, {"pretrain": name}, _shape_of(recipe, description.params))


def started_from_vectors(recipe: Recipe, file: Path, dataset: Dataset, workspace: Workspace) -> Recipe:
    """Return the recipe of a network whose embedding starts from word vectors.

    The file is read once: the first of its words and those of the data set are kept in the cache, in the same
    format. Which words that are decides nothing: a network looks up what its training rows and its questions hold.

    Parameters
    ----------
    recipe
        A network.
    file
        Word vectors in text form, see `triage_bench.text.vectors`.
    dataset
        What will be learnt.
    workspace
        Where the cache is.

    Raises
    ------
    DataError
        If the file cannot be used.
    InputError
        If the recipe is no network.
    """
    _check_network(recipe, "--vectors")
    tokenizer = recipe.tokenizer or str(_defaults(recipe)["tokenizer"])
    tokens = Corpus(dataset.texts, cache=workspace.cache).tokens(tokenizer)
    found = read_vectors(file, tokens.vocabulary, MOST_OTHERS)
    content = spelt_vectors(found.words, found.values)
    name = f"{file.name.split('.')[0]}-{digest_bytes(content)[:NAME_DIGITS]}"
    (workspace.cache / VECTORS).mkdir(parents=True, exist_ok=True)
    write_whole(workspace.cache / VECTORS / name, content)
    fixed = dict(zip(VECTORS_DECIDE, (found.values.shape[1], tokenizer), strict=True))
    return _fixed(recipe, {"vectors": name}, fixed)


def vectors_of_texts(
    texts: tuple[str, ...], tokenizer: str, dimensions: int, file: Path, workspace: Workspace, seed: int
) -> int:
    """Learn word vectors from texts without labels, and write them to a file; return how many.

    A word that stands in the texts fewer than five times is left out; the others can be read in the file.

    Raises
    ------
    DataError
        If the texts hold too few words.
    InputError
        If the file exists already, or cannot be written.
    """
    if file.exists():
        raise InputError(f"{str(file)!r} exists already; name another file, or delete that one first.")
    nameless = tuple(map(redacted, texts))  # its words can be read in the file
    found = learn_vectors(Corpus(nameless, cache=workspace.cache).tokens(tokenizer), dimensions, seed=seed)
    try:
        write_whole(file, spelt_vectors(found.words, found.values))
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be written: {error.strerror}.") from error
    return len(found.words)


def _check_network(recipe: Recipe, option: str) -> None:
    if "network" not in MODELS.entry(recipe.model).tags:
        networks = ", ".join(entry.name for entry in MODELS if "network" in entry.tags)
        raise InputError(f"{option} is for networks, {recipe.model!r} is none; choose one of {networks}.")


def _defaults(recipe: Recipe) -> Mapping[str, Any]:
    found: Mapping[str, Any] = MODELS.load(recipe.model)().get_params(deep=False)
    return found


def _shape_of(recipe: Recipe, params: Mapping[str, Any]) -> dict[str, Any]:
    known = _defaults(recipe)
    return {name: params[name] for name in SHAPE_PARAMS if name in params and name in known}


def _fixed(recipe: Recipe, start: Mapping[str, Any], shape: Mapping[str, Any]) -> Recipe:
    """Fix what the source decides: as a parameter where it is no default, and out of the space in any case."""
    defaults = _defaults(recipe)
    for name, value in recipe.params.items():
        if name in shape and shape[name] != value:
            raise InputError(f"{name}={value!r} does not fit what the network starts from: {name}={shape[name]!r}.")
    other = {name: value for name, value in shape.items() if value != defaults[name]}
    space = (recipe.space or MODELS.load(recipe.model).space).without(shape)
    return replace(recipe, params={**recipe.params, **other, **start}, space=space)


def _copied(folder: Path, workspace: Workspace) -> str:
    """Copy a kept model into the cache, and return its name there."""
    files = read_model_folder(folder)
    seal = (folder / SEAL).read_bytes()
    name = f"{folder.resolve().name}-{digest_bytes(seal)[:NAME_DIGITS]}"

    def fill(place: Path) -> None:
        place.mkdir()
        for file, data in {**files, SEAL: seal}.items():
            write_whole(place / file, data)

    _made(workspace.cache / PRETRAINED / name, fill)
    return name


def _pretrained(recipe: Recipe, source: str, dataset: Dataset, workspace: Workspace, seed: int, say: Say) -> str:
    """Train the family on a data set unless the cache has it, and return the name there."""
    rows = load_dataset(source, workspace)
    if rows.digest == dataset.digest:
        raise InputError(f"--pretrain {source!r} is the data set that is scored; its test rows would be learnt from.")
    params = {name: value for name, value in recipe.params.items() if name not in (*_STARTS, "refit")}
    kept = _source_rows(rows, dataset, seed)
    key = {"data": rows.digest, "model": recipe.model, "version": recipe.version, "params": params, "seed": seed}
    name = f"{source}-{digest({**key, 'rows': digest_array(kept)})[:NAME_DIGITS]}"

    def fill(place: Path) -> None:
        say(f"pre-training {recipe.model} on {len(kept):,} of {len(rows):,} rows of {source}")
        model = keep.build(Recipe(recipe.model, {**params, "refit": False}), keep.Chosen(), rows, seed)
        model.fit(Corpus(rows.texts, cache=workspace.cache)[kept], rows.labels[kept])
        used = {label: int(count) for label, count in zip(rows.label_names, _counts(rows, kept), strict=True) if count}
        save_model(model, place, About(data=rows.name, digest=rows.digest, rows=len(kept), classes=used))

    _made(workspace.cache / PRETRAINED / name, fill)
    return name


def _source_rows(rows: Dataset, dataset: Dataset, seed: int) -> NDArray[np.int64]:
    """Draw the rows to pre-train on: none whose text stands in the data set that is scored as well."""
    scored = set(dataset.texts)
    free = np.flatnonzero([text not in scored for text in rows.texts])
    if len(np.unique(rows.labels[free])) < 2:
        raise InputError(f"--pretrain {rows.name!r} has no rows besides those of {dataset.name!r}; name another one.")
    rng = generator_for(seed, rows.digest, "pre-training rows")
    found: NDArray[np.int64] = free[stratified_sample(rows.labels[free], SOURCE_ROWS, rng)]
    return found


def _counts(rows: Dataset, kept: NDArray[np.int64]) -> list[int]:
    found: list[int] = np.bincount(rows.labels[kept], minlength=len(rows.label_names)).tolist()
    return found


def _made(place: Path, fill: Callable[[Path], None]) -> None:
    """Fill a folder beside its place and rename it, unless it is there: a command that dies leaves no half model."""
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".making-") as aside:
        fill(Path(aside) / "model")
        try:
            (Path(aside) / "model").rename(place)
        except OSError:
            if not place.exists():  # another process was faster
                raise
