"""What ``model.json`` says: the model, its parameters and labels, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.digest import canonical_json
from triage_bench.core.errors import ModelFileError
from triage_bench.core.kept import Kept

MODEL_SCHEMA = 1
"""Version of the stored form. 1: first."""

_KINDS: dict[str, tuple[str, type]] = {"int": ("iu", int), "str": ("UT", str), "bool": ("b", bool)}
_PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Score:
    """What was measured of the same recipe on rows it had not seen.

    Attributes
    ----------
    metric
        A name of `triage_bench.metrics`.
    value, low, high
        The score and the 95 % interval, where it is known.
    measured
        How, in a word: the split.
    """

    metric: str
    value: float
    low: float | None = None
    high: float | None = None
    measured: str = ""


@dataclass(frozen=True)
class About:
    """What is known of a model besides the model: for the card, and to read new files like the training file.

    Attributes
    ----------
    data
        Name of the data set.
    digest
        Its content digest.
    rows
        Rows it was fitted on.
    classes
        Rows per label, in label order; keys are the labels that `predict` answers.
    characters
        Median length of the texts, or None.
    scale
        Meaning of the labels' order, see `triage_bench.core.dataset.Scale`.
    licence, origin
        Of the data.
    text_column
        The column the texts stood in, if any.
    seed
        The seed of the command.
    scores
        What is known of its quality.
    """

    data: str = ""
    digest: str = ""
    rows: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)
    characters: float | None = None
    scale: str = "nominal"
    licence: str = ""
    origin: str = ""
    text_column: str | None = None
    seed: int | None = None
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True)
class Description:
    """The content of ``model.json``.

    Attributes
    ----------
    model, version
        The registered name, and the version of its entry.
    params
        All parameters.
    classes
        ``classes_`` of the estimator.
    about
        Where it comes from.
    facts, history
        As in `triage_bench.models.contract.TextClassifier`.
    versions
        Libraries at the time.
    tokenizers
        Version of each tokenizer the model reads with: other versions may cut texts otherwise.
    plain
        The plain part of `Kept`.
    """

    model: str
    version: int
    params: Mapping[str, Any]
    classes: NDArray[Any]
    about: About
    facts: Mapping[str, float | str]
    history: tuple[Mapping[str, float], ...]
    versions: Mapping[str, str]
    tokenizers: Mapping[str, str]
    plain: Mapping[str, Any]

    @property
    def epochs(self) -> tuple[dict[str, float], ...]:
        """The history with numbers only, as an estimator has it."""
        return tuple({name: float(value) for name, value in entry.items()} for entry in self.history)

    def to_json(self) -> bytes:
        """Return the file's bytes; the same model gives the same bytes."""
        kind = next((name for name, (kinds, _) in _KINDS.items() if self.classes.dtype.kind in kinds), "str")
        about = {**vars(self.about), "classes": [list(pair) for pair in self.about.classes.items()]}
        data = {
            "kind": "triage_bench model",
            "schema": MODEL_SCHEMA,
            **{name: value for name, value in vars(self).items() if name not in ("classes", "about")},
            "classes": {"kind": kind, "values": self.classes.tolist()},
            "about": {**about, "scores": [vars(score) for score in self.about.scores]},
            "facts": {name: _finite(value) for name, value in self.facts.items()},
            "history": [{name: _finite(value) for name, value in entry.items()} for entry in self.history],
        }
        return (canonical_json(data) + "\n").encode("utf-8", "surrogatepass")

    @classmethod
    def from_json(cls, data: bytes) -> Description:
        """Read the file's bytes.

        Raises
        ------
        ModelFileError
            If it is no description, or a newer version wrote it.
        """
        found = Kept(_parsed(data))
        if found.plain.get("kind") != "triage_bench model":
            raise ModelFileError("model.json describes no triage_bench model.")
        if found.value("schema", int) > MODEL_SCHEMA:
            raise ModelFileError(
                f"model.json has schema {found.plain['schema']}; this version reads up to {MODEL_SCHEMA}. "
                "Upgrade triage_bench to load it."
            )
        params = found.value("params", dict)
        if not all(isinstance(value, _PLAIN) for value in params.values()):
            raise ModelFileError("model.json has a parameter that is neither a number, a word, true, false nor null.")
        return cls(
            model=found.value("model", str),
            version=found.value("version", int),
            params=params,
            classes=_classes(found.part("classes")),
            about=_about(found.part("about")),
            facts=found.value("facts", dict),
            history=tuple(found.value("history", list)),
            versions=found.value("versions", dict),
            tokenizers=found.value("tokenizers", dict),
            plain=found.value("plain", dict),
        )


def _parsed(data: bytes) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        found = json.loads(data.decode("utf-8", "surrogatepass"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ModelFileError("model.json is no JSON, or a damaged one.") from error
    if not isinstance(found, dict):
        raise ModelFileError("model.json holds no object.")
    return found


def _finite(value: float | str) -> float | str:
    return value if isinstance(value, str) or np.isfinite(value) else str(value)


def _classes(found: Kept) -> NDArray[Any]:
    kind, values = found.value("kind", str), found.value("values", list)
    if kind not in _KINDS or len(values) < 2 or not all(type(value) is _KINDS[kind][1] for value in values):
        raise ModelFileError("model.json lists no labels, or labels of several kinds.")
    classes = np.array(values)
    if len(np.unique(classes)) != len(values) or not (np.unique(classes) == classes).all():
        raise ModelFileError("model.json lists labels twice, or not in ascending order.")
    return classes


def _about(found: Kept) -> About:
    try:
        classes = {str(name): int(rows) for name, rows in found.value("classes", list)}
        scores = tuple(Score(**score) for score in found.value("scores", list))
        return About(**{**found.plain, "classes": classes, "scores": scores})
    except (TypeError, ValueError) as error:
        raise ModelFileError("model.json says of the model's origin what this version does not know.") from error
