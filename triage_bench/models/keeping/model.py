"""A fitted classifier → a folder, and back, with equal answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from triage_bench.core.errors import InputError, MissingExtraError, ModelFileError, UnknownNameError
from triage_bench.core.kept import Kept
from triage_bench.core.registry import Entry
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.models import MODELS
from triage_bench.models.contract import TextClassifier
from triage_bench.models.keeping.card import card
from triage_bench.models.keeping.description import About, Description
from triage_bench.models.keeping.folder import (
    ARRAYS,
    DESCRIPTION,
    pack_arrays,
    read_model_folder,
    unpack_arrays,
    write_model_folder,
)
from triage_bench.text.tokenizers import TOKENIZERS, tokenizer

LIBRARIES = ("triage-bench", "numpy", "scipy", "scikit-learn", "lightgbm", "torch")


@dataclass(frozen=True, eq=False)
class KeptModel:
    """A model read back.

    Attributes
    ----------
    model
        The classifier, ready to predict.
    description
        What its folder says of it.
    labels
        The names of ``model.classes_``, in that order.
    notices
        What differs from where it was fitted.
    """

    model: TextClassifier
    description: Description
    labels: tuple[str, ...]
    notices: tuple[Notice, ...]


def save_model(model: TextClassifier, folder: Path | str, about: About | None = None) -> Path:
    """Write a fitted classifier to a folder: ``model.json``, ``arrays.npz``, what else it needs, a card, a seal.

    Words are kept as digests (see `triage_bench.text.kept`); the training texts are not kept at all.

    Parameters
    ----------
    model
        A fitted classifier of a registered family.
    folder
        Made if need be; it must not hold a model already.
    about
        What is known of data and quality, for the card. `About.classes` names the labels: as many as
        ``classes_``, in that order, where the classifier was fitted on codes.

    Raises
    ------
    InputError
        If the folder cannot be used, or the model is of no registered family, or of one that cannot be kept.
    NotFittedError
        If it was not fitted.
    """
    kept = model.kept()
    description = _described(model, kept, about or About())
    files = {DESCRIPTION: description.to_json(), ARRAYS: pack_arrays(kept.arrays), **kept.files}
    write_model_folder(Path(folder), files, card(description, {name: len(data) for name, data in files.items()}))
    return Path(folder)


def load_model(folder: Path | str) -> KeptModel:
    """Read back what `save_model` wrote; its answers equal those before.

    Raises
    ------
    ModelFileError
        If the folder holds no model, or one that is damaged, was changed, comes from a newer version, or does
        not fit together.
    MissingExtraError
        If the model needs a library that is not installed.
    """
    files = read_model_folder(Path(folder))
    description = Description.from_json(files[DESCRIPTION])
    target = _family(description)
    kept = Kept(description.plain, unpack_arrays(files[ARRAYS]), files)
    try:
        model: TextClassifier = target(**description.params)
        model.classes_ = description.classes
        model.history_, model.facts_, model.notices_ = description.epochs, dict(description.facts), ()
        model._restore(kept)
    except (ModelFileError, MissingExtraError):
        raise
    except (UnknownNameError, ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
        # Whatever an estimator stumbles over: its own message speaks of parameters, not of a file.
        raise ModelFileError(f"the parts of the model in {str(folder)!r} do not fit together: {error}"[:300]) from error
    return KeptModel(model, description, _labels(description), tuple(_changes(description)))


def _described(model: TextClassifier, kept: Kept, about: About) -> Description:
    entry = _entry_of(type(model))
    params = {name: _placeless(value) for name, value in model.get_params(deep=False).items()}
    odd = sorted(name for name, value in params.items() if not isinstance(value, bool | int | float | str | None))
    if odd:
        raise InputError(f"the parameter {odd[0]!r} is {params[odd[0]]!r:.60}; a kept model has plain values only.")
    if about.classes and len(about.classes) != len(model.classes_):
        raise InputError(f"{len(about.classes)} label names for {len(model.classes_)} classes; one for each expected.")
    return Description(
        model=entry.name,
        version=entry.version,
        params=params,
        classes=model.classes_,
        about=about,
        facts=model.facts_,
        history=tuple(model.history_),
        versions={name: installed(name) for name in LIBRARIES},
        tokenizers={name: tokenizer(name).version for name in _tokenizers(params)},
        plain=kept.plain,
    )


def _placeless(value: Any) -> Any:
    """Return a parameter as it is kept: of what the model started from the name, not the place on this machine."""
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _entry_of(kind: type) -> Entry:
    target = f"{kind.__module__}:{kind.__qualname__}"
    for entry in MODELS:
        if entry.target == target:
            return entry
    raise InputError(f"{kind.__qualname__} is no registered model; register it under triage_bench.models to keep it.")


def _family(description: Description) -> type[TextClassifier]:
    """Return the class that the description names, if it is one of the registered and of a version known here."""
    if description.model not in MODELS:
        raise ModelFileError(
            f"the model is of the family {description.model!r}, which is not known here; "
            "install the package that brings it, or upgrade triage_bench."
        )
    entry = MODELS.entry(description.model)
    if description.version > entry.version:
        raise ModelFileError(
            f"the model is {entry.name!r} version {description.version}; this version knows up to {entry.version}. "
            "Upgrade triage_bench to load it."
        )
    target = MODELS.load(entry.name)
    if not isinstance(target, type) or not issubclass(target, TextClassifier):
        raise ModelFileError(f"the family {entry.name!r} cannot be read from files.")
    unknown = sorted(description.params.keys() - target._get_param_names())
    if unknown:
        raise ModelFileError(f"model.json has parameters that {entry.name!r} does not know: {', '.join(unknown[:5])}.")
    return target


def _labels(description: Description) -> tuple[str, ...]:
    named = tuple(description.about.classes)
    if named and len(named) != len(description.classes):
        raise ModelFileError(f"model.json names {len(named)} labels for {len(description.classes)} classes.")
    return named or tuple(map(str, description.classes.tolist()))


def _tokenizers(params: Mapping[str, Any]) -> list[str]:
    parts = str(params.get("tokenizer") or "").split("+")
    return [name for name in (part.partition(":")[0].strip() for part in parts) if name in TOKENIZERS]


def _changes(description: Description) -> Iterable[Notice]:
    for name, before in sorted(description.tokenizers.items()):
        now = tokenizer(name).version if name in TOKENIZERS else "missing"
        if now != before:
            said = Sentence(
                ko=f"{name} 분석기가 학습 때({before})와 다른 판({now})입니다. 같은 문장에 다른 답을 낼 수 있습니다.",
                en=f"The tokenizer {name} is {now}, not {before} as in training; some texts may be answered otherwise.",
            )
            yield Notice("model.tokenizer", 1, 1, said)
