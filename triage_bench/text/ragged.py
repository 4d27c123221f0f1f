"""Tokens of many texts as one array of integers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Ragged:
    """Rows of tokens of different length.

    Attributes
    ----------
    values : ndarray of int32, shape (tokens,)
        Index into `vocabulary`, row after row.
    offsets : ndarray of int64, shape (rows + 1,)
        Row ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
    vocabulary
        Distinct tokens in code-point order. It may hold tokens that no row uses: a subset of
        rows keeps the vocabulary of the whole.
    """

    values: NDArray[np.int32]
    offsets: NDArray[np.int64]
    vocabulary: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens per row, shape (rows,)."""
        return np.diff(self.offsets)

    def row(self, index: int) -> list[str]:
        """Return one row's tokens as strings."""
        return [self.vocabulary[i] for i in self.values[self.offsets[index] : self.offsets[index + 1]]]

    def take(self, rows: NDArray[np.int64]) -> Ragged:
        """Return these rows, in this order, over the same vocabulary."""
        lengths = self.lengths[rows]
        offsets = offsets_of(lengths)
        at = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Ragged(self.values[at], offsets, self.vocabulary)

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]]) -> Ragged:
        """Encode rows of strings."""
        seen: dict[str, int] = {}
        values, lengths = [], []
        for row in rows:
            values.extend([seen.setdefault(token, len(seen)) for token in row])
            lengths.append(len(row))
        vocabulary = sorted(seen)
        rank = np.empty(len(seen), dtype=np.int32)
        rank[[seen[token] for token in vocabulary]] = np.arange(len(seen), dtype=np.int32)
        return cls(rank[np.array(values, dtype=np.int64)], offsets_of(lengths), tuple(vocabulary))


def offsets_of(lengths: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each row begins, and after the last one its end, shape (rows + 1,)."""
    return np.concatenate(([0], np.cumsum(np.asarray(lengths, dtype=np.int64))))


def unknown_share(train: Ragged, test: Ragged) -> float:
    """Return the share of the test rows' tokens that no training row contains, in [0, 1].

    0 where the test rows hold no token at all.
    """
    if not len(test.values):
        return 0.0
    known = np.zeros(len(test.vocabulary), dtype=bool)
    if train.vocabulary is test.vocabulary:
        known[train.values] = True
    else:
        used = {train.vocabulary[i] for i in np.unique(train.values)}
        known[:] = [token in used for token in test.vocabulary]
    return float(1.0 - known[test.values].mean())
