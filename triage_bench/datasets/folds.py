"""Cutting rows into folds: stratified by label, never through a unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.seeds import generator_for


@dataclass(frozen=True, eq=False)
class _Table:
    """Rows counted per unit and class; one more column counts all rows of the unit."""

    unit_of_row: NDArray[np.int64]
    class_of_row: NDArray[np.int64]
    sizes: NDArray[np.int64]
    classes: int


def fold_of_rows(labels: NDArray[np.int64], units: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold in which each row is tested.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        The classes; every fold gets its share of each.
    units : ndarray of int64, shape (n,)
        Rows with equal numbers go to one fold. Row numbers make it a plain stratified cut.
    folds
        How many.
    seed
        Decides among equally good cuts.

    Returns
    -------
    ndarray of int64, shape (n,)
        Numbers from 0 to ``folds - 1``. A class with at least `folds` one-row units stands in
        every fold; a class whose units are large may not.

    Notes
    -----
    The greedy rule of scikit-learn's ``StratifiedGroupKFold`` (largest unit first, to the fold
    where the classes it holds are scarcest) for units of several rows; the units of one row then
    level every class out exactly. That is closer to the class shares, and 200,000 rows take a
    second instead of minutes, because scikit-learn weighs every row as a group of its own.
    """
    table = _count(labels, units)
    rng = generator_for(seed, "folds", folds)
    fold_of_unit = np.full(len(table.sizes), -1, dtype=np.int64)
    filled = _place_large_units(table, fold_of_unit, folds, rng)
    _level_out_single_rows(table, fold_of_unit, filled, rng)
    return fold_of_unit[table.unit_of_row]


def units_per_class(labels: NDArray[np.int64], units: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Count the units in which each class occurs.

    Returns
    -------
    ndarray of int64, shape (classes,)
    """
    _, unit_of_row = np.unique(units, return_inverse=True)
    pairs = np.unique(unit_of_row * np.int64(max(classes, 1)) + labels)
    return np.bincount(pairs % max(classes, 1), minlength=classes).astype(np.int64)


def _count(labels: NDArray[np.int64], units: NDArray[np.int64]) -> _Table:
    _, unit_of_row, sizes = np.unique(units, return_inverse=True, return_counts=True)
    _, class_of_row = np.unique(labels, return_inverse=True)
    classes = int(class_of_row.max()) + 1 if len(labels) else 0
    return _Table(unit_of_row.astype(np.int64), class_of_row.astype(np.int64), sizes.astype(np.int64), classes)


def _place_large_units(
    table: _Table, fold_of_unit: NDArray[np.int64], folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Place the units of several rows; return the rows per fold and class so far."""
    large = rng.permutation(np.flatnonzero(table.sizes > 1))
    large = large[np.argsort(-table.sizes[large], kind="stable")]
    place = np.full(len(table.sizes), -1, dtype=np.int64)
    place[large] = np.arange(len(large))
    rows = np.flatnonzero(place[table.unit_of_row] >= 0)
    held = np.zeros((len(large), table.classes + 1), dtype=np.int64)
    np.add.at(held, (place[table.unit_of_row[rows]], table.class_of_row[rows]), 1)
    held[:, -1] = table.sizes[large]
    totals = np.append(np.bincount(table.class_of_row, minlength=table.classes), len(table.class_of_row))
    # Adding a unit to a fold raises the sum of squared class shares by 2·(share in fold)·(share of unit) + constant.
    weighed = held / np.maximum(totals, 1).astype(np.float64) ** 2
    filled = np.zeros((folds, table.classes + 1), dtype=np.int64)
    for number, unit in enumerate(large):
        fold = int(np.argmin(filled @ weighed[number]))
        filled[fold] += held[number]
        fold_of_unit[unit] = fold
    return filled


def _level_out_single_rows(
    table: _Table, fold_of_unit: NDArray[np.int64], filled: NDArray[np.int64], rng: np.random.Generator
) -> None:
    """Give the units of one row to the folds, class by class, where the class is scarcest."""
    single = table.sizes[table.unit_of_row] == 1
    for label in range(table.classes):
        rows = rng.permutation(np.flatnonzero(single & (table.class_of_row == label)))
        shares = _water_level(filled[:, label], filled[:, -1], len(rows))
        fold_of_unit[table.unit_of_row[rows]] = np.repeat(np.arange(len(filled)), shares)
        filled[:, label] += shares
        filled[:, -1] += shares


def _water_level(filled: NDArray[np.int64], size: NDArray[np.int64], amount: int) -> NDArray[np.int64]:
    """Share `amount` rows out so that `filled` ends as level as it can; ties go to the smaller fold."""
    order = np.lexsort((size, filled))
    level = filled[order]
    shares = np.zeros_like(level)
    # Raise the k lowest folds to one level: the largest k whose floor the amount covers.
    cost = level * np.arange(1, len(level) + 1) - np.cumsum(level)
    count = int(np.searchsorted(cost, amount, side="right"))
    base, rest = divmod(amount - int(cost[count - 1]), count)
    shares[:count] = level[count - 1] - level[:count] + base
    # A fold that already held more gets the remainder last, hence by size among the raised ones.
    raised = np.argsort(size[order][:count] + shares[:count], kind="stable")
    shares[raised[:rest]] += 1
    result = np.zeros_like(shares)
    result[order] = shares
    return result
