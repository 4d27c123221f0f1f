"""Votes, greedy weights and the stacker against slow or well-known counterparts."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression

from triage_bench.core.seeds import generator_for
from triage_bench.leaderboard.greedy import greedy_weights
from triage_bench.leaderboard.stacking import Stacker, coefficients, features
from triage_bench.leaderboard.voting import hard_vote, soft_vote, weighted_vote


class Fixed(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Answers what it is given, row by row: the input is the row number."""

    def __init__(self, table: Any = None) -> None:
        self.table = table

    def fit(self, rows: Any, labels: Any) -> Fixed:
        self.classes_ = np.unique(labels)
        return self

    def predict_proba(self, rows: Any) -> Any:
        return self.table[np.asarray(rows)[:, 0]]

    def predict(self, rows: Any) -> Any:
        return self.predict_proba(rows).argmax(axis=1)


def cube_of(members: int, rows: int, classes: int, seed: int = 0) -> NDArray[np.float64]:
    drawn = generator_for("cube", members, rows, classes, seed).dirichlet(np.ones(classes), size=(members, rows))
    return np.asarray(drawn, dtype=np.float64)


@pytest.mark.parametrize("members", [2, 3, 4])
@pytest.mark.parametrize("voting", ["soft", "hard"])
def test_votes_are_those_of_scikit_learn(members: int, voting: str) -> None:
    cube, rows = cube_of(members, 60, 4), np.arange(60)[:, None]
    theirs = VotingClassifier([(str(i), Fixed(one)) for i, one in enumerate(cube)], voting=voting)
    theirs.fit(rows, np.arange(60) % 4)
    ours = soft_vote(cube) if voting == "soft" else hard_vote(cube.argmax(axis=2), 4)
    assert np.array_equal(ours.argmax(axis=1), theirs.predict(rows))
    assert ours.sum(axis=1) == pytest.approx(1.0)
    if voting == "soft":
        assert ours == pytest.approx(theirs.predict_proba(rows))


def test_a_weighted_vote_is_the_weighted_sum() -> None:
    cube, weights = cube_of(3, 10, 3), np.array([0.5, 0.25, 0.25])
    assert weighted_vote(cube, weights) == pytest.approx(sum(w * one for w, one in zip(weights, cube, strict=True)))


def loss(given: NDArray[np.float64], drawn: tuple[int, ...]) -> float:
    return float(-np.log(given[list(drawn)].mean(axis=0)).mean())


@pytest.mark.parametrize("seed", range(4))
def test_each_greedy_draw_is_the_best_there_is(seed: int) -> None:
    given = cube_of(4, 12, 3, seed)[:, :, 0]
    drawn: list[int] = []
    for _ in range(6):
        drawn.append(min(range(4), key=lambda m: loss(given, (*drawn, m))))
    best = min(range(1, 7), key=lambda size: loss(given, tuple(drawn[:size])))
    assert greedy_weights(given, 6) == pytest.approx(np.bincount(drawn[:best], minlength=4) / best)


@pytest.mark.parametrize("seed", range(4))
def test_greedy_weights_come_near_the_best_of_all_multisets(seed: int) -> None:
    given = cube_of(3, 25, 3, seed)[:, :, 0]
    best = min(loss(given, drawn) for size in range(1, 9) for drawn in combinations_with_replacement(range(3), size))
    found = float(-np.log(greedy_weights(given) @ given).mean())
    assert found <= best + 0.002


def test_greedy_keeps_a_single_member_that_nothing_improves() -> None:
    assert greedy_weights(np.array([[0.9, 0.9], [0.5, 0.4]])).tolist() == [1.0, 0.0]
    with pytest.raises(ValueError, match="needs members"):
        greedy_weights(np.empty((0, 3)))


@pytest.mark.parametrize("strength", [0.01, 1.0])
def test_the_stackers_optimum_is_that_of_scikit_learn(strength: float) -> None:
    cube = cube_of(3, 150, 4)
    inputs, codes = features(cube), generator_for("codes").integers(0, 4, 150)
    theirs = LogisticRegression(C=strength, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(inputs, codes)
    ours = coefficients(inputs, codes, np.zeros((150, 4)), strength, tolerance=1e-9)
    assert pytest.approx(theirs.coef_, abs=1e-5) == ours.T


def test_the_stackers_everyday_tolerance_changes_no_probability_that_is_shown() -> None:
    cube, codes = cube_of(4, 300, 5), generator_for("codes").integers(0, 5, 300)
    offset, inputs = np.zeros((300, 5)), features(cube)
    rough, fine = (inputs @ coefficients(inputs, codes, offset, 0.02, tol) for tol in (1e-4, 1e-10))
    assert rough == pytest.approx(fine, abs=5e-3)


def test_without_evidence_the_stacker_is_the_geometric_mean() -> None:
    cube, codes = cube_of(3, 40, 3), np.arange(40) % 3
    geometric = np.exp(np.log(cube).mean(axis=0))
    geometric /= geometric.sum(axis=1, keepdims=True)
    assert Stacker.fitted(cube, codes, strength=1e-9).vote(cube) == pytest.approx(geometric, abs=1e-6)


def test_a_class_that_no_row_has_and_certain_members_leave_the_stacker_finite() -> None:
    cube = np.zeros((2, 30, 3))
    cube[:, np.arange(30), np.arange(30) % 2] = 1.0
    found = Stacker.fitted(cube, (np.arange(30) % 2).astype(np.int64)).vote(cube)
    assert np.isfinite(found).all() and np.array_equal(found.argmax(axis=1), np.arange(30) % 2)
