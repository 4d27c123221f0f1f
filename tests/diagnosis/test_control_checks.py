"""The checks that read control jobs fire, stay quiet, and know when they do not apply; nothing is trained."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted import each_of, numbers_in

from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.finding import Finding
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.run import Run
from triage_bench.core.seeds import generator_for
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.diagnosis import CHECKS
from triage_bench.diagnosis.advice import size_step
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.drift import area_under_curve
from triage_bench.diagnosis.forecast import forecast
from triage_bench.diagnosis.merges import merged_afterwards

COPIES = {"near_duplicate_rows": 500.0, "near_duplicate_label_agreement": 0.9}


class Experiment:
    """A run of controls on one data set; `right` is the share of rows answered rightly, on the same rows if it can."""

    def __init__(self, classes: int = 2, rows: int = 1000, facts: Mapping[str, float] | None = None) -> None:
        self.labels = np.arange(rows) % classes
        counts = {f"class {code}": int((self.labels == code).sum()) for code in range(classes)}
        self.summary = DatasetSummary("data", "digest", rows, counts, facts=facts or {})
        self.jobs: list[Job] = []
        self.records: dict[str, RunRecord] = {}

    def add(
        self,
        purpose: str,
        right: float,
        split: str = "near-duplicate",
        *,
        tokenizer: str | None = None,
        ran: bool = True,
        unseen: int = 0,
        jitter: float = 0.0,
        confused: tuple[int, int] | None = None,
        facts: Mapping[str, float] | None = None,
        **protocol: Any,
    ) -> Experiment:
        how = Protocol(split, purpose, **protocol)  # type: ignore[arg-type]
        recipe = Recipe("token-ridge", {"tokenizer": tokenizer}) if tokenizer else Recipe("char-ridge")
        for repeat in range(how.repeats):
            draw = generator_for("experiment", repeat).random(len(self.labels))
            lucky = right + jitter * generator_for("jitter", repeat).standard_normal()
            for fold in range(1 if split == "official" else how.folds):
                job = Job("data", "digest", recipe, how, repeat, fold)
                self.jobs.append(job)
                rows = np.arange(len(self.labels))[
                    (np.arange(len(self.labels)) // len(set(self.labels))) % how.folds == fold
                ]
                if ran:
                    said = Notice("split.unseen_class", unseen, len(rows), Sentence("다", "a"))
                    answers = self._answer(rows, draw, lucky, how, confused)
                    self.records[job.key] = RunRecord(
                        job,
                        "ok",
                        predictions=answers,
                        train_rows=how.train_rows or 800,
                        facts=facts or {},
                        notices=(said,) if unseen else (),
                    )
        return self

    def _answer(self, rows: Any, draw: Any, right: float, how: Protocol, confused: Any) -> Predictions:
        classes = len(self.summary.classes)
        labels = self.labels[rows] if how.labels != "side" else (rows % 5 == 0).astype(np.int64)
        wrong = (labels + 1) % classes
        if confused is not None:  # errors stay inside a pair of classes
            wrong = np.where(labels == confused[0], confused[1], np.where(labels == confused[1], confused[0], labels))
        predicted = np.where(draw[rows] < right, labels, wrong)
        for codes in how.merged:
            labels = np.where(np.isin(labels, codes), min(codes), labels)
            predicted = np.where(np.isin(predicted, codes), min(codes), predicted)
        probabilities = np.full((len(rows), classes), 0.2 / max(classes - 1, 1), dtype=np.float32)
        probabilities[np.arange(len(rows)), predicted] = 0.8
        return Predictions(rows, labels, predicted, probabilities, rows)

    def ask(self, code: str) -> list[Finding]:
        run = Run(Plan("test", "quick", 0, (), (self.summary,), tuple(self.jobs)), self.records)
        return list(CHECKS.load(code).findings(Case(run, self.summary)))


def at_random(right: float = 0.8, **rest: Any) -> Experiment:
    return Experiment(**rest).add("random-split", right, "stratified")


def own(right: float = 0.8, **rest: Any) -> Experiment:
    return Experiment(**rest).add("benchmark", right)


def rungs(*right: float, ran: bool = True) -> Experiment:
    experiment = Experiment()
    for size, share in zip((100, 200, 400, None), right, strict=False):
        experiment.add("ladder", share, ran=ran, train_rows=size)
    return experiment


def shuffled(right: float, repeats: int = 100, ran: bool = True) -> Experiment:
    base = Experiment().add("permutation-base", right)
    return base.add("shuffled-labels", 0.5, labels="shuffled", repeats=repeats, jitter=0.02, ran=ran)


def readings(prefix: float, words: float, token: float) -> Experiment:
    experiment = own()
    for length in (10, 20, 40):
        experiment.add(f"prefix-{length}", prefix, texts=f"prefix:{length}")
    return experiment.add("words-shuffled", words, texts="words-shuffled").add(
        "strongest-token", token, texts="strongest-token"
    )


def units(eojeol: float, ran: bool = True) -> Experiment:
    experiment = own().add("tokenizer", eojeol, tokenizer="eojeol", facts={"unknown_share": 0.7}, ran=ran)
    return experiment.add("tokenizer", 0.8, tokenizer="mecab", facts={"unknown_share": 0.2}, ran=ran)


def sides(right: float, ran: bool = True) -> Experiment:
    return Experiment().add("drift", right, labels="side", ran=ran)


def grouped(right: float, split: str = "grouped", facts: Mapping[str, float] | None = None) -> Experiment:
    return at_random(facts=facts).add("benchmark", right, split)


Planted = Callable[[], Experiment]
CASES: dict[str, dict[str, list[Planted]]] = {
    "TB211": {
        "tip": [lambda: rungs(0.6, 0.67, 0.73, 0.78)],
        "passed": [lambda: rungs(0.8, 0.8, 0.8, 0.8)],
        "not_applicable": [Experiment, lambda: rungs(0.6, 0.7)],
        "skipped": [lambda: rungs(0.6, 0.7, 0.8, 0.8, ran=False)],
    },
    "TB212": {
        "tip": [lambda: at_random().add("topic-held-out", 0.7, "topic", parts=5)],
        "passed": [lambda: at_random().add("topic-held-out", 0.79, "topic", parts=5)],
        "not_applicable": [Experiment, lambda: at_random().add("topic-held-out", 0.5, "topic", parts=5, unseen=50)],
        "skipped": [lambda: at_random().add("topic-held-out", 0.8, "topic", parts=5, ran=False)],
    },
    "TB213": {
        "issue": [lambda: at_random().add("source-held-out", 0.55, "source")],
        "passed": [lambda: at_random().add("source-held-out", 0.7, "source")],
        "not_applicable": [Experiment],
        "skipped": [lambda: at_random().add("source-held-out", 0.8, "source", ran=False)],
    },
    "TB214": {
        "tip": [lambda: at_random().add("one-source", 0.6, "one-source")],
        "passed": [lambda: at_random().add("one-source", 0.78, "one-source")],
        "not_applicable": [Experiment],
        "skipped": [lambda: at_random().add("one-source", 0.8, "one-source", ran=False)],
    },
    "TB215": {
        "issue": [lambda: grouped(0.7), lambda: grouped(0.65, "near-duplicate", COPIES)],
        "passed": [
            lambda: grouped(0.79),
            lambda: grouped(0.75, "near-duplicate", COPIES),
            lambda: grouped(0.65, "near-duplicate", {**COPIES, "near_duplicate_rows": 100.0}),
        ],
        "not_applicable": [Experiment],
        "skipped": [lambda: Experiment().add("benchmark", 0.7, "grouped")],
    },
    "TB221": {
        "issue": [lambda: shuffled(0.51)],
        "tip": [lambda: shuffled(0.56)],
        "passed": [lambda: shuffled(0.8)],
        "not_applicable": [Experiment, lambda: shuffled(0.8, repeats=5)],
        "skipped": [lambda: shuffled(0.8, ran=False)],
    },
    "TB222": {
        "tip": [lambda: Experiment(rows=200).add("repeated-split", 0.8, "stratified", repeats=10)],
        "passed": [lambda: Experiment(rows=10_000).add("repeated-split", 0.8, "stratified", repeats=10)],
        "not_applicable": [Experiment, lambda: Experiment().add("repeated-split", 0.8, "stratified")],
        "skipped": [lambda: Experiment().add("repeated-split", 0.8, "stratified", repeats=10, ran=False)],
    },
    "TB223": {
        "issue": [lambda: sides(0.9)],
        "passed": [lambda: sides(0.5)],
        "not_applicable": [Experiment],
        "skipped": [lambda: sides(0.9, ran=False)],
    },
    "TB224": {
        "tip": [lambda: own(0.7, classes=3).add("merged", 0.85, merge="0+1")],
        "passed": [lambda: own(0.7, classes=3).add("merged", 0.7, merge="0+1")],
        "not_applicable": [Experiment, lambda: Experiment(classes=3)],
        "skipped": [lambda: own(0.7, classes=3).add("merged", 0.7, merge="0+1", ran=False)],
    },
    "TB751": {
        "tip": [lambda: units(0.6)],
        "passed": [lambda: units(0.79)],
        "not_applicable": [Experiment],
        "skipped": [lambda: units(0.6, ran=False)],
    },
    "TB752": {
        "tip": [lambda: readings(0.6, 0.8, 0.6)],
        "passed": [lambda: readings(0.8, 0.8, 0.6)],
        "not_applicable": [Experiment],
        "skipped": [lambda: own().add("prefix-10", 0.8, texts="prefix:10", ran=False)],
    },
    "TB753": {
        "tip": [lambda: readings(0.8, 0.8, 0.79)],
        "passed": [lambda: readings(0.8, 0.79, 0.6)],
        "not_applicable": [Experiment],
        "skipped": [lambda: own().add("strongest-token", 0.8, texts="strongest-token", ran=False)],
    },
}
ROWS = each_of(CASES)


@pytest.mark.parametrize(("code", "outcome", "planted"), ROWS)
def test_a_control_is_judged_as_planted_and_said_in_both_languages(code: str, outcome: str, planted: Planted) -> None:
    found = planted().ask(code)
    assert {one.outcome for one in found} == {outcome}, [one.text.en for one in found]
    for one in found:
        assert one.text.ko != one.text.en and numbers_in(one.text.ko) == numbers_in(one.text.en), one.text
        assert one.numbers or outcome in ("skipped", "not_applicable")


@pytest.mark.parametrize("code", CASES)
def test_a_check_states_its_threshold_in_both_languages(code: str) -> None:
    check = CHECKS.load(code)
    assert check.code == code
    for sentence in (check.title, check.why, check.threshold):
        assert re.search("[가-힣]", sentence.ko) and not re.search("[가-힣]", sentence.en)
        assert sentence.ko.rstrip(".").endswith("니다") or sentence.ko.endswith("십시오.")
    assert numbers_in(check.threshold.ko) == numbers_in(check.threshold.en)


def test_a_forecast_finds_the_power_law_that_made_the_scores() -> None:
    rows = np.array([100.0, 200.0, 400.0, 800.0])
    found = forecast(rows.tolist(), (0.85 - 2.0 * rows**-0.5).tolist(), [0.002] * 4, times=2)
    real = 2.0 * (800**-0.5 - 1600**-0.5)
    assert found.low <= real <= found.high and found.middle == pytest.approx(real, abs=0.006)


def test_a_forecast_is_wider_where_the_scores_are_noisier_and_never_passes_a_perfect_score() -> None:
    rows, scores = [100, 200, 400, 800], [0.6, 0.7, 0.78, 0.83]
    sharp, dull = forecast(rows, scores, [0.002] * 4, 2), forecast(rows, scores, [0.03] * 4, 2)
    assert dull.high - dull.low > sharp.high - sharp.low
    assert forecast(rows, [0.7, 0.8, 0.9, 0.99], [0.005] * 4, 1e6).high <= 0.03
    flat = forecast(rows, [0.8] * 4, [0.004] * 4, 2)
    assert 0 <= flat.low <= flat.middle < 0.02
    with pytest.raises(ValueError, match="at least 3"):
        forecast([1, 2], [0.5, 0.6], [0.1, 0.1], 2)


def test_the_next_step_on_few_rows_says_how_many_would_bring_how_much() -> None:
    curve = rungs(0.6, 0.67, 0.73, 0.78).ask("TB211")
    few = replace(curve[0], code="TB603")
    step, numbers = size_step([few, *curve]), curve[0].numbers
    assert step is not None and numbers_in(step.ko) == numbers_in(step.en)
    assert f"→ {2 * int(numbers['rows']):,})" in step.en and f"–{numbers['gain_high']:.2f} macro-F1" in step.en
    assert size_step([few, *rungs(0.8, 0.8, 0.8, 0.8).ask("TB211")]) is None
    assert size_step(curve) is None and size_step([few]) is None


def test_the_area_under_the_curve_is_scikit_learns() -> None:
    from sklearn.metrics import roc_auc_score

    rng = generator_for("auc")
    labels = rng.integers(0, 2, 300)
    scores = np.round(rng.random(300) + 0.2 * labels, 1)
    rows = np.arange(300)
    predictions = Predictions(rows, labels, labels, np.column_stack((1 - scores, scores)).astype(np.float32), rows)
    area, error = area_under_curve(predictions)
    assert area == pytest.approx(roc_auc_score(labels, scores)) and 0.02 < error < 0.04


def test_merging_afterwards_leaves_other_classes_alone() -> None:
    rows = np.arange(4)
    one = Predictions(rows, np.array([0, 1, 2, 3]), np.array([1, 0, 3, 2]), np.zeros((4, 4), np.float32), rows)
    merged = merged_afterwards(one, ((1, 2),))
    assert merged.labels.tolist() == [0, 1, 1, 3] and merged.predicted.tolist() == [1, 0, 3, 1]
