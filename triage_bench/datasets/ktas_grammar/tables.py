"""The grammar's tables, read from the TOML files beside this one and checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from triage_bench.datasets.ktas_grammar.korean import Clause

_HERE = Path(__file__).resolve().parent
_NOT_VALUES = {"slot", "law"}
_ADULTS = {"adult": 0.75, "elder": 0.25}
AGES = ("adult", "elder", "pregnant", "child", "infant")


@dataclass(frozen=True)
class Value:
    """One state a patient can be in on an axis, and how each speaker puts it.

    Attributes
    ----------
    name, level, odds
        Its name; the KTAS level it asks for (or the shift it adds); how often it occurs.
    omit, silent
        How readily it is left unsaid, relative to the ambiguity; or the chance itself.
    never
        Age groups in which it does not occur.
    say, see, baby, note
        The patient's, the guardian's (of an infant: `baby`) and the nurse's words.
    """

    name: str
    level: int
    odds: float
    omit: float
    silent: float | None
    never: frozenset[str]
    say: tuple[Clause | str, ...]
    see: tuple[Clause | str, ...]
    baby: tuple[Clause | str, ...]
    note: tuple[str, ...]

    def unsaid(self, ambiguity: float) -> float:
        """Return the chance that this value is left out of the text."""
        return self.silent if self.silent is not None else min(1.0, ambiguity * self.omit)


@dataclass(frozen=True)
class Axis:
    """One thing that can differ between patients with the same complaint."""

    name: str
    slot: str
    law: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Cue:
    """What one level usually sounds like in one respect: for a patient, a guardian, of a child, a nurse."""

    say: tuple[Clause, ...]
    see: tuple[Clause, ...]
    child: tuple[Clause, ...]
    note: tuple[str, ...]
    child_note: tuple[str, ...]


@dataclass(frozen=True)
class Complaint:
    """What a patient comes with.

    Attributes
    ----------
    name, system
        Its key, and the organ system that serves as topic.
    base, offset
        The level without any modifier, and what is added to the level of a graded axis.
    axes
        Names of the axes on which its patients differ.
    odds
        Axis → chances that replace the axis's own.
    ages
        Age group → share.
    sex
        ``"F"`` or ``"M"`` where only one can have it.
    timing
        ``"since"`` (a state), ``"at"`` (an event) or ``"none"`` (says its own time).
    pace
        Time scale of an acute onset: ``"acute"`` (hours), ``"days"`` or ``"now"``.
    cues
        Names of the cues that make sense with it.
    weight
        How common it is.
    weeks
        Weeks of pregnancy, from and to.
    say, see, note
        The patient's, the guardian's and the nurse's words.
    """

    name: str
    system: str
    base: int
    offset: int
    axes: tuple[str, ...]
    odds: Mapping[str, tuple[float, ...]]
    ages: Mapping[str, float]
    sex: str | None
    timing: str
    pace: str
    cues: tuple[str, ...]
    weight: float
    weeks: tuple[int, int]
    say: tuple[Clause, ...]
    see: tuple[Clause, ...]
    note: tuple[str, ...]

    @property
    def errand(self) -> bool:
        """Whether the visit is for a paper, a prescription or stitches, not for an illness."""
        return self.base == 5 and not self.axes and self.timing == "none"


@cache
def axes() -> dict[str, Axis]:
    """Return every axis by name."""
    return {name: _axis(name, table) for name, table in _read(_HERE / "axes.toml").items()}


@cache
def complaints() -> tuple[Complaint, ...]:
    """Return every complaint, in the order of its file's name and place."""
    found = []
    for path in sorted((_HERE / "complaints").glob("*.toml")):
        table = _read(path)
        system = table.pop("system")
        found += [_complaint(name, system, entry) for name, entry in table.items()]
    return tuple(found)


@cache
def systems() -> tuple[str, ...]:
    """Return the organ systems, which are the topics."""
    return tuple(dict.fromkeys(complaint.system for complaint in complaints()))


@cache
def cues() -> dict[str, tuple[Cue, ...]]:
    """Return what everyone tells whatever the complaint: name → its five values."""
    table = _read(_HERE / "cues.toml")
    return {name: tuple(_cue(values[str(level)]) for level in range(1, 6)) for name, values in table.items()}


@cache
def speech() -> dict[str, Any]:
    """Return how speakers begin, end and colour what they say."""
    return _read(_HERE / "speech.toml")


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _axis(name: str, table: Mapping[str, Any]) -> Axis:
    slot = table.get("slot", "clause")
    values = tuple(_value(key, entry, slot) for key, entry in table.items() if key not in _NOT_VALUES)
    return Axis(name, slot, table["law"], values)


def _cue(entry: Mapping[str, Any]) -> Cue:
    say, see, child = (tuple(map(Clause.parse, entry.get(key, ()))) for key in ("say", "see", "child"))
    return Cue(
        say, see or say, child or see or say, tuple(entry["note"]), tuple(entry.get("child_note", entry["note"]))
    )


def _value(name: str, entry: Mapping[str, Any], slot: str) -> Value:
    return Value(
        name=name,
        level=entry["level"],
        odds=entry["odds"],
        omit=entry.get("omit", 0.0),
        silent=entry.get("silent"),
        never=frozenset(entry.get("never", ())),
        say=_phrases(entry.get("say", ()), slot),
        see=_phrases(entry.get("see", ()), slot, seen=True),
        baby=_phrases(entry.get("baby", ()), slot, seen=True),
        note=tuple(entry.get("note", ())),
    )


def _phrases(texts: Any, slot: str, seen: bool = False) -> tuple[Clause | str, ...]:
    return tuple(Clause.parse(text, seen) if slot == "clause" else text for text in texts)


def _complaint(name: str, system: str, entry: Mapping[str, Any]) -> Complaint:
    unknown = set(entry.get("axes", ())) - set(axes()) | set(entry.get("ages", ())) - set(AGES)
    if unknown:
        raise ValueError(f"complaint {name!r} names unknown axes or ages {sorted(unknown)}")
    first, last = entry.get("weeks", (20, 38))
    return Complaint(
        name=name,
        system=system,
        base=entry.get("base", 5),
        offset=entry.get("offset", 0),
        axes=tuple(entry["axes"]),
        odds={axis: tuple(odds) for axis, odds in entry.get("odds", {}).items()},
        ages=entry.get("ages", _ADULTS),
        sex=entry.get("sex"),
        timing=entry.get("timing", "since"),
        pace=entry.get("pace", "acute"),
        cues=tuple(entry.get("cues", cues())),
        weight=entry.get("weight", 1.0),
        weeks=(first, last),
        say=tuple(Clause.parse(text) for text in entry.get("say", ())),
        see=tuple(Clause.parse(text, seen=True) for text in entry.get("see", ())),
        note=tuple(entry["note"]),
    )
