"""Contributions add up to the score they explain."""

from __future__ import annotations

import numpy as np

from triage_bench.models.lightgbm import TfidfLightGBM
from triage_bench.models.linear import TfidfLogisticRegression
from triage_bench.models.neural.attribution import integrated_gradients
from triage_bench.models.neural.families import TextCNNClassifier
from triage_bench.text.corpus import Corpus

RNG = np.random.default_rng(11)
WORDS = ("흉통", "호흡곤란", "발목", "부종", "두통", "오늘", "어제", "조금", "심한", "계속")
LABELS = RNG.integers(0, 3, 120)
TEXTS = [" ".join([WORDS[2 * label], *RNG.permutation(WORDS)[:4]]) for label in LABELS]
CORPUS = Corpus(TEXTS)


def test_a_linear_models_grams_add_up_to_its_margin_over_the_mean() -> None:
    model = TfidfLogisticRegression(tokenizer="eojeol").fit(TEXTS, LABELS)
    found = model.gram_scores(CORPUS)
    assert found is not None and found.method == "weights"
    margins = model.features_.transform(CORPUS) @ model.regression_.coef_.T
    expected = margins - margins.mean(axis=1, keepdims=True)
    summed = np.column_stack([np.asarray(one.sum(axis=1)).ravel() for one in found.by_class])
    np.testing.assert_allclose(summed, expected, atol=1e-5)


def test_the_trees_grams_and_their_bias_add_up_to_the_margins() -> None:
    model = TfidfLightGBM(tokenizer="eojeol", n_estimators=20).fit(TEXTS, LABELS)
    found = model.gram_scores(CORPUS)
    assert found is not None and found.method == "tree-shap"
    margins = np.asarray(model.booster_.predict(model.features_.transform(CORPUS), raw_score=True))
    summed = np.column_stack([np.asarray(one.sum(axis=1)).ravel() for one in found.by_class])
    left = (margins - margins.mean(axis=1, keepdims=True)) - summed
    np.testing.assert_allclose(left, np.broadcast_to(left[0], left.shape), atol=1e-5)  # the bias, one per class


def test_two_classes_mirror_each_other() -> None:
    for model in (TfidfLogisticRegression(tokenizer="eojeol"), TfidfLightGBM(tokenizer="eojeol", n_estimators=10)):
        found = model.fit(TEXTS, LABELS > 0).gram_scores(CORPUS)
        assert found is not None
        first, second = found.by_class
        np.testing.assert_allclose(first.toarray(), -second.toarray(), atol=1e-9)


def test_integrated_gradients_add_up_to_the_change_of_the_log_probability() -> None:
    model = TextCNNClassifier(tokenizer="eojeol", embedding=8, filters=8, epochs=6).fit(TEXTS, LABELS)
    values, gap = integrated_gradients(model.network_, model.objective_, model._encoded(CORPUS), LABELS)
    assert gap < 0.1
    assert [len(one) for one in values] == [len(text.split()) for text in TEXTS]


def test_a_bag_of_words_and_a_network_without_attention_say_so() -> None:
    model = TextCNNClassifier(tokenizer="eojeol", embedding=4, filters=4, epochs=1).fit(TEXTS, LABELS)
    assert model.attention(CORPUS) is None
