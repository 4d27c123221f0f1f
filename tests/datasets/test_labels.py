from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.core.errors import DataError
from triage_bench.datasets.labels import MISSING, Labels, read_labels

WORDS = st.text(st.sampled_from("가나다라ab "), min_size=1, max_size=4).filter(lambda word: word.strip() == word)


def labels(cells: Sequence[Any], column: str = "label", **more: Any) -> Labels:
    return read_labels(cells, column, range(2, len(cells) + 2), **more)


def codes_of(found: Labels) -> dict[str, int]:
    return {notice.code: notice.count for notice in found.notices}


def test_one_is_one_however_it_is_written() -> None:
    found = labels([1, 1.0, "1", " 1.0 ", "１", np.float64(1), 2])
    assert found.names == ("1", "2")
    assert found.codes.tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert "labels.merged" not in codes_of(labels([1, 1.0, "1", "1.0", np.float64(1)]))


def test_spellings_that_differ_by_case_space_or_width_are_one_label() -> None:
    found = labels(["Urgent", "urgent ", "Urgent", "ＵＲＧＥＮＴ", "not  urgent", "not urgent", "not urgent"])
    assert found.names == ("not urgent", "Urgent")
    assert found.codes.tolist() == [1, 1, 1, 1, 0, 0, 0]
    assert codes_of(found) == {"labels.merged": 3}
    assert "'urgent ' → 'Urgent'" in found.notices[0].text.en


def test_a_space_behind_every_label_is_no_merger() -> None:
    assert labels(["a ", "b "]).notices == ()


def test_decomposed_hangul_is_the_same_label() -> None:
    assert labels(["\u1102\u1162\u1100\u116a", "내과", "내과", "외과"]).names == ("내과", "외과")


def test_labels_one_edit_apart_are_reported_and_kept_apart() -> None:
    found = labels(["정형외과"] * 5 + ["정형왜과", "내과", "외과"])
    assert len(found.names) == 4
    assert codes_of(found) == {"labels.similar": 1}


def test_levels_are_not_taken_for_misspellings_of_each_other() -> None:
    assert "labels.similar" not in codes_of(labels([f"KTAS {level}" for level in range(1, 6)]))


def test_one_level_in_two_spellings_is_reported() -> None:
    found = labels(["KTAS 1", "KTAS 2", "1", "3단계"])
    assert codes_of(found)["labels.similar"] == 1
    assert found.names == ("1", "KTAS 1", "KTAS 2", "3단계")


def test_nothing_is_missing_and_the_word_na_is_a_label_that_is_mentioned() -> None:
    found = labels([None, float("nan"), "", " \u200b", "NA", "nan", "a"])
    assert (found.codes == MISSING).tolist() == [True] * 4 + [False] * 3
    assert codes_of(found) == {"labels.words_for_nothing": 2}
    assert "rows 6, 7" in found.notices[0].text.en


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["10", "9", "-1"], ("-1", "9", "10")),
        (["K3", "k1", "K2"], ("k1", "K2", "K3")),
        (["3단계", "1단계", "2단계"], ("1단계", "2단계", "3단계")),
        (["Level 10", "Level 9"], ("Level 9", "Level 10")),
        (["부정", "긍정"], ("긍정", "부정")),
        (["b2", "a10"], ("a10", "b2")),
    ],
)
def test_labels_with_a_number_come_in_its_order_and_others_by_code_point(cells: list[str], names: object) -> None:
    assert labels(cells).names == names


@given(st.lists(WORDS, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_labels_does_not_depend_on_the_order_of_rows(cells: list[str], random: Any) -> None:
    shuffled = random.sample(cells, len(cells))
    assert labels(shuffled).names == labels(cells).names


@given(st.lists(st.one_of(WORDS, st.none(), st.integers(), st.floats()), max_size=30))
def test_every_row_keeps_its_own_label_or_none(cells: list[Any]) -> None:
    found = labels(cells)
    assert len(set(found.names)) == len(found.names)
    for cell, code in zip(cells, found.codes.tolist(), strict=True):
        alone = labels([cell])
        if code == MISSING:
            assert alone.names == ()
        else:
            assert alone.names[0].casefold() == found.names[code].casefold()


@pytest.mark.parametrize(
    ("column", "cells"),
    [("ktas_level", [1, 2, 3]), ("중증도", ["1", "5"]), ("label", ["KTAS 1", "KTAS 2"]), ("y", ["1단계", "3단계"])],
)
def test_levels_of_urgency_are_recognised_and_said(column: str, cells: list[Any]) -> None:
    found = labels(cells, column)
    assert found.scale == "triage"
    assert codes_of(found) == {"labels.scale": len(cells)}
    assert "most urgent" in found.notices[0].text.en


@pytest.mark.parametrize(("column", "cells"), [("stars", [1, 2, 3]), ("ktas", [0, 1]), ("ktas", ["urgent", "not"])])
def test_other_labels_have_no_order_unless_the_user_says_so(column: str, cells: list[Any]) -> None:
    assert labels(cells, column).scale == "nominal"


def test_the_user_decides_the_scale() -> None:
    assert labels([1, 2, 3], "stars", scale="ordinal").scale == "ordinal"
    assert labels([1, 2, 3], "ktas", scale="nominal").scale == "nominal"
    assert labels([1, 2, 3], "ktas", scale="nominal").notices == ()


def test_an_order_without_numbers_is_refused_with_the_way_on() -> None:
    with pytest.raises(DataError, match=r"'ordinal' needs labels with a number.*got '경증'.*Number the levels"):
        labels(["경증", "중증"], scale="ordinal")
