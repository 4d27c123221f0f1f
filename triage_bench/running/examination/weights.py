"""Weights that are not trained: whether they were loaded from elsewhere, or are still what chance drew.

The one probe that looks inside. It asks what every torch module and every Keras layer tells of itself, and says
nothing of models that are neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.seeds import generator_for
from triage_bench.running.examination.refits import renaming
from triage_bench.running.examination.subject import Seen, Subject

MOST_OBJECTS, DEEPEST = 500, 6
"""How far networks are looked for among a model's attributes."""
ATOMS = (str, bytes, int, float, complex, type(None), np.ndarray, np.generic, type)
"""What holds no network."""

FEWEST, ASKED = 200, 5_000
"""Values of a table below which its distribution is not looked at, and how many are, drawn from all of it."""

KOLMOGOROV, CENTRED = 1.8, 4.0
"""Kolmogorov-Smirnov distance times the root of the values, and standard errors of the mean from zero, within which a
table looks freshly drawn; chance exceeds the first three times in a thousand. Trained tables (word vectors) have
longer tails in some dimensions than in others, and stand at 5 and more."""

CUT = 2.0
"""Standard deviations at which truncated normal initialisations cut."""

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """A table of weights: its name, how many there are, whether training may change them, and some of them."""

    name: str
    size: int
    trained: bool
    some: Values


def untrained(subject: Subject) -> Seen:
    """Count the weights, those that are kept from training, and those among them that chance drew."""
    tables = list(_tables(subject.model))
    held = [one for one in tables if not one.trained]
    drawn = [one for one in held if looks_drawn(one.some)]
    drawn = _standing_still(subject, drawn) if drawn else []
    counts = {
        f"weights.{name}": float(sum(one.size for one in some))
        for name, some in {"of": tables, "held": held, "drawn": drawn}.items()
    }
    largest = max(drawn, key=lambda one: one.size).name if drawn else ""
    return Seen({**counts, "weights.name": "".join(c for c in largest if c.isprintable())[-60:]})


def looks_drawn(values: Values) -> bool:
    """Whether numbers are spread about zero as initialisations spread them: evenly, or as a normal, cut or not."""
    numbers = np.sort(values[np.isfinite(values) & (values != 0)])  # a padding token's row is zero
    if len(numbers) < FEWEST:
        return False
    spread, root = float(numbers.std()), sqrt(len(numbers))
    if spread == 0 or abs(float(numbers.mean())) > CENTRED * spread / root:
        return False
    z, ranks = numbers / spread, (np.arange(len(numbers)) + 0.5) / len(numbers)
    return min(float(np.abs(spread_of(z) - ranks).max()) for spread_of in (_normal, _even, _cut)) * root < KOLMOGOROV


def _normal(z: Values) -> Values:
    from scipy.special import ndtr  # slow to import, and every worker process would wait for it

    return np.asarray(ndtr(z))


def _even(z: Values) -> Values:
    return np.asarray(np.clip((z / sqrt(3) + 1) / 2, 0, 1))


def _cut(z: Values) -> Values:
    narrower = 0.8796  # the standard deviation of a standard normal that is cut at 2
    low, high = _normal(np.array([-CUT, CUT]))
    return np.asarray(np.clip((_normal(z * narrower) - low) / (high - low), 0, 1))


def _standing_still(subject: Subject, tables: list[Table]) -> list[Table]:
    """Return the tables that another training leaves as they are: same seed, same texts, other labels.

    A network that was frozen once it was trained moved before that; training hardly changes how an embedding is
    spread.
    """
    names = renaming(subject)
    other = subject.make(subject.seed).fit(list(subject.train.texts), names[subject.train.codes])
    again = {one.name: one.some for one in _tables(other)}
    return [one for one in tables if np.array_equal(one.some, again.get(one.name, np.empty(0)))]


def _tables(model: Any) -> Iterator[Table]:
    found: dict[Any, tuple[str, Any, bool, Read]] = {}
    for network in _networks(getattr(model, "model_", model)):
        for known_by, *told in _weights(network):  # a layer may be an attribute of the model and part of its network
            found.setdefault(known_by, tuple(told))
    for name, one, trained, read in found.values():
        with suppress(Exception):  # of a shape that is not known yet, or without values
            size = int(np.prod(tuple(one.shape)))
            yield Table(name, size, trained, np.empty(0) if trained else read(one, places(size)))


def places(size: int) -> NDArray[np.int64]:
    """Return which values of a table are looked at: the same in every table of its size."""
    if size <= ASKED:
        return np.arange(size)
    return generator_for(size, "weights").choice(size, ASKED, replace=False, shuffle=False)


Read = Callable[[Any, NDArray[np.int64]], Values]


def _weights(network: Any) -> Iterator[tuple[Any, str, Any, bool, Read]]:
    """Yield what every table is known by, its name, itself, whether it is trained, and what reads some of it."""
    if hasattr(type(network), "named_parameters"):
        for name, one in network.named_parameters():
            yield id(one), str(name), one, bool(one.requires_grad), _read_torch
    else:
        for layer in _layers(network):
            for number, one in enumerate(layer.get_weights()):
                yield (id(layer), number), f"{layer.name}.{number}", one, bool(layer.trainable), _read_array


def _read_torch(table: Any, at: NDArray[np.int64]) -> Values:
    return np.asarray(table.detach().flatten()[at.tolist()].double().cpu().numpy())


def _read_array(table: Any, at: NDArray[np.int64]) -> Values:
    return np.asarray(np.ravel(table)[at], dtype=np.float64)


def _networks(model: Any) -> Iterator[Any]:
    """Yield torch modules and Keras models among an object's attributes, not looking into them."""
    asked, seen = [(model, 0)], set[int]()
    while asked and len(seen) < MOST_OBJECTS:
        one, depth = asked.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        if _is_network(type(one)):
            yield one
        elif depth < DEEPEST:
            asked += [(part, depth + 1) for part in _parts(one) if not isinstance(part, ATOMS)]


def _is_network(kind: type) -> bool:
    modules = {str(part.__module__).partition(".")[0] for part in kind.__mro__}
    return bool({"torch", "keras", "tensorflow"} & modules) and (
        hasattr(kind, "named_parameters") or hasattr(kind, "layers")
    )


def _layers(network: Any) -> Iterator[Any]:
    for layer in network.layers:
        if getattr(layer, "layers", None):
            yield from _layers(layer)
        else:
            yield layer


def _parts(one: Any) -> list[Any]:
    if isinstance(one, dict):
        return list(one.values())
    if isinstance(one, list | tuple):
        return list(one)
    try:
        return list(vars(one).values())
    except Exception:  # no attributes, or an object that answers for itself
        return []
