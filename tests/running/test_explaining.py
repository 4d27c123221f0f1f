"""What a model goes by: exact where it can be, within privacy's bounds, and never at the cost of a prediction."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from triage_bench.core.dataset import Dataset
from triage_bench.core.explanation import FEWEST_TEXTS, Explanation
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import RunRecord
from triage_bench.running.explaining import wants_explanation
from triage_bench.running.job import run_job
from triage_bench.running.occlusion import occluded
from triage_bench.text.corpus import Corpus

LINEAR, TREES = Recipe("tfidf-lr", {"tokenizer": "eojeol"}), Recipe("lightgbm", {"tokenizer": "eojeol"})
NETWORK = Recipe("lstm-attention", {"tokenizer": "eojeol", "hidden": 8, "embedding": 8, "epochs": 12})
BOUND = 40_000
"""Bytes of one explanation in a record."""


def sentences(rows: int = 160) -> Dataset:
    """Return texts in which one word decides, some others are noise, and every text holds a name of its own."""
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 3, rows)
    decides = ("흉통이", "발목이", "두통이")
    noise = ("오늘", "갑자기", "조금", "아침부터", "계속")
    texts = [
        " ".join([*rng.permutation(noise)[:3], decides[label], f"이름{row}씨"]) for row, label in enumerate(labels)
    ]
    return Dataset("words", tuple(texts), labels, ("가", "나", "다"))


DATA = sentences()


def record(recipe: Recipe, protocol: Protocol | None = None) -> RunRecord:
    job = Job("words", DATA.digest, recipe, protocol or Protocol("stratified", folds=3))
    return run_job(job, DATA, Corpus(DATA.texts))


@pytest.fixture(scope="module", params=[LINEAR, TREES, NETWORK, Recipe("knn")], ids=lambda recipe: recipe.model)
def explained(request: pytest.FixtureRequest) -> Explanation:
    found = record(request.param).explanation
    assert found is not None
    return found


def test_the_word_that_decides_leads_in_every_family(explained: Explanation) -> None:
    assert [label[0][0] for label in explained.words] == ["흉통이", "발목이", "두통이"]
    if explained.grams:
        assert [label[0][0] for label in explained.grams] == ["흉통이", "발목이", "두통이"]


def test_a_word_that_few_texts_hold_is_never_spelt_and_the_record_stays_small(explained: Explanation) -> None:
    said = {name for part in (explained.grams, explained.words) for label in part for name, _ in label}
    assert said and not any("이름" in name for name in said)
    for name in said:
        assert sum(name in text for text in DATA.texts) >= FEWEST_TEXTS
    written = json.dumps(explained.to_dict(), ensure_ascii=False)
    assert len(written.encode()) < BOUND and not any(text in written for text in DATA.texts)
    assert Explanation.from_dict(json.loads(written)) == explained


def test_spans_are_words_of_their_text(explained: Explanation) -> None:
    assert explained.texts
    for one in explained.texts:
        words = DATA.texts[one.row].split()
        assert all(DATA.texts[one.row][start:end] in words for start, end, _ in one.spans)


def test_attention_sums_to_one_over_a_texts_words() -> None:
    found = record(NETWORK).explanation
    assert found is not None and found.gap is not None and found.gap < 0.5
    for one in found.texts:
        assert sum(share for _, _, share in one.attention) == pytest.approx(1.0, abs=1e-2)


def test_controls_and_baselines_are_not_explained() -> None:
    for protocol in (
        Protocol("stratified", folds=3, labels="shuffled"),
        Protocol("none", train_rows=32, scored_rows="train"),
        Protocol("stratified", folds=3, train_rows=60),
        Protocol("stratified", folds=3, texts="words-shuffled"),
    ):
        assert not wants_explanation(Job("words", DATA.digest, LINEAR, protocol))
    assert not wants_explanation(Job("words", DATA.digest, LINEAR, Protocol("stratified", repeats=2), repeat=1))
    assert record(Recipe("stratified")).explanation is None


def test_an_explanation_changes_no_answer_and_is_the_same_twice() -> None:
    first, second = record(TREES), record(TREES)
    assert first.predictions is not None and second.predictions is not None
    assert np.array_equal(first.predictions.probabilities, second.predictions.probabilities)
    assert first.explanation == second.explanation


def test_what_cannot_be_explained_is_a_notice_and_keeps_its_predictions(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("no view")

    monkeypatch.setattr("triage_bench.running.job.explained", broken)
    found = record(LINEAR)
    assert found.ok and found.explanation is None
    assert [notice.code for notice in found.notices] == ["explanation.failed"]


def test_leaving_out_the_only_word_that_counts_takes_all_of_its_evidence() -> None:
    class OneWord:
        def predict_proba(self, texts: list[str]) -> Any:
            sure = np.array([0.9 if "흉통" in text else 0.5 for text in texts])
            return np.column_stack((1 - sure, sure))

    ((other, told),) = occluded(OneWord(), ["어제 흉통"], [[(0, 2), (3, 5)]], np.array([1]))
    assert other == 0.0 and told == pytest.approx(np.log(0.9 / 0.5))
