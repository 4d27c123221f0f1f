"""Intervals: the fast draw is the plain bootstrap, and 95 % means 95 %."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from triage_bench.core.record import Predictions
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.intervals import interval
from triage_bench.leaderboard.kinds import half_of, kinds_of, resampled
from triage_bench.metrics import confusion, find

K = 5
MACRO_F1 = find("macro_f1")


def answers(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], units: NDArray[np.int64], classes: int = K
) -> Answers:
    probabilities = np.full((len(labels), classes), 1 / classes, dtype=np.float32)
    return Answers((Predictions(np.arange(len(labels)), labels, predicted, probabilities, units),), classes)


def clustered(draw: np.random.Generator, units: int, largest: int) -> Answers:
    """Units of 1 … `largest` rows that share their label mostly and their difficulty always."""
    unit = np.repeat(np.arange(units), draw.integers(1, largest + 1, units))
    own = draw.choice(K, units, p=[0.06, 0.34, 0.27, 0.27, 0.06])[unit]
    labels = np.where(draw.random(len(unit)) < 0.8, own, draw.integers(0, K, len(unit)))
    beside = np.where(labels < K - 1, labels + 1, labels - 1)
    right = draw.random(len(unit)) < draw.beta(2, 0.9, units)[unit]
    return answers(labels, np.where(right, labels, beside), unit)


def plain(units: NDArray[np.int64], cells: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """What each unit adds to each cell, the obvious way."""
    table = np.zeros((units.max() + 1, size))
    np.add.at(table, (units, cells), 1)
    return table


def test_kinds_hold_every_unit_once() -> None:
    a = clustered(np.random.default_rng(3), 200, 3)
    kinds = kinds_of(a.unit_of_entry, a.cell_of_entry, a.cells)
    table = plain(a.unit_of_entry, a.cell_of_entry, a.cells)
    expected, members = np.unique(table, axis=0, return_counts=True)
    order = np.lexsort(kinds.contents.T[::-1])
    assert np.array_equal(kinds.contents[order], expected)
    assert np.array_equal(kinds.members[order], members)
    assert np.array_equal(kinds.total, a.counts)


@pytest.mark.parametrize("largest", [1, 4])
def test_resampling_kinds_is_resampling_units(largest: int) -> None:
    a = clustered(np.random.default_rng(4), 150, largest)
    table = plain(a.unit_of_entry, a.cell_of_entry, a.cells)
    draw = np.random.default_rng(5)
    slow = table[draw.integers(0, len(table), (6000, len(table)))].sum(axis=1)
    fast = resampled(kinds_of(a.unit_of_entry, a.cell_of_entry, a.cells), 6000, np.random.default_rng(6))
    error = np.sqrt(table.var(axis=0) * len(table) / 6000) + 1e-9
    assert np.all(np.abs(fast.mean(axis=0) - table.sum(axis=0)) < 5 * error)
    assert np.allclose(np.cov(fast.T), np.cov(slow.T), atol=0.1 * np.cov(slow.T).max())


def test_half_of_the_units_is_a_fair_coin_for_each() -> None:
    a = clustered(np.random.default_rng(7), 400, 2)
    kinds = kinds_of(a.unit_of_entry, a.cell_of_entry, a.cells)
    sums = half_of(kinds, 8000, np.random.default_rng(8))
    variance = (kinds.members[:, None] * kinds.contents**2).sum(axis=0) / 4
    assert np.all(np.abs(sums.mean(axis=0) - a.counts / 2) < 5 * np.sqrt(variance / 8000) + 1e-9)
    assert np.allclose(sums.var(axis=0), variance, rtol=0.12)


def test_rows_that_err_together_widen_the_interval() -> None:
    draw = np.random.default_rng(9)
    labels, right = np.repeat(draw.integers(0, K, 100), 10), np.repeat(draw.random(100) < 0.7, 10)
    predicted = np.where(right, labels, (labels + 1) % K)
    together = interval(answers(labels, predicted, np.repeat(np.arange(100), 10)), MACRO_F1, coordinates=("a",))
    alone = interval(answers(labels, predicted, np.arange(1000)), MACRO_F1, coordinates=("a",))
    assert together.value == alone.value
    assert together.error / alone.error == pytest.approx(np.sqrt(10), rel=0.15)


def test_the_same_keys_give_the_same_interval() -> None:
    a = clustered(np.random.default_rng(10), 80, 4)
    first, again, other = (interval(a, MACRO_F1, coordinates=keys) for keys in (("a", "b"), ("a", "b"), ("c",)))
    assert first == again
    assert first != other and first.low == pytest.approx(other.low, abs=0.02)


def test_no_error_has_no_width() -> None:
    labels = np.arange(50) % K
    found = interval(answers(labels, labels, np.arange(50)), MACRO_F1, coordinates=("a",))
    assert (found.value, found.low, found.high, found.error) == (1.0, 1.0, 1.0, 0.0)


def test_a_single_unit_has_an_interval_too() -> None:
    found = interval(answers(np.array([0, 1]), np.array([0, 0]), np.array([7, 7])), MACRO_F1, coordinates=("a",))
    assert found.low <= found.value <= found.high


def test_accuracy_agrees_with_the_binomial_interval() -> None:
    labels = np.zeros(400, dtype=np.int64)
    predicted = (np.arange(400) % 4 == 0).astype(np.int64)
    found = interval(answers(labels, predicted, np.arange(400), 2), find("accuracy"), coordinates=("a",))
    assert found.error == pytest.approx(np.sqrt(0.75 * 0.25 / 400), rel=0.06)
    # Wilson's interval for 300 of 400.
    assert (found.low, found.high) == (pytest.approx(0.705, abs=0.006), pytest.approx(0.790, abs=0.006))


@pytest.mark.slow
@pytest.mark.parametrize(("units", "largest"), [(60, 6), (200, 2)])
def test_95_percent_intervals_cover_the_truth_in_about_95_percent(units: int, largest: int) -> None:
    big = clustered(np.random.default_rng(11), 300_000, largest)
    truth = float(MACRO_F1.from_counts(confusion(big.repeats[0].labels, big.repeats[0].predicted, K)))  # type: ignore[misc]
    draw, held, samples = np.random.default_rng(12), 0, 120
    for sample in range(samples):
        found = interval(clustered(draw, units, largest), MACRO_F1, coordinates=(str(sample),))
        held += found.low <= truth <= found.high
    # Two and a half standard errors of 120 samples around 95 %.
    assert 0.90 <= held / samples <= 0.995


def test_fifty_thousand_rows_take_a_fraction_of_a_second() -> None:
    draw = np.random.default_rng(13)
    labels = draw.integers(0, 7, 50_000)
    predicted = np.where(draw.random(50_000) < 0.8, labels, draw.integers(0, 7, 50_000))
    # Most rows alone, some thousand near-duplicates in pairs and threes.
    units = np.where(np.arange(50_000) < 8_000, np.arange(50_000) // 2, np.arange(50_000))
    a = answers(labels, predicted, units, 7)
    start = time.process_time()
    interval(a, MACRO_F1, coordinates=("a",))
    assert time.process_time() - start < 1.0  # 0.1 s measured; room for a busy machine
