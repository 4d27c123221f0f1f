"""Tables of what each check must say of which planted run, and what their tests have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

Cases = Mapping[str, Mapping[str, Sequence[Callable[..., Any]]]]
"""Code → outcome → what plants the runs in which the check must come out so."""


def each_of(cases: Cases) -> list[Any]:
    """Return (code, outcome, what plants the run) of every case as parameters of a test."""
    return [
        pytest.param(code, outcome, plant, id=f"{code}-{outcome}-{number}")
        for code, outcomes in cases.items()
        for outcome, plants in outcomes.items()
        for number, plant in enumerate(plants)
    ]


def numbers_in(text: str) -> list[str]:
    return sorted(re.findall(r"\d+(?:[.,]\d+)*", text))
