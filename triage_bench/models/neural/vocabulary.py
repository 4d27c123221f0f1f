"""Tokens → numbers a network can look up, learnt from the training rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.digest import word_digests
from triage_bench.text.kept import WordDigests
from triage_bench.text.ragged import Ragged, offsets_of

PAD, UNKNOWN, FIRST = 0, 1, 2
"""Padding is no token; a token that was not in the training rows is; known tokens follow."""

LENGTH_QUANTILE, LONGEST = 0.99, 256
"""The length kept by default covers this share of the training rows, but no more than so many tokens:
an LSTM's time grows with it, and its memory does not reach further."""


COVERED, FEWEST_KNOWN, MOST_KNOWN = 0.99, 20_000, 60_000
"""The tokens known by default cover this share of the training rows' running text, within these limits: below the
first a table of embeddings costs nothing, and beyond the second it grows by tokens that hardly occur twice."""


@dataclass(frozen=True, eq=False)
class Sequences:
    """Rows of token numbers of different length; none is empty.

    Attributes
    ----------
    values : ndarray of int64, shape (tokens,)
        Token numbers, row after row.
    offsets : ndarray of int64, shape (rows + 1,)
        Row ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
    side : ndarray of float32, shape (rows, features), or None
        Features of the columns beside the text, where they are read.
    """

    values: NDArray[np.int64]
    offsets: NDArray[np.int64]
    side: NDArray[np.float32] | None = None

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

    def take(self, rows: NDArray[np.int64]) -> Sequences:
        """Return these rows, in this order."""
        lengths = self.lengths[rows]
        offsets = offsets_of(lengths)
        at = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Sequences(self.values[at], offsets, None if self.side is None else self.side[rows])


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
        """Choose from the training rows the tokens that occur `least` times, `most` at the most (None: all)."""
        counts = np.bincount(train.values, minlength=len(train.vocabulary))
        order = np.argsort(-counts, kind="stable")
        kept = order[counts[order] >= max(1, least)][:most]
        return cls(tuple(train.vocabulary[i] for i in kept))

    def __len__(self) -> int:
        return FIRST + len(self.tokens)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {token: FIRST + i for i, token in enumerate(self.tokens)}

    @property
    def digests(self) -> NDArray[np.uint64]:
        """The known tokens' digests, in their order."""
        return word_digests(self.tokens)

    def extended(self, digests: NDArray[np.uint64]) -> Vocabulary:
        """Return a vocabulary that knows other words as well, by their digests, behind its own."""
        more = digests[WordDigests(self.digests).places_of(digests) < 0]
        return KeptVocabulary(np.concatenate((self.digests, more)))

    def numbers(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return each word's number, `UNKNOWN` where it is not known, shape (words,)."""
        known = self._numbers
        return np.array([known.get(word, UNKNOWN) for word in words], dtype=np.int64)

    def encode(self, rows: Ragged, length: int) -> Sequences:
        """Return the rows' token numbers, cut after `length`; a row without tokens is one unknown token."""
        numbers = np.append(self.numbers(rows.vocabulary), UNKNOWN)
        kept = np.minimum(rows.lengths, length)
        offsets = offsets_of(np.maximum(kept, 1))
        values = np.full(offsets[-1], UNKNOWN, dtype=np.int64)
        within = np.arange(kept.sum()) - np.repeat(offsets_of(kept)[:-1], kept)
        source = rows.values[np.repeat(rows.offsets[:-1], kept) + within]
        values[np.repeat(offsets[:-1], kept) + within] = numbers[source]
        return Sequences(values, offsets)


class KeptVocabulary(Vocabulary):
    """A vocabulary read back from a file that does not spell it; see `triage_bench.text.kept`.

    Parameters
    ----------
    digests : ndarray of uint64
        Digest of each known token, the most frequent first.
    """

    def __init__(self, digests: NDArray[np.uint64]) -> None:
        super().__init__(tuple(f"#{digest:016x}" for digest in digests.tolist()))
        object.__setattr__(self, "_known", WordDigests(digests))

    @property
    def _words(self) -> WordDigests:
        known: WordDigests = vars(self)["_known"]
        return known

    @property
    def digests(self) -> NDArray[np.uint64]:
        """The known tokens' digests, in their order."""
        return self._words.digests

    def numbers(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return each word's number, `UNKNOWN` where it is not known, shape (words,)."""
        places = self._words.places(words)
        return np.where(places >= 0, FIRST + places, UNKNOWN)


def fitting_length(lengths: NDArray[np.int64]) -> int:
    """Return how many tokens of a text to keep, from the training rows' lengths; at least 1."""
    return int(np.clip(np.ceil(np.quantile(lengths, LENGTH_QUANTILE)), 1, LONGEST))


def fitting_vocabulary(train: Ragged) -> int:
    """Return how many tokens to know, from what the training rows hold."""
    counts = np.sort(np.bincount(train.values, minlength=1))[::-1]
    covering = int(np.searchsorted(np.cumsum(counts), COVERED * counts.sum())) + 1
    return min(max(covering, FEWEST_KNOWN), MOST_KNOWN)


def unknown_share(sequences: Sequences) -> float:
    """Return the share of tokens the vocabulary does not hold, in [0, 1]."""
    return float(np.mean(sequences.values == UNKNOWN))
