"""Which rows stand on which side; the same for every recipe, because paired tests need that.

A split depends on the data set's content, the kind of split, the number of folds, the repeat and
the run's seed, and on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import TEST, TRAIN, Dataset
from triage_bench.core.errors import DataError
from triage_bench.core.protocol import Protocol, SplitKind
from triage_bench.core.seeds import generator_for, seed_for
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.folds import fold_of_rows, units_per_class
from triage_bench.datasets.neardup import exact_duplicates, near_duplicate_clusters
from triage_bench.datasets.topics import topics_of

Fold = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Row numbers of the training side and of the test side, ascending."""

CLUSTERED_ROWS = 30_000
"""Beyond this many rows an official split is not searched for near-duplicates (6 s; 2 min at 200,000)."""

HELD_OUT_WHOLE = ("topic", "source", "one-source")
"""Kinds of split that hold out all of something, whatever becomes of the classes."""

HOLDOUT_SHARE = 3
"""The last resort of `inner_folds` sets aside one row in this many."""


@dataclass(frozen=True, eq=False)
class Split:
    """One cut of a data set.

    Attributes
    ----------
    train, test : ndarray of int64
        Row numbers, ascending; disjoint. Together they are all rows, except under an official
        split that leaves rows out.
    units : ndarray of int64, shape (n,)
        Over all rows of the data set: rows with equal numbers stay on one side (a group, a
        near-duplicate cluster, or the row alone). An official split was cut by others and may
        run through a unit.
    notices
        What had to be changed, and what is odd about this cut.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    units: NDArray[np.int64]
    notices: tuple[Notice, ...] = ()


def resolve_split(dataset: Dataset) -> SplitKind:
    """Return how a data set is cut unless told otherwise.

    The published split where there is one, else by groups where there are some, else by
    near-duplicates: a random cut would put copies of one sentence on both sides.
    """
    if dataset.official is not None:
        return "official"
    return "grouped" if dataset.groups is not None else "near-duplicate"


def units_of(dataset: Dataset, kind: SplitKind, parts: int | None = None) -> NDArray[np.int64]:
    """Return what stays together under a kind of split.

    Parameters
    ----------
    dataset, kind
        The rows, and how they are cut.
    parts
        Of a topic split, how many topics are found on the texts.

    Returns
    -------
    ndarray of int64, shape (n,)
        The given groups; topics; sources; near-duplicate clusters; row numbers for ``"stratified"``. An official
        split takes groups where there are some, else near-duplicate clusters, else (beyond
        `CLUSTERED_ROWS` rows, where clusters would cost every worker minutes) sets of identical texts.

    Raises
    ------
    DataError
        If ``"grouped"`` is asked of a data set without groups, or sources of one without sources.
    """
    if kind == "stratified":
        return np.arange(len(dataset), dtype=np.int64)
    if kind == "topic":
        return topics_of(dataset, parts)
    if kind in ("source", "one-source"):
        return sources_of(dataset)
    if kind == "grouped" and dataset.groups is None:
        raise DataError(
            f"{dataset.name!r} has no groups to split by; name the column that tells which rows belong together "
            "(--group COLUMN), or split by near-duplicates."
        )
    if kind != "near-duplicate" and dataset.groups is not None:
        return dataset.groups
    if kind == "official" and len(dataset) > CLUSTERED_ROWS:
        return exact_duplicates(dataset.texts)
    return near_duplicates_of(dataset)


def sources_of(dataset: Dataset) -> NDArray[np.int64]:
    """Return the source of every row as a number, in alphabetical order of the sources, shape (n,).

    Raises
    ------
    DataError
        If the data set names no sources.
    """
    if dataset.sources is None:
        raise DataError(
            f"{dataset.name!r} does not say who or what wrote its rows; name the column that does (--source COLUMN)."
        )
    return np.unique(np.asarray(dataset.sources, dtype=np.str_), return_inverse=True)[1].astype(np.int64)


def near_duplicates_of(dataset: Dataset) -> NDArray[np.int64]:
    """Return the data set's near-duplicate clusters, computed once and kept with it."""
    if "near-duplicates" not in dataset.memo:
        clusters = near_duplicate_clusters(dataset.texts)
        clusters.flags.writeable = False
        dataset.memo["near-duplicates"] = clusters
    return dataset.memo["near-duplicates"]


def folds_of(dataset: Dataset, protocol: Protocol) -> tuple[int, tuple[Notice, ...]]:
    """Return how many folds the data set allows, and a notice where that is fewer than wanted.

    Every class needs a row on both sides of every cut, so it needs as many units as there are
    folds. An official split has one fold, and so has no split at all (``"none"``). Topics and
    sources are held out whole, even where that takes all rows of a class from the training side:
    such a cut has at most as many folds as there are topics or sources.

    Raises
    ------
    DataError
        If a class stands in fewer than two units, if there are fewer than two classes, or if an
        official split lacks a side.
    """
    if protocol.split == "official":
        _official_sides(dataset)
        return 1, ()
    if protocol.split == "none":
        return 1, ()
    labels = stratified_by(dataset, protocol)
    units = units_of(dataset, protocol.split, protocol.parts)[labels >= 0]
    counts = units_per_class(labels[labels >= 0], units, len(dataset.label_names))
    present = np.flatnonzero(np.bincount(labels[labels >= 0], minlength=len(dataset.label_names)))
    if len(present) < 2:
        raise DataError(
            f"{dataset.name!r} has {len(present)} class(es) with rows; a classifier needs at least 2 to tell apart."
        )
    if protocol.split in HELD_OUT_WHOLE:
        return _folds_of_whole(dataset, protocol, len(np.unique(units))), ()
    rarest = present[np.argmin(counts[present])]
    if counts[rarest] < 2:
        raise _too_few(dataset, int(rarest), protocol.split)
    folds = min(protocol.folds, int(counts[rarest]))
    notices = () if folds == protocol.folds else (_fewer_folds(dataset, int(rarest), folds, protocol),)
    return folds, notices


def split_rows(dataset: Dataset, protocol: Protocol, repeat: int, fold: int, seed: int) -> Split:
    """Cut a data set for one outer fold.

    Parameters
    ----------
    dataset
        The rows.
    protocol
        Its `split` and `folds` count; how rows are treated afterwards does not.
    repeat, fold
        Which drawing, and which of its folds is the test side.
    seed
        The run's seed.

    Raises
    ------
    DataError
        As in `folds_of`.
    ValueError
        If there is no such fold.
    """
    folds, notices = folds_of(dataset, protocol)
    if not 0 <= fold < folds:
        raise ValueError(f"{dataset.name!r} is cut into {folds} folds; there is no fold {fold!r} (counting from 0)")
    units = units_of(dataset, protocol.split, protocol.parts)
    if protocol.split == "none":
        train, test = np.arange(len(dataset)), np.arange(0)
    elif protocol.split == "official":
        train, test = _official_sides(dataset)
    else:
        drawing = 0 if protocol.labels == "shuffled" else repeat
        split_seed = seed_for(seed, dataset.digest, "split", protocol.split, drawing)
        train, test = _cut(stratified_by(dataset, protocol), units, folds, fold, split_seed)
    if protocol.split == "one-source":
        train, test = test, train
    unseen = () if protocol.labels == "side" else _unseen_classes(dataset, train, test)
    return Split(train, test, units, (*notices, *unseen))


def stratified_by(dataset: Dataset, protocol: Protocol) -> NDArray[np.int64]:
    """Return what folds hold equal shares of: the labels as given, or the official side; -1 is in no fold."""
    if protocol.labels != "side":
        return dataset.labels
    _official_sides(dataset)
    assert dataset.official is not None
    return dataset.official.astype(np.int64)


def _cut(labels: NDArray[np.int64], units: NDArray[np.int64], folds: int, fold: int, seed: int) -> Fold:
    used = np.flatnonzero(labels >= 0)
    tested_in = fold_of_rows(labels[used], units[used], folds, seed)
    return used[tested_in != fold], used[tested_in == fold]


def _folds_of_whole(dataset: Dataset, protocol: Protocol, units: int) -> int:
    if units < 2:
        what = "topic" if protocol.split == "topic" else "source"
        raise DataError(f"{dataset.name!r} has a single {what}; holding one out needs at least 2.")
    return units if protocol.split == "one-source" else min(protocol.folds, units)


def inner_folds(labels: NDArray[np.int64], units: NDArray[np.int64], folds: int, seed: int) -> list[Fold]:
    """Cut training rows once more, for tuning.

    Parameters
    ----------
    labels, units : ndarray of int64, shape (n,)
        Of the training rows only; the answer counts within these.
    folds
        How many are wanted. A class in fewer units lowers them; a class in a single unit stays
        on the training side of all. Where no such cut exists (every class in one unit), a
        third of the rows is set aside, stratified, without regard to units.
    seed
        The job's seed.

    Returns
    -------
    list of (train, test)
        At least one; both sides hold rows, and every class of the test side stands in training.

    Raises
    ------
    DataError
        If the rows hold fewer than two classes, or no class has two rows.
    """
    present, counts = np.unique(labels, return_counts=True)
    if len(present) < 2:
        raise DataError(
            f"tuning needs training rows of at least 2 classes, got {len(present)}; add rows or score the defaults."
        )
    if counts.max() < 2:
        raise DataError(
            f"tuning needs a class with at least 2 training rows, got {len(labels)} rows in {len(present)} classes; "
            "add rows or score the default parameters (no trials)."
        )
    per_class = units_per_class(labels, units, int(present[-1]) + 1)[present]
    splittable = per_class[per_class >= 2]
    if len(splittable):
        fitting = min(folds, int(splittable.min()))
        cut = fold_of_rows(labels, units, fitting, seed_for(seed, "inner"))
        found = [_fold(labels, np.flatnonzero(cut != at), np.flatnonzero(cut == at)) for at in range(fitting)]
        usable = [(train, test) for train, test in found if len(test) and len(np.unique(labels[train])) >= 2]
        if usable:
            return usable
    return [_holdout(labels, seed)]


def _fold(labels: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64]) -> Fold:
    """Leave test rows of classes that training lacks out of the inner score: no parameter can get them right."""
    return train, test[np.isin(labels[test], labels[train])]


def _holdout(labels: NDArray[np.int64], seed: int) -> Fold:
    rng = generator_for(seed, "inner holdout")
    aside = [rng.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    test = np.sort(np.concatenate([rows[: -(-len(rows) // HOLDOUT_SHARE)] for rows in aside if len(rows) > 1]))
    return np.setdiff1d(np.arange(len(labels)), test), test


def _official_sides(dataset: Dataset) -> Fold:
    if dataset.official is None:
        raise DataError(f"{dataset.name!r} has no official split; choose grouped, near-duplicate or stratified.")
    train, test = np.flatnonzero(dataset.official == TRAIN), np.flatnonzero(dataset.official == TEST)
    if not len(train) or not len(test):
        raise DataError(
            f"{dataset.name!r}: the official split has {len(train)} training and {len(test)} test rows; "
            "both sides need some. Give a test file with rows, or split by near-duplicates."
        )
    return train, test


def _too_few(dataset: Dataset, label: int, split: SplitKind) -> DataError:
    name, rows = dataset.label_names[label], int((dataset.labels == label).sum())
    where = {
        "grouped": "all in one group",
        "near-duplicate": "all of them near-duplicates of each other",
    }.get(split, "")
    found = f"{rows} row{'s' if rows > 1 else ''}" + (f", {where}" if where and rows > 1 else "")
    return DataError(
        f"{dataset.name!r}: class {name!r} has {found}; a split needs at least 2 that can be told apart, one for each "
        "side. Write more rows of this class, merge it with a neighbouring class, or take its rows out."
    )


def _fewer_folds(dataset: Dataset, label: int, folds: int, protocol: Protocol) -> Notice:
    name = dataset.label_names[label]
    unit_ko, unit_en = {
        "grouped": ("그룹", "groups"),
        "near-duplicate": ("서로 다른 문장 묶음", "clusters of near-duplicates"),
    }.get(protocol.split, ("문장", "rows"))
    return Notice(
        "split.fewer_folds",
        folds,
        protocol.folds,
        Sentence(
            ko=f"클래스 ‘{name}’의 {unit_ko}이 {folds}개뿐이어서 교차 검증을 {protocol.folds}겹에서 {folds}겹으로 "
            "줄였습니다.",
            en=f"Class {name!r} has only {folds} {unit_en}, so cross-validation uses {folds} folds instead of "
            f"{protocol.folds}.",
        ),
    )


def _unseen_classes(dataset: Dataset, train: NDArray[np.int64], test: NDArray[np.int64]) -> tuple[Notice, ...]:
    unseen = ~np.isin(dataset.labels[test], dataset.labels[train])
    if not unseen.any():
        return ()
    names = ", ".join(dataset.label_names[label] for label in np.unique(dataset.labels[test][unseen]))
    count, of = int(unseen.sum()), len(test)
    text = Sentence(
        ko=f"평가 문장 {of}개 중 {count}개는 학습 문장에 없는 클래스({names})에 속하여 어떤 모델도 맞힐 수 없습니다.",
        en=f"{count} of {of} test rows are of classes without training rows ({names}): no model can get them right.",
    )
    return (Notice("split.unseen_class", count, of, text),)
