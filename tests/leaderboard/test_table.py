"""The table: what is ranked, what is not, and what each number rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.run import Run
from triage_bench.leaderboard.table import Row, detectable, leaderboard
from triage_bench.leaderboard.words import describe

Make = Callable[..., Run]


def both(*runs: Run) -> Run:
    """Join runs as if they had been planned together."""
    plan = replace(
        runs[0].plan,
        datasets=tuple({s.name: s for run in runs for s in run.plan.datasets}.values()),
        jobs=tuple(job for run in runs for job in run.plan.jobs),
    )
    return Run(plan, {key: record for run in runs for key, record in run.records.items()})


def by_name(rows: tuple[Row, ...]) -> dict[str, Row]:
    return {row.model: row for row in rows}


def test_rows_stand_from_the_best_on(make_run: Make) -> None:
    rows = leaderboard(make_run({"majority": 0.2, "lightgbm": 0.6, "tfidf-lr": 0.9}), ensembles=False)
    assert [row.model for row in rows] == ["tfidf-lr", "lightgbm", "majority"]
    assert [row.rank for row in rows] == [1, 2, 3]
    assert [row.tied_with_best for row in rows] == [True, False, False]
    assert rows[0].p_value_vs_best is None and rows[0].detectable is None and rows[0].difference_to_best == 0.0


def test_a_score_is_the_metric_over_pooled_answers(make_run: Make) -> None:
    run = make_run({"tfidf-lr": 0.7})
    predictions = run.outcomes[0].predictions
    (row,) = leaderboard(run)
    assert row.score == pytest.approx(f1_score(predictions.labels, predictions.predicted, average="macro"))
    assert row.score == row.scores["macro_f1"]
    assert row.ci_low is not None and row.ci_high is not None and row.ci_low < row.score < row.ci_high
    assert (row.rows, row.units) == (300, 300)


def test_repeats_are_averaged_after_pooling(make_run: Make) -> None:
    run = make_run({"tfidf-lr": 0.7, "lightgbm": 0.7}, protocol=Protocol("stratified", folds=3, repeats=2))
    row = by_name(leaderboard(run))["tfidf-lr"]
    scores = []
    for repeat in (0, 1):
        parts = [r.predictions for r in run.outcomes[0].records if r.job.repeat == repeat]
        labels, predicted = (np.concatenate([getattr(p, name) for p in parts]) for name in ("labels", "predicted"))
        scores.append(f1_score(labels, predicted, average="macro"))
    assert row.score == pytest.approx(np.mean(scores))
    assert row.protocol == "2 × 3-fold stratified CV, default parameters"


def test_close_models_are_ties_and_clear_ones_are_not(make_run: Make) -> None:
    rows = by_name(leaderboard(make_run({"a": 0.80, "b": 0.79, "c": 0.3}), ensembles=False))
    best, second = sorted((rows["a"], rows["b"]), key=lambda row: row.rank or 0)
    assert best.tied_with_best and second.tied_with_best and not rows["c"].tied_with_best
    assert second.p_value_vs_best is not None and second.p_value_vs_best >= 0.05
    assert rows["c"].p_value_raw is not None and rows["c"].p_value_vs_best == pytest.approx(2 * rows["c"].p_value_raw)


@pytest.mark.parametrize(("skill", "reason"), [("timeout", "it broke"), (None, "5 of 5 folds did not run")])
def test_what_is_not_complete_is_shown_unranked_with_its_reason(make_run: Make, skill: str | None, reason: str) -> None:
    rows = leaderboard(make_run({"broken": skill, "tfidf-lr": 0.8, "lightgbm": 0.5}), ensembles=False)
    assert [row.rank for row in rows] == [1, 2, None]
    assert (rows[-1].score, rows[-1].tied_with_best, rows[-1].reason) == (None, False, reason)


def test_one_failed_fold_is_never_averaged_over(make_run: Make) -> None:
    run = make_run({"tfidf-lr": 0.8, "lightgbm": 0.5})
    job = run.plan.jobs[3]
    broken = replace(run.records[job.key], status="out-of-memory", reason="it grew", predictions=None)
    rows = leaderboard(Run(run.plan, {**run.records, job.key: broken}))
    assert [row.model for row in rows] == ["lightgbm", "tfidf-lr"]
    assert (rows[1].rank, rows[1].score, rows[1].status) == (None, None, "out-of-memory")


def test_controls_have_no_row(make_run: Make) -> None:
    run = make_run({"tfidf-lr": 0.8}, protocol=Protocol("stratified", purpose="shuffled-labels", labels="shuffled"))
    assert leaderboard(run) == ()


def test_tuned_and_default_compete_in_one_ranking(make_run: Make) -> None:
    rows = leaderboard(
        both(make_run({"tfidf-lr": 0.6}), make_run({"tfidf-lr": 0.6, "lightgbm": 0.9}, trials=20)), ensembles=False
    )
    assert [(row.model, row.tuned, row.rank) for row in rows] == [
        ("lightgbm", True, 1),
        ("tfidf-lr", False, 2),
        ("tfidf-lr", True, 2),
    ]
    assert rows[1].optimism is None and rows[1].tune_seconds is None
    assert (rows[0].tune_seconds, rows[0].fit_seconds, rows[0].predict_rows_per_second) == (8.0, 2.0, 120.0)


def test_optimism_is_the_inner_promise_minus_what_the_outer_folds_kept(make_run: Make) -> None:
    run = make_run({"tfidf-lr": 0.6}, trials=5)
    parts = [record.predictions for record in run.outcomes[0].records]
    outer = np.mean([f1_score(p.labels, p.predicted, average="macro") for p in parts])
    (row,) = leaderboard(run)
    assert row.inner_score == pytest.approx(0.9)
    assert row.optimism == pytest.approx(0.9 - outer)


def test_another_split_is_another_ranking(make_run: Make) -> None:
    official = make_run({"tfidf-lr": 0.6}, protocol=Protocol("stratified"))
    rows = leaderboard(both(official, make_run({"tfidf-lr": 0.9})))
    assert [(row.split, row.rank) for row in rows] == [("stratified", 1), ("near-duplicate", 1)]


def test_data_sets_keep_the_plans_order(make_run: Make) -> None:
    rows = leaderboard(both(make_run({"a": 0.5}, dataset="나중"), make_run({"a": 0.9}, dataset="가")))
    assert [row.dataset for row in rows] == ["나중", "가"]


def test_a_lower_is_better_metric_ranks_the_lowest_first(make_run: Make) -> None:
    rows = leaderboard(make_run({"majority": 0.2, "tfidf-lr": 0.9}), "mae")
    assert [row.model for row in rows] == ["tfidf-lr", "majority"]
    assert rows[0].metric == "mae" and rows[1].difference_to_best is not None and rows[1].difference_to_best > 0


def test_names_without_order_fall_back_to_macro_f1(make_run: Make) -> None:
    (row,) = leaderboard(make_run({"a": 0.5}, scale="nominal"), "qwk")
    assert row.metric == "macro_f1" and "qwk" not in row.scores


def test_metrics_that_cannot_rank_are_refused(make_run: Make) -> None:
    with pytest.raises(InputError, match="cannot rank by 'auroc'"):
        leaderboard(make_run({"a": 0.5}), "auroc")
    with pytest.raises(UnknownNameError):
        leaderboard(make_run({"a": 0.5}), "macrof1")


def test_more_rows_detect_less(make_run: Make) -> None:
    few, many = (detectable(make_run({"a": 0.8, "b": 0.7}, rows=n), "ktas-sim") for n in (200, 1800))
    assert few is not None and many is not None
    assert few / many == pytest.approx(3, rel=0.25)
    assert detectable(make_run({"a": 0.8}), "ktas-sim") is None


def test_a_leaderboard_is_the_same_twice(make_run: Make) -> None:
    assert leaderboard(make_run(unit_size=2)) == leaderboard(make_run(unit_size=2))


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        (Protocol("near-duplicate", tuning=Tuning(20)), "5-fold near-duplicate-grouped CV, tuned 20 trials"),
        (Protocol("official", folds=1), "official split, default parameters"),
        (Protocol("grouped", folds=3, train_rows=10000), "3-fold grouped CV, 10,000 training rows, default parameters"),
    ],
)
def test_a_protocol_is_told_in_a_few_words(protocol: Protocol, words: str) -> None:
    assert describe(protocol).en == words
