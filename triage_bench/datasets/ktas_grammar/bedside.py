"""What stands beside a text: the cells of one patient, and what they say about his true state.

What the text says itself (an age, ``SpO2 91%``, the ambulance) is what the cell holds. Such a cell tells nothing
that the text did not; every other one is drawn from its law given the true case, and its chance is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from triage_bench.datasets.ktas_grammar.law import LEVELS, SECOND_LOOK, Case, Evidence, Floats, acuity, world
from triage_bench.datasets.ktas_grammar.tables import Complaint
from triage_bench.datasets.ktas_grammar.vitals import CONSCIOUS, band_of, measures, spreads, tables, years_of

NUMERIC = ("age", "SBP", "DBP", "HR", "RR", "BT", "SpO2", "NRS")
CATEGORICAL = ("sex", "arrival", "AVPU")

Cell = float | str | None
Told = float | str


@dataclass(frozen=True)
class Bedside:
    """The cells of one row.

    Attributes
    ----------
    cells
        By column; None where nothing is written.
    told
        The columns whose value the text says as well.
    """

    cells: Mapping[str, Cell]
    told: frozenset[str]


def stated(text: str, group: str) -> dict[str, Told]:
    """Return what a text says of the columns beside it, by column.

    Parameters
    ----------
    text
        Of the grammar.
    group
        The patient's age group: years beyond it are somebody else's.
    """
    found: dict[str, Told] = {}
    for name, pattern in _patterns().items():
        match = pattern.search(text)
        if match is not None:
            written = next(part for part in match.groups() if part is not None)
            found[name] = float(written) if "." in written else int(written)
    for word, years in tables()["stated"]["years"].items():
        if re.search(rf"(?<!\w){word} 살 (딸|아들)", text):
            found["age"] = years
    if found.get("age", -1) not in years_of(group):
        found.pop("age", None)
    for mode, pieces in tables()["stated"]["arrival"].items():
        if any(piece in text for piece in pieces):
            found.setdefault("arrival", mode)
    return found


def bedside(complaint: Complaint, case: Case, level: int, sex: str, text: str, random: np.random.Generator) -> Bedside:
    """Draw the cells of a row.

    Parameters
    ----------
    complaint, case, sex
        The patient.
    level
        The level after the second look.
    text
        What the row says; see `stated`.
    random
        Gives as many numbers whatever the case.
    """
    told = stated(text, case.age)
    shares, normal = random.random(2 + len(measures())), random.standard_normal(1 + len(measures()))
    ages = years_of(case.age)
    years = int(told.get("age", ages[int(shares[0] * len(ages))]))
    band = band_of(case.age, years)
    by_law = acuity(complaint, case.values)
    laws = spreads(complaint.name, band, level - by_law)
    cells: dict[str, Cell] = {"age": years, "sex": sex, "arrival": _arrival(by_law, shares[1])}
    for name, share, deviate in zip(measures(), shares[2:], normal[1:], strict=True):
        cells[name] = laws[name].draw(case.values, share, deviate)
    cells |= told
    if "DBP" not in told:
        cells["DBP"] = _diastolic(cells["SBP"], band.diastolic, normal[0])
    if isinstance(cells["AVPU"], int | float):
        cells["AVPU"] = CONSCIOUS[int(cells["AVPU"])]
    return Bedside({name: cells[name] for name in (*NUMERIC, *CATEGORICAL)}, frozenset(told))


def evidence(complaint: Complaint, group: str, beside: Bedside) -> Evidence:
    """Return how likely a row's cells are in every case, and for every level where they follow the level.

    Age and sex are drawn whatever the case, and the diastolic pressure given the systolic: they tell nothing more.
    """
    cells = beside.cells
    band = band_of(group, int(_number(cells["age"]) or 0))
    cases = {}
    for step in (0,) if complaint.errand else SECOND_LOOK:
        cases[step] = np.ones(world(complaint.name, group).levels.shape)
        for name, law in spreads(complaint.name, band, step).items():
            if name not in beside.told:
                cases[step] = cases[step] * law.chance(_number(cells[name]))
    mode = cells["arrival"]
    known = "arrival" not in beside.told and mode is not None
    return Evidence(cases, arrival_law()[:, _modes().index(str(mode))] if known else np.ones(LEVELS))


@cache
def arrival_law() -> Floats:
    """Return P(arrival mode | level by the law), shape (5, modes)."""
    shares = np.array(list(tables()["arrival"]["modes"].values())).T
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _modes() -> tuple[str, ...]:
    return tuple(tables()["arrival"]["modes"])


def _arrival(level: int, share: float) -> str | None:
    missing = float(tables()["arrival"]["missing"])
    if share < missing:
        return None
    place = np.searchsorted(np.cumsum(arrival_law()[level - 1]), (share - missing) / (1 - missing), side="right")
    return _modes()[min(int(place), len(_modes()) - 1)]


def _diastolic(systolic: Cell, share: float, deviate: float) -> Cell:
    if not isinstance(systolic, int | float):
        return None
    law = tables()["diastolic"]
    found: int = max(round(share * systolic + law["spread"] * float(deviate)), int(law["low"]))
    return min(found, int(systolic) - int(law["apart"]))


def _number(cell: Cell) -> float | None:
    return float(CONSCIOUS.index(cell)) if isinstance(cell, str) else cell


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in tables()["stated"]["numbers"].items()}
