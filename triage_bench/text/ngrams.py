"""Counting n-grams: all lengths from one sort.

The positions of a corpus are sorted once by the ``high`` units that follow them. In that order
equal grams of every length stand side by side, and walking down it meets each new gram exactly
in the order of sorted strings ("a" < "ab" < "b"), which is scikit-learn's column order. So one
sort of integers replaces a dictionary of a million strings.

The idea is a suffix array cut off at `high` units; see Manber and Myers (1993),
"Suffix arrays: a new method for on-line string searches", SIAM J. Comput. 22(5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from triage_bench.text.ragged import offsets_of
from triage_bench.text.segments import Segments

_NONE = np.zeros(0, dtype=np.int32)
_KEYS_PER_BLOCK = 1 << 19
"""Sorting within the processor's cache: blocks of this many keys were fastest."""


@dataclass(frozen=True, eq=False)
class Grams:
    """The distinct grams of some texts, in code-point order; spelt only when asked.

    Attributes
    ----------
    segments
        The texts as integers.
    starts, lengths : ndarray of int32, shape (grams,)
        A position at which each gram stands, and its number of units.
    """

    segments: Segments
    starts: NDArray[np.int32]
    lengths: NDArray[np.int32]

    def names(self, columns: NDArray[np.int64] | None = None) -> list[str]:
        """Spell the grams of these columns, or all."""
        if columns is None:
            return self.segments.names(self.starts, self.lengths)
        return self.segments.names(self.starts[columns], self.lengths[columns])


@dataclass(frozen=True, eq=False)
class NgramCounts:
    """How often each gram stands in each text.

    Attributes
    ----------
    matrix : csr_matrix of unsigned integers, shape (texts, grams)
        Columns in the order of `grams`; indices sorted, no duplicates.
    grams
        What the columns are.
    """

    matrix: csr_matrix
    grams: Grams


def count_ngrams(segments: Segments, low: int, high: int) -> NgramCounts:
    """Count the grams of `low` to `high` units.

    Raises
    ------
    ValueError
        If not ``1 <= low <= high``.
    """
    if not 1 <= low <= high:
        raise ValueError(f"ngram_min and ngram_max need 1 <= ngram_min <= ngram_max, got {low!r} and {high!r}.")
    codes = np.concatenate((segments.codes, np.zeros(high, dtype=np.int32)))
    at, room = _gram_starts(segments, low, high)
    at, room, shared = _sorted(codes, at, room, high)
    lowest = np.minimum(low, room)
    begin = np.maximum(shared + 1, lowest)
    fresh = np.maximum(room - begin + 1, 0)
    before = np.cumsum(fresh, dtype=np.int64) - fresh
    total = int(fresh.sum())

    # One row per position: all lengths of a position are written and read in one place of memory.
    columns = np.full((len(at), high), -1, dtype=np.int32)
    starts, lengths = np.zeros(total, dtype=np.int32), np.zeros(total, dtype=np.int32)
    for n in range(int(lowest.min(initial=high)), high + 1):
        member = np.flatnonzero((lowest <= n) & (n <= room))
        first = np.flatnonzero(begin[member] <= n)
        new = member[first]
        column = before[new] + (n - begin[new])
        starts[column], lengths[column] = at[new], n
        # All that follow a new gram, up to the next new one of this length, are that gram.
        columns[member, n - 1] = np.repeat(column, np.diff(first, append=len(member)))
    in_text_order = np.full((len(segments.codes), high), -1, dtype=np.int32)
    in_text_order[at] = columns
    return NgramCounts(_count(in_text_order, segments, total), Grams(segments, starts, lengths))


def _gram_starts(segments: Segments, low: int, high: int) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Return the positions at which a gram starts, and its longest length there."""
    ends = np.flatnonzero(segments.codes == 0)
    stretch = np.diff(ends, prepend=-1)
    room = np.repeat(ends, stretch) - np.arange(len(segments.codes))
    starts = room >= low
    if segments.short:
        begins = ends - stretch + 1
        starts[begins[stretch > 1]] = True
    at = np.flatnonzero(starts)
    return at.astype(np.int32), np.minimum(room[at], high).astype(np.int16)


def _sorted(
    codes: NDArray[np.int32], at: NDArray[np.int32], room: NDArray[np.int16], high: int
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int16]]:
    """Sort positions by their next `high` units; say how many each shares with the one before it."""
    order = np.argsort(_sort_keys(codes, at, high))
    at, room = at[order], room[order]
    shared = np.zeros(len(at), dtype=np.int16)
    units = np.lib.stride_tricks.sliding_window_view(codes, high)[at]
    alike = np.ones(max(len(at) - 1, 0), dtype=bool)
    for ahead in range(high):
        alike &= units[1:, ahead] == units[:-1, ahead]
        shared[1:] += alike
    return at, room, shared


def _sort_keys(codes: NDArray[np.int32], at: NDArray[np.int32], high: int) -> NDArray[np.uint64]:
    """Return one integer per position that sorts like its next `high` units."""
    base = int(codes.max(initial=0)) + 1
    key = codes[at].astype(np.uint64)
    span = base
    for ahead in range(1, high):
        if span * base > 1 << 64:
            distinct, inverse = np.unique(key, return_inverse=True)
            key, span = inverse.astype(np.uint64), len(distinct)
        key *= np.uint64(base)
        key += codes[at + ahead].astype(np.uint64)
        span *= base
    return key


def _count(grams: NDArray[np.int32], segments: Segments, columns: int) -> csr_matrix:
    """Turn the columns that stand at each position into sorted counts per text, block by block."""
    bounds = np.searchsorted(segments.documents, np.arange(segments.texts + 1))
    blocks = [(_NONE, _NONE, _NONE)]
    begin = 0
    while begin < segments.texts:
        end = _block_end(bounds, begin, grams.shape[1], columns)
        block = slice(bounds[begin], bounds[end])
        blocks.append(_count_block(grams[block], segments.documents[block] - begin, columns, end - begin))
        begin = end
    data, indices, lengths = (np.concatenate(part) for part in zip(*blocks, strict=True))
    indptr = offsets_of(lengths)
    wide = np.int32 if indptr[-1] < 1 << 31 else np.int64
    data = data.astype(np.min_scalar_type(int(data.max(initial=1))))
    return csr_matrix((data, indices, indptr.astype(wide)), (segments.texts, columns))


def _count_block(
    grams: NDArray[np.int32], documents: NDArray[np.int32], columns: int, texts: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return counts, columns and, per text, how many; texts are numbered from 0 here."""
    # 32-bit keys sort twice as fast as 64-bit ones.
    kind: type[np.unsignedinteger[Any]] = np.uint32 if (texts + 1) * columns < 1 << 32 else np.uint64
    here = documents.astype(kind) * kind(columns)
    keys = (here[:, None] + grams.astype(kind))[grams >= 0]
    keys.sort()
    first = np.flatnonzero(np.diff(keys, prepend=keys[:1]))
    first = np.concatenate((np.zeros(min(len(keys), 1), dtype=first.dtype), first))
    counts = np.diff(first, append=len(keys))
    keys = keys[first]
    edges = np.arange(texts + 1, dtype=kind) * kind(columns)
    lengths = np.diff(np.searchsorted(keys, edges))
    indices = keys - np.repeat(edges[:-1], lengths)
    return counts.astype(np.int32), indices.astype(np.int32), lengths.astype(np.int32)


def _block_end(bounds: NDArray[np.int64], begin: int, lengths: int, columns: int) -> int:
    """Return where a block of texts ends: small enough for the cache and, if possible, for 32-bit keys."""
    end = int(np.searchsorted(bounds, bounds[begin] + _KEYS_PER_BLOCK // lengths, side="right")) - 1
    return min(max(end, begin + 1), begin + max((1 << 32) // max(columns, 1) - 1, 1), len(bounds) - 1)
