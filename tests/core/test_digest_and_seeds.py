"""Digests and seeds are the same in every process; they tell apart what differs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.core.digest import canonical_json, digest, digest_array, digest_texts
from triage_bench.core.seeds import generator_for, seed_for

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(plain)
def test_equal_values_have_equal_digests_whatever_the_order_of_their_keys(value: object) -> None:
    turned = dict(reversed(list(value.items()))) if isinstance(value, dict) else value
    assert digest(value) == digest(turned)


@given(st.lists(st.text(), max_size=5), st.lists(st.text(), max_size=5))
def test_texts_are_told_apart_by_where_they_end(a: list[str], b: list[str]) -> None:
    assert (digest_texts(a) == digest_texts(b)) == (a == b)


def test_not_a_number_has_no_digest() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"x": float("nan")})


def test_an_array_has_one_digest_whatever_its_layout() -> None:
    array = np.arange(12).reshape(3, 4)
    assert digest_array(array) == digest_array(np.asfortranarray(array))
    assert digest_array(array) != digest_array(array.astype(np.int32))
    assert digest_array(array) != digest_array(array.reshape(4, 3))


def test_digests_and_seeds_are_the_same_in_a_freshly_started_process() -> None:
    code = (
        "from triage_bench.core.digest import digest, digest_texts;"
        "from triage_bench.core.seeds import seed_for;"
        "print(digest({'ㄱ': [1, 2.5, None]}), digest_texts(['가', '\\ud800']), seed_for(3, 'split', 1))"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    here = f"{digest({'ㄱ': [1, 2.5, None]})} {digest_texts(['가', chr(0xD800)])} {seed_for(3, 'split', 1)}"
    assert fresh.stdout.split() == here.split()


def test_a_coordinate_of_another_type_is_another_place() -> None:
    assert len({seed_for(1), seed_for("1"), seed_for(1, 1), seed_for("1\x1f1")}) == 4


def test_a_seed_needs_a_place() -> None:
    with pytest.raises(ValueError, match="coordinate"):
        seed_for()


def test_generators_of_one_place_draw_the_same() -> None:
    assert generator_for("a", 1).integers(1 << 40) == generator_for("a", 1).integers(1 << 40)
