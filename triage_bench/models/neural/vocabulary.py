"""Tokens → numbers a network can look up, learnt from the training rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from triage_bench.text.ragged import Ragged, offsets_of

PAD, UNKNOWN, FIRST = 0, 1, 2
"""Padding is no token; a token that was not in the training rows is; known tokens follow."""

LENGTH_QUANTILE, LONGEST = 0.99, 256
"""The length kept by default covers this share of the training rows, but no more than so many tokens:
an LSTM's time grows with it, and its memory does not reach further."""


@dataclass(frozen=True, eq=False)
class Sequences:
    """Rows of token numbers of different length; none is empty.

    Attributes
    ----------
    values : ndarray of int64, shape (tokens,)
        Token numbers, row after row.
    offsets : ndarray of int64, shape (rows + 1,)
        Row ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
    """

    values: NDArray[np.int64]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens per row, shape (rows,)."""
        return np.diff(self.offsets)

    def padded(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return some rows side by side, shape (len(rows), longest of them), `PAD` behind their ends."""
        lengths = self.lengths[rows]
        inside = np.arange(lengths.max()) < lengths[:, None]
        table = np.full(inside.shape, PAD, dtype=np.int64)
        starts = self.offsets[rows] - offsets_of(lengths)[:-1]
        table[inside] = self.values[np.arange(lengths.sum()) + np.repeat(starts, lengths)]
        return table


@dataclass(frozen=True)
class Vocabulary:
    """The tokens a network knows.

    Attributes
    ----------
    tokens
        Known tokens, the most frequent first; token ``i`` has the number ``FIRST + i``.
    """

    tokens: tuple[str, ...]

    @classmethod
    def learnt(cls, train: Ragged, least: int, most: int | None) -> Vocabulary:
        """Choose from the training rows the tokens that occur `least` times, `most` tokens at the most."""
        counts = np.bincount(train.values, minlength=len(train.vocabulary))
        order = np.argsort(-counts, kind="stable")
        kept = order[counts[order] >= max(1, least)][:most]
        return cls(tuple(train.vocabulary[i] for i in kept))

    def __len__(self) -> int:
        return FIRST + len(self.tokens)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {token: FIRST + i for i, token in enumerate(self.tokens)}

    def encode(self, rows: Ragged, length: int) -> Sequences:
        """Return the rows' token numbers, cut after `length`; a row without tokens is one unknown token."""
        known = self._numbers
        numbers = np.array([known.get(token, UNKNOWN) for token in rows.vocabulary] or [UNKNOWN], dtype=np.int64)
        kept = np.minimum(rows.lengths, length)
        offsets = offsets_of(np.maximum(kept, 1))
        values = np.full(offsets[-1], UNKNOWN, dtype=np.int64)
        within = np.arange(kept.sum()) - np.repeat(offsets_of(kept)[:-1], kept)
        source = rows.values[np.repeat(rows.offsets[:-1], kept) + within]
        values[np.repeat(offsets[:-1], kept) + within] = numbers[source]
        return Sequences(values, offsets)


def fitting_length(lengths: NDArray[np.int64]) -> int:
    """Return how many tokens of a text to keep, from the training rows' lengths; at least 1."""
    return int(np.clip(np.ceil(np.quantile(lengths, LENGTH_QUANTILE)), 1, LONGEST))


def unknown_share(sequences: Sequences) -> float:
    """Return the share of tokens the vocabulary does not hold, in [0, 1]."""
    return float(np.mean(sequences.values == UNKNOWN))
