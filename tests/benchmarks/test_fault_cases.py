"""The list of cases is fixed, balanced, and its two parts never meet."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.faults.cases import Case, cases
from benchmarks.faults.catalogue import FAULTS, FAULTY_MODELS, HEALTHY, SOUND_MODELS
from benchmarks.faults.origins import Origin, part_of
from benchmarks.faults.rows import Rows
from triage_bench.diagnosis.causes import RULES

CAUSES = {rule.cause for rule in RULES} | {HEALTHY}


def _origin(name: str, rows: int, classes: int) -> Origin:
    def draw(wanted: int, seed: int) -> Rows:
        return Rows(
            tuple(f"{name} 글 {seed} {place}" for place in range(wanted)),
            tuple(str(p % classes) for p in range(wanted)),
        )

    return Origin(name, rows, classes, draw)


ORIGINS = {one.name: one for one in (_origin("ktas-sim", 0, 5), _origin("nsmc", 9_000, 2), _origin("kobill", 800, 10))}


@pytest.fixture(scope="module", params=["setting", "untouched"])
def listed(request) -> tuple[Case, ...]:
    return cases(request.param, ORIGINS, (200, 500, 1_000), 1)


def test_every_named_cause_is_one_the_verdict_knows():
    everything = (*FAULTS, *FAULTY_MODELS, *SOUND_MODELS)
    assert {one.cause for one in everything} | {also.cause for one in everything for also in one.also} <= CAUSES


def test_every_case_has_a_name_of_its_own_and_a_seed_of_its_own(listed):
    assert len({case.name for case in listed}) == len({case.seed for case in listed}) == len(listed)


def test_the_parts_share_no_case():
    setting, untouched = (cases(part, ORIGINS, (200, 500), 1) for part in ("setting", "untouched"))
    assert {part_of(case.origin, case.seed) for case in setting} == {"setting"}
    assert {part_of(case.origin, case.seed) for case in untouched} == {"untouched"}
    assert "kobill" not in {case.origin for case in setting}


def test_sound_cases_are_as_many_as_faulty_ones(listed):
    kinds = Counter(case.kind for case in listed)
    assert kinds["healthy data"] >= kinds["data"] > 0
    assert kinds["healthy model"] >= kinds["model"] > 0


def test_a_case_is_never_larger_than_its_data_set(listed):
    assert all(case.size <= 800 for case in listed if case.origin == "kobill")


def test_the_same_case_has_the_same_rows_every_time(listed):
    case = next(one for one in listed if one.faults)
    assert case.rows(ORIGINS[case.origin]) == case.rows(ORIGINS[case.origin])


def test_fewer_than_fifty_rows_per_label_may_be_called_too_few_and_more_may_not(listed):
    for case in listed:
        if case.kind == "healthy data":
            few = case.size / ORIGINS[case.origin].classes < 50
            assert ("data.size" in case.planted[0].accepted) == few


def test_the_order_says_nothing_so_that_the_first_cases_are_a_sample(listed):
    first = listed[: len(listed) // 3]
    assert len({case.origin for case in first}) == len({case.origin for case in listed})
    assert len({case.kind for case in first}) == len({case.kind for case in listed})
