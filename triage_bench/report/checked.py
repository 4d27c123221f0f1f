"""Findings as the page shows them: by data set, and where there are many data sets in one table of all checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]
Together = tuple[Entry, ...]
"""Findings of one check with the same outcome, one per model."""

MANY = 3
"""Data sets up to which each shows its own list of what passed; beyond, one table says it once."""
URGENT, JUDGED, UNJUDGED = ("issue", "tip", "muted"), ("passed",), ("skipped", "not_applicable")


@dataclass(frozen=True)
class Checked:
    """The findings of one data set: what asks for attention, what passed, what could not be judged."""

    dataset: Entry
    urgent: tuple[Together, ...]
    passed: tuple[Together, ...]
    other: tuple[Together, ...]
    tally: Mapping[str, int]


@dataclass(frozen=True)
class Overview:
    """Every check on every data set.

    Attributes
    ----------
    datasets
        Names, one per column.
    rows
        Per check its code and one outcome per data set: the gravest of its models, None where it was not made.
    reasons
        What could not be judged, by reason, over all data sets.
    """

    datasets: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str | None, ...]], ...]
    reasons: tuple[Together, ...]


def checked_of(view: Entry, datasets: Sequence[Entry]) -> list[Checked]:
    """Return what was found of each data set; data sets without findings are left out."""
    by_name: dict[str, list[Entry]] = {}
    for one in view["findings"]:
        by_name.setdefault(one["dataset"], []).append(one)
    return [
        Checked(
            one,
            _together(own, URGENT),
            _together(own, JUDGED),
            _alike(own),
            view["tally"][one["name"]],
        )
        for one in datasets
        if (own := by_name.get(one["name"]))
    ]


def overview_of(view: Entry, checked: Sequence[Checked]) -> Overview | None:
    """Return the table of all checks where there are many data sets."""
    if len(checked) <= MANY:
        return None
    gravest: dict[tuple[str, str], str] = {}
    order = (*URGENT, *JUDGED, *UNJUDGED)
    for one in sorted(view["findings"], key=lambda one: -order.index(one["outcome"])):
        gravest[one["code"], one["dataset"]] = one["outcome"]
    names = tuple(one.dataset["name"] for one in checked)
    codes = sorted({code for code, _ in gravest})
    rows = tuple((code, tuple(gravest.get((code, name)) for name in names)) for code in codes)
    return Overview(names, rows, _alike(view["findings"]))


def _together(findings: Sequence[Entry], outcomes: Sequence[str]) -> tuple[Together, ...]:
    grouped: dict[tuple[int, str], list[Entry]] = {}
    for one in findings:
        if one["outcome"] in outcomes:
            grouped.setdefault((outcomes.index(one["outcome"]), one["code"]), []).append(one)
    return tuple(tuple(grouped[key]) for key in sorted(grouped))


def _alike(findings: Sequence[Entry]) -> tuple[Together, ...]:
    """Group what could not be judged by its reason: dozens of checks share a few."""
    grouped: dict[tuple[int, str], dict[str, Entry]] = {}
    for one in findings:
        if one["outcome"] in UNJUDGED:
            key = UNJUDGED.index(one["outcome"]), one["text"]["ko"]
            grouped.setdefault(key, {}).setdefault(one["code"], one)
    return tuple(tuple(grouped[key].values()) for key in sorted(grouped))
