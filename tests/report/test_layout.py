"""What stands where: chosen from the view, and nothing left out that the reader is told to look for."""

from __future__ import annotations

import re
from typing import Any

from triage_bench.report.layout import lay_out
from triage_bench.report.page import render_page
from triage_bench.report.sections import _varied


def test_of_every_method_the_best_model_comes_before_a_second_of_any() -> None:
    assert _varied(["weights", "weights", "weights", "occlusion", "tree-shap", "weights"], 4) == [0, 1, 3, 4]
    assert _varied(["weights", "occlusion", "tree-shap", "gradients", "weights"], 4) == [0, 1, 2, 3]
    assert _varied(["weights"], 4) == [0]


def test_the_page_explains_a_model_of_every_method(view: dict[str, Any]) -> None:
    methods = {one["method"] for one in view["explanation"] if one["dataset"] == "ktas-sim"}
    shown = next(one for one in lay_out(view)["explained"] if one["dataset"] == "ktas-sim")
    assert {one["method"] for one in shown["entries"]} == methods == {"weights", "tree-shap", "integrated-gradients"}
    assert len(shown["agreement"]["models"]) == len(shown["agreement"]["lines"])


def test_the_curves_of_a_network_that_an_issue_names_come_first(view: dict[str, Any]) -> None:
    entry = next(one for one in view["learning"] if one["dataset"] == "ktas-sim")
    others = [{**entry, "id": f"{name}", "model": name, "estimator": name} for name in ("first", "second", "third")]
    issue = {**view["findings"][0], "dataset": "ktas-sim", "model": "third", "outcome": "issue"}
    plain = lay_out({**view, "learning": others})["curves"]
    named = lay_out({**view, "learning": others, "findings": [*view["findings"], issue]})["curves"]
    assert [one.entries[0]["model"] for one in plain] == ["first", "second"]
    assert [one.entries[0]["model"] for one in named] == ["third", "first"]


def test_a_verdict_keeps_its_own_cause_apart_from_what_it_suspects(view: dict[str, Any]) -> None:
    verdict = view["verdicts"][0]
    causes = [{**verdict["causes"][0], "cause": name} for name in (verdict["cause"], "data.size", "model.overfit")]
    (first, *_) = lay_out({**view, "verdicts": [{**verdict, "causes": causes}]})["headlines"]
    assert [one["cause"] for one in first.rests_on] == [verdict["cause"]]
    assert [one["cause"] for one in first.besides] == ["data.size", "model.overfit"]


def test_the_contents_stand_in_the_order_of_the_page(page: str) -> None:
    contents = re.search(r'<nav class="contents">.*?</nav>', page, re.S)
    assert contents
    listed = re.findall(r'href="#(\w+)"', contents.group())
    assert listed == [one for one in re.findall(r'<section id="(\w+)"', page) if one in listed]
    assert "decisions" in listed and len(listed) >= 13


def test_data_sets_that_were_left_out_take_one_line(view: dict[str, Any]) -> None:
    missing = next(one for one in view["datasets"] if one["status"] == "skipped")
    several = [{**missing, "id": f"m{n}", "name": f"missing-{n}"} for n in range(4)]
    datasets = [one for one in view["datasets"] if one["status"] == "ok"] + several
    shown = render_page({**view, "datasets": datasets})
    verdict = shown[shown.index('<section id="verdict"') : shown.index('<nav class="contents">')]
    (line,) = re.findall(r'<details class="skipped-data"><summary>(.*?)</summary>', verdict, re.S)
    assert all(f"missing-{n}" in line for n in range(4))
    assert verdict.count(missing["reason"]) == 4


def test_the_matrix_whose_errors_can_be_read_is_open(view: dict[str, Any]) -> None:
    page = render_page(view)
    for group in lay_out(view)["errors"]:
        assert group["browsed_id"]
        assert f'<details id="e{group["browsed_id"]}" open>' in page


def test_an_issue_says_what_to_do(view: dict[str, Any]) -> None:
    code, check = next((code, one) for code, one in view["checks"].items() if one["next_steps"])
    issue = {**view["findings"][0], "code": code, "model": None, "outcome": "issue"}
    page = render_page({**view, "findings": [issue]})
    assert '<p class="to-do"><b>' in page and check["next_steps"][0]["ko"] in page
    assert all(step["ko"] and step["en"] for one in view["checks"].values() for step in one["next_steps"])


def test_baselines_have_no_curve_of_calibration_beside_models(view: dict[str, Any]) -> None:
    first = next(one for one in lay_out(view)["calibrations"] if one.dataset == "ktas-sim")
    assert all("majority" not in key.name.en for key in first.figures[0].keys)
    assert any(one["estimator"] == "majority" for one in view["calibration"])
