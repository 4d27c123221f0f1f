"""How a patient in a known state measures: the tables of ``vitals.toml``, read and checked once.

A measure is a normal variable around the healthy value of the patient's age, moved by every state he is in,
rounded as a nurse writes it and cut to what an instrument shows; or the cell is empty. So the chance of a cell is
exact: the mass of the normal between the edges of its rounding.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from triage_bench.datasets.ktas_grammar.law import World, world
from triage_bench.datasets.ktas_grammar.tables import axes, complaints

CONSCIOUS = ("A", "V", "P", "U")
"""Alert, answers to voice, answers to pain, unresponsive: the steps of the measure ``"AVPU"``."""

Floats = NDArray[np.float64]
Move = tuple[float, float]


@dataclass(frozen=True)
class Measure:
    """What can be written for one measure.

    Attributes
    ----------
    name
        The column.
    low, high, step
        The least and the largest value an instrument shows, and the rounding.
    missing
        How often nothing is written.
    """

    name: str
    low: float
    high: float
    step: float
    missing: float

    @property
    def ends(self) -> tuple[int, int]:
        """The least and the largest value, in steps."""
        return round(self.low / self.step), round(self.high / self.step)

    def written(self, steps: int) -> float:
        """Return a number of steps as a nurse writes it: 36.6, 97."""
        return steps if self.step == 1 else round(steps * self.step, 1)


@dataclass(frozen=True)
class Effect:
    """What a state, or a complaint, does to the measures.

    Attributes
    ----------
    moves
        By how much it moves a mean, and the spread that the measure then has.
    missing
        How often it keeps a cell empty.
    """

    moves: Mapping[str, Move]
    missing: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Band:
    """The healthy of one age.

    Attributes
    ----------
    group, first, last
        The grammar's age group, and the years of the band.
    diastolic
        Diastolic pressure as a share of the systolic.
    healthy
        Mean and spread of each measure.
    missing
        Share of empty cells where it differs from the measure's own.
    """

    group: str
    first: int
    last: int
    diastolic: float
    healthy: Mapping[str, Move]
    missing: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Spread:
    """One measure of one complaint at one age, for every combination of true values.

    Attributes
    ----------
    measure
        What is measured.
    mean, deviation, missing : ndarray of float64
        Shape of `World.levels`.
    """

    measure: Measure
    mean: Floats
    deviation: Floats
    missing: Floats

    def draw(self, at: tuple[int, ...], empty: float, normal: float) -> float | None:
        """Return a cell of a patient with the values `at`, from a uniform and a standard normal number."""
        if empty < self.missing[at]:
            return None
        low, high = self.measure.ends
        steps = round(float((self.mean[at] + self.deviation[at] * normal) / self.measure.step))
        return self.measure.written(min(max(steps, low), high))

    def chance(self, cell: float | None) -> Floats:
        """Return the chance of a cell for every combination of true values; those of all cells sum to 1."""
        if cell is None:
            return self.missing
        low, high = self.measure.ends
        steps = round(cell / self.measure.step)
        above = np.inf if steps == high else (steps + 0.5) * self.measure.step
        below = -np.inf if steps == low else (steps - 0.5) * self.measure.step
        inside = ndtr((above - self.mean) / self.deviation) - ndtr((below - self.mean) / self.deviation)
        return np.asarray((1 - self.missing) * inside)


@cache
def tables() -> dict[str, Any]:
    """Return ``vitals.toml`` as it stands."""
    return tomllib.loads(Path(__file__).with_name("vitals.toml").read_text(encoding="utf-8"))


@cache
def measures() -> dict[str, Measure]:
    """Return every measure by its column."""
    return {name: Measure(name, **given) for name, given in tables()["measures"].items()}


@cache
def bands() -> tuple[Band, ...]:
    """Return the healthy of every age."""
    return tuple(
        Band(
            group=one["group"],
            first=one["years"][0],
            last=one["years"][1],
            diastolic=one["diastolic"],
            healthy={name: (one[name][0], one[name][1]) for name in measures()},
            missing=one.get("missing", {}),
        )
        for one in tables()["bands"]
    )


@cache
def years_of(group: str) -> range:
    """Return the years that patients of an age group can have."""
    found = [one for one in bands() if one.group == group]
    return range(found[0].first, found[-1].last + 1)


def band_of(group: str, years: int) -> Band:
    """Return the band of a patient."""
    return next(one for one in bands() if one.group == group and one.first <= years <= one.last)


@cache
def spreads(complaint: str, band: Band, step: int) -> dict[str, Spread]:
    """Return how every measure of one complaint spreads at one age, after a second look that moved the level so."""
    there = world(complaint, band.group)
    shape = there.levels.shape
    always = np.ones(shape, dtype=bool)
    whole = (effects_of_complaints().get(complaint), seen_again().get(step))
    effects = [*_effects(there), *((effect, always) for effect in whole if effect is not None)]
    found = {}
    for name, measure in measures().items():
        mean, healthy = band.healthy[name]
        means, widest = np.full(shape, mean), np.zeros(shape)
        present = np.full(shape, 1 - band.missing.get(name, measure.missing))
        for effect, where in effects:
            move, spread = effect.moves.get(name, (0.0, 0.0))
            means = means + move * where
            widest = np.maximum(widest, spread * where)
            present = present * np.where(where, 1 - effect.missing.get(name, 0.0), 1.0)
        found[name] = Spread(measure, means, np.where(widest > 0, widest, healthy), 1 - present)
    return found


@cache
def effects_of_states() -> dict[str, dict[str, Effect]]:
    """Return axis → value → what it does.

    Raises
    ------
    ValueError
        If the file names what the grammar does not have.
    """
    given: dict[str, dict[str, Any]] = tables()["states"]
    for axis, values in given.items():
        known = {value.name for value in axes()[axis].values} if axis in axes() else set()
        if values.keys() - known:
            raise ValueError(f"vitals.toml names unknown states {sorted(values.keys() - known)} of {axis!r}")
    return {axis: {name: _effect(one) for name, one in values.items()} for axis, values in given.items()}


@cache
def effects_of_complaints() -> dict[str, Effect]:
    """Return complaint → what it does whatever the case.

    Raises
    ------
    ValueError
        If the file names a complaint that the grammar does not have.
    """
    given: dict[str, Any] = tables()["complaints"]
    unknown = given.keys() - {one.name for one in complaints()}
    if unknown:
        raise ValueError(f"vitals.toml names unknown complaints {sorted(unknown)}")
    return {name: _effect(one) for name, one in given.items()}


@cache
def seen_again() -> dict[int, Effect]:
    """Return step of the second look → what it saw."""
    return {step: _effect(tables()["second_look"][name]) for step, name in ((-1, "up"), (1, "down"))}


def _effects(there: World) -> Iterator[tuple[Effect, NDArray[np.bool_]]]:
    """Yield every state that a complaint's patients can be in, with the combinations in which they are."""
    for place, name in enumerate(there.complaint.axes):
        for index, value in enumerate(axes()[name].values):
            effect = effects_of_states().get(name, {}).get(value.name)
            if effect is not None:
                yield effect, np.indices(there.levels.shape)[place] == index


def _effect(given: Mapping[str, Any]) -> Effect:
    missing = given.get("missing", {})
    unknown = (given.keys() | missing.keys()) - measures().keys() - {"missing"}
    if unknown:
        raise ValueError(f"vitals.toml names unknown measures {sorted(unknown)}")
    return Effect({name: (move[0], move[1]) for name, move in given.items() if name != "missing"}, missing)
