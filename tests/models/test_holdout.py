"""The validation slice comes from the training rows, class by class, duplicates together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_bench.models.holdout import FEWEST_ROWS, validation_slice


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3)), min_size=2, max_size=300), st.integers(0, 9))
def test_the_two_sides_share_no_text_and_the_training_side_keeps_every_class(
    rows: list[tuple[int, int]], seed: int
) -> None:
    texts, codes = [f"문장 {number}" for number, _ in rows], np.array([code for _, code in rows])
    fitted, held_out = validation_slice(texts, codes, 0.2, np.random.default_rng(seed))
    assert sorted([*fitted, *held_out]) == list(range(len(rows)))
    assert not {texts[i] for i in fitted} & {texts[i] for i in held_out}
    assert set(codes[fitted]) == set(codes)
    assert len(held_out) == 0 or len(held_out) >= FEWEST_ROWS


def test_every_class_gives_its_share() -> None:
    codes = np.repeat([0, 1], [300, 100])
    _, held_out = validation_slice([str(i) for i in range(400)], codes, 0.1, np.random.default_rng(0))
    assert np.bincount(codes[held_out]).tolist() == [30, 10]


def test_a_share_of_more_than_half_is_refused() -> None:
    with pytest.raises(ValueError, match="validation_share"):
        validation_slice(["a"], np.array([0]), 0.9, np.random.default_rng(0))
