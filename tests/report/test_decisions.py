"""Decision rules and ensembles in report.json and on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triage_bench.core.costs import Costs
from triage_bench.core.errors import InputError
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.leaderboard.decisions import cost_optimal, default_costs
from triage_bench.leaderboard.ensembles import rankings
from triage_bench.leaderboard.panel import Panel
from triage_bench.leaderboard.temperature import at_temperature, temperature
from triage_bench.report.decisions import decisions_of
from triage_bench.report.page import render_page
from triage_bench.report.view import build_view
from triage_bench.report.write import write_report


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


def test_a_users_own_costs_decide_and_are_told(run: Run, tmp_path: Path) -> None:
    outcome = next(one for one in run.where(dataset="ktas-sim", purpose="benchmark", model="lightgbm"))
    levels = tuple(outcome.dataset.classes)
    far = np.triu(np.ones((5, 5)), 2)  # of the levels from behind: at least two too urgent
    only_far = Costs(levels[::-1], far)
    found, usual = decisions_of(outcome, only_far), decisions_of(outcome, Costs(("a", "b"), np.ones((2, 2))))
    assert found is not None and found["own_costs"] and found["costs"] == far[::-1, ::-1].tolist()
    assert found["rules"][2]["expected_cost"] == 0  # to answer the last level costs nothing, whatever is given
    assert usual == decisions_of(outcome) and usual is not None and not usual["own_costs"]
    page = render_page(build_view(run, costs=only_far), "en")
    assert "what your table says" in page and "Three ways to answer" not in page
    with pytest.raises(InputError, match=r"costs are given for a, b; the labels here are .*ktas-sim: "):
        write_report(run, Workspace.at(tmp_path), costs=Costs(("a", "b"), np.ones((2, 2))))


def test_costs_give_labels_without_an_order_rules_as_well(run: Run) -> None:
    outcome = next(one for one in run.where(dataset="kobill", purpose="benchmark", model="lightgbm"))
    classes = tuple(outcome.dataset.classes)
    found = decisions_of(outcome, Costs(classes, 1 - np.eye(len(classes))))
    assert found is not None and [line["rule"] for line in found["rules"]] == ["argmax", "cost-optimal"]
    assert found["rules"][0]["expected_cost"] == pytest.approx(1 - found["rules"][0]["accuracy"])


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
