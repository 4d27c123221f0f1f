"""Paired tests: right as often as they say, honest about clusters, refusing different rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from triage_bench.core.errors import InputError
from triage_bench.core.record import Predictions
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.paired import compare, holm
from triage_bench.metrics import find

K = 3
MACRO_F1, ACCURACY = find("macro_f1"), find("accuracy")


def answers(labels: NDArray[np.int64], right: NDArray[np.bool_], units: NDArray[np.int64]) -> Answers:
    predicted = np.where(right, labels, (labels + 1) % K)
    probabilities = np.full((len(labels), K), 1 / K, dtype=np.float32)
    return Answers((Predictions(np.arange(len(labels)), labels, predicted, probabilities, units),), K)


def pair(draw: np.random.Generator, units: int, size: int, first: float, second: float) -> tuple[Answers, Answers]:
    """Two models whose hits are independent of each other and shared within a unit."""
    unit = np.repeat(np.arange(units), size)
    labels = draw.integers(0, K, units * size)
    hits = [np.where(draw.random(units)[unit] < 0.8, draw.random(units)[unit], draw.random(len(unit))) for _ in "ab"]
    return answers(labels, hits[0] < first, unit), answers(labels, hits[1] < second, unit)


def rejections(samples: int, size: int, first: float, second: float, *, rows_alone: bool = False) -> float:
    draw, found = np.random.default_rng(21), 0
    for sample in range(samples):
        a, b = pair(draw, 240 // size, size, first, second)
        if rows_alone:
            a, b = (Answers((replace(x.repeats[0], units=x.repeats[0].rows),), K) for x in (a, b))
        found += compare(a, b, MACRO_F1, coordinates=(str(sample),), swaps=399).p_value < 0.05
    return found / samples


@pytest.mark.parametrize("size", [1, 4])
def test_equal_models_differ_significantly_in_one_of_twenty_samples(size: int) -> None:
    assert 0.02 <= rejections(300, size, 0.7, 0.7) <= 0.085


def test_taking_clustered_rows_for_single_ones_would_cry_wolf() -> None:
    assert rejections(120, 4, 0.7, 0.7, rows_alone=True) > 0.15


def test_a_difference_of_the_detectable_size_is_seen_four_times_in_five() -> None:
    a, b = pair(np.random.default_rng(22), 240, 1, 0.7, 0.7)
    size = compare(a, b, MACRO_F1, coordinates=("x",)).detectable
    assert size is not None
    assert 0.69 <= rejections(150, 1, 0.7 + size / 2, 0.7 - size / 2) <= 0.90


def test_the_detectable_size_follows_from_the_rows_on_which_models_disagree() -> None:
    draw = np.random.default_rng(23)
    labels, own, other = draw.integers(0, K, 500), draw.random(500) < 0.8, draw.random(500) < 0.7
    found = compare(
        answers(labels, own, np.arange(500)), answers(labels, other, np.arange(500)), ACCURACY, coordinates=("x",)
    )
    by_hand = (own.astype(int) - other).std() / np.sqrt(500)
    assert found.difference == pytest.approx(own.mean() - other.mean())
    assert found.error == pytest.approx(by_hand, rel=0.01)
    assert found.detectable == pytest.approx(2.80 * by_hand, rel=0.01)


def test_few_swaps_of_the_sign_test_are_exact() -> None:
    # Five rows, all won by one model: of 32 swaps two are as extreme.
    labels = np.arange(5) % K
    found = compare(
        answers(labels, np.ones(5, bool), np.arange(5)),
        answers(labels, np.zeros(5, bool), np.arange(5)),
        ACCURACY,
        coordinates=("x",),
    )
    assert found.p_value == pytest.approx(2 / 32, abs=0.01)


def test_the_same_answers_are_no_difference() -> None:
    a, _ = pair(np.random.default_rng(24), 50, 2, 0.7, 0.7)
    found = compare(a, a, MACRO_F1, coordinates=("x",))
    assert (found.difference, found.p_value, found.error, found.detectable) == (0.0, 1.0, 0.0, None)


def test_direction_turns_the_sign_and_nothing_else() -> None:
    a, b = pair(np.random.default_rng(25), 100, 2, 0.8, 0.6)
    there, back = compare(a, b, MACRO_F1, coordinates=("x",)), compare(b, a, MACRO_F1, coordinates=("x",))
    assert there.difference == -back.difference
    assert there.error == pytest.approx(back.error)
    assert there.p_value == pytest.approx(back.p_value, abs=0.01)


@pytest.mark.parametrize("name", ["rows", "labels", "units"])
def test_different_questions_are_refused(name: str) -> None:
    a, _ = pair(np.random.default_rng(26), 20, 2, 0.7, 0.7)
    other = Answers((replace(a.repeats[0], **{name: getattr(a.repeats[0], name)[::-1]}),), K)
    with pytest.raises(InputError, match=f"identical {name}, got 40 and 40 rows"):
        compare(a, other, MACRO_F1, coordinates=("x",))


def test_different_repeats_are_refused() -> None:
    a, _ = pair(np.random.default_rng(27), 20, 2, 0.7, 0.7)
    with pytest.raises(InputError, match="same repeats, got 1 and 2"):
        compare(a, Answers(a.repeats * 2, K), MACRO_F1, coordinates=("x",))


def test_holm_on_the_textbook_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_equals_stepping_down_by_hand(p_values: list[float]) -> None:
    left, reached, expected = sorted(range(len(p_values)), key=lambda i: p_values[i]), 0.0, {}
    for step, i in enumerate(left):
        reached = max(reached, min(1.0, p_values[i] * (len(left) - step)))
        expected[i] = reached
    assert holm(p_values) == pytest.approx([expected[i] for i in range(len(p_values))])
