"""Weights that are not trained: whether they were loaded from elsewhere, or are still what chance drew.

The one probe that looks inside. It asks what every torch module and every Keras layer tells of itself, and says
nothing of models that are neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import erf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.running.examination.subject import Seen, Subject

MOST_OBJECTS, DEEPEST = 500, 4
"""How far networks are looked for among a model's attributes."""

FEWEST, ASKED = 200, 5_000
"""Values of a table below which its distribution is not looked at, and how many are."""

KOLMOGOROV, CENTRED = 1.6, 4.0
"""Kolmogorov-Smirnov distance times the root of the values, and standard errors of the mean from zero, within which a
table looks freshly drawn; chance exceeds the first once in a hundred. Trained tables (word vectors, encoders) have
longer tails in some dimensions than in others, and stand at 5 and more."""

Table = NDArray[np.float64]


def untrained(subject: Subject) -> Seen:
    """Count the weights, those that are kept from training, and those among them that chance drew."""
    tables = list(_tables(getattr(subject.model, "model_", subject.model)))
    if not tables:
        return Seen()
    held = [(name, values) for name, values, trained in tables if not trained]
    drawn = [(name, values) for name, values in held if looks_drawn(values)]
    largest = max(drawn, key=lambda one: one[1].size, default=("", np.empty(0)))[0]
    counts = {
        "weights.of": float(sum(values.size for _, values, _ in tables)),
        "weights.held": float(sum(values.size for _, values in held)),
        "weights.drawn": float(sum(values.size for _, values in drawn)),
    }
    return Seen({**counts, "weights.name": "".join(c for c in largest if c.isprintable())[-60:]})


def looks_drawn(values: Table) -> bool:
    """Whether numbers are spread as initialisations spread them: normal or uniform about zero."""
    numbers = values.ravel()
    numbers = numbers[np.isfinite(numbers) & (numbers != 0)]  # a padding token's row is zero
    if len(numbers) < FEWEST:
        return False
    numbers = np.sort(numbers[:: max(1, len(numbers) // ASKED)])
    spread, root = float(numbers.std()), sqrt(len(numbers))
    if spread == 0 or abs(float(numbers.mean())) > CENTRED * spread / root:
        return False
    z = numbers / spread
    normal = np.array([0.5 * (1 + erf(one / sqrt(2))) for one in z.tolist()])
    uniform = np.clip((z / sqrt(3) + 1) / 2, 0, 1)
    places = (np.arange(len(z)) + 0.5) / len(z)
    return min(float(np.abs(one - places).max()) for one in (normal, uniform)) * root < KOLMOGOROV


def _tables(model: Any) -> Iterator[tuple[str, Table, bool]]:
    """Yield the name, the values and whether training may change them, of every table of weights in a model."""
    for network in _networks(model):
        if callable(getattr(network, "named_parameters", None)):
            for name, one in network.named_parameters():
                yield str(name), _values(one.detach().cpu().numpy()), bool(one.requires_grad)
        else:
            for layer in _layers(network):
                for number, one in enumerate(layer.get_weights()):
                    yield f"{layer.name}.{number}", _values(one), bool(layer.trainable)


def _values(table: Any) -> Table:
    return np.asarray(table, dtype=np.float64)


def _networks(model: Any) -> Iterator[Any]:
    """Yield torch modules and Keras models among an object's attributes, none within another."""
    asked, seen = [(model, 0)], set[int]()
    while asked and len(seen) < MOST_OBJECTS:
        one, depth = asked.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        if _is_network(one):
            yield one
        elif depth < DEEPEST:
            asked += [(part, depth + 1) for part in _parts(one)]


def _is_network(one: Any) -> bool:
    modules = {part.__module__.partition(".")[0] for part in type(one).__mro__}
    return bool({"torch", "keras", "tensorflow"} & modules) and (
        hasattr(one, "named_parameters") or hasattr(one, "layers")
    )


def _layers(network: Any) -> Iterator[Any]:
    for layer in network.layers:
        if getattr(layer, "layers", None):
            yield from _layers(layer)
        else:
            yield layer


def _parts(one: Any) -> list[Any]:
    if isinstance(one, dict):
        return list(one.values())[:MOST_OBJECTS]
    if isinstance(one, list | tuple):
        return list(one)[:MOST_OBJECTS]
    return list(vars(one).values()) if hasattr(one, "__dict__") and not isinstance(one, type) else []
