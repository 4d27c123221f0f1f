"""Odd columns are found, and sound ones are left alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from triage_bench.core.dataset import Dataset
from triage_bench.datasets.beside import Beside, with_columns
from triage_bench.datasets.vital_signs import sign_of

ROWS = 400


def noticed(official: bool = False, **columns: Iterable[Any]) -> dict[str, tuple[int, str]]:
    rng = np.random.default_rng(0)
    dataset = Dataset(
        name="rows",
        texts=tuple(f"열이 {i}일째" for i in range(ROWS)),
        labels=np.arange(ROWS) % 2,
        label_names=("급함", "안 급함"),
        official=(np.arange(ROWS) >= 200).astype(np.int8) if official else None,
        columns={
            "체온": tuple(rng.normal(37, 0.6, ROWS).tolist()),
            "arrival": tuple(rng.choice(["119", "도보"], ROWS).tolist()),
            **{name: tuple(values) for name, values in columns.items()},
        },
    )
    names = tuple(name for name in dataset.columns if name != "arrival")
    found = with_columns(dataset, Beside(names, ("arrival",)))
    return {one.code: (one.count, one.text.en) for one in found.notices}


@pytest.mark.parametrize("official", [False, True])
def test_sound_columns_leave_nothing_but_their_number(official: bool) -> None:
    assert set(noticed(official)) == {"columns.read"}


def test_a_temperature_in_fahrenheit_and_a_code_for_missing_are_impossible() -> None:
    fahrenheit = [98.6] + [36.5] * (ROWS - 1)
    found = noticed(BT=fahrenheit, SBP=[999] * 3 + [120] * (ROWS - 3))
    assert found["columns.impossible"][0] == 2
    assert "BT (1: < 24 / > 46; °F?)" in found["columns.impossible"][1]
    assert "SBP (3: < 30 / > 350)" in found["columns.impossible"][1]


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("SBP", [16.0] * ROWS, "< 30 / > 350; kPa?"),
        ("DBP", [80.0] * 300 + [10.7] * 100, "100: < 15 / > 250; kPa?"),
        ("SpO2", [0.98] * ROWS, "; 0–1?"),
        ("SBP", [999.0] * 99 + [16.0] + [120.0] * 300, "100: < 30 / > 350)"),
    ],
)
def test_a_unit_that_makes_sense_of_most_impossible_values_is_asked_about(
    name: str, values: list[float], said: str
) -> None:
    found = noticed(False, **{name: values})
    assert said in found["columns.impossible"][1]


def test_gaps_that_depend_on_the_label_are_told_from_gaps_that_do_not() -> None:
    # Were it measured of the gravely ill alone, it would be the label in other words, and no feature at all.
    sick_only = [95.0 if i % 4 != 1 else None for i in range(ROWS)]
    at_random = [None if gap else 80.0 for gap in np.random.default_rng(1).random(ROWS) < 0.3]
    found = noticed(saturation=sick_only, pulse=at_random)
    assert found["columns.gaps"][0] == 1 and "saturation (0%-50%)" in found["columns.gaps"][1]


def test_a_test_side_with_other_values_has_drifted() -> None:
    shifted = (np.random.default_rng(2).normal(0, 1, ROWS) + (np.arange(ROWS) >= 200)).tolist()
    assert noticed(True, lab=shifted)["columns.drift"][0] == 1
    assert "columns.drift" not in noticed(False, lab=shifted)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("SBP", True),
        ("body_temp", True),
        ("맥박수", True),
        ("Saturation", True),
        ("나이", True),
        ("혈압", True),
        ("Stage", False),
        ("arrival", False),
    ],
)
def test_vital_signs_are_known_by_their_names(name: str, known: bool) -> None:
    assert (sign_of(name) is not None) == known
