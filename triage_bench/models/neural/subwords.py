"""Bags of tokens and of the character n-grams inside them, each n-gram by its hash."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from triage_bench.models.neural.vocabulary import UNKNOWN, Sequences, Vocabulary
from triage_bench.text.ragged import Ragged, offsets_of

BUCKETS = 2**20
"""Hashes are taken modulo this. Only buckets that training rows filled have an embedding."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Subwords:
    """Character n-grams of ``<token>`` that a network knows (Bojanowski et al. 2017).

    Attributes
    ----------
    shortest, longest
        Characters of an n-gram, the marks of a token's two ends included; 0 as `longest` means none.
    known : ndarray of int64
        Buckets that training rows filled, ascending.
    """

    shortest: int
    longest: int
    known: Numbers

    @classmethod
    def learnt(cls, train: Ragged, shortest: int, longest: int, least: int) -> Subwords:
        """Keep the buckets that training rows filled `least` times."""
        used, times = np.unique(train.values, return_counts=True)
        counts = np.zeros(BUCKETS, dtype=np.int64)
        for token, count in zip(used.tolist(), times.tolist(), strict=True):
            counts[_buckets(train.vocabulary[token], shortest, longest)] += count
        return cls(shortest, longest, np.flatnonzero(counts >= max(1, least)))

    def __len__(self) -> int:
        return len(self.known)

    def numbers(self, token: str, first: int) -> list[int]:
        """Return the numbers of a token's n-grams, counted from `first`; unknown ones are left out."""
        buckets = np.array(_buckets(token, self.shortest, self.longest), dtype=np.int64)
        if not len(buckets) or not len(self.known):
            return []
        places = np.minimum(np.searchsorted(self.known, buckets), len(self.known) - 1)
        found: list[int] = (first + places[self.known[places] == buckets]).tolist()
        return found


def bags(vocabulary: Vocabulary, subwords: Subwords, rows: Ragged, length: int) -> Sequences:
    """Return each row's distinct tokens and n-grams as numbers.

    Parameters
    ----------
    vocabulary, subwords
        What is known; n-grams are numbered after the tokens.
    rows
        Tokens.
    length
        Tokens kept of a row. A row of which nothing is known is one unknown token.
    """
    kept = np.minimum(rows.lengths, length)
    within = np.arange(kept.sum()) - np.repeat(offsets_of(kept)[:-1], kept)
    tokens = rows.values[np.repeat(rows.offsets[:-1], kept) + within]
    row_of = np.repeat(np.arange(len(rows)), kept)
    used, place = np.unique(tokens, return_inverse=True)
    words = [rows.vocabulary[token] for token in used.tolist()]
    numbered = zip(words, vocabulary.numbers(words).tolist(), strict=True)
    pieces = [_pieces(word, number, subwords, len(vocabulary)) for word, number in numbered]
    counts = np.array([len(one) for one in pieces], dtype=np.int64)
    flat = np.array([number for one in pieces for number in one], dtype=np.int64)
    starts = offsets_of(counts)[:-1]
    repeats = counts[place]
    inner = np.arange(repeats.sum()) - np.repeat(offsets_of(repeats)[:-1], repeats)
    numbers = flat[np.repeat(starts[place], repeats) + inner]
    return _distinct(np.repeat(row_of, repeats), numbers, len(rows), len(vocabulary) + len(subwords))


def _pieces(token: str, number: int, subwords: Subwords, first: int) -> list[int]:
    grams = subwords.numbers(token, first)
    return grams if number == UNKNOWN else [number, *grams]


def _distinct(row_of: Numbers, numbers: Numbers, rows: int, size: int) -> Sequences:
    bare = np.setdiff1d(np.arange(rows), row_of)
    pairs = np.unique(np.concatenate((row_of * size + numbers, bare * size + UNKNOWN)))
    return Sequences(pairs % size, offsets_of(np.bincount(pairs // size, minlength=rows)))


def _buckets(token: str, shortest: int, longest: int) -> list[int]:
    marked = f"<{token}>"
    return [
        crc32(marked[start : start + size].encode("utf-8", "surrogatepass")) % BUCKETS
        for size in range(shortest, min(longest, len(marked) - 1) + 1)
        for start in range(len(marked) - size + 1)
    ]
