"""Splits: what stays together, what both sides hold, and that nothing but the data decides."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import DataError
from triage_bench.core.protocol import Protocol
from triage_bench.datasets.folds import fold_of_rows, units_per_class
from triage_bench.datasets.splits import folds_of, inner_folds, resolve_split, split_rows


def dataset(labels, groups=None, texts=None, official=None) -> Dataset:
    labels = np.asarray(labels)
    return Dataset(
        name="시험",
        texts=tuple(texts or (f"{chr(0xAC00 + 97 * n)}{chr(0xAC00 + 89 * n)} {n} 아프다" for n in range(len(labels)))),
        labels=labels,
        label_names=("가", "나", "다"),
        groups=None if groups is None else np.asarray(groups),
        official=None if official is None else np.asarray(official),
    )


@st.composite
def grouped_rows(draw) -> tuple[np.ndarray, np.ndarray]:
    n = draw(st.integers(12, 60))
    labels = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    units = draw(st.lists(st.integers(0, n), min_size=n, max_size=n))
    return np.array(labels), np.array(units)


@given(grouped_rows(), st.integers(2, 5), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_every_row_is_tested_once_and_no_unit_stands_on_both_sides(rows, folds: int, seed: int) -> None:
    labels, units = rows
    data = dataset(labels, groups=units)
    try:
        found, notices = folds_of(data, Protocol("grouped", folds=folds))
    except DataError:
        counts = units_per_class(labels, units, 3)[np.bincount(labels, minlength=3) > 0]
        assert len(counts) < 2 or counts.min() < 2
        return
    assert bool(notices) == (found < folds)
    tests = []
    for fold in range(found):
        split = split_rows(data, Protocol("grouped", folds=folds), 0, fold, seed)
        assert not set(units[split.train]) & set(units[split.test])
        assert sorted([*split.train, *split.test]) == list(range(len(labels)))
        assert len(split.test)
        tests.extend(split.test.tolist())
    assert sorted(tests) == list(range(len(labels)))


@given(st.lists(st.integers(0, 2), min_size=1, max_size=80), st.integers(2, 6), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_a_stratified_cut_gives_every_fold_its_share(labels: list[int], folds: int, seed: int) -> None:
    codes = np.array(labels)
    cut = fold_of_rows(codes, np.arange(len(codes)), folds, seed)
    for label in set(labels):
        counts = np.bincount(cut[codes == label], minlength=folds)
        assert counts.max() - counts.min() <= 1
    sizes = np.bincount(cut, minlength=folds)
    assert sizes.max() - sizes.min() <= len(set(labels))


def test_groups_are_stratified_no_worse_than_by_scikit_learn() -> None:
    from sklearn.model_selection import StratifiedGroupKFold

    rng = np.random.default_rng(0)
    units = rng.integers(0, 150, 1000)
    labels = (units % 7 == 0).astype(int) + (rng.random(1000) < 0.2)

    def spread(cut: np.ndarray) -> float:
        shares = [np.bincount(labels[cut == f], minlength=3) / np.bincount(labels) for f in range(5)]
        return float(np.std(shares, axis=0).mean())

    theirs = np.empty(1000, dtype=int)
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0).split(labels, labels, units)
    for fold, (_, test) in enumerate(folds):
        theirs[test] = fold
    assert spread(fold_of_rows(labels, units, 5, 0)) <= spread(theirs) + 0.01


def test_near_duplicates_stay_on_one_side() -> None:
    base = [f"{chr(0xAC00 + 97 * n) * 2} {chr(0xB000 + 89 * n)}{chr(0xC000 + 53 * n)} 아파요" for n in range(20)]
    data = dataset([n % 2 for n in range(20)] * 2, texts=[*base, *(text + "!" for text in base)])
    assert resolve_split(data) == "near-duplicate"
    for fold in range(5):
        split = split_rows(data, Protocol("near-duplicate"), 0, fold, 0)
        assert {row % 20 for row in split.test}.isdisjoint(row % 20 for row in split.train)


def test_the_kind_of_split_follows_what_is_known() -> None:
    assert resolve_split(dataset([0, 1])) == "near-duplicate"
    assert resolve_split(dataset([0, 1], groups=[0, 1])) == "grouped"
    assert resolve_split(dataset([0, 1], groups=[0, 1], official=[0, 1])) == "official"


def test_an_official_split_is_taken_as_it_is() -> None:
    data = dataset([0, 1, 0, 1, 2], official=[0, 0, 1, -1, 1])
    split = split_rows(data, Protocol("official", folds=1), 0, 0, 0)
    assert split.train.tolist() == [0, 1] and split.test.tolist() == [2, 4]
    assert [(n.code, n.count, n.of) for n in split.notices] == [("split.unseen_class", 1, 2)]


def test_an_official_split_without_a_side_is_refused() -> None:
    with pytest.raises(DataError, match="2 training and 0 test rows"):
        folds_of(dataset([0, 1], official=[0, 0]), Protocol("official"))
    with pytest.raises(DataError, match="no official split"):
        folds_of(dataset([0, 1]), Protocol("official"))


def test_a_rare_class_lowers_the_folds_and_says_so() -> None:
    folds, notices = folds_of(dataset([0] * 10 + [1] * 3), Protocol("stratified"))
    assert folds == 3
    assert "'나' has only 3 rows, so cross-validation uses 3 folds instead of 5" in notices[0].text.en


def test_a_class_that_cannot_stand_on_both_sides_stops_with_what_to_do() -> None:
    with pytest.raises(DataError, match=r"'나' has 1 row; .* merge it"):
        folds_of(dataset([0] * 5 + [1]), Protocol("stratified"))
    with pytest.raises(DataError, match="'나' has 3 rows, all in one group"):
        folds_of(dataset([0] * 5 + [1] * 3, groups=[0, 1, 2, 3, 4, 5, 5, 5]), Protocol("grouped"))
    with pytest.raises(DataError, match="at least 2 to tell apart"):
        folds_of(dataset([0] * 5), Protocol("stratified"))


def test_a_grouped_split_needs_groups() -> None:
    with pytest.raises(DataError, match="no groups to split by"):
        folds_of(dataset([0, 1]), Protocol("grouped"))


def test_only_data_kind_folds_repeat_and_seed_decide() -> None:
    data = dataset([0, 1, 2] * 20)
    one = split_rows(data, Protocol("stratified"), 0, 1, 7)
    same = split_rows(dataset([0, 1, 2] * 20), Protocol("stratified", train_rows=9, labels="shuffled"), 0, 1, 7)
    assert (one.test == same.test).all()
    for other in (
        split_rows(data, Protocol("stratified"), 1, 1, 7),
        split_rows(data, Protocol("stratified"), 0, 1, 8),
    ):
        assert one.test.tolist() != other.test.tolist()


def test_a_fresh_process_cuts_the_same() -> None:
    code = (
        "import numpy as np; from triage_bench.datasets.folds import fold_of_rows;"
        "print(fold_of_rows(np.arange(40) % 3, np.arange(40) // 2, 4, 11).tolist())"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert answer.strip() == str(fold_of_rows(np.arange(40) % 3, np.arange(40) // 2, 4, 11).tolist())


@given(grouped_rows(), st.integers(2, 4))
@settings(max_examples=100, deadline=None)
def test_inner_folds_always_leave_something_to_learn_and_to_score(rows, folds: int) -> None:
    labels, units = rows
    if len(np.unique(labels)) < 2:
        with pytest.raises(DataError, match="at least 2 classes"):
            inner_folds(labels, units, folds, 0)
        return
    found = inner_folds(labels, units, folds, 0)
    for train, test in found:
        assert len(test) and len(np.unique(labels[train])) >= 2
        assert np.isin(labels[test], labels[train]).all()
        assert not np.isin(test, train).any()
        assert len(found) == 1 or not set(units[train]) & set(units[test])


def test_inner_folds_fall_back_to_a_holdout_when_every_class_is_one_unit() -> None:
    labels = np.array([0] * 6 + [1] * 6)
    (pair,) = inner_folds(labels, labels, 3, 0)
    assert np.bincount(labels[pair[1]]).tolist() == [2, 2]


def test_inner_folds_of_single_rows_are_refused() -> None:
    with pytest.raises(DataError, match="a class with at least 2 training rows"):
        inner_folds(np.array([0, 1, 2]), np.arange(3), 3, 0)
