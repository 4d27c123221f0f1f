"""Decision rules and the temperature against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from triage_bench.core.seeds import generator_for
from triage_bench.leaderboard.decisions import argmax, cost_optimal, default_costs, expected_cost, expected_level
from triage_bench.leaderboard.temperature import at_temperature, temperature
from triage_bench.metrics.counts import confusion


@given(st.integers(2, 6), st.integers(0, 10_000), st.booleans())
def test_the_cost_optimal_answer_is_the_cheapest_of_all(classes: int, seed: int, triage: bool) -> None:
    drawn = generator_for("costs", classes, seed)
    probabilities = drawn.dirichlet(np.ones(classes), size=8)
    costs = default_costs(classes, "triage") if triage else drawn.integers(0, 9, (classes, classes)).astype(float)
    for row, answer in zip(probabilities, cost_optimal(probabilities, costs), strict=True):
        spent = [sum(row[given] * costs[given, one] for given in range(classes)) for one in range(classes)]
        assert spent[answer] == pytest.approx(min(spent), abs=1e-8)


def test_under_triage_costs_five_times_as_much_and_the_square_of_its_distance() -> None:
    costs = default_costs(3, "triage")
    assert costs.tolist() == [[0, 5, 20], [1, 0, 5], [4, 1, 0]]
    assert np.array_equal(default_costs(3, "ordinal"), [[0, 1, 4], [1, 0, 1], [4, 1, 0]])
    assert expected_cost(np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0]]), costs) == pytest.approx(10 / 4)


def test_the_expected_level_is_rounded_and_a_half_goes_to_the_more_urgent() -> None:
    probabilities = np.array([[0.5, 0.5, 0.0], [0.4, 0.6, 0.0], [0.0, 0.5, 0.5], [0.45, 0.1, 0.45]])
    costs = default_costs(3, "triage")
    assert expected_level(probabilities, costs).tolist() == [0, 1, 1, 1]
    assert argmax(probabilities, costs).tolist() == [0, 1, 1, 0]


def test_with_quadratic_costs_both_ways_the_cheapest_is_the_expected_level() -> None:
    probabilities = generator_for("quadratic").dirichlet(np.ones(5), size=200)
    costs = default_costs(5, "ordinal")
    assert np.array_equal(cost_optimal(probabilities, costs), expected_level(probabilities, costs))


def test_costs_lower_under_triage_against_argmax() -> None:
    drawn = generator_for("under")
    probabilities = drawn.dirichlet(np.ones(5), size=2_000)
    labels = np.array([drawn.choice(5, p=row) for row in probabilities])
    costs = default_costs(5, "triage")
    usual, careful = (confusion(labels, rule(probabilities, costs), 5) for rule in (argmax, cost_optimal))
    assert expected_cost(careful, costs) < expected_cost(usual, costs)
    assert np.triu(careful, 1).sum() < np.triu(usual, 1).sum()


@pytest.mark.parametrize("wrong", [np.zeros((2, 2)), -np.ones((3, 3)), np.full((3, 3), np.nan)])
def test_costs_that_make_no_sense_are_refused(wrong: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="finite costs"):
        cost_optimal(np.full((1, 3), 1 / 3), wrong)


@pytest.mark.parametrize("degree", [0.3, 1.0, 2.5, 6.0])
def test_the_temperature_is_the_minimum_of_the_log_loss(degree: float) -> None:
    drawn = generator_for("temperature", str(degree))
    true = drawn.dirichlet(np.ones(4), size=3_000)
    labels = np.array([drawn.choice(4, p=row) for row in true])
    stated = at_temperature(true, 1 / degree)

    def loss(log_degree: float) -> float:
        return float(-np.log(at_temperature(stated, float(np.exp(log_degree)))[np.arange(3_000), labels]).mean())

    found = temperature(stated, labels)
    assert found == pytest.approx(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x), rel=1e-3)
    assert found == pytest.approx(degree, rel=0.15)


def test_a_temperature_stays_within_its_bounds_and_is_one_without_rows() -> None:
    sure = np.array([[0.9, 0.1], [0.1, 0.9]])
    assert temperature(sure, np.array([0, 1])) >= 0.05
    assert temperature(sure, np.array([1, 0])) <= 20.0
    assert temperature(sure[:0], np.array([], dtype=np.int64)) == 1.0
