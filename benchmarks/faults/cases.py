"""The cases of a campaign: which fault is planted in which rows, and what the verdict should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks.faults import catalogue
from benchmarks.faults.catalogue import HEALTHY, Also, Fault, Model, Place
from benchmarks.faults.origins import Origin, Part, part_of
from benchmarks.faults.rows import Rows
from triage_bench.core.digest import digest
from triage_bench.core.seeds import generator_for

SIZES = (200, 500, 1_000, 2_000)
MODEL_SIZES = (500, 1_000, 2_000)


@dataclass(frozen=True)
class Planted:
    """One fault of a case.

    Attributes
    ----------
    name, strength
        What was planted, and how strongly.
    cause
        What the verdict's list must hold.
    accepted
        The right headlines; `cause` first.
    in_model
        Whether the verdict on the brought model is asked, not the one on the data.
    """

    name: str
    strength: float
    cause: str
    accepted: tuple[str, ...]
    in_model: bool = False


@dataclass(frozen=True)
class Case:
    """One file, perhaps with a model, and the truth about it.

    Attributes
    ----------
    origin, size, seed
        Which rows: the data set, how many, which draw.
    planted
        What is wrong; one entry with the cause ``healthy`` where nothing is.
    faults
        What is done to the rows, in this order.
    model
        What is brought, or None.
    """

    origin: str
    size: int
    seed: int
    planted: tuple[Planted, ...]
    faults: tuple[tuple[Fault, float], ...]
    model: Model | None = None

    @property
    def part(self) -> Part:
        """Whether thresholds may look at it."""
        return part_of(self.origin, self.seed)

    @property
    def kind(self) -> str:
        """``data``, ``model``, ``healthy data``, ``healthy model`` or ``two faults``."""
        if len(self.planted) > 1:
            return "two faults"
        what = "model" if self.planted[0].in_model else "data"
        return f"healthy {what}" if self.planted[0].cause == HEALTHY else what

    @property
    def name(self) -> str:
        """Unique and stable: a campaign resumes by it."""
        what = "+".join(f"{one.name}@{one.strength:g}" for one in self.planted)
        return f"{self.origin}-{self.size}-s{self.seed}/{what}"

    def rows(self, origin: Origin) -> Rows:
        """Draw the rows and plant the faults."""
        drawn = max((fault.drawn for fault, _ in self.faults), default=1)
        rows = origin.draw(drawn * self.size, self.seed)
        for fault, strength in self.faults:
            rows = fault.plant(rows, strength, generator_for("faults", self.name, fault.name))
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Return what a result line says of the case."""
        return {
            "case": self.name,
            "part": self.part,
            "kind": self.kind,
            "origin": self.origin,
            "size": self.size,
            "seed": self.seed,
            "planted": [vars(one) | {"accepted": list(one.accepted)} for one in self.planted],
        }


def cases(part: Part, origins: Mapping[str, Origin], sizes: Sequence[int], per_place: int = 1) -> tuple[Case, ...]:
    """Return all cases of a part that this machine's data sets allow.

    Parameters
    ----------
    part
        ``"setting"`` or ``"untouched"``.
    origins
        What can be drawn from.
    sizes
        Rows per file.
    per_place
        Cases for each fault, strength and size; they go round the data sets, each with a seed of its own.

    Returns
    -------
    tuple of Case
        In an order without meaning, so that the first hundred are a fair sample.
    """
    planner = _Planner(part, origins)
    data = [case for size in sizes for case in planner.data(size, per_place)]
    model = [case for size in sizes if size in MODEL_SIZES for case in planner.models(size, per_place)]
    two = [case for size in sizes if size >= MODEL_SIZES[0] for case in planner.together(size, per_place)]
    return tuple(sorted((*data, *model, *two), key=lambda case: digest(case.name)))


class _Planner:
    """Hands out data sets in turn, and seeds that are never used twice."""

    def __init__(self, part: Part, origins: Mapping[str, Origin]) -> None:
        self._part, self._origins = part, origins
        self._seeds = count(0 if part == "setting" else 1, 2)
        self._turn = count()

    def data(self, size: int, per_place: int) -> Iterator[Case]:
        """Yield every fault of a file at every strength, and as many sound files."""
        faulty = [(fault, strength) for fault in catalogue.FAULTS for strength in fault.strengths] * per_place
        if size != min(SIZES):  # so few rows are few, whatever size they were drawn at
            faulty = [(fault, strength) for fault, strength in faulty if fault.name != "few-rows"]
        found = [case for fault, strength in faulty for case in self._case(size, [(fault, strength)])]
        yield from found
        for number in range(len(found)):
            sound = catalogue.SOUND_DATA[number % len(catalogue.SOUND_DATA)]
            yield from self._case(size, [(sound, sound.strengths[0])])

    def models(self, size: int, per_place: int) -> Iterator[Case]:
        """Yield every faulty model, and as many sound ones."""
        faulty = [one for one in catalogue.FAULTY_MODELS if size >= one.least_rows] * per_place
        sound = [one for one in catalogue.SOUND_MODELS if size >= one.least_rows]
        for number, model in enumerate(faulty):
            yield from self._case(size, [], model)
            yield from self._case(size, [], sound[number % len(sound)])

    def together(self, size: int, per_place: int) -> Iterator[Case]:
        """Yield every pair of faults."""
        faults = {fault.name: fault for fault in catalogue.FAULTS}
        models = {model.name: model for model in catalogue.FAULTY_MODELS}
        for _ in range(per_place):
            for pair in catalogue.TOGETHER:
                yield from self._case(size, [(faults[name], strength) for name, strength in pair])
            for (name, strength), model in catalogue.TOGETHER_WITH_MODEL:
                yield from self._case(size, [(faults[name], strength)], models[model])

    def _case(self, size: int, faults: list[tuple[Fault, float]], model: Model | None = None) -> Iterator[Case]:
        drawn = size * max((fault.drawn for fault, _ in faults), default=1)
        barred = {name for fault, _ in faults for name in fault.not_on}
        seed = next(self._seeds)
        fitting = [
            one
            for one in self._origins.values()
            if one.offers(drawn) and one.name not in barred and part_of(one.name, seed) == self._part
        ]
        if not fitting:
            return
        origin = fitting[next(self._turn) % len(fitting)]
        planted = [_planted(fault, strength, size, origin) for fault, strength in faults]
        planted += [_planted_model(model, size, origin)] if model else []
        yield Case(origin.name, size, seed, tuple(planted), tuple(faults), model)


def _planted(fault: Fault, strength: float, size: int, origin: Origin) -> Planted:
    place = Place(strength, size, origin.classes)
    return Planted(fault.name, strength, fault.cause, _accepted(fault.cause, fault.also, place))


def _planted_model(model: Model, size: int, origin: Origin) -> Planted:
    place = Place(0.0, size, origin.classes)
    return Planted(model.name, 0.0, model.cause, _accepted(model.cause, model.also, place), in_model=True)


def _accepted(cause: str, also: Sequence[Also], place: Place) -> tuple[str, ...]:
    return (cause, *(one.cause for one in also if one.where(place)))
