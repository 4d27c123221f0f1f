"""Two runs side by side: differences on identical rows, refusals with their reason, versions of one data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.core.errors import InputError
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.record import Predictions
from triage_bench.core.run import Run
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.between import between, difference
from triage_bench.leaderboard.versions import Rows, change_of, effects, relabellings
from triage_bench.metrics import METRICS, find, score

MACRO_F1 = find("macro_f1")
Maker = Callable[..., Run]


def test_a_run_beside_itself_differs_in_nothing(make_run: Maker) -> None:
    run = make_run()
    found = between(run, run, MACRO_F1)
    assert found.settings == found.refused == found.only_first == found.only_second == ()
    assert len(found.pairs) == 3 and all(pair.same for pair in found.pairs)
    assert all(pair.difference.low == pair.difference.high == 0.0 for pair in found.pairs)


def test_the_difference_is_after_minus_before_with_every_fold(make_run: Maker) -> None:
    before, after = make_run({"tfidf-lr": 0.6, "lightgbm": 0.7}), make_run({"tfidf-lr": 0.9, "lightgbm": 0.7})
    found = between(before, after, MACRO_F1)
    best, other = found.pairs
    assert (best.model, other.same) == ("tfidf-lr[char_wb]", True)
    outcomes = [next(run.where(model="tfidf-lr")) for run in (before, after)]
    scores = [score("macro_f1", one.predictions, 5) for one in outcomes]
    assert best.difference.value == pytest.approx(scores[1] - scores[0])
    assert best.difference.low is not None and best.difference.low > 0 and best.p_value < 0.01
    folds = [
        score("macro_f1", b.predictions, 5) - score("macro_f1", a.predictions, 5)
        for a, b in zip(outcomes[0].records, outcomes[1].records, strict=True)
    ]
    assert [fold.value for fold in best.folds] == pytest.approx(folds)
    assert 0 < best.changed < best.rows == 300


def test_the_interval_holds_a_difference_of_nothing_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        labels, rows = draw.integers(0, 4, 200), np.arange(200)
        first, second = (
            Answers((Predictions(rows, labels, said, np.zeros((200, 4), np.float32), rows // 2),), 4)
            for said in (np.where(draw.random(200) < 0.6, labels, draw.integers(0, 4, 200)) for _ in range(2))
        )
        found = difference(first, second, MACRO_F1)
        assert found.low is not None and found.high is not None
        held += found.low <= 0 <= found.high
    assert 182 <= held <= 198  # 190 ± 2.7 standard errors


@pytest.mark.parametrize(
    ("change", "what", "reason"),
    [
        ({"rows": 320}, "split", "identical rows"),
        ({"protocol": Protocol("stratified")}, "split", "split 'near-duplicate' and 'stratified'"),
        ({"protocol": Protocol("near-duplicate", folds=4)}, "split", "folds 5 and 4"),
        ({"models": {"tfidf-lr": "failed"}}, "status", "second run: failed, it broke"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(
    make_run: Maker, change: dict[str, object], what: str, reason: str
) -> None:
    before, after = make_run({"tfidf-lr": 0.6}), make_run(**{"models": {"tfidf-lr": 0.6}, **change})
    found = between(before, after, MACRO_F1)
    assert found.pairs == ()
    assert [one.what for one in found.refused] == [what] and reason in found.refused[0].reason


def test_other_data_are_refused_under_the_same_name(make_run: Maker) -> None:
    before = make_run({"tfidf-lr": 0.6})
    (refused,) = between(before, _of_other_data(before), MACRO_F1).refused
    assert refused.what == "data" and "digest" in refused.reason


def test_models_tuned_for_different_metrics_are_not_compared(make_run: Maker) -> None:
    runs = [
        make_run({"tfidf-lr": 0.6}, protocol=Protocol("near-duplicate", tuning=Tuning(trials=3, metric=metric)))
        for metric in ("macro_f1", "qwk")
    ]
    assert [one.what for one in between(runs[0], runs[1], MACRO_F1).refused] == ["metric"]


def test_a_metric_of_levels_is_refused_where_labels_have_no_order(make_run: Maker) -> None:
    run = make_run({"tfidf-lr": 0.6}, scale="nominal")
    assert [one.what for one in between(run, run, find("qwk")).refused] == ["metric"]
    with pytest.raises(InputError, match="confusion counts"):
        between(run, run, next(one for one in METRICS.values() if one.from_counts is None))


def test_models_of_one_run_only_are_named(make_run: Maker) -> None:
    found = between(
        make_run({"tfidf-lr": 0.6, "majority": 0.3}), make_run({"tfidf-lr": 0.6, "lightgbm": 0.7}), MACRO_F1
    )
    assert found.only_first == (("ktas-sim", "majority"),)
    assert found.only_second == (("ktas-sim", "lightgbm[char_wb]"),)


def test_rows_are_matched_by_text_and_those_with_the_same_label_first() -> None:
    first = Rows(np.array([1, 1, 2, 3], dtype=np.uint64), ("a", "b", "a", "a"))
    second = Rows(np.array([3, 1, 1, 4], dtype=np.uint64), ("a", "b", "c", "a"))
    change = change_of(first, second)
    assert change.kept.tolist() == [[3, 0], [1, 1]]
    assert change.relabelled.tolist() == [[0, 2]]
    assert (change.went.tolist(), change.came.tolist()) == ([2], [3])
    assert relabellings(change, first, second) == {("a", "c"): 1}


VERSION = st.lists(st.tuples(st.integers(0, 4), st.sampled_from("ab")), max_size=12)


@given(VERSION, VERSION)
def test_every_row_of_both_versions_is_accounted_for_once(a: list[tuple[int, str]], b: list[tuple[int, str]]) -> None:
    first, second = (Rows(np.array([t for t, _ in v], dtype=np.uint64), tuple(s for _, s in v)) for v in (a, b))
    change = change_of(first, second)
    before = [*change.kept[:, 0].tolist(), *change.relabelled[:, 0].tolist(), *change.went.tolist()]
    after = [*change.kept[:, 1].tolist(), *change.relabelled[:, 1].tolist(), *change.came.tolist()]
    assert sorted(before) == list(range(len(a))) and sorted(after) == list(range(len(b)))
    assert all(a[i] == b[j] for i, j in change.kept.tolist())
    assert all(a[i][0] == b[j][0] and a[i][1] != b[j][1] for i, j in change.relabelled.tolist())
    assert not {t for t, _ in (a[i] for i in change.went)} & {t for t, _ in (b[j] for j in change.came)}


def test_the_effect_of_a_new_version_is_paired_on_the_rows_that_stayed(make_run: Maker) -> None:
    before = make_run({"tfidf-lr": 0.6})
    after = _of_other_data(make_run({"tfidf-lr": 0.9}))
    labels = next(before.where()).predictions.labels
    rows = Rows(np.arange(300, dtype=np.uint64), tuple(str(code + 1) for code in labels))
    gone = Rows(np.where(np.arange(300) < 20, np.arange(300) + 1000, np.arange(300)).astype(np.uint64), rows.labels)
    (effect,) = effects(before, after, "ktas-sim", "ktas-sim", change_of(rows, gone), MACRO_F1)
    assert effect.kept_rows == 280 and effect.on_kept is not None
    assert effect.on_kept.value > 0.1 and effect.on_kept.low is not None and effect.on_kept.low > 0
    assert effect.accuracy_came is not None and effect.accuracy_went is not None
    assert effect.second > effect.first


def _of_other_data(run: Run) -> Run:
    (summary,) = run.plan.datasets
    jobs = tuple(replace(job, dataset_digest="another") for job in run.plan.jobs)
    plan = replace(run.plan, datasets=(replace(summary, digest="another"),), jobs=jobs)
    records = {new.key: replace(run.records[old.key], job=new) for old, new in zip(run.plan.jobs, jobs, strict=True)}
    return Run(plan, records)
