"""How acute a case is, which cases exist, and what can be known from the part that was said.

The law follows KTAS: a complaint has a level of its own (fixed, or graded by pain, bleeding,
injury …; chronic courses are a level less urgent), and first-order modifiers (breathing,
consciousness, circulation, temperature, mechanism of injury) may only raise it. The most
urgent one decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from triage_bench.datasets.ktas_grammar.tables import Axis, Complaint, axes, complaints

LEVELS = 5
SECOND_LOOK = {-1: 0.055, 0: 0.89, 1: 0.055}
"""How often what the nurse sees or measures later moves a level up or down; no text tells it."""
CUE_REACH = 4.0
"""Log-odds by which a cue prefers a level to the next one."""
CUE_TOLD = 0.95
"""How often each cue is told, unless a draw says otherwise."""
Floats = NDArray[np.float64]


@cache
def cue_law() -> Floats:
    """Return P(cue value | level by the law), shape (5, 5): neighbouring levels sound alike at times.

    Level 1 always sounds like level 1, so that nobody in cardiac arrest came by bus.
    """
    distance = np.abs(np.subtract.outer(np.arange(LEVELS), np.arange(LEVELS)))
    law = np.exp(-CUE_REACH * distance) * (distance <= 1)
    law[0] = np.eye(LEVELS)[0]
    return np.asarray(law / law.sum(axis=1, keepdims=True))


@cache
def _cue_ends() -> Floats:
    ends = np.cumsum(cue_law(), axis=1)
    ends[:, -1] = 1.0
    return ends


@cache
def second_look() -> Floats:
    """Return P(level | level by the law), shape (5, 5); level 1 is never missed nor made up."""
    moves = np.zeros((LEVELS, LEVELS))
    moves[0, 0] = 1
    for level in range(1, LEVELS):
        for step, share in SECOND_LOOK.items():
            moves[level, min(max(level + step, 1), LEVELS - 1)] += share
    return moves


@cache
def looked_by(step: int) -> Floats:
    """Return the part of `second_look` that moves a level by `step`, shape (5, 5)."""
    moved = np.subtract.outer(np.arange(LEVELS), np.arange(LEVELS)).T
    return np.asarray(second_look() * (moved == step))


@dataclass(frozen=True)
class Case:
    """A patient as nature made one.

    Attributes
    ----------
    complaint
        Index into the sampler's complaints.
    age
        Age group.
    values
        Index of the true value per axis of the complaint.
    """

    complaint: int
    age: str
    values: tuple[int, ...]


@dataclass(frozen=True)
class Said:
    """What a text tells of a case.

    Attributes
    ----------
    values
        Per axis of the complaint the value that is told, or None.
    cues
        Per cue of the complaint the level it sounds like (0 … 4), or None.
    """

    values: tuple[int | None, ...]
    cues: tuple[int | None, ...]


@dataclass(frozen=True, eq=False)
class Evidence:
    """How likely what stands beside a text is.

    Attributes
    ----------
    cases : mapping of int to ndarray of float64
        Step of the second look → given each combination of true values; shape of `World.levels`.
    levels : ndarray of float64, shape (5,)
        Given each level by the law.
    """

    cases: Mapping[int, Floats]
    levels: Floats


def acuity(complaint: Complaint, values: Sequence[int]) -> int:
    """Return the KTAS level (1 = most urgent … 5) of a complaint with all its facts known.

    Parameters
    ----------
    complaint
        What the patient comes with.
    values
        Index of the value on each of the complaint's axes.
    """
    own, shift, first = complaint.base, 0, LEVELS
    for axis, index in zip(_axes_of(complaint), values, strict=True):
        level = axis.values[index].level
        if axis.law == "grade":
            own = min(own, level + complaint.offset)
        elif axis.law == "shift":
            shift += level
        else:
            first = min(first, level)
    return min(own + shift, first, LEVELS)


@dataclass(frozen=True, eq=False)
class World:
    """Every case of one complaint in one age group, with its chance and its level.

    Attributes
    ----------
    complaint
        The complaint.
    age
        The age group.
    chances : tuple of ndarray
        Chance of each value, per axis; the axes are independent.
    levels : ndarray of int64
        Level of every combination of values; one dimension per axis.
    """

    complaint: Complaint
    age: str
    chances: tuple[Floats, ...]
    levels: NDArray[np.int64]

    def joint(self, weights: Sequence[Floats], cases: Floats | None = None) -> Floats:
        """Return the sum of products of per-axis weights, and of a weight per case, for each level, shape (5,)."""
        product: Floats = np.ones(())
        for weight in weights:
            product = np.multiply.outer(product, weight)
        if cases is not None:
            product = product * cases
        return _per_level(self.levels.ravel(), product.ravel())

    def said_weights(self, said: Sequence[int | None], ambiguity: float) -> tuple[Floats, ...]:
        """Return per axis the chance of each value together with what was said of it."""
        found = []
        for axis, chance, told in zip(_axes_of(self.complaint), self.chances, said, strict=True):
            unsaid = np.array([value.unsaid(ambiguity) for value in axis.values])
            found.append(chance * unsaid if told is None else chance * (1 - unsaid) * (np.arange(len(chance)) == told))
        return tuple(found)


@cache
def world(name: str, age: str) -> World:
    """Return the world of one complaint and age group."""
    complaint = next(c for c in complaints() if c.name == name)
    chances = tuple(_chances(axis, complaint, age) for axis in _axes_of(complaint))
    levels = np.empty([len(chance) for chance in chances], dtype=np.int64)
    for index in np.ndindex(levels.shape):
        levels[index] = acuity(complaint, index)
    return World(complaint, age, chances, levels)


def _axes_of(complaint: Complaint) -> tuple[Axis, ...]:
    return tuple(axes()[name] for name in complaint.axes)


def _chances(axis: Axis, complaint: Complaint, age: str) -> Floats:
    given = complaint.odds.get(axis.name, tuple(value.odds for value in axis.values))
    odds = np.array([0.0 if age in value.never else o for value, o in zip(axis.values, given, strict=True)])
    shares: Floats = odds / odds.sum()
    return shares


class Nature:
    """Draws cases of given levels and knows the posterior of a level given what was said.

    Parameters
    ----------
    topics
        Organ systems to draw from; empty means all.
    class_mix
        Share of each level among the cases, most urgent first.
    ambiguity
        How much of what decides is left unsaid, in [0, 1].
    cues
        How often each cue is told.
    """

    def __init__(
        self, topics: Sequence[str], class_mix: Sequence[float], ambiguity: float, cues: float = CUE_TOLD
    ) -> None:
        self.complaints = tuple(c for c in complaints() if not topics or c.system in topics)
        self.ambiguity, self.cues = ambiguity, cues
        self._worlds = [world(c.name, age) for c in self.complaints for age in c.ages]
        shares = [c.weight * c.ages[age] / sum(c.ages.values()) for c in self.complaints for age in c.ages]
        self._cells = [w.levels.size for w in self._worlds]
        self._levels = np.concatenate([w.levels.ravel() for w in self._worlds])
        self._chances = np.concatenate([s * _outer(w) for s, w in zip(shares, self._worlds, strict=True)])
        plain = np.concatenate([np.full(w.levels.size, w.complaint.errand) for w in self._worlds])
        looked = np.where(plain[:, None], np.eye(LEVELS)[self._levels - 1], second_look()[self._levels - 1])
        self._final = looked * self._chances[:, None]
        natural = self._final.sum(axis=0)
        mix = np.asarray(class_mix, dtype=float) / sum(class_mix)
        self.missing_levels = tuple(int(i) + 1 for i in np.flatnonzero((mix > 0) & (natural <= 0)))
        self._tilt = np.divide(mix, natural, out=np.zeros(LEVELS), where=natural > 0)
        self._place = {c.name: i for i, c in enumerate(self.complaints)}
        self._ends = np.cumsum(self._cells)
        self._posteriors: dict[tuple[int, str, Said], Floats] = {}

    def draw(self, level: int, count: int, random: np.random.Generator) -> list[Case]:
        """Return `count` cases of one level, each as often as nature has it among that level."""
        chance = self._final[:, level - 1]
        cells = random.choice(len(chance), size=count, p=chance / chance.sum()) if count else ()
        return [self._case(int(cell), int(np.searchsorted(self._ends, cell, side="right"))) for cell in cells]

    def tell(self, case: Case, random: np.random.Generator) -> Said:
        """Choose which facts of a case are told, and what its cues sound like."""
        complaint = self.complaints[case.complaint]
        level = acuity(complaint, case.values)
        draws = random.random(len(case.values))
        values = tuple(
            None if draw < axis.values[value].unsaid(self.ambiguity) else value
            for axis, value, draw in zip(_axes_of(complaint), case.values, draws, strict=True)
        )
        ends = _cue_ends()[level - 1]
        sounds = np.searchsorted(ends, random.random(len(complaint.cues)), side="right")
        told = random.random(len(complaint.cues)) < self.cues
        return Said(values, tuple(int(s) if t else None for s, t in zip(sounds, told, strict=True)))

    def posterior(self, complaint: int, age: str, said: Said) -> Floats:
        """Return P(level | complaint, age group, what was said) under the class mix, shape (5,).

        Exact: every combination of the values that were left unsaid is summed over.
        """
        key = (complaint, age, said)
        if key not in self._posteriors:
            there = world(self.complaints[complaint].name, age)
            joint = there.joint(there.said_weights(said.values, self.ambiguity))
            for cue in said.cues:
                joint = joint * (1.0 if cue is None else cue_law()[:, cue])
            if not there.complaint.errand:
                joint = joint @ second_look()
            joint = joint * self._tilt
            self._posteriors[key] = joint / joint.sum()
        return self._posteriors[key]

    def posterior_beside(self, complaint: int, age: str, said: Said, beside: Evidence) -> Floats:
        """Return the posterior given what stands beside the text as well, shape (5,). Exact too."""
        there = world(self.complaints[complaint].name, age)
        weights = there.said_weights(said.values, self.ambiguity)
        by_law = beside.levels
        for cue in said.cues:
            by_law = by_law * (1.0 if cue is None else cue_law()[:, cue])
        if there.complaint.errand:
            joint = there.joint(weights, beside.cases[0]) * by_law
        else:
            parts = [there.joint(weights, one) * by_law @ looked_by(step) for step, one in beside.cases.items()]
            joint = np.sum(parts, axis=0)
        joint = joint * self._tilt
        shares: Floats = joint / joint.sum()
        return shares

    def _case(self, cell: int, place: int) -> Case:
        found = self._worlds[place]
        inside = cell - int(self._ends[place] - self._cells[place])
        values = tuple(int(i) for i in np.unravel_index(inside, found.levels.shape)) if found.levels.shape else ()
        return Case(self._place[found.complaint.name], found.age, values)


def _outer(found: World) -> Floats:
    product: Floats = np.ones(())
    for chance in found.chances:
        product = np.multiply.outer(product, chance)
    return product.ravel()


def _per_level(levels: NDArray[np.int64], weights: Floats) -> Floats:
    return np.bincount(levels - 1, weights=weights, minlength=LEVELS).astype(np.float64)
