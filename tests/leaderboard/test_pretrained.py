"""What a pre-trained model brings over TF-IDF is measured on the same rows, and its cost is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from triage_bench.core.job import ON_PRETRAINED, Recipe
from triage_bench.core.run import Run
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.ensembles import rankings
from triage_bench.leaderboard.paired import compare
from triage_bench.leaderboard.pretrained import YARDSTICK, Gain, gains
from triage_bench.metrics import METRICS
from triage_bench.models import MODELS, PRETRAINED
from triage_bench.report.tables import gain_lines
from triage_bench.report.view import build_view

METRIC = METRICS["macro_f1"]


def found(run: Run) -> tuple[Gain, ...]:
    (competitors,) = rankings(run)
    return gains(competitors, METRIC)


def test_every_model_that_needs_a_pre_trained_one_is_measured_against_tf_idf() -> None:
    assert {entry.name for entry in MODELS if PRETRAINED in entry.tags} == ON_PRETRAINED
    assert YARDSTICK in MODELS


def test_a_gain_is_the_paired_difference_with_an_interval_and_seconds(make_run: Callable[..., Run]) -> None:
    run = make_run({"tfidf-lr": 0.6, "transformer": 0.9, "majority": 0.3}, trials=2)
    (gain,) = found(run)
    by_name = {one.recipe.model: one for one in rankings(run)[0] if one.recipe.model in ("tfidf-lr", "transformer")}
    own, other = by_name["transformer"], by_name["tfidf-lr"]
    expected = compare(Answers.of(own), Answers.of(other), METRIC, coordinates=(*other.keys, *own.keys))
    assert gain.difference == pytest.approx(expected.difference) and gain.p_value == expected.p_value
    assert gain.low < gain.difference < gain.high and gain.low > 0
    assert gain.high - gain.low == pytest.approx(2 * 1.96 * expected.error, rel=1e-3)
    assert gain.seconds == gain.seconds_against == 10.0 and gain.tuned and gain.against_tuned
    assert f"{gain.difference:+.3f}" in gain.text.ko and f"{gain.difference:+.3f}" in gain.text.en
    assert "chance" not in gain.text.en


def test_a_difference_that_may_be_chance_is_said_to_be(make_run: Callable[..., Run]) -> None:
    (gain,) = found(make_run({"tfidf-lr": 0.7, "transformer-lr": 0.7}, rows=60))
    assert gain.low <= 0 <= gain.high and "chance" in gain.text.en and "우연" in gain.text.ko


def test_of_several_tf_idf_the_plan_chooses_and_not_the_score(make_run: Callable[..., Run]) -> None:
    run = make_run({"tfidf-lr": 0.5, "lightgbm": 0.9, "transformer": 0.8})
    competitors = [one for one in rankings(run)[0] if one.recipe.model in ("tfidf-lr", "transformer", "lightgbm")]
    better = replace(competitors[1], recipe=Recipe("tfidf-lr", {"tokenizer": "mecab"}))
    (gain,) = gains([competitors[0], better, competitors[2]], METRIC)
    assert gain.against == competitors[0].recipe.name and gain.difference > 0


@pytest.mark.parametrize(
    "models", [{"tfidf-lr": 0.8}, {"transformer": 0.8}, {"tfidf-lr": 0.8, "transformer": "skipped"}]
)
def test_without_both_there_is_nothing_to_say(models: dict[str, float | str], make_run: Callable[..., Run]) -> None:
    assert found(make_run(models)) == ()


def test_the_report_says_it_in_a_line_of_its_own(make_run: Callable[..., Run]) -> None:
    run = make_run({"tfidf-lr": 0.6, "transformer": 0.8})
    view = build_view(run)
    ((gain,),) = [ranking["gains"] for ranking in view["rankings"]]
    assert gain["model"].startswith("transformer") and gain["difference"] > 0
    (line,) = gain_lines(view, "ko")
    assert line == f"[ktas-sim] {gain['text']['ko']}"
