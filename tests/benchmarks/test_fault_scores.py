"""Figures of a campaign against figures counted by hand."""

from __future__ import annotations

from typing import Any

import pytest
from scipy.stats import binomtest

from benchmarks.faults.scores import Judged, both_listed, calibration_error, judged, reliability, wilson
from benchmarks.faults.tables import printed


def line(
    kind: str, planted: str, said: str, *, confidence: float = 0.8, size: int = 500, **more: Any
) -> dict[str, Any]:
    model = "model" in kind
    verdict = {"area": "", "cause": said, "confidence": confidence, "causes": [[said, confidence, []]]}
    verdicts = [{"model": None, **verdict}]
    if model:
        sound = {"area": "none", "cause": "healthy", "confidence": 0.5, "causes": [["healthy", 0.5, []]]}
        verdicts = [{"model": None, **sound}, {"model": "networks.py:Net", **verdict}]
    one = {"name": planted, "strength": 0.3, "cause": planted, "accepted": [planted], "in_model": model}
    return {
        "case": f"{kind}-{planted}-{said}-{size}",
        "kind": kind,
        "origin": "ktas-sim",
        "size": size,
        "planted": [one | more],
        "verdicts": verdicts,
        "seconds": 1.0,
        "error": None,
    }


@pytest.mark.parametrize(("count", "of"), [(0, 10), (3, 10), (10, 10), (97, 100)])
def test_the_interval_is_wilsons(count, of):
    known = binomtest(count, of).proportion_ci(0.95, method="wilson")
    assert wilson(count, of) == pytest.approx((known.low, known.high), abs=1e-6)


def test_area_and_cause_are_right_on_their_own():
    one = judged([line("data", "data.labels", "data.size")])[0]
    assert one.area_right
    assert not one.cause_right
    assert not one.is_listed


def test_an_accepted_second_answer_is_right_but_does_not_put_the_planted_cause_into_the_list():
    one = judged([line("data", "data.labels", "data.size", accepted=["data.labels", "data.size"])])[0]
    assert one.cause_right
    assert not one.is_listed


def test_no_verdict_is_wrong_and_is_no_alarm():
    broken = line("healthy data", "healthy", "healthy") | {"verdicts": [], "error": "ValueError: no"}
    one = judged([broken])[0]
    assert not one.cause_right
    assert not one.is_false_alarm


def test_a_model_is_judged_by_its_own_verdict_and_the_data_beside_it_by_the_datas():
    found = judged([line("model", "model.wiring", "model.wiring")])
    assert [one.headline for one in found] == ["model.wiring", "healthy"]
    assert not any(one.is_false_alarm for one in found)


def test_both_of_two_faults_must_be_listed():
    two = line("two faults", "data.labels", "data.labels")
    two["planted"].append(two["planted"][0] | {"cause": "data.size", "accepted": ["data.size"]})
    half = both_listed([two])
    two["verdicts"][0]["causes"].append(["data.size", 0.4, []])
    whole = both_listed([two])
    assert [(one.count, one.of) for one in (*half.values(), *whole.values())] == [(0, 1), (1, 1)]


def test_calibration_is_the_gap_between_what_was_said_and_what_was_true():
    def said(confidence: float, right: bool) -> Judged:
        return Judged(
            "data", "nsmc", 500, "x", 0.1, ("data.labels",), "data.labels" if right else "data.size", confidence, ()
        )

    verdicts = [*[said(0.9, True)] * 9, said(0.9, False), *[said(0.6, False)] * 10]
    assert calibration_error(verdicts) == pytest.approx((10 * 0.0 + 10 * 0.6) / 20)
    assert sum(right.of for *_, right in reliability([*verdicts, said(1.0, True), said(0.2, False)])) == 22


def test_the_tables_say_what_was_missed_and_name_what_was_confused():
    lines = [line("data", "data.labels", "data.size"), line("healthy data", "healthy", "healthy", size=200)]
    text = printed(lines)
    assert "500 rows or more: cause right, top 1" in text
    assert "MISSED" in text
    assert "data.labels" in text.split("planted → said")[1]
    assert printed([])
