"""The nouns validate themselves, travel as plain data, and keys name only what counts."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from triage_bench.core.dataset import Dataset, DatasetSummary, Provenance
from triage_bench.core.errors import DataError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.record import RunRecord
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.space import Choice, Float, Int, Space

SPACE = Space({"C": Float(0.1, 10.0, log=True), "n": Int(1, 4), "unit": Choice(("char", "word", None))})
RECIPE = Recipe("tfidf-lr", {"tokenizer": "char_wb"}, SPACE, version=2)
JOB = Job("kobill", "abc", RECIPE, Protocol("grouped", tuning=Tuning(trials=3)), fold=1, seed=7)


def dataset(**changes: object) -> Dataset:
    parts = {"name": "d", "texts": ("가", "나"), "labels": np.array([0, 1]), "label_names": ("1", "2"), **changes}
    return Dataset(**parts)  # type: ignore[arg-type]


def test_a_job_travels_as_plain_data_and_by_pickle_with_the_same_key() -> None:
    through_json = Job.from_dict(json.loads(json.dumps(JOB.to_dict())))
    through_pickle = pickle.loads(pickle.dumps(JOB))  # noqa: S301 - our own bytes
    assert through_json.key == through_pickle.key == JOB.key
    assert through_json.to_dict() == JOB.to_dict()


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, fold=2),
        replace(JOB, repeat=1),
        replace(JOB, seed=8),
        replace(JOB, dataset_digest="abd"),
        replace(JOB, recipe=replace(RECIPE, version=3)),
        replace(JOB, recipe=replace(RECIPE, params={})),
        replace(JOB, protocol=replace(JOB.protocol, labels="shuffled")),
        replace(JOB, protocol=replace(JOB.protocol, tuning=Tuning(trials=4))),
    ],
    ids=["fold", "repeat", "seed", "data", "version", "params", "labels", "trials"],
)
def test_whatever_changes_the_number_changes_the_key(other: Job) -> None:
    assert other.key != JOB.key


@pytest.mark.parametrize(
    "same", [replace(JOB, dataset="other name"), replace(JOB, protocol=replace(JOB.protocol, purpose="x", repeats=4))]
)
def test_names_and_how_many_repeats_there_are_do_not_change_the_key(same: Job) -> None:
    assert same.key == JOB.key


def test_a_space_travels_as_plain_data_and_gives_up_what_is_fixed() -> None:
    assert Space.from_dict(json.loads(json.dumps(SPACE.to_dict()))).to_dict() == SPACE.to_dict()
    assert list(SPACE.without({"unit": "char"})) == ["C", "n"]


@pytest.mark.parametrize(
    "wrong", [lambda: Float(2, 1), lambda: Float(0, 1, log=True), lambda: Int(1, 1), lambda: Choice(("a", "a"))]
)
def test_an_impossible_dimension_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="needs"):
        wrong()  # type: ignore[operator]


@pytest.mark.parametrize(
    "changes",
    [
        {"split": "sideways"},
        {"labels": "swapped"},
        {"folds": 1},
        {"train_rows": 0},
        {"split": "none"},
    ],
)
def test_an_impossible_protocol_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"expected|needs|must|without"):
        Protocol(**{"split": "grouped", **changes})  # type: ignore[arg-type]


def test_a_data_set_cannot_be_changed_from_outside() -> None:
    labels = np.array([0, 1])
    made = dataset(labels=labels)
    labels[0] = 1
    assert made.labels[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        made.labels[0] = 1


def test_the_digest_of_a_data_set_sees_content_and_not_names() -> None:
    one = dataset()
    assert one.digest == dataset(name="other").digest
    for changes in (
        {"texts": ("가", "다")},
        {"labels": np.array([1, 0])},
        {"label_names": ("1", "3")},
        {"groups": np.array([0, 0])},
        {"official": np.array([0, 1])},
        {"scale": "triage"},
        {"columns": {"age": (1, 2)}},
    ):
        assert dataset(**changes).digest != one.digest, changes


@pytest.mark.parametrize(
    "changes",
    [{"labels": np.array([0])}, {"labels": np.array([0, 2])}, {"label_names": ("1", "1")}, {"groups": np.array([1])}],
)
def test_a_data_set_that_contradicts_itself_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(DataError, match="'d'"):
        dataset(**changes)


def test_a_plan_travels_as_plain_data_with_the_classes_in_their_order() -> None:
    notice = Notice("labels.missing", 1, 2, Sentence("하나", "one"))
    provenance = Provenance("t", expected=(0.5, 0.7), ceiling=0.9)
    made = dataset(label_names=("나중", "먼저"), notices=(notice,), provenance=provenance)
    plan = Plan("s", "quick", 0, ("run",), (DatasetSummary.of(made, {"rows": 2.0}),), (JOB,))
    again = Plan.from_dict(json.loads(json.dumps(plan.to_dict(), sort_keys=True)))
    assert again.to_dict() == plan.to_dict()
    assert again.dataset("d").label_names == ("나중", "먼저")
    assert again.dataset("d").provenance.expected == (0.5, 0.7)


def test_a_record_is_ok_only_with_predictions_and_bad_only_with_a_reason() -> None:
    with pytest.raises(ValueError, match="predictions"):
        RunRecord(JOB, "ok")
    with pytest.raises(ValueError, match="reason"):
        RunRecord(JOB, "failed")


def test_a_recipe_is_called_what_people_call_it() -> None:
    assert Recipe("lstm").name == "lstm"
    assert Recipe("tfidf-lr", {"tokenizer": "mecab", "C": 3}).name == "tfidf-lr[mecab] (C=3)"
