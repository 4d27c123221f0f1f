"""Standard errors against the slow, obvious way: drawing units again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_bench.core.record import Predictions
from triage_bench.core.seeds import generator_for
from triage_bench.diagnosis import noise
from triage_bench.metrics import score


def planted(rows: int, classes: int, right: float, unit: int, *seed: str) -> Predictions:
    rng = generator_for("noise", *seed)
    units = np.arange(rows) // unit
    labels = rng.integers(0, classes, units.max() + 1)[units]  # a unit carries one label, and is right together
    hit = (rng.random(units.max() + 1) < right)[units]
    predicted = np.where(hit, labels, (labels + 1) % classes)
    return Predictions(np.arange(rows), labels, predicted, np.zeros((rows, classes), np.float32), units)


def drawn_again(predictions: Predictions, kept: np.ndarray, unit: int) -> Predictions:
    """Draw units of equal size again; `planted` numbers their rows in a row."""
    rows = (kept[:, None] * unit + np.arange(unit)).ravel()
    return Predictions(*(getattr(predictions, name)[rows] for name in vars(predictions)))


METRICS = {"accuracy": noise.accuracy, "balanced_accuracy": noise.balanced_accuracy, "macro_f1": noise.macro_f1}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("unit", [1, 4])
def test_the_error_is_that_of_a_bootstrap_over_units(metric: str, unit: int) -> None:
    predictions, rng = planted(400, 3, 0.7, unit, "bootstrap"), generator_for("bootstrap")
    count = int(predictions.units.max()) + 1
    draws = [score(metric, drawn_again(predictions, rng.integers(0, count, count), unit), 3) for _ in range(400)]
    assert METRICS[metric](predictions, 3).error == pytest.approx(np.std(draws), rel=0.15)


def test_the_error_of_a_difference_is_that_of_a_paired_bootstrap() -> None:
    first, second = planted(400, 3, 0.7, 2, "pair"), planted(400, 3, 0.6, 2, "pair")
    rng, count = generator_for("paired bootstrap"), 200
    draws = []
    for _ in range(400):
        kept = rng.integers(0, count, count)
        draws.append(
            noise.macro_f1(drawn_again(first, kept, 2), 3).value - noise.macro_f1(drawn_again(second, kept, 2), 3).value
        )
    found = noise.difference(noise.macro_f1_influence, first, second, 3)
    assert found.error == pytest.approx(np.std(draws), rel=0.15)
    assert found.value == pytest.approx(noise.macro_f1(first, 3).value - noise.macro_f1(second, 3).value)


def test_a_model_does_not_differ_from_itself() -> None:
    one = planted(100, 2, 0.7, 1, "self")
    assert noise.difference(noise.macro_f1_influence, one, one, 2) == noise.Estimate(0.0, 0.0)


def test_a_difference_needs_common_rows() -> None:
    one = planted(10, 2, 0.7, 1, "apart")
    other = Predictions(one.rows + 10, one.labels, one.predicted, one.probabilities, one.units)
    with pytest.raises(ValueError, match="share no row"):
        noise.difference(noise.accuracy_influence, one, other, 2)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda k: st.tuples(
            st.just(k), st.lists(st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)), min_size=1, max_size=40)
        )
    )
)
def test_scores_are_those_of_the_metrics(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    classes, pairs = drawn
    labels, predicted = np.array(pairs).T
    rows = np.arange(len(pairs))
    predictions = Predictions(rows, labels, predicted, np.zeros((len(pairs), classes), np.float32), rows)
    for name, estimate in METRICS.items():
        assert estimate(predictions, classes).value == pytest.approx(score(name, predictions, classes))


@pytest.mark.parametrize(
    "influence", [noise.accuracy_influence, noise.balanced_accuracy_influence, noise.macro_f1_influence]
)
def test_influences_of_all_rows_cancel(influence: noise.Influence) -> None:
    _, values = influence(planted(300, 4, 0.6, 3, "sum"), 4)
    assert values.sum() == pytest.approx(0.0, abs=1e-12)
