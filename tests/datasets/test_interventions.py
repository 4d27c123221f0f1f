"""What a protocol does to rows and labels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.core.dataset import Dataset
from triage_bench.core.protocol import Protocol
from triage_bench.datasets.interventions import scored_side, stratified_sample, training_side
from triage_bench.datasets.splits import split_rows

DATA = Dataset(
    name="시험",
    texts=tuple(f"문장 {n}" for n in range(90)),
    labels=np.array([0] * 60 + [1] * 25 + [2] * 5),
    label_names=("가", "나", "다"),
)


def sides(**changes):
    protocol = Protocol("stratified", **changes)
    split = split_rows(DATA, protocol, 0, 0, 1)
    rows, labels = training_side(DATA, protocol, split, 0, 0, 1)
    return split, rows, labels, scored_side(DATA, protocol, split, rows, labels)


def test_without_intervention_the_whole_training_side_is_used() -> None:
    split, rows, labels, (scored, given_labels) = sides()
    assert rows.tolist() == split.train.tolist() and scored.tolist() == split.test.tolist()
    assert (labels == DATA.labels[rows]).all() and (given_labels == DATA.labels[scored]).all()


def test_shuffled_labels_keep_their_counts_and_leave_the_test_rows_alone() -> None:
    _, rows, labels, (scored, given_labels) = sides(labels="shuffled")
    assert sorted(labels) == sorted(DATA.labels[rows]) and (labels != DATA.labels[rows]).any()
    assert (given_labels == DATA.labels[scored]).all()


def test_scoring_the_training_rows_scores_what_was_trained_on() -> None:
    _, rows, labels, (scored, given_labels) = sides(scored_rows="train", train_rows=32, labels="shuffled")
    assert len(rows) == 32 and (scored == rows).all() and (given_labels == labels).all()


def test_the_same_place_draws_the_same_rows() -> None:
    assert sides(train_rows=20)[1].tolist() == sides(train_rows=20)[1].tolist()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(1, 70), st.integers(0, 3))
def test_a_sample_keeps_the_shares_and_every_class(labels: list[int], rows: int, seed: int) -> None:
    codes = np.array(labels)
    drawn = stratified_sample(codes, rows, np.random.default_rng(seed))
    assert len(drawn) == min(rows, len(codes)) and (np.diff(drawn) > 0).all()
    classes = len(set(labels))
    assert len(set(codes[drawn].tolist())) == min(classes, len(drawn))
    for label in set(labels):
        ideal = (codes == label).sum() * len(drawn) / len(codes)
        assert (codes[drawn] == label).sum() >= np.floor(ideal) - classes
