"""Every check fires, stays quiet, knows when it does not apply, and judges nothing from jobs that did not run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from planted import each_of, numbers_in
from planted_data import OF_DATA, shortcut
from planted_models import MEMORISING, OF_MODELS, SOUND, SPACE, STUCK

from triage_bench.core.sentence import Notice, Sentence
from triage_bench.diagnosis import CHECKS
from triage_bench.diagnosis.tuning import edge_of

CASES = {**OF_MODELS, **OF_DATA}

ROWS = each_of(CASES)

# Checks that judge the data alone have no jobs that could fail to run; TB201 applies to every data set.
WITHOUT_JOBS = {"TB501", "TB502", "TB503", "TB504", "TB601", "TB602", "TB603", "TB901"}
WITHOUT_JOBS |= {"TB612", "TB613", "TB614", "TB615"}
WITHOUT_JOBS |= {"TB451", "TB452", "TB521", "TB531", "TB532", "TB541", "TB611"}
ALWAYS_APPLIES = {"TB201"}


@pytest.mark.parametrize(("code", "outcome", "planted"), ROWS)
def test_a_check_comes_out_as_planted(code: str, outcome: str, planted: Any, world: Any) -> None:
    assert planted(world).outcome(code) == outcome


@pytest.mark.parametrize(("code", "outcome", "planted"), ROWS)
def test_both_languages_say_the_same_numbers(code: str, outcome: str, planted: Any, world: Any) -> None:
    for finding in planted(world).ask(code):
        assert finding.text.ko and finding.text.en and finding.text.ko != finding.text.en
        assert numbers_in(finding.text.ko) == numbers_in(finding.text.en), finding.text


@pytest.mark.parametrize(("code", "outcome", "planted"), ROWS)
def test_numbers_can_be_written_as_json(code: str, outcome: str, planted: Any, world: Any) -> None:
    from triage_bench.core.digest import canonical_json

    for finding in planted(world).ask(code):
        canonical_json(finding.to_dict())
        if outcome in ("issue", "tip", "passed") and code not in ("TB901", "TB504"):
            assert finding.numbers


# Those of a user's own model are tested in test_model_checks.py, those of control jobs in test_control_checks.py.
ELSEWHERE = {"plugin", "ladder", "held_out", "permutation", "repeats", "drift", "merges", "reading"}
HERE = [e.name for e in CHECKS if not any(tag in ELSEWHERE or tag.startswith("model_") for tag in e.tags)]


@pytest.mark.parametrize("code", HERE)
def test_every_check_is_tested_in_all_its_moods(code: str) -> None:
    moods = set(CASES[code])
    assert "passed" in moods and moods & {"issue", "tip"}
    assert "not_applicable" in moods or code in ALWAYS_APPLIES
    assert "skipped" in moods or code in WITHOUT_JOBS


@pytest.mark.parametrize("code", HERE)
def test_a_check_states_its_threshold_in_both_languages(code: str) -> None:
    check = CHECKS.load(code)
    assert check.code == code and re.fullmatch(r"TB\d{3}", code)
    for sentence in (check.title, check.why, check.threshold):
        assert re.search("[가-힣]", sentence.ko) and not re.search("[가-힣]", sentence.en)
        assert sentence.ko.endswith("니다") or sentence.ko.endswith("니다.")
    ko = check.threshold.ko.replace("4분의 1", "1 4").replace("4종", "4")
    assert numbers_in(ko) == numbers_in(check.threshold.en.replace("1/4", "1 4"))


def test_a_score_below_chance_is_no_success(world: Any) -> None:
    assert world().add(right=0.3).outcome("TB101") == "issue"


def test_looking_at_many_models_raises_the_bar(world: Any) -> None:
    few, many = world().add(right=None), world()
    for number in range(40):
        many.add(f"guess-{number}", None)
    assert many.outcome("TB101") == "issue"
    assert many.ask("TB101")[0].numbers["z_needed"] > few.ask("TB101")[0].numbers["z_needed"]


def test_a_plugin_network_is_known_by_its_history(world: Any) -> None:
    planted = world().add().add("somebody-elses-net", 0.7, **SOUND)
    assert planted.ask("TB306")[0].model == "somebody-elses-net"


def test_a_network_on_columns_alone_says_nothing_of_how_networks_train(world: Any) -> None:
    planted = world().add().add("lstm", 0.5, columns="columns", **STUCK)
    assert {planted.outcome(code) for code in ("TB304", "TB306")} == {"not_applicable"}
    planted = planted.add("lstm", 0.86, columns="both", **SOUND)
    assert [one.model for one in planted.ask("TB304")] == ["lstm (columns=both)"]


def test_a_network_is_measured_against_the_linear_model_that_reads_what_it_reads(world: Any) -> None:
    planted = world().add(right=0.6).add(right=0.95, columns="both").add("lstm", 0.8, **MEMORISING)
    assert (planted.outcome("TB303"), planted.outcome("TB306")) == ("tip", "passed")
    planted = planted.add("lstm", 0.82, columns="both", **MEMORISING)
    assert {one.model: one.outcome for one in planted.ask("TB303")}["lstm (columns=both)"] == "issue"


def test_a_model_in_one_fold_short_is_never_judged(world: Any) -> None:
    planted = world().add()
    planted.records.pop(planted.jobs[2].key)
    assert planted.outcome("TB101") == "skipped"


def test_failures_name_their_reason_and_their_jobs(world: Any) -> None:
    finding = world().add(status="failed").ask("TB901")[0]
    assert "planted failures" in finding.text.ko and len(finding.records) == 5


@pytest.mark.parametrize(
    ("value", "end"),
    [(0.1, "low"), (0.11, "low"), (1.0, None), (95.0, "high"), (100, "high"), ("x", None), (True, None)],
)
def test_an_edge_is_near_on_the_scale_that_was_searched(value: Any, end: str | None) -> None:
    assert edge_of(SPACE.dimensions["C"], value) == end
    assert edge_of(SPACE.dimensions["analyzer"], "char") is None


@pytest.mark.parametrize(("coverage", "outcomes"), [(0.42, ["passed", "issue"]), (0.2, ["passed"])])
def test_labels_beside_a_shortcut_are_judged_again_without_it(coverage: float, outcomes: list[str], world: Any) -> None:
    planted = shortcut(world, coverage, 0.99).add(right=0.9)
    planted.add("char-ridge", right=0.6, confidence="blind", purpose="without-telling")
    found = planted.ask("TB551")
    assert [one.outcome for one in found] == outcomes
    assert all(one.text.en.startswith("Read without") for one in found[1:])


def test_where_labels_beside_a_shortcut_cannot_be_judged_they_are_not_ruled_out(world: Any) -> None:
    unasked, at_chance, failed = (shortcut(world, 0.42, 0.99).add(right=0.9) for _ in range(3))
    at_chance.add("char-ridge", right=None, purpose="without-telling")
    failed.add("char-ridge", purpose="without-telling", status="failed")
    for planted in (unasked, at_chance, failed):
        assert [one.outcome for one in planted.ask("TB551")] == ["passed", "skipped"]


def test_counts_made_while_reading_stand_in_for_missing_facts(world: Any) -> None:
    planted, text = world(facts={}), Sentence("가", "a")
    counted = (Notice("text.duplicate", 300, 1000, text), Notice("text.conflict", 200, 1000, text))
    planted.summary = replace(planted.summary, notices=counted)
    planted.add()
    assert (planted.outcome("TB501"), planted.outcome("TB502")) == ("tip", "issue")
