"""Ensembles are computed from stored answers, honestly, and no check sees them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.run import Run
from triage_bench.core.seeds import generator_for
from triage_bench.leaderboard.ensembles import Ensemble, rankings
from triage_bench.leaderboard.stacking import Stacker
from triage_bench.leaderboard.table import Row, leaderboard

ROWS, CLASSES, FOLDS = 200, 3, 4
ALL = ["ensemble-greedy", "ensemble-hard", "ensemble-soft", "ensemble-stacked"]
LABELS = generator_for("ensembles' labels").integers(0, CLASSES, ROWS)
FOLD = np.arange(ROWS) % FOLDS


def answers(name: str, skill: float) -> NDArray[np.float64]:
    """Draw probabilities that lean to the right label as strongly as `skill` says."""
    logits = generator_for("ensembles' answers", name).normal(size=(ROWS, CLASSES))
    logits[np.arange(ROWS), LABELS] += skill
    shares: NDArray[np.float64] = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return shares


def run_of(members: dict[str, NDArray[np.float64]], *, split: str = "stratified", trials: int = 0) -> Run:
    summary = DatasetSummary("sentences", "d" * 32, ROWS, {"가": 70, "나": 70, "다": 60})
    folds = 1 if split == "official" else FOLDS
    protocol = Protocol(split, folds=folds, tuning=Tuning(trials=trials))  # type: ignore[arg-type]
    records = {}
    for name, found in members.items():
        for fold in range(folds):
            rows = np.flatnonzero((fold == FOLD) | (folds == 1))
            job = Job("sentences", summary.digest, Recipe(name), protocol, 0, fold)
            drawn = Predictions(
                rows, LABELS[rows], found[rows].argmax(axis=1), found[rows].astype(np.float32), rows.copy()
            )
            records[job.key] = RunRecord(job, "ok", predictions=drawn, timings={"fit": 2.0, "predict": 0.5})
    jobs = tuple(record.job for record in records.values())
    return Run(Plan("s", "quick", 0, ("x",), (summary,), jobs), records)


def ensembles(run: Run) -> dict[str, Ensemble]:
    return {one.recipe.name: one for group in rankings(run) for one in group if isinstance(one, Ensemble)}


def rows_of(run: Run) -> dict[str, Row]:
    return {row.name: row for row in leaderboard(run)}


@pytest.fixture
def two() -> dict[str, NDArray[np.float64]]:
    return {"sharp": answers("sharp", 2.0), "dull": answers("dull", 0.7)}


def test_every_ensemble_stands_in_the_ranking_with_its_members(two: dict[str, NDArray[np.float64]]) -> None:
    rows = rows_of(run_of(two))
    assert sorted(set(rows) - set(two)) == ALL
    for name in ALL:
        row = rows[name]
        assert row.members == ("sharp", "dull") and row.rank is not None and not row.tuned
        assert row.fit_seconds == 4.0  # 2 s by each of two members
        assert "sharp + dull" in row.words.en and "4-fold" in row.words.en
        assert set(row.keys) == set(rows["sharp"].keys) | set(rows["dull"].keys)
    assert sum(rows["ensemble-greedy"].weights.values()) == pytest.approx(1.0)
    assert rows["ensemble-soft"].weights == {}


def test_stored_answers_are_enough_for_the_soft_vote(two: dict[str, NDArray[np.float64]]) -> None:
    found = ensembles(run_of(two))["ensemble-soft"].predictions
    assert np.array_equal(found.rows, np.arange(ROWS))
    assert found.probabilities == pytest.approx((two["sharp"] + two["dull"]) / 2, abs=1e-6)


def test_one_official_split_offers_only_votes_without_weights(two: dict[str, NDArray[np.float64]]) -> None:
    assert sorted(ensembles(run_of(two, split="official"))) == ["ensemble-hard", "ensemble-soft"]


def test_baselines_and_single_models_make_no_ensemble(two: dict[str, NDArray[np.float64]]) -> None:
    assert ensembles(run_of({"sharp": two["sharp"], "majority": two["dull"], "stratified": two["dull"]})) == {}


def test_an_incomplete_model_is_no_member(two: dict[str, NDArray[np.float64]]) -> None:
    run = run_of({**two, "broken": answers("broken", 1.0)})
    lost = next(key for key, record in run.records.items() if record.job.recipe.model == "broken")
    partial = Run(run.plan, {key: record for key, record in run.records.items() if key != lost})
    assert {one.recipe.name for one in ensembles(partial)["ensemble-soft"].members} == set(two)


def test_the_tuned_recipe_votes_where_there_is_one_even_if_it_is_worse(two: dict[str, NDArray[np.float64]]) -> None:
    default, tuned = run_of(two), run_of({"sharp": answers("worse", 0.0)}, trials=5)
    plan = replace(default.plan, jobs=(*default.plan.jobs, *tuned.plan.jobs))
    members = ensembles(Run(plan, {**default.records, **tuned.records}))["ensemble-soft"].members
    assert [(one.recipe.name, one.tuned) for one in members] == [("sharp", True), ("dull", False)]


def leaking() -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Return members, and the same with one of them perfect in fold 1 and only there."""
    honest = {"dull": answers("dull", 0.7), "leak": answers("leak", 0.0)}
    leak, inside = honest["leak"].copy(), np.flatnonzero(FOLD == 1)
    leak[inside] = 0.001
    leak[inside, LABELS[inside]] = 0.998
    return honest, {"dull": honest["dull"], "leak": leak}


def test_a_member_that_is_perfect_in_one_fold_only_gains_no_weight_there() -> None:
    clean, planted = (ensembles(run_of(members))["ensemble-greedy"].records for members in leaking())
    assert planted[1].facts == clean[1].facts
    assert all(float(planted[fold].facts["leak"]) > float(clean[fold].facts["leak"]) for fold in (0, 2, 3))


def test_a_leak_in_one_fold_does_not_reach_the_stacker_that_answers_there(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[NDArray[np.float64]] = []
    real = Stacker.fitted

    def spied(*given: Any) -> Stacker:
        found = real(*given)
        fitted.append(found.coefficients)
        return found

    monkeypatch.setattr(Stacker, "fitted", spied)
    for members in leaking():
        rankings(run_of(members))
    clean, planted = fitted[:FOLDS], fitted[FOLDS:]
    assert np.array_equal(clean[1], planted[1])
    assert not any(np.allclose(clean[fold], planted[fold], atol=1e-3) for fold in (0, 2, 3))


@pytest.mark.parametrize("name", ["ensemble-greedy", "ensemble-stacked"])
def test_the_labels_of_a_fold_do_not_reach_its_own_answers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    members = {"sharp": answers("sharp", 2.0), "dull": answers("dull", 0.7)}
    before = ensembles(run_of(members))[name].records[2].predictions
    changed = np.where(FOLD == 2, (LABELS + 1) % CLASSES, LABELS)
    monkeypatch.setattr(f"{__name__}.LABELS", changed)
    after = ensembles(run_of(members))[name].records
    assert before is not None and after[2].predictions is not None and after[1].predictions is not None
    assert np.array_equal(before.probabilities, after[2].predictions.probabilities)
    assert not np.array_equal(before.labels, after[2].predictions.labels)


def test_members_of_different_splits_are_refused(two: dict[str, NDArray[np.float64]]) -> None:
    run = run_of(two)
    key = next(key for key, record in run.records.items() if record.job.recipe.model == "dull")
    record = run.records[key]
    assert record.predictions is not None
    moved = replace(record, predictions=replace(record.predictions, rows=record.predictions.rows + 1))
    with pytest.raises(ValueError, match="different rows or folds"):
        rankings(Run(run.plan, {**run.records, key: moved}))


def test_a_runs_outcomes_hold_no_ensemble_and_without_them_the_ranking_is_what_it_was(
    two: dict[str, NDArray[np.float64]],
) -> None:
    run = run_of(two)
    leaderboard(run)
    assert {outcome.recipe.name for outcome in run.outcomes} == set(two)
    assert [(row.name, row.rank) for row in leaderboard(run, ensembles=False)] == [("sharp", 1), ("dull", 2)]
