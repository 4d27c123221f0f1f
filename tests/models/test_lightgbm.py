"""Boosting chooses its rounds on a slice of the training rows and answers with trees from all of them."""

from __future__ import annotations

import numpy as np

from triage_bench.models.lightgbm import ROUNDS_WITHOUT_SLICE, TfidfLightGBM
from triage_bench.testing import easy_sentences


def test_rounds_are_chosen_where_there_are_rows_to_hold_out() -> None:
    many = TfidfLightGBM(n_estimators=40).fit(*easy_sentences(150))
    few = TfidfLightGBM().fit(*easy_sentences(45))
    assert "validation_loss" in many.facts_ and many.facts_["rounds"] == many.booster_.num_trees() / 3
    assert "validation_loss" not in few.facts_ and few.facts_["rounds"] == ROUNDS_WITHOUT_SLICE


def test_two_classes_get_two_columns() -> None:
    texts, labels = easy_sentences(90)
    two = TfidfLightGBM(n_estimators=20).fit(texts, labels == "응급")
    assert two.classes_.tolist() == [False, True]
    assert np.mean(two.predict(texts) == (labels == "응급")) > 0.9


def test_balanced_weights_lift_a_rare_class() -> None:
    texts, labels = easy_sentences(150)
    rare = np.where((labels == "응급") & (np.arange(150) % 5 == 0), "응급", "다른 것")
    plain, balanced = (
        TfidfLightGBM(n_estimators=20, class_weight=w).fit(texts, rare).predict_proba(texts) for w in (None, "balanced")
    )
    assert balanced[:, 1].mean() > plain[:, 1].mean()
