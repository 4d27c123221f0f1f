"""Every check fires, stays quiet, knows when it does not apply, and judges nothing from jobs that did not run."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from math import log
from typing import Any

import pytest

from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.space import Choice, Float, Int, Space
from triage_bench.diagnosis.check import CHECKS
from triage_bench.diagnosis.tuning import edge_of

SPACE = Space({"C": Float(0.1, 100, log=True), "min_df": Int(1, 5), "analyzer": Choice(("char", "word"))})
SMALL = {"a": 40, "b": 40}
LEAKY = {"test_rows": 200, "test_rows_sharing_group": 140, "test_rows_sharing_text": 4}


def history(train: list[float], validation: list[float]) -> dict[str, Any]:
    pairs = zip(train, validation, strict=True)
    return {"history": tuple({"epoch": i, "train_loss": t, "validation_loss": v} for i, (t, v) in enumerate(pairs))}


SOUND = history([0.69, 0.4, 0.3], [0.68, 0.5, 0.48])
MEMORISING = history([0.69, 0.3, 0.05], [0.68, 0.5, 0.9])
STUCK = history([0.69, 0.69, 0.68], [0.69, 0.69, 0.69])
DIVERGING = history([0.69, 1.4, 9.0], [0.69, 2.0, 9.0])
BROKEN = history([0.69, float("nan")], [0.69, float("nan")])


def lstm(world: Any, right: float = 0.86, **rest: Any) -> Any:
    return world.add("lstm", right, **rest)


def data(world: Any, notice: str = "", **facts: float) -> Any:
    """A data set of 1,000 rows with these facts, and 40 rows noticed while reading."""
    made = world(facts={"distinct_texts": 1000.0, **{name: float(value) for name, value in facts.items()}})
    if notice:
        made.summary = replace(made.summary, notices=(Notice(notice, 40, 1000, Sentence("40", "40")),))
    return made


def read_columns(world: Any, *codes: str) -> Any:
    """A data set of which 40 columns are read, with notices of these codes."""
    made = world()
    said = Sentence("열 40개", "40 columns")
    notices = tuple(Notice(code, 40, 40, said) for code in ("columns.read", *codes))
    made.summary = replace(made.summary, notices=notices)
    return made


def near(world: Any, close: int, agreement: float) -> Any:
    facts = {"compared_rows": 1000, "close_rows": close, "contradicted_rows": round(close * (1 - agreement))}
    return data(world, **facts, close_label_agreement=agreement, close_chance_agreement=0.3, close_ceiling=0.9)


def shortcut(world: Any, coverage: float, precision: float, rows: int = 1000) -> Any:
    facts = {"shortcut_coverage": coverage, "shortcut_precision": precision, "shortcut_rows": rows}
    made = data(world, **facts, shortcut_tokens=1)
    words = {"shortcut_tokens": ("검사실",), "shortcut_labels": ("a",)}
    made.summary = replace(made.summary, words=words)
    return made


def new_bigrams(world: Any, share: float, rows: int = 200) -> Any:
    new = {"new_bigram_share": share, "new_bigram_expected": 0.04}
    return data(world, **new, new_eojeol_share=0.5, new_eojeol_expected=0.4, test_rows=rows)


W = Any
Planted = Callable[[Any], Any]

# code → outcome → worlds in which the check must come out so.
CASES: dict[str, dict[str, list[Planted]]] = {
    "TB101": {
        "issue": [lambda W: W().add(right=None), lambda W: W({"a": 950, "b": 50}).add(answers=[0, 0])],
        "passed": [lambda W: W().add(right=0.8), lambda W: W().add(right=1.0)],
        "not_applicable": [lambda W: W().add("majority", 0.5), lambda W: W({"a": 100}).add()],
        "skipped": [lambda W: W().add(missing=True), lambda W: W().add(status="failed")],
    },
    "TB102": {
        "issue": [lambda W: W({"a": 900, "b": 100}).add(right=0.85)],
        "passed": [lambda W: W().add(right=0.85)],
        "not_applicable": [lambda W: W().add("majority", 0.5)],
        "skipped": [lambda W: W().add(missing=True)],
    },
    "TB103": {
        "tip": [lambda W: W(SMALL).add()],
        "passed": [lambda W: W().add()],
        "not_applicable": [lambda W: W()],
        "skipped": [lambda W: W().add(status="timeout")],
    },
    "TB201": {
        "issue": [lambda W: W().add().add(right=0.7, purpose="shuffled-labels")],
        "passed": [
            lambda W: W().add().add(right=None, purpose="shuffled-labels"),
            lambda W: W(SMALL).add().add(right=0.55, purpose="shuffled-labels"),
        ],
        "skipped": [lambda W: W().add(), lambda W: W().add().add(purpose="shuffled-labels", status="failed")],
    },
    "TB202": {
        "issue": [lambda W: W().add("lstm", 0.6, purpose="fit-32", rows=32)],
        "passed": [lambda W: W().add("lstm", 1.0, purpose="fit-32", rows=32)],
        "not_applicable": [
            lambda W: W().add(),
            lambda W: W({"a": 95, "b": 5}).add("lstm", 0.95, purpose="fit-32", rows=32),
        ],
        "skipped": [
            lambda W: W().add("lstm", purpose="fit-32", missing=True),
            lambda W: W().add("lstm", **SOUND),
        ],
    },
    "TB301": {
        "issue": [lambda W: lstm(W(), facts={"initial_loss": 3.0}), lambda W: lstm(W(), facts={"initial_loss": 0.1})],
        "passed": [lambda W: lstm(W(), facts={"initial_loss": log(2) + 0.01})],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W(), **SOUND)],
        "skipped": [lambda W: lstm(W(), missing=True).add("lstm", purpose="fit-32", rows=32)],
    },
    "TB302": {
        "issue": [lambda W: W({"a": 400, "b": 400, "c": 200}).add(answers=[0, 1, 0])],
        "tip": [lambda W: W({"a": 400, "b": 400, "c": 20}).add(answers=[0, 1, 0])],
        "passed": [lambda W: W().add(), lambda W: W({"a": 400, "b": 400, "c": 5}).add(answers=[0, 1, 0])],
        "not_applicable": [lambda W: W().add("majority", answers=[0, 0])],
        "skipped": [lambda W: W().add(missing=True)],
    },
    "TB303": {
        "issue": [lambda W: lstm(W().add(right=0.9), 0.7, **MEMORISING)],
        "tip": [lambda W: lstm(W().add(right=0.7), 0.7, **MEMORISING)],
        "passed": [lambda W: lstm(W().add(right=0.9), 0.7, **SOUND)],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W(), facts={"initial_loss": 0.7})],
        "skipped": [lambda W: lstm(W(), missing=True).add("lstm", purpose="fit-32", rows=32)],
    },
    "TB304": {
        "issue": [lambda W: lstm(W().add(), 0.5, **STUCK)],
        "passed": [lambda W: lstm(W().add(), **SOUND)],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W().add(right=None), 0.5, **STUCK)],
        "skipped": [lambda W: lstm(W(), status="failed").add("lstm", purpose="fit-32", rows=32)],
    },
    "TB305": {
        "issue": [lambda W: lstm(W(), **DIVERGING), lambda W: lstm(W(), **BROKEN)],
        "passed": [lambda W: lstm(W(), **SOUND)],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W(), facts={"initial_loss": 0.7})],
        "skipped": [lambda W: lstm(W(), status="failed").add("lstm", purpose="fit-32", rows=32)],
    },
    "TB306": {
        "tip": [lambda W: lstm(W().add(right=0.9), 0.7, **SOUND), lambda W: lstm(W().add(right=0.85), 0.85, **SOUND)],
        "passed": [lambda W: lstm(W().add(right=0.7), 0.9, **SOUND)],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W(), **SOUND)],
        "skipped": [lambda W: lstm(W().add(missing=True), **SOUND)],
    },
    "TB401": {
        "issue": [lambda W: W(expected=(0.9, 0.95)).add(right=0.7), lambda W: W(expected=(0.6, 0.7)).add(right=0.9)],
        "tip": [lambda W: W(expected=(0.85, 0.95)).add(right=0.85), lambda W: W(expected=(0.7, 0.82)).add(right=0.85)],
        "passed": [lambda W: W(expected=(0.8, 0.9)).add(right=0.85)],
        "not_applicable": [lambda W: W().add(), lambda W: W(expected=(0.8, 0.9)).add("lstm")],
        "skipped": [lambda W: W(expected=(0.8, 0.9)).add(missing=True)],
    },
    "TB501": {
        "issue": [lambda W: W(facts={"distinct_texts": 700}, split="stratified").add()],
        "tip": [lambda W: W(facts={"distinct_texts": 700}).add()],
        "passed": [lambda W: W(facts={"distinct_texts": 999}).add()],
        "not_applicable": [lambda W: W(facts={}).add()],
    },
    "TB502": {
        "issue": [lambda W: W(facts={"conflicting_rows": 200})],
        "tip": [lambda W: W(facts={"conflicting_rows": 20})],
        "passed": [lambda W: W(facts={"conflicting_rows": 2})],
        "not_applicable": [lambda W: W(facts={})],
    },
    "TB503": {
        "issue": [lambda W: W(facts={"near_duplicate_rows": 400}, split="stratified").add()],
        "tip": [lambda W: W(facts={"near_duplicate_rows": 400}).add()],
        "passed": [lambda W: W(facts={"near_duplicate_rows": 40}).add()],
        "not_applicable": [lambda W: W(facts={})],
    },
    "TB504": {
        "issue": [lambda W: W(split="official", facts=LEAKY).add()],
        "tip": [lambda W: W(split="official", facts={"test_rows": 200, "test_rows_sharing_text": 4}).add()],
        "passed": [
            lambda W: W(split="official", facts={"test_rows": 200, "test_rows_sharing_text": 0}).add(),
            lambda W: W(split="grouped").add(),
            lambda W: W().add(),
        ],
        "not_applicable": [
            lambda W: W(split="official", facts={}).add(),
            lambda W: W(split="stratified").add(),
            lambda W: W(),
        ],
    },
    "TB505": {
        "issue": [
            lambda W: W(split="official").add(right=0.9).add(right=0.7, split="grouped"),
            lambda W: W(split="official").add(right=0.9).beside(W(name="data-grouped", split="grouped").add(right=0.7)),
        ],
        "passed": [lambda W: W(split="official").add(right=0.85).add(right=0.85, split="grouped")],
        "not_applicable": [lambda W: W(split="official").add(), lambda W: W(split="grouped").add()],
        "skipped": [lambda W: W(split="official").add().add(split="grouped", missing=True)],
    },
    "TB451": {
        "issue": [
            lambda W: data(W, damaged_rows=20, damaged_share=0.02, mojibake_rows=15, lost_rows=5),
            lambda W: data(W, damaged_rows=3, damaged_share=0.03),  # on a small test side
            lambda W: data(W, "text.nfc", damaged_rows=0, damaged_share=0),
        ],
        "tip": [lambda W: data(W, damaged_rows=2, damaged_share=0.002, jamo_rows=2)],
        "passed": [lambda W: data(W, damaged_rows=0, damaged_share=0)],
        "not_applicable": [lambda W: W()],
    },
    "TB452": {
        "issue": [lambda W: data(W, letterless_rows=120, letterless_share=0.12)],
        "passed": [lambda W: data(W, letterless_rows=17, letterless_share=0.017)],
        "not_applicable": [lambda W: W()],
    },
    "TB521": {
        "issue": [lambda W: near(W, 300, 0.55)],
        "tip": [lambda W: near(W, 300, 0.80)],
        "passed": [lambda W: near(W, 300, 0.95), lambda W: near(W, 31, 0.70)],
        "not_applicable": [lambda W: W(), lambda W: near(W, 29, 0.1)],
    },
    "TB531": {
        "issue": [lambda W: data(W, frame_share=0.5, opening_share=0.5, ending_share=0.6, openings_for_half=12)],
        "passed": [lambda W: data(W, frame_share=0.2, opening_share=0.2, ending_share=0.55, openings_for_half=90)],
        "not_applicable": [
            lambda W: W(),
            lambda W: data(W, frame_share=0.9, opening_share=0.9, ending_share=0.9, distinct_texts=99),
        ],
    },
    "TB532": {
        "issue": [lambda W: shortcut(W, 0.42, 0.99)],
        "passed": [lambda W: shortcut(W, 0.25, 0.99), lambda W: shortcut(W, 0.60, 0.89)],
        "not_applicable": [lambda W: W(), lambda W: shortcut(W, 0.9, 1.0, rows=99)],
    },
    "TB541": {
        "tip": [lambda W: new_bigrams(W, 0.12)],
        "passed": [lambda W: new_bigrams(W, 0.05)],
        "not_applicable": [lambda W: W(), lambda W: new_bigrams(W, 0.5, rows=49)],
    },
    "TB561": {
        "tip": [
            lambda W: W().add(right=0.5, confidence="blind"),
            lambda W: W().add("char-ridge", 0.5, confidence="blind"),
        ],
        "passed": [lambda W: W().add(right=0.9), lambda W: W(SMALL).add(right=0.5, confidence="blind")],
        "not_applicable": [lambda W: W().add("lstm"), lambda W: W(split="official").add(right=0.5)],
        "skipped": [lambda W: W().add(missing=True)],
    },
    "TB611": {
        "issue": [lambda W: data(W, compared_columns=3, telling_columns=1, source_tells=1)],
        "tip": [lambda W: data(W, compared_columns=3, telling_columns=1), lambda W: data(W, "labels.column")],
        "passed": [lambda W: data(W, compared_columns=3, telling_columns=0, source_tells=0)],
        "not_applicable": [lambda W: W(), lambda W: data(W, compared_columns=0, telling_columns=0)],
    },
    **{
        code: {
            outcome: [lambda W, notice=notice: read_columns(W, notice)],
            "passed": [lambda W: read_columns(W)],
            "not_applicable": [lambda W: W()],
        }
        for code, outcome, notice in (
            ("TB612", "issue", "columns.away"),
            ("TB613", "issue", "columns.impossible"),
            ("TB614", "tip", "columns.gaps"),
            ("TB615", "tip", "columns.drift"),
        )
    },
    "TB551": {
        "issue": [lambda W: W().add(right=0.7, confidence="blind")],
        "passed": [lambda W: W().add(right=0.7), lambda W: W().add(right=0.97, confidence="blind")],
        "not_applicable": [lambda W: W().add("lstm"), lambda W: W().add(right=None, confidence="blind")],
        "skipped": [lambda W: W().add(missing=True)],
    },
    "TB601": {
        "issue": [lambda W: W({"a": 900, "b": 100})],
        "passed": [lambda W: W()],
        "not_applicable": [lambda W: W({"a": 100})],
    },
    "TB602": {
        "issue": [lambda W: W({"a": 500, "b": 3}).add()],
        "tip": [lambda W: W({"a": 500, "b": 8}).add()],
        "passed": [lambda W: W().add()],
        "not_applicable": [lambda W: W({"a": 100})],
    },
    "TB603": {
        "issue": [lambda W: W(SMALL), lambda W: W({str(i): 12 for i in range(20)})],
        "tip": [lambda W: W({str(i): 30 for i in range(10)})],
        "passed": [lambda W: W()],
        "not_applicable": [lambda W: W({"a": 100})],
    },
    "TB701": {
        "issue": [lambda W: W(ceiling=0.8).add(right=0.9)],
        "tip": [lambda W: W(ceiling=0.95).add(right=0.8)],
        "passed": [lambda W: W(ceiling=0.87).add(right=0.85)],
        "not_applicable": [lambda W: W().add(), lambda W: W(ceiling=0.8)],
        "skipped": [lambda W: W(ceiling=0.8).add(missing=True)],
    },
    "TB702": {
        "issue": [lambda W: W(human=0.8).add(right=0.9)],
        "passed": [lambda W: W(human=0.85).add(right=0.8)],
        "not_applicable": [lambda W: W().add()],
        "skipped": [lambda W: W(human=0.8).add(missing=True)],
    },
    "TB801": {
        "tip": [
            lambda W: W().add(right=0.8).add(right=0.8, trials=5),
            lambda W: W().add(right=0.9).add(right=0.7, trials=5),
        ],
        "passed": [lambda W: W().add(right=0.7).add(right=0.9, trials=5)],
        "not_applicable": [lambda W: W().add()],
        "skipped": [
            lambda W: W().add().add(trials=5, missing=True),
            lambda W: W().add(missing=True).add(trials=5),
        ],
    },
    "TB802": {
        "tip": [lambda W: W().add(right=0.7).add(right=0.7, trials=5, inner_score=0.9)],
        "passed": [lambda W: W().add(right=0.7).add(right=0.7, trials=5, inner_score=0.69)],
        "not_applicable": [lambda W: W().add()],
        "skipped": [lambda W: W().add().add(trials=5, missing=True)],
    },
    "TB803": {
        "tip": [lambda W: W().add(trials=5, space=SPACE, params={"C": 100.0, "min_df": 2, "analyzer": "char"})],
        "passed": [lambda W: W().add(trials=5, space=SPACE, params={"C": 3.0, "min_df": 2, "analyzer": "char"})],
        "not_applicable": [lambda W: W().add(), lambda W: W().add(trials=5, params={"C": 100.0})],
        "skipped": [lambda W: W().add(trials=5, missing=True)],
    },
    "TB901": {
        "issue": [lambda W: W().add(status="failed"), lambda W: W().add().add("lstm", status="timeout")],
        "tip": [lambda W: W().add(missing=True), lambda W: W().add().add("lstm", status="skipped")],
        "passed": [lambda W: W().add()],
        "not_applicable": [lambda W: W()],
    },
}

ROWS = [
    pytest.param(code, outcome, planted, id=f"{code}-{outcome}-{number}")
    for code, outcomes in CASES.items()
    for outcome, worlds in outcomes.items()
    for number, planted in enumerate(worlds)
]

# Checks that judge the data alone have no jobs that could fail to run; TB201 applies to every data set.
WITHOUT_JOBS = {"TB501", "TB502", "TB503", "TB504", "TB601", "TB602", "TB603", "TB901"}
WITHOUT_JOBS |= {"TB612", "TB613", "TB614", "TB615"}
WITHOUT_JOBS |= {"TB451", "TB452", "TB521", "TB531", "TB532", "TB541", "TB611"}
ALWAYS_APPLIES = {"TB201"}


@pytest.mark.parametrize(("code", "outcome", "planted"), ROWS)
def test_a_check_comes_out_as_planted(code: str, outcome: str, planted: Planted, world: Any) -> None:
    assert planted(world).outcome(code) == outcome


@pytest.mark.parametrize(("code", "outcome", "planted"), ROWS)
def test_both_languages_say_the_same_numbers(code: str, outcome: str, planted: Planted, world: Any) -> None:
    for finding in planted(world).ask(code):
        assert finding.text.ko and finding.text.en and finding.text.ko != finding.text.en
        assert numbers_in(finding.text.ko) == numbers_in(finding.text.en), finding.text


@pytest.mark.parametrize(("code", "outcome", "planted"), ROWS)
def test_numbers_can_be_written_as_json(code: str, outcome: str, planted: Planted, world: Any) -> None:
    from triage_bench.core.digest import canonical_json

    for finding in planted(world).ask(code):
        canonical_json(finding.to_dict())
        if outcome in ("issue", "tip", "passed") and code not in ("TB901", "TB504"):
            assert finding.numbers


def numbers_in(text: str) -> list[str]:
    return sorted(re.findall(r"\d+(?:[.,]\d+)*", text))


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


def test_counts_made_while_reading_stand_in_for_missing_facts(world: Any) -> None:
    planted, text = world(facts={}), Sentence("가", "a")
    counted = (Notice("text.duplicate", 300, 1000, text), Notice("text.conflict", 200, 1000, text))
    planted.summary = replace(planted.summary, notices=counted)
    planted.add()
    assert (planted.outcome("TB501"), planted.outcome("TB502")) == ("tip", "issue")
