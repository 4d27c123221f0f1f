"""A label that occurs once costs its own row, not the whole file."""

from __future__ import annotations

import numpy as np
import pytest

from triage_bench.core.dataset import TEST, TRAIN, Dataset
from triage_bench.datasets.rare_classes import without_rare_classes

TEXTS = (
    "가슴이 아파요",
    "숨이 너무 차요",
    "발목을 삐었어요",
    "열이 나고 추워요",
    "약을 받으러 왔어요",
    "손가락을 베었습니다",
)


def rows(labels: list[int], **rest: object) -> Dataset:
    names = ("1", "2", "3")
    own = {"columns": {"row": tuple(range(2, 8))}, "sources": tuple("abcdef"), **rest}
    return Dataset("mine", TEXTS, np.array(labels), names, **own)  # type: ignore[arg-type]


def test_rows_of_a_class_that_cannot_stand_on_both_sides_are_set_aside_and_said() -> None:
    whole = rows([0, 0, 2, 2, 2, 1])
    kept = without_rare_classes(whole)
    assert kept.texts == TEXTS[:5]
    assert kept.labels.tolist() == [0, 0, 1, 1, 1]
    assert kept.label_names == ("1", "3")
    assert kept.columns["row"] == (2, 3, 4, 5, 6), "rows keep their place in the file"
    assert kept.sources == tuple("abcde")
    (notice,) = kept.notices
    assert (notice.code, notice.count, notice.of) == ("labels.rare", 1, 6)
    assert "'2'" in notice.text.ko and "'2'" in notice.text.en


def test_a_class_whose_rows_are_all_one_group_is_rare_too() -> None:
    groups = np.array([0, 1, 2, 3, 4, 4])
    kept = without_rare_classes(rows([0, 0, 2, 2, 1, 1], groups=groups))
    assert kept.label_names == ("1", "3")
    assert kept.groups is not None and kept.groups.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "whole",
    [
        rows([0, 0, 1, 1, 2, 2]),
        rows([0, 0, 0, 0, 0, 1]),
        rows([0, 0, 0, 1, 1, 2], official=np.array([TRAIN] * 4 + [TEST] * 2, dtype=np.int8)),
    ],
    ids=["nothing is rare", "one class would remain", "an official split"],
)
def test_the_rows_stay_as_they_are(whole: Dataset) -> None:
    assert without_rare_classes(whole) is whole
