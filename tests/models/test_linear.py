"""TF-IDF + logistic regression is scikit-learn's, and says when it did not converge."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from triage_bench.models.linear import TfidfLogisticRegression, spelt_out
from triage_bench.testing import easy_sentences


@pytest.mark.parametrize(("analyzer", "longest"), [("char_wb", 4), ("char", 4), ("word", 2)])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_probabilities_are_those_of_scikit_learns_pipeline(
    analyzer: str, longest: int, class_weight: str | None
) -> None:
    texts, labels = easy_sentences(100)
    others, _ = easy_sentences(50, seed=1)
    ours = TfidfLogisticRegression(tokenizer=analyzer, class_weight=class_weight, tol=1e-8).fit(texts, labels)
    theirs = make_pipeline(
        TfidfVectorizer(analyzer=analyzer, ngram_range=(1, longest), sublinear_tf=True),
        LogisticRegression(C=10.0, class_weight=class_weight, solver="newton-cg", tol=1e-8),
    ).fit(texts, labels)
    np.testing.assert_allclose(ours.predict_proba(others), theirs.predict_proba(others), atol=1e-4)


@pytest.mark.filterwarnings("error")
def test_a_solver_that_stops_early_leaves_a_notice_and_no_warning() -> None:
    texts, labels = easy_sentences(60)
    hurried = TfidfLogisticRegression(max_iter=1).fit(texts, labels)
    assert [notice.code for notice in hurried.notices_] == ["solver.not-converged"]
    assert not TfidfLogisticRegression().fit(texts, labels).notices_


def test_each_part_of_a_union_gets_its_own_lengths() -> None:
    assert spelt_out("char_wb+mecab", 1, None) == "char_wb:1-4+mecab:1-2"
    assert spelt_out("char_wb:2-5+eojeol", 1, 3) == "char_wb:2-5+eojeol:1-3"
    assert spelt_out("eojeol", 3, None) == "eojeol:3-3"
