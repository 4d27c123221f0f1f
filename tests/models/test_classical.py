"""The classical families against slow, obvious versions of themselves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad, minimize
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.feature_selection import chi2
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from triage_bench.core.errors import UnknownNameError
from triage_bench.models.calibration import calibrated, out_of_fold
from triage_bench.models.cpath import regression_path
from triage_bench.models.features import DenseFeatures, SelectedTfidf, best_columns, chi2_scores, mutual_information
from triage_bench.models.liblinear import support_vectors
from triage_bench.models.merged import merged
from triage_bench.models.naive_bayes import ComplementNaiveBayes
from triage_bench.models.nbsvm import NBSVM, log_count_ratios
from triage_bench.models.neighbours import NearestNeighbours, nearest
from triage_bench.models.ordinal import CumulativeLink, OrdinalLogisticRegression, thresholds_of
from triage_bench.models.svm import LinearSVM
from triage_bench.testing import easy_sentences
from triage_bench.text.corpus import Corpus


def random_rows(seed: int, rows: int = 40, columns: int = 30, classes: int = 3) -> tuple[csr_matrix, Any]:
    rng = np.random.default_rng(seed)
    dense = rng.random((rows, columns)) * (rng.random((rows, columns)) < 0.3)
    return csr_matrix(dense), np.concatenate((np.arange(classes), rng.integers(0, classes, rows - classes)))


# NB-SVM


@pytest.mark.parametrize("classes", [2, 3])
def test_log_count_ratios_are_those_of_the_paper(classes: int) -> None:
    matrix, codes = random_rows(0, classes=classes)
    found = log_count_ratios(matrix, codes, 0.5)
    dense = matrix.toarray()
    for label in range(classes):
        p = [0.5 + sum(dense[i, j] for i in range(40) if codes[i] == label) for j in range(30)]
        q = [0.5 + sum(dense[i, j] for i in range(40) if codes[i] != label) for j in range(30)]
        expected = [math.log((p[j] / sum(p)) / (q[j] / sum(q))) for j in range(30)]
        np.testing.assert_allclose(found[label], expected, atol=1e-12)
    if classes == 2:
        np.testing.assert_allclose(found[0], -found[1], atol=1e-12)


@pytest.mark.parametrize("classes", [2, 3])
def test_nbsvm_is_a_linear_svm_on_weighted_columns(classes: int) -> None:
    matrix, codes = random_rows(1, classes=classes)
    model = NBSVM(alpha=0.7, C=2.0, beta=1.0, tol=1e-8, max_iter=100_000)
    found = model._learn(matrix, codes)(matrix)
    for label in range(classes):
        ratio = log_count_ratios(matrix, codes, 0.7)[label]
        svm = LinearSVC(C=2.0, class_weight="balanced", tol=1e-8, max_iter=100_000, random_state=0)
        svm.fit(matrix.toarray() * ratio, codes == label)
        np.testing.assert_allclose(found[:, label], svm.decision_function(matrix.toarray() * ratio), atol=1e-4)


def test_nbsvm_with_beta_zero_answers_like_naive_bayes_weights() -> None:
    matrix, codes = random_rows(2, classes=2)
    weights = NBSVM(beta=0.0, alpha=0.5)._learn(matrix, codes).weights
    ratio = log_count_ratios(matrix, codes, 0.5)[1]
    np.testing.assert_allclose(weights[1] / np.abs(weights[1]).max(), ratio / np.abs(ratio).max(), atol=1e-12)


@pytest.mark.parametrize(
    ("params", "error"),
    [({"alpha": 0.0}, ValueError), ({"learner": "lgistic"}, UnknownNameError), ({"counts": "words"}, UnknownNameError)],
)
def test_nbsvm_refuses_what_it_does_not_know(params: dict[str, Any], error: type[Exception]) -> None:
    texts, labels = easy_sentences(30)
    with pytest.raises(error):
        NBSVM(**params).fit(texts, labels)


# Linear SVM and naive Bayes


@pytest.mark.parametrize("classes", [2, 4])
def test_support_vectors_are_scikit_learns(classes: int) -> None:
    matrix, codes = random_rows(3, classes=classes)
    found = support_vectors(matrix, codes, 1.0, None, 1e-6, 10_000, 0)(matrix)
    svm = LinearSVC(C=1.0, tol=1e-6, max_iter=10_000, random_state=0).fit(matrix, codes)
    decision = svm.decision_function(matrix)
    expected = np.column_stack((-decision, decision)) if classes == 2 else decision
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_complement_naive_bayes_answers_like_scikit_learns(norm: bool, classes: int) -> None:
    matrix, codes = random_rows(4, rows=60, classes=classes)
    mine = ComplementNaiveBayes(alpha=0.3, norm=norm)._learn(matrix, codes)
    theirs = ComplementNB(alpha=0.3, norm=norm).fit(matrix, codes)
    np.testing.assert_allclose(mine.weights, theirs.feature_log_prob_, atol=1e-10)
    np.testing.assert_array_equal(mine(matrix).argmax(axis=1), theirs.predict(matrix))


# Calibration


@given(st.integers(0, 2**32 - 1), st.sampled_from(["temperature", "sigmoid"]))
@settings(max_examples=25, deadline=None)
def test_a_larger_margin_never_means_a_smaller_probability(seed: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, 80)
    margin = rng.normal(size=80) + codes
    calibration = calibrated(np.column_stack((-margin, margin)), codes, method)
    ladder = np.linspace(-4, 4, 50)
    found = calibration(np.column_stack((-ladder, ladder)))
    assert (np.diff(found[:, 1]) >= -1e-12).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)


def test_temperature_finds_the_slope_the_labels_were_drawn_with() -> None:
    rng = np.random.default_rng(0)
    margins = rng.normal(size=(20_000, 3))
    chances = np.exp(3 * margins) / np.exp(3 * margins).sum(axis=1, keepdims=True)
    codes = (rng.random((20_000, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    calibration = calibrated(margins, codes, "temperature")
    assert calibration.slopes[0] == pytest.approx(3.0, rel=0.05)
    np.testing.assert_array_equal(calibration(margins).argmax(axis=1), margins.argmax(axis=1))


def test_sigmoid_finds_slope_and_offset() -> None:
    rng = np.random.default_rng(1)
    margin = rng.normal(size=20_000)
    codes = (rng.random(20_000) < expit(2 * margin - 1)).astype(np.int64)
    calibration = calibrated(np.column_stack((-margin, margin)), codes, "sigmoid")
    assert calibration.slopes[1] == pytest.approx(2.0, rel=0.1)
    assert calibration.offsets[1] == pytest.approx(-1.0, rel=0.1)


def test_too_few_rows_are_calibrated_without_looking() -> None:
    calibration = calibrated(np.eye(2), np.array([0, 1]), "sigmoid")
    assert calibration(np.array([[1.0, -1.0]]))[0, 0] > 0.9


def test_rows_are_scored_by_models_that_have_not_seen_their_text() -> None:
    texts = [f"글 {i // 2}" for i in range(60)]
    codes = np.arange(60) // 2 % 3
    seen: list[tuple[set[str], set[str]]] = []

    def margins_of(learn: Any, score: Any) -> Any:
        seen.append(({texts[i] for i in learn}, {texts[i] for i in score}))
        return np.zeros((len(score), 3))

    margins, truth = out_of_fold(texts, codes, 3, np.random.default_rng(0), margins_of)
    assert len(margins) == len(truth) == 60
    assert all(not learnt & scored for learnt, scored in seen)


def test_a_class_with_one_row_is_never_held_out() -> None:
    texts, labels = easy_sentences(40)
    model = LinearSVM(tokenizer="eojeol").fit([*texts, "단 하나"], [*labels, "유일"])
    assert model.predict(["단 하나"])[0] == "유일"


def test_an_unknown_calibration_is_named() -> None:
    texts, labels = easy_sentences(30)
    with pytest.raises(UnknownNameError, match="Did you mean 'sigmoid'"):
        LinearSVM(calibration="sigmoids").fit(texts, labels)


# Features


def test_chi2_scores_are_scikit_learns() -> None:
    matrix, codes = random_rows(5)
    np.testing.assert_allclose(chi2_scores(matrix, codes), chi2(matrix, codes)[0], atol=1e-10)


def test_mutual_information_is_that_of_presence_and_label() -> None:
    matrix, codes = random_rows(6)
    expected = [mutual_info_score(codes, matrix[:, j].toarray().ravel() > 0) for j in range(matrix.shape[1])]
    np.testing.assert_allclose(mutual_information(matrix, codes), expected, atol=1e-12)


def test_of_equal_columns_the_first_are_kept() -> None:
    matrix = csr_matrix(np.tile([[1.0], [0.0]], (2, 6)))
    codes = np.array([0, 1, 0, 1])
    assert best_columns(matrix, codes, "chi2", 0.5).tolist() == [0, 1, 2]


def test_columns_are_chosen_from_training_rows_alone() -> None:
    texts, labels = easy_sentences(60)
    codes = np.unique(labels, return_inverse=True)[1]
    corpus = Corpus([*texts, "시험 글에만 있는 말"])
    features = SelectedTfidf("eojeol", select="mutual_info", keep=0.4)
    trained = features.fit_transform(corpus[:60], codes)
    assert trained.shape == (60, features.width_)
    assert features.transform(corpus[60:]).nnz == 0


@pytest.mark.parametrize("scale", [None, "standard", "minmax", "log"])
def test_dense_features_are_scaled_on_training_rows(scale: str | None) -> None:
    texts, labels = easy_sentences(60)
    codes = np.unique(labels, return_inverse=True)[1]
    features = DenseFeatures(SelectedTfidf("eojeol"), 5, scale, seed=0)
    dense = features.fit_transform(Corpus(texts), codes)
    assert dense.shape == (60, 5)
    np.testing.assert_allclose(features.transform(Corpus(texts)), dense, atol=1e-8)
    if scale == "standard":
        np.testing.assert_allclose((dense.mean(axis=0), dense.std(axis=0)), (np.zeros(5), np.ones(5)), atol=1e-8)
    if scale == "minmax":
        np.testing.assert_allclose((dense.min(axis=0), dense.max(axis=0)), (np.zeros(5), np.ones(5)), atol=1e-12)


# Neighbours


@given(st.integers(0, 10_000), st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_the_nearest_are_those_of_a_sort(seed: int, count: int) -> None:
    similarity = np.random.default_rng(seed).integers(0, 4, (5, 9)) / 4
    columns, values = nearest(similarity, count)
    for row in range(5):
        expected = sorted(range(9), key=lambda j: (-similarity[row, j], j))[:count]
        assert columns[row].tolist() == sorted(expected)
    np.testing.assert_array_equal(values, np.take_along_axis(similarity, columns, axis=1))


def test_one_neighbour_gives_back_the_training_labels() -> None:
    texts, labels = easy_sentences(40)
    unique = dict(zip(texts, labels, strict=True))
    model = NearestNeighbours(neighbours=1).fit(list(unique), list(unique.values()))
    assert list(model.predict(list(unique))) == list(unique.values())


def test_a_text_like_no_other_gets_the_class_shares() -> None:
    model = NearestNeighbours().fit(["가나", "다라", "마바", "사아"], [0, 0, 0, 1])
    np.testing.assert_allclose(model.predict_proba(["zzz"]), [[0.75, 0.25]], atol=1e-12)


# Ordinal


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_ordinal_gradient_is_exact(classes: int) -> None:
    matrix, codes = random_rows(7, classes=classes)
    rng = np.random.default_rng(0)
    objective = CumulativeLink(matrix, codes, rng.random(40) + 0.5, C=3.0)
    for _ in range(3):
        point = rng.normal(size=30 + classes - 1)
        error = check_grad(lambda p: objective(p)[0], lambda p: objective(p)[1], point)
        assert error < 1e-4 * max(1.0, float(np.linalg.norm(objective(point)[1])))


def test_the_ordinal_objective_stays_finite_far_out() -> None:
    matrix, codes = random_rows(8)
    value, gradient = CumulativeLink(matrix, codes, np.ones(40), 1.0)(np.full(32, 50.0))
    assert np.isfinite(value) and np.isfinite(gradient).all()


def test_the_ordinal_model_reaches_the_brute_force_optimum() -> None:
    texts, labels = easy_sentences(60)
    codes = np.unique(labels, return_inverse=True)[1]
    model = OrdinalLogisticRegression(tokenizer="eojeol", C=1.0, class_weight=None, tol=1e-7).fit(texts, codes)
    matrix = model.features_.transform(Corpus(texts)).toarray()

    def slow(point: Any) -> float:
        w, free = point[:-2], point[-2:]
        bounds = [-np.inf, free[0], free[0] + np.exp(free[1]), np.inf]
        loss = 0.5 * float(w @ w)
        for row, code in zip(matrix, codes, strict=True):
            score = float(row @ w)
            loss -= math.log(expit(bounds[code + 1] - score) - expit(bounds[code] - score))
        return loss

    reached = np.concatenate((model.coef_, [model.thresholds_[0], np.log(np.diff(model.thresholds_)[0])]))
    rough = minimize(slow, reached, method="L-BFGS-B", options={"maxiter": 20, "maxfun": 3_000})
    assert slow(reached) <= rough.fun * (1 + 1e-4)


def test_of_two_classes_the_ordinal_model_is_logistic_regression() -> None:
    texts, labels = easy_sentences(60)
    codes = (labels == "응급").astype(np.int64)
    model = OrdinalLogisticRegression(tokenizer="eojeol", C=2.0, class_weight=None, tol=1e-8, max_iter=2_000)
    model.fit(texts, codes)
    matrix = model.features_.transform(Corpus(texts))
    usual = LogisticRegression(C=2.0, tol=1e-10, max_iter=10_000).fit(matrix, codes)
    np.testing.assert_allclose(model.predict_proba(texts), usual.predict_proba(matrix), atol=5e-3)


def test_ordinal_thresholds_rise_and_word_labels_get_a_notice() -> None:
    assert (np.diff(thresholds_of(np.array([-3.0, -20.0, 2.0]))) > 0).all()
    texts, labels = easy_sentences(30)
    assert [one.code for one in OrdinalLogisticRegression().fit(texts, labels).notices_] == ["ordinal.order"]
    assert not OrdinalLogisticRegression().fit(texts, np.unique(labels, return_inverse=True)[1]).notices_


# Merged columns and the path


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_merging_changes_neither_margins_nor_length(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.random((12, 6)) * (rng.random((12, 6)) < 0.5)
    matrix = csr_matrix(base[:, rng.integers(0, 6, 15)] * rng.uniform(0.1, 3, 15))
    joined = merged(matrix)
    distinct = {tuple(np.round(c / max(np.linalg.norm(c), 1e-12), 9)) for c in matrix.toarray().T}
    assert joined.matrix.shape[1] == len(distinct)
    assert (np.diff(joined.matrix.getnnz(axis=0)) <= 0).all()
    weights = rng.normal(size=joined.matrix.shape[1])
    np.testing.assert_allclose(matrix @ joined.spread(weights), joined.matrix @ weights, atol=1e-9)
    if matrix.getnnz(axis=0).all():
        assert np.linalg.norm(joined.spread(weights)) == pytest.approx(np.linalg.norm(weights))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_path_is_what_independent_fits_find(classes: int) -> None:
    texts, labels = easy_sentences(90)
    codes = np.unique(labels, return_inverse=True)[1] % classes
    codes[:classes] = np.arange(classes)
    matrix = SelectedTfidf("char_wb").fit_transform(Corpus(texts), codes)
    grid = (30.0, 0.1, 1.0)
    path = regression_path(matrix, codes, grid, tol=1e-8, max_iter=1_000)
    assert [point.C for point in path] == list(grid) and all(point.converged for point in path)
    for point in path:
        usual = LogisticRegression(C=point.C, solver="newton-cg", tol=1e-9, max_iter=1_000).fit(matrix, codes)
        np.testing.assert_allclose(point.probabilities(matrix), usual.predict_proba(matrix), atol=1e-4)


def test_a_grid_without_a_positive_c_is_refused() -> None:
    matrix, codes = random_rows(9)
    with pytest.raises(ValueError, match="positive"):
        regression_path(matrix, codes, [1.0, 0.0])
