"""Facts about a data set, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from triage_bench.core.dataset import TEST, TRAIN, UNUSED, Dataset
from triage_bench.datasets.facts import MEANING, facts_of, find_facts

TEXTS = (
    "가슴이 답답하고 숨이 차요",
    "가슴이 답답하고 숨이 차요",
    "가슴이 답답하고 숨이 차요.",
    "발목을 삐었어요",
    "어제부터 열이 나고 기침을 해요",
)


@pytest.fixture
def data() -> Dataset:
    return Dataset(
        name="시험",
        texts=TEXTS,
        labels=np.array([0, 1, 0, 1, 1]),
        label_names=("가", "나"),
        groups=np.array([7, 8, 7, 9, 9]),
        official=np.array([TRAIN, TEST, TEST, TRAIN, UNUSED]),
    )


def test_copies_and_contradictions_are_counted(data: Dataset) -> None:
    facts = facts_of(data)
    expected = {
        "rows": 5,
        "distinct_texts": 4,
        "duplicate_rows": 2,
        "conflicting_rows": 2,
        "near_duplicate_rows": 3,
        "near_duplicate_clusters": 1,
        "largest_near_duplicate_cluster": 3,
        "near_duplicate_pairs": 3,
        "near_duplicate_conflicting_pairs": 2,
        "near_duplicate_label_agreement": pytest.approx(1 / 3),
        "chance_label_agreement": pytest.approx(0.4**2 + 0.6**2),
        "majority_share": 0.6,
        "groups": 3,
    }
    assert {name: facts[name] for name in expected} == expected


def test_what_official_test_rows_share_with_training_is_counted(data: Dataset) -> None:
    facts = facts_of(data)
    assert (facts["train_rows"], facts["test_rows"]) == (2, 2)
    assert facts["test_rows_sharing_text"] == 1
    assert facts["test_rows_sharing_near_duplicate"] == facts["test_rows_sharing_close_copy"] == 2
    assert facts["test_rows_sharing_group"] == 1


def test_close_copies_are_fewer_than_near_duplicates_and_counted_only_where_these_are_many() -> None:
    train = ("가슴이 답답하고 숨이 차서 왔어요", "배가 아프고 열이 나서 왔어요", *map("낱말{}".format, range(20)))
    test = ("가슴이 답답하고 숨이 차서 왔어요!", "배가 쑤시고 열이 나서 응급실에 왔어요", "발목을 삐었어요")
    sides = np.array([TRAIN] * len(train) + [TEST] * len(test), dtype=np.int8)
    facts = facts_of(Dataset("시험", (*train, *test), np.arange(len(sides)) % 2, ("가", "나"), official=sides))
    assert (facts["test_rows_sharing_near_duplicate"], facts["test_rows_sharing_close_copy"]) == (2, 1)
    alone = np.where(sides == TEST, sides, TRAIN)
    alone[-3:-1] = TRAIN
    facts = facts_of(Dataset("시험", (*train, *test), np.arange(len(sides)) % 2, ("가", "나"), official=alone))
    assert "test_rows_sharing_close_copy" not in facts


def test_every_fact_has_a_meaning_and_every_meaning_a_fact(data: Dataset) -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join("".join(map(chr, rng.integers(0xAC00, 0xD7A4, 3))) for _ in range(4)) for _ in range(40)]
    rows = np.arange(80)
    large = Dataset(
        "시험",
        tuple(text + end for text in texts for end in ("", "!")),
        rows % 2,
        ("가", "나"),
        groups=rows // 2,
        sources=tuple("갑을"[row % 2] for row in rows),
        official=np.where((rows < 60) | (rows % 8 == 0), TRAIN, TEST).astype(np.int8),
    )
    found, lopsided = find_facts(large), find_facts(replace(large, labels=np.array(rows % 20 == 0, dtype=np.int64)))
    assert set(found.facts) | set(lopsided.facts) == set(MEANING)
    assert set(lopsided.facts) - set(found.facts) == {"shortcut_rare_coverage"}
    assert set(find_facts(data).facts) <= set(MEANING)
    assert found.words["telling_columns"] == ("source",) and found.facts["source_tells"] == 1


def test_a_fact_that_does_not_apply_is_absent() -> None:
    facts = facts_of(Dataset("시험", TEXTS[3:], np.array([0, 1]), ("가", "나")))
    assert not {"groups", "test_rows", "near_duplicate_label_agreement"} & set(facts)
    assert facts["largest_near_duplicate_cluster"] == 1
