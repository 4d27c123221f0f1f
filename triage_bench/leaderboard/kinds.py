"""Units with the same answers are interchangeable: resampling counts kinds of units, not units.

Ten thousand rows of single-row units are at most ``k × k`` kinds, and a bootstrap of them is one
multinomial draw over the confusion cells. Clusters have more kinds; those that few units share
are drawn one by one, which is the same distribution.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.seeds import generator_for

COMMON = 8
"""Kinds with at least this many members are drawn by number, rarer ones unit by unit (about where costs cross)."""

CHUNK = 500_000
"""Draws held in memory at a time."""


@dataclass(frozen=True, eq=False)
class Kinds:
    """The different contents that units have.

    Attributes
    ----------
    contents : ndarray of float64, shape (t, cells)
        What one unit of each kind adds to each cell.
    members : ndarray of int64, shape (t,)
        How many units are of each kind.
    """

    contents: NDArray[np.float64]
    members: NDArray[np.int64]

    @property
    def units(self) -> int:
        """How many units there are."""
        return int(self.members.sum())

    @property
    def total(self) -> NDArray[np.float64]:
        """What all units add up to, shape (cells,)."""
        return self.members @ self.contents


def kinds_of(
    units: NDArray[np.int64], cells: NDArray[np.int64], size: int, weights: NDArray[np.int64] | None = None
) -> Kinds:
    """Find the kinds among units given as (unit, cell, weight) entries.

    Parameters
    ----------
    units, cells : ndarray of int64, shape (m,)
        Each entry's unit (any numbers) and cell (below `size`).
    size
        How many cells there are.
    weights : ndarray of int64, shape (m,), optional
        What each entry adds; 1 without it.

    Notes
    -----
    Two units are of one kind if their signatures agree, sums of fixed random 64-bit words per
    cell: 50,000 units of different content collide with a probability below 1e-9.
    """
    weights = np.ones(len(units), dtype=np.int64) if weights is None else weights
    _, unit = np.unique(units, return_inverse=True)
    words = generator_for("kinds of units").integers(0, 2**64, size=size, dtype=np.uint64)
    order = np.argsort(unit, kind="stable")
    starts = np.flatnonzero(np.diff(unit[order], prepend=-1))
    signatures = np.add.reduceat((words[cells] * weights.astype(np.uint64))[order], starts)
    _, first, members = np.unique(signatures, return_index=True, return_counts=True)
    place = np.full(len(signatures), -1)
    place[first] = np.arange(len(first))
    example = place[unit]
    kept = example >= 0
    contents = np.bincount(example[kept] * size + cells[kept], weights=weights[kept], minlength=len(first) * size)
    return Kinds(contents.reshape(len(first), size).astype(np.float64), members.astype(np.int64))


def resampled(kinds: Kinds, resamples: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Draw as many units as there are, with replacement, again and again; return sums, shape (resamples, cells)."""
    common = kinds.members >= COMMON
    rest = int(kinds.members[~common].sum())
    shares = np.append(kinds.members[common], rest) / kinds.units
    drawn = generator.multinomial(kinds.units, shares, size=resamples)
    sums: NDArray[np.float64] = drawn[:, :-1].astype(np.float64) @ kinds.contents[common]
    if rest:
        single = np.repeat(kinds.contents[~common], kinds.members[~common], axis=0).astype(np.float32)
        for part in _chunks(resamples, rest):
            number = drawn[part, -1]
            line = np.repeat(np.arange(len(number)) * rest, number)
            hits = np.bincount(line + generator.integers(0, rest, size=len(line)), minlength=len(number) * rest)
            sums[part] += hits.reshape(len(number), rest).astype(np.float32) @ single
    return sums


def half_of(kinds: Kinds, times: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Choose each unit with probability 1/2, again and again; return the chosen ones' sums, shape (times, cells).

    How many of m units are chosen is the number of ones among m random bits: exact, and several
    times faster than binomial draws.
    """
    moving = kinds.contents.any(axis=1)
    few = kinds.members <= 8
    sums = np.zeros((times, kinds.contents.shape[1]))
    for chosen, word in ((moving & few, np.uint8), (moving & ~few, np.uint64)):
        members, contents = kinds.members[chosen], kinds.contents[chosen].astype(np.float32)
        masks, kind = _masks(members, np.dtype(word))
        for part in _chunks(times, len(masks)):
            bits = generator.integers(0, np.iinfo(word).max, (part.stop - part.start, len(masks)), word, endpoint=True)
            sums[part] += np.bitwise_count(bits & masks).astype(np.float32) @ contents[kind]
    return sums


def _masks(members: NDArray[np.int64], word: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Give each unit one bit: masks of the words used, shape (w,), and the kind each word belongs to."""
    width = word.itemsize * 8
    words = -(-members // width)
    kind = np.repeat(np.arange(len(members)), words)
    spare = (words * width - members).astype(word)
    masks = np.full(len(kind), np.iinfo(word).max, dtype=word)
    masks[np.cumsum(words) - 1] >>= spare
    return masks, kind


def _chunks(lines: int, width: int) -> Iterator[slice]:
    step = max(1, CHUNK // max(width, 1))
    for start in range(0, lines, step):
        yield slice(start, min(start + step, lines))
