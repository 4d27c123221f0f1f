"""Decision rules and ensembles in report.json and on the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from triage_bench.core.run import Run
from triage_bench.leaderboard.decisions import cost_optimal, default_costs
from triage_bench.leaderboard.ensembles import rankings
from triage_bench.leaderboard.panel import Panel
from triage_bench.leaderboard.temperature import at_temperature, temperature
from triage_bench.report.decisions import decisions_of
from triage_bench.report.page import render_page


def test_only_ordered_labels_have_decision_rules(view: dict[str, Any]) -> None:
    assert {one["dataset"] for one in view["decisions"]} == {"ktas-sim"}
    for one in view["decisions"]:
        assert [line["rule"] for line in one["rules"]] == ["argmax", "expected-level", "cost-optimal"]
        wanted = {"rule", "expected_cost", "accuracy", "macro_f1", "qwk", "under_triage", "over_triage"}
        assert all(set(line) == wanted for line in one["rules"])
        assert one["temperature"] > 0


def test_the_cost_optimal_rule_endangers_no_more_patients_than_the_usual_one(view: dict[str, Any]) -> None:
    for one in view["decisions"]:
        under = {line["rule"]: line["under_triage"] for line in one["rules"]}
        assert under["cost-optimal"] <= under["argmax"]


def test_a_folds_rows_are_decided_at_the_temperature_of_the_other_folds(run: Run) -> None:
    outcome = next(one for one in run.where(dataset="ktas-sim", purpose="benchmark", model="lightgbm"))
    panel, costs, right = Panel.of((outcome,), 0), default_costs(5, "triage"), 0
    for fold in range(5):
        inside = panel.fold == fold
        degree = temperature(panel.cube[0][~inside], panel.labels[~inside])
        answers = cost_optimal(at_temperature(panel.cube[0][inside], degree), costs)
        right += int(np.count_nonzero(answers == panel.labels[inside]))
    found = decisions_of(outcome)
    assert found is not None
    assert found["rules"][2]["accuracy"] == pytest.approx(right / len(panel.labels))


def test_an_ensemble_stands_in_the_leaderboard_with_an_id_of_its_own(view: dict[str, Any]) -> None:
    voted = [row for row in view["leaderboard"] if row["model"].startswith("ensemble-")]
    assert len(voted) == 8 and all(row["members"] and row["records"] for row in voted)
    assert len({row["id"] for row in view["leaderboard"]}) == len(view["leaderboard"])


def test_no_check_and_no_verdict_knows_an_ensemble(view: dict[str, Any], run: Run) -> None:
    assert not any((one["model"] or "").startswith("ensemble") for one in view["findings"])
    assert "ensemble" not in str(view["verdicts"])
    rankings(run)
    assert not any(outcome.recipe.model.startswith("ensemble") for outcome in run.outcomes)


def test_the_page_shows_the_rules_of_three_models(view: dict[str, Any]) -> None:
    page = render_page(view, "ko")
    section = page[page.index('<section id="decisions"') : page.index('<section id="learning"')]
    assert section.count('scope="rowgroup"') == 3
    assert 'href="#decisions"' in page
    without = render_page({**view, "decisions": []}, "en")
    assert 'id="decisions"' not in without
