"""What is planted, how strongly, and which answers are right, all written down before anything is run.

``cause`` must stand in the ranked list; a headline is right if it is ``cause`` or one of ``also``. Each ``also``
says when it holds and why both answers are true, or cannot be told apart in principle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.faults.plants import copies, labels, letters, shape, shortcuts
from benchmarks.faults.rows import Rows

Plant = Callable[[Rows, float, np.random.Generator], Rows]
HEALTHY = "healthy"


@dataclass(frozen=True)
class Place:
    """Where a fault is planted: its strength, the rows of the file, and the labels there are."""

    strength: float
    size: int
    classes: int

    @property
    def per_class(self) -> float:
        """Rows per label."""
        return self.size / self.classes


# Places are told apart by functions with names: a case travels to a worker process.
def _anywhere(place: Place) -> bool:
    return True


@dataclass(frozen=True)
class Also:
    """Another headline that is right as well.

    Attributes
    ----------
    cause
        The headline.
    why
        Why it is right.
    where
        At which places.
    """

    cause: str
    why: str
    where: Callable[[Place], bool] = _anywhere


@dataclass(frozen=True)
class Fault:
    """Something wrong with a file; or, with ``cause`` healthy, something that looks like it and is not.

    Attributes
    ----------
    name, cause
        What it is, and what the verdict should call it.
    plant
        (rows, strength, generator) → rows with the fault.
    strengths
        How strongly it is planted.
    also
        Other right headlines.
    drawn
        How many rows are drawn for each row of the file.
    not_on
        Data sets in which it would be no fault.
    """

    name: str
    cause: str
    plant: Plant
    strengths: tuple[float, ...] = (1.0,)
    also: tuple[Also, ...] = ()
    drawn: int = 1
    not_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A model to bring with ``--model``, sound or faulty.

    Attributes
    ----------
    file, name
        Where it stands and what it is called.
    cause
        As in `Fault`.
    also
        Other right headlines.
    least_rows
        Below so many rows it is not used: there even a sound network of its kind learns little.
    """

    file: str
    name: str
    cause: str
    also: tuple[Also, ...] = ()
    least_rows: int = 0


FEW_PER_CLASS = 50


def _few_per_class(place: Place) -> bool:
    return place.per_class < FEW_PER_CLASS


def _few_right(place: Place) -> bool:
    left = 1 - place.strength * place.classes / (place.classes - 1)
    return left <= 0.2 or (left <= 0.4 and place.size <= 500)


def _few_distinct(place: Place) -> bool:
    return place.per_class / place.strength < FEW_PER_CLASS / 2


def _few_of_the_rarer(place: Place) -> bool:
    return (1 - place.strength) * place.size < 15


_SIZE = Also(
    "data.size",
    "below 50 rows per label more rows are worth +0.11 to +0.21 macro-F1 (measured on untouched rows), "
    "so too few rows is a fault of the same file",
    _few_per_class,
)
_NO_SIGNAL = Also(
    "data.unlearnable",
    "so few labels are left right that no test on so many rows tells them from shuffled ones; "
    "only labelling 50 rows again, blind, does",
    _few_right,
)
_FEW_DISTINCT = Also(
    "data.size",
    "so few of the rows are different rows that too few rows is true as well",
    _few_distinct,
)
_RARE = Also(
    "data.size",
    "the rarer label has fewer than 15 rows",
    _few_of_the_rarer,
)

LABELS = (
    Fault("uniform-noise", "data.labels", labels.uniform_noise, (0.1, 0.2, 0.3, 0.45), (_SIZE, _NO_SIGNAL)),
    Fault("neighbour-noise", "data.labels", labels.neighbour_noise, (0.1, 0.2, 0.3, 0.45), (_SIZE, _NO_SIGNAL)),
    Fault("shuffled-labels", "data.unlearnable", labels.shuffled),
)
COPIES = (
    Fault("copies", "data.leakage", copies.copied, (5, 10), (_FEW_DISTINCT,)),
    Fault("copies-with-groups", "data.leakage", copies.copied_in_groups, (5, 10), (_FEW_DISTINCT,)),
    Fault("copies-across-test", "data.leakage", copies.copied_across, (5, 10), (_FEW_DISTINCT,)),
)
SHORTCUTS = (
    Fault("shortcut-token", "data.shortcut", shortcuts.token, (0.4, 0.7)),
    Fault("template", "data.shortcut", shortcuts.template, (0.5, 0.8)),
    Fault("writer", "data.shortcut", shortcuts.writer, (0.7, 0.9)),
)
SHAPE = (
    Fault("few-rows", "data.size", shape.cut, (40, 60, 100)),
    Fault("imbalance", "data.imbalance", shape.lopsided, (0.9, 0.95, 0.97), (_RARE,), drawn=2),
    Fault("foreign-test", "data.shift", shape.foreign_test, (0.5, 1.0), not_on=("ktas-sim",)),
    Fault("short-test", "data.shift", shape.short_test),
    Fault("spoken-test", "data.shift", shape.spoken_test, (0.7, 1.0)),
)
LETTERS = (
    Fault("utf8-as-latin1", "language.encoding", letters.read_as_latin, (0.3, 1.0)),
    Fault("utf8-as-cp949", "language.encoding", letters.read_as_cp949, (0.3, 1.0)),
    Fault("question-marks", "language.encoding", letters.lost, (0.5,)),
    Fault("nfd", "language.encoding", letters.decomposed, (0.5, 1.0)),
    Fault("hangul-stripped", "language.encoding", letters.stripped, (0.5, 1.0)),
    Fault("damaged-test", "language.encoding", shape.damaged_test),
)
FAULTS = (*LABELS, *COPIES, *SHORTCUTS, *SHAPE, *LETTERS)

SOUND_DATA = (
    Fault("untouched", HEALTHY, shape.as_it_is, (0.0,), (_SIZE,)),
    Fault("honest-test", HEALTHY, shape.split, (0.25,), (_SIZE,)),
    Fault("honest-sources", HEALTHY, shape.sources_at_random, (3,), (_SIZE,)),
    Fault("honest-groups", HEALTHY, shape.group_of_each, (0.0,), (_SIZE,)),
    Fault("few-copies", HEALTHY, shape.few_copies, (0.02,), (_SIZE,)),
)

_CANNOT_FIT = Also("model.underfit", "from outside it is a model that cannot fit its own training rows")
_NOT_EVEN_32 = Also("model.wiring", "it cannot fit 32 rows either, which the table of causes calls wired wrongly")
_SLOW = Also("model.optimization", "from outside it is a model whose steps lead nowhere")
_SIMPLER_IS_BETTER = Also(
    "model.overfit", "on so few rows a sound network does memorise, and the simpler model does better"
)
_CAPPED = Also("language.tokenization", "what a cap on the vocabulary throws away is unknown from then on")
_NET, _PIPE = "networks.py", "pipelines.py"

FAULTY_MODELS = (
    Model(_NET, "ReadsPadding", "model.wiring"),
    Model(_NET, "SoftmaxTwice", "model.wiring", (_CANNOT_FIT, _SLOW)),
    Model(_NET, "FrozenEmbedding", "model.wiring", (_CANNOT_FIT,)),
    Model(_NET, "FrozenBody", "model.wiring", (_CANNOT_FIT,)),
    Model(_NET, "ShiftedLabels", "model.wiring"),
    Model(_NET, "TinySteps", "model.optimization", (_CANNOT_FIT,)),
    Model(_NET, "HugeSteps", "model.optimization"),
    Model(_NET, "ThreeEpochs", "model.optimization", (_CANNOT_FIT,)),
    Model(_NET, "DropoutAtPrediction", "model.wiring"),
    Model(_NET, "BatchStatistics", "model.wiring"),
    Model(_NET, "TenWords", "language.truncation", (_CAPPED,)),
    Model(_NET, "ThreeTokens", "language.truncation"),
    Model(_NET, "StripsHangul", "language.encoding"),
    Model(_NET, "Memoriser", "model.overfit"),
    Model(
        _NET,
        "StopsOnTrainingScore",
        "evaluation.protocol",
        (Also("model.overfit", "what one sees of it is that training goes on while validation gets worse"),),
    ),
    Model(_PIPE, "Majority", "model.collapse", (_NOT_EVEN_32,)),
    Model(_PIPE, "Memory", "model.overfit"),
    Model(_PIPE, "strips_hangul", "language.encoding"),
    Model(_PIPE, "ten_words", "language.truncation", (_CAPPED,)),
    Model(_PIPE, "first_characters", "language.truncation"),
    Model(_PIPE, "over_regularised", "model.underfit", (_NOT_EVEN_32,)),
)
SOUND_MODELS = (
    Model(_NET, "SoundBag", HEALTHY),
    Model(_NET, "SoundNormed", HEALTHY),
    Model(_NET, "SoundConvolution", HEALTHY, (_SIMPLER_IS_BETTER,), least_rows=1_000),
    Model(_NET, "SoundLstm", HEALTHY, (_SIMPLER_IS_BETTER,), least_rows=1_000),
    Model(_NET, "SoundLastState", HEALTHY, (_SIMPLER_IS_BETTER,), least_rows=2_000),
    Model(_PIPE, "sound_logistic", HEALTHY),
    Model(_PIPE, "sound_svm", HEALTHY),
    Model(_PIPE, "sound_ridge", HEALTHY),
    Model(_PIPE, "sound_bayes", HEALTHY),
    Model(_PIPE, "sound_neighbours", HEALTHY),
    Model(_PIPE, "sound_sgd", HEALTHY),
)

TOGETHER: tuple[tuple[tuple[str, float], ...], ...] = (
    (("uniform-noise", 0.3), ("copies", 5)),
    (("uniform-noise", 0.3), ("shortcut-token", 0.4)),
    (("imbalance", 0.95), ("shortcut-token", 0.7)),
    (("utf8-as-latin1", 0.3), ("uniform-noise", 0.3)),
    (("template", 0.8), ("nfd", 0.5)),
    (("spoken-test", 1.0), ("uniform-noise", 0.3)),
    (("few-rows", 100), ("utf8-as-latin1", 1.0)),
    (("copies", 5), ("hangul-stripped", 0.5)),
)
"""Two faults of one file, planted in this order."""

TOGETHER_WITH_MODEL: tuple[tuple[tuple[str, float], str], ...] = (
    (("uniform-noise", 0.3), "ReadsPadding"),
    (("copies", 5), "ten_words"),
    (("shortcut-token", 0.7), "ShiftedLabels"),
    (("imbalance", 0.95), "TinySteps"),
    (("utf8-as-latin1", 0.3), "Majority"),
)
"""A fault of the file, brought with a faulty model: each has a verdict of its own, and is looked for there."""
