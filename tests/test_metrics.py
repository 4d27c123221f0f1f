"""Metrics against scikit-learn, against slow obvious versions, and at their edges."""

from __future__ import annotations

import math
import warnings
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk

from triage_bench.core.errors import UnknownNameError
from triage_bench.core.record import Predictions
from triage_bench.metrics import METRICS, all_scores, confusion, find, headline, score

K = 5


def made(labels: NDArray[np.int64], predicted: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Predictions:
    rows = np.arange(len(labels))
    return Predictions(rows, labels, predicted, probabilities.astype(np.float32), rows)


@st.composite
def answered(draw: st.DrawFn, classes: int = K) -> Predictions:
    """Labels and answers that may lack classes, with probabilities full of ties."""
    n = draw(st.integers(2, 40))
    codes = st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)
    labels, predicted = np.array(draw(codes)), np.array(draw(codes))
    raw = np.random.default_rng(draw(st.integers(0, 999))).integers(1, 4, (n, classes)).astype(float)
    return made(labels, predicted, raw / raw.sum(axis=1, keepdims=True))


ORACLES = {
    "accuracy": lambda p: sk.accuracy_score(p.labels, p.predicted),
    "macro_f1": lambda p: sk.f1_score(p.labels, p.predicted, average="macro", zero_division=0),
    "balanced_accuracy": lambda p: sk.balanced_accuracy_score(p.labels, p.predicted),
    "mcc": lambda p: sk.matthews_corrcoef(p.labels, p.predicted),
    "qwk": lambda p: np.nan_to_num(
        sk.cohen_kappa_score(p.labels, p.predicted, weights="quadratic", labels=list(range(K)))
    ),
    "mae": lambda p: sk.mean_absolute_error(p.labels, p.predicted),
    "macro_mae": lambda p: np.mean(
        [np.abs(p.predicted[p.labels == k] - k).mean() for k in range(K) if (p.labels == k).any()]
    ),
    "within_one": lambda p: np.mean(np.abs(p.predicted - p.labels) <= 1),
    "off_by_two": lambda p: np.mean(np.abs(p.predicted - p.labels) >= 2),
    "under_triage": lambda p: np.mean(p.predicted > p.labels),
    "over_triage": lambda p: np.mean(p.predicted < p.labels),
    "log_loss": lambda p: sk.log_loss(p.labels, p.probabilities.astype(float), labels=list(range(K))),
}


@pytest.mark.parametrize("name", ORACLES)
@settings(max_examples=60, deadline=None)
@given(p=answered())
def test_a_metric_equals_its_oracle(name: str, p: Predictions) -> None:
    with warnings.catch_warnings():
        # scikit-learn warns of absent classes, which is what is being tried.
        warnings.simplefilter("ignore")
        expected = float(ORACLES[name](p))
    assert score(name, p, K) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(p=answered(3))
def test_auroc_equals_scikit_learns_where_every_class_occurs(p: Predictions) -> None:
    assume(len(set(p.labels.tolist())) == 3)
    # scikit-learn's own multi-class form refuses rows that sum to 1 in float32 only.
    areas = [sk.roc_auc_score(p.labels == k, p.probabilities[:, k]) for k in range(3)]
    assert score("auroc", p, 3) == pytest.approx(np.mean(areas), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(p=answered(3))
def test_auroc_counts_pairs_and_leaves_absent_classes_out(p: Predictions) -> None:
    areas = []
    for k in range(3):
        own, other = p.probabilities[p.labels == k, k], p.probabilities[p.labels != k, k]
        if len(own) and len(other):
            areas.append(np.mean((own[:, None] > other) + 0.5 * (own[:, None] == other)))
    assert score("auroc", p, 3) == pytest.approx(np.mean(areas) if areas else math.nan, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(p=answered())
def test_ece_equals_the_textbook_loop(p: Predictions) -> None:
    confidence = p.probabilities.astype(float)
    confidence = (confidence / confidence.sum(1, keepdims=True))[np.arange(len(p)), p.predicted]
    gap = 0.0
    for low in range(15):
        inside = (confidence > low / 15) & (confidence <= (low + 1) / 15)
        if inside.any():
            gap += inside.mean() * abs((p.labels == p.predicted)[inside].mean() - confidence[inside].mean())
    assert score("ece", p, K) == pytest.approx(gap, abs=1e-9)


@pytest.mark.parametrize("name", [m.name for m in METRICS.values() if m.from_counts])
def test_a_stack_of_confusions_is_scored_as_each_alone(name: str) -> None:
    stack = np.random.default_rng(0).integers(0, 5, (4, 3, K, K))
    by_stack = METRICS[name].from_counts(stack)  # type: ignore[misc]
    assert by_stack.shape == (4, 3)
    assert by_stack[2, 1] == METRICS[name].from_counts(stack[2, 1])  # type: ignore[misc]


@pytest.mark.parametrize("name", METRICS)
def test_perfect_answers_get_the_best_score(name: str) -> None:
    labels = np.arange(20) % K
    perfect = score(name, made(labels, labels, np.eye(K)[labels]), K)
    assert perfect == pytest.approx(1.0 if METRICS[name].higher_is_better else 0.0, abs=1e-6)


def test_the_lowest_label_is_the_most_urgent() -> None:
    counts = confusion(np.array([0, 0, 4]), np.array([1, 0, 4]), K)
    assert find("under_triage").from_counts(counts) == pytest.approx(1 / 3)  # type: ignore[misc]
    assert find("over_triage").from_counts(counts) == 0  # type: ignore[misc]


def test_one_certain_error_leaves_the_log_loss_finite() -> None:
    p = made(np.array([0]), np.array([1]), np.array([[0.0, 1.0]]))
    assert score("log_loss", p, 2) == pytest.approx(15.94, abs=0.01)


def test_ordered_metrics_are_asked_of_ordered_labels_only() -> None:
    p = made(np.array([0, 1]), np.array([0, 1]), np.eye(2))
    nominal, ordinal, triage = (set(all_scores(p, 2, scale)) for scale in ("nominal", "ordinal", "triage"))
    assert {"qwk", "mae"} & nominal == set()
    assert triage - ordinal == {"under_triage", "over_triage"}
    assert triage == set(METRICS)
    assert headline("nominal") == ("macro_f1",) and headline("triage") == ("macro_f1", "qwk")


def test_undefined_scores_are_left_out_rather_than_nan() -> None:
    assert "auroc" not in all_scores(made(np.array([0, 0]), np.array([0, 0]), np.eye(2)[[0, 0]]), 2, "nominal")


def test_an_unknown_metric_names_its_neighbour() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'macro_f1'"):
        find("macro-f1")


def test_titles_differ_in_both_languages() -> None:
    for one, other in combinations(METRICS.values(), 2):
        assert one.title.ko != other.title.ko and one.title.en != other.title.en
