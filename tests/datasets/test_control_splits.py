"""Topics, sources and readings: cut whole, found without labels, learnt from training rows only."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from triage_bench.core.dataset import TEST, TRAIN, Dataset
from triage_bench.core.errors import DataError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol
from triage_bench.core.seeds import generator_for
from triage_bench.datasets.interventions import scored_side, training_side, treated_labels
from triage_bench.datasets.readings import readings, token_strength
from triage_bench.datasets.splits import folds_of, split_rows
from triage_bench.datasets.topics import found_topics, topics_of

SUBJECTS = ("열이 나고 기침을 합니다", "다리가 부러져 걷지 못합니다", "배가 아프고 토합니다")


def dataset(rows: int = 90, **rest: object) -> Dataset:
    rng = generator_for("control splits")
    words = ["어제", "오늘", "아침", "저녁", "조금", "많이", "갑자기", "계속"]
    texts = tuple(f"{SUBJECTS[row % 3]} {' '.join(rng.permutation(words)[:3])}" for row in range(rows))
    labels = np.arange(rows) // 3 % 2
    return Dataset("small", texts, labels, ("가", "나"), **rest)  # type: ignore[arg-type]


def test_texts_on_one_subject_are_one_topic() -> None:
    topics = found_topics(dataset().texts, (3,))[3]
    assert len(np.unique(topics)) == 3
    for subject in range(3):
        assert len(np.unique(topics[subject::3])) == 1


def test_topics_depend_on_texts_alone_and_equal_texts_share_one() -> None:
    data = dataset()
    other = replace(data, labels=1 - data.labels)
    np.testing.assert_array_equal(topics_of(data, 5), topics_of(other, 5))
    twice = found_topics(data.texts * 2, (5,))[5]
    np.testing.assert_array_equal(twice[:90], twice[90:])
    assert found_topics(["같은 글"] * 4, (5,))[5].tolist() == [0] * 4


@pytest.mark.parametrize("kind", ["topic", "source"])
def test_what_is_held_out_whole_never_stands_on_both_sides(kind: str) -> None:
    data = dataset(sources=tuple("ABCD"[row % 4] for row in range(90)))
    protocol = Protocol(kind, folds=10, parts=3 if kind == "topic" else None)  # type: ignore[arg-type]
    folds, _ = folds_of(data, protocol)
    assert folds == (3 if kind == "topic" else 4)
    tested = []
    for fold in range(folds):
        split = split_rows(data, protocol, 0, fold, 0)
        assert not set(split.units[split.train]) & set(split.units[split.test])
        tested.append(split.test)
    np.testing.assert_array_equal(np.sort(np.concatenate(tested)), np.arange(90))


def test_one_source_teaches_all_others() -> None:
    data = dataset(sources=tuple("ABC"[row % 3] for row in range(90)))
    for fold in range(3):
        split = split_rows(data, Protocol("one-source", folds=2), 0, fold, 0)
        assert len({data.sources[row] for row in split.train}) == 1  # type: ignore[index]
        assert len(split.test) == 60


def test_a_data_set_without_sources_says_which_option_names_them() -> None:
    with pytest.raises(DataError, match="--source"):
        folds_of(dataset(), Protocol("source"))
    with pytest.raises(DataError, match="single source"):
        folds_of(dataset(sources=("A",) * 90), Protocol("source"))


def test_permutations_share_a_split_and_differ_in_labels() -> None:
    data, protocol = dataset(), Protocol("stratified", labels="shuffled", repeats=3)
    splits = [split_rows(data, protocol, repeat, 0, 0) for repeat in range(3)]
    np.testing.assert_array_equal(splits[0].train, splits[2].train)
    drawn = [training_side(data, protocol, splits[0], repeat, 0, 0)[1] for repeat in range(3)]
    assert (drawn[0] != drawn[1]).any() and np.bincount(drawn[0]).tolist() == np.bincount(drawn[1]).tolist()


def test_sides_replace_labels_and_unused_rows_stay_out() -> None:
    official = np.where(np.arange(90) % 5 == 0, TEST, TRAIN).astype(np.int8)
    official[:10] = -1
    data, protocol = dataset(official=official), Protocol("stratified", labels="side")
    split = split_rows(data, protocol, 0, 0, 0)
    rows, labels = training_side(data, protocol, split, 0, 0, 0)
    assert rows.min() >= 10 and np.array_equal(labels, official[rows])
    scored, given = scored_side(data, protocol, split, rows, labels)
    assert np.array_equal(given, official[scored]) and scored.min() >= 10


def test_merged_classes_keep_the_split_and_take_the_lowest_code() -> None:
    data = replace(dataset(), labels=np.arange(90) % 4, label_names=tuple("가나다라"))
    merged = Protocol("stratified", merge="1+3")
    plain = split_rows(data, Protocol("stratified"), 0, 0, 0)
    np.testing.assert_array_equal(split_rows(data, merged, 0, 0, 0).test, plain.test)
    np.testing.assert_array_equal(treated_labels(data, merged), np.array([0, 1, 2, 1])[data.labels])


def test_new_fields_at_their_defaults_leave_old_keys_alone() -> None:
    protocol = Protocol("stratified")
    assert not {"parts", "texts", "merge"} & protocol.to_dict().keys()
    assert Protocol.from_dict(protocol.to_dict()) == protocol
    treated = Protocol("topic", parts=5, texts="prefix:7", merge="0+1,2+3")
    assert Protocol.from_dict(treated.to_dict()) == treated
    keys = {Job("a", "d", Recipe("m"), one).key for one in (protocol, treated, replace(protocol, texts="prefix:7"))}
    assert len(keys) == 3


@pytest.mark.parametrize(
    "wrong", [{"parts": 5}, {"texts": "prefix:"}, {"texts": "prefix:0"}, {"texts": "suffix:3"}, {"merge": "1"}]
)
def test_a_protocol_refuses_what_it_cannot_mean(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Protocol("stratified", **wrong)  # type: ignore[arg-type]


def read(texts: list[str], kind: str, rows: list[int] | None = None, labels: list[int] | None = None) -> list[str]:
    where = np.array(rows or range(len(texts)))
    found = readings(texts, Protocol("stratified", texts=kind), where, np.array(labels or [0, 1] * 9)[: len(where)], 0)
    return list(found)


def test_a_prefix_cuts_and_shuffling_keeps_the_words() -> None:
    texts = ["숨이 차고 가슴이 아픕니다", " "]
    assert read(texts, "prefix:4") == ["숨이 차", " "]
    assert sorted(read(texts, "words-shuffled")[0].split()) == sorted(texts[0].split())
    assert readings(texts, Protocol("stratified"), np.arange(2), np.arange(2), 0) is texts


def test_words_that_give_the_label_away_are_left_out_as_training_rows_tell_them() -> None:
    labels = [row % 2 for row in range(100)]
    plain = [f"말{row} 또{row * 7}" for row in range(100)]
    marked = [f"{text}\n {('검사실에서', '진료실로')[code]}" for text, code in zip(plain, labels, strict=True)]
    asked = [*marked, "새말 진료실로 갔다", "검사실에서", "새  말"]
    found = read(asked, "without-telling", list(range(100)), labels)
    assert found[:101] == [*plain, "새말 갔다"]
    assert found[101] in plain  # nothing is left of it, which must not tell either
    assert found[102] == "새 말"  # as blanks are written where a word was taken out
    assert read(asked, "without-telling", list(range(100)), [0, 0, 1, 1] * 25) == asked  # they tell nothing then


def test_texts_of_telling_words_alone_do_not_stay_together() -> None:
    rng = np.random.default_rng(0)
    words = [f"말{at}" for at in range(300)]
    labels = [row % 2 for row in range(200)]
    texts = ["정상입니다" if row % 4 == 0 else " ".join(rng.choice(words, 3)) for row in range(200)]
    found = read(texts, "without-telling", list(range(200)), labels)
    assert "정상입니다" not in found and max(Counter(found).values()) < 5


def test_the_strongest_token_is_told_by_training_rows_only() -> None:
    texts = ["가 나", "가 다", "라 나", "라 다"] * 3
    strength = token_strength(texts, np.array([0, 0, 1, 1] * 3))
    assert min(strength["가"], strength["라"]) > max(strength["나"], strength["다"])
    kept = read([*texts, "다 가 새것"], "strongest-token", list(range(12)), [0, 0, 1, 1] * 3)
    assert kept[0] == "가" and kept[-1] == "가"
    flipped = read([*texts, "나 가"], "strongest-token", list(range(12)), [0, 1, 0, 1] * 3)
    assert flipped[-1] == "나"
