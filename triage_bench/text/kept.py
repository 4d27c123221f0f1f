"""A fitted vocabulary without its words: what a model that is kept needs to read new texts.

Grams are kept as 64-bit digests. Training texts may be patients' words, and every name or number
that stood in one of them is a gram; a file that people hand on must not spell them. This hides
words from readers and searches; whoever can guess a word can still check whether it was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from triage_bench.core.digest import word_digests
from triage_bench.text.corpus import Corpus
from triage_bench.text.vocabulary import mapped

Digests = NDArray[np.uint64]


class WordDigests:
    """Words known by their digests.

    Parameters
    ----------
    digests
        Word ``i``'s digest at place ``i``, shape (words,).
    """

    def __init__(self, digests: Digests) -> None:
        self.digests = digests
        self._order = np.argsort(digests, kind="stable")
        self._sorted = digests[self._order]

    def __len__(self) -> int:
        return len(self.digests)

    def places(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return each word's place, or -1, shape (words,)."""
        return self.places_of(word_digests(words))

    def places_of(self, asked: Digests) -> NDArray[np.int64]:
        """Return each digest's place, or -1, shape (digests,)."""
        if not len(self.digests):
            return np.full(len(asked), -1, dtype=np.int64)
        near = np.minimum(np.searchsorted(self._sorted, asked), len(self.digests) - 1)
        return np.where(self._sorted[near] == asked, self._order[near], -1)


@dataclass(frozen=True, eq=False)
class KeptBlock:
    """The columns that one analyzer contributes, read back from a file; see `triage_bench.text.vocabulary.Block`.

    Attributes
    ----------
    analyzer, ngram_range, lowercase
        How texts are cut.
    digests : ndarray of uint64
        Digest of each column's gram, in column order.
    """

    analyzer: str
    ngram_range: tuple[int, int]
    lowercase: bool
    digests: Digests

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What stands for the grams: their digests."""
        return tuple(f"#{gram:016x}" for gram in self.digests.tolist())

    def counts(self, corpus: Corpus) -> csr_matrix:
        """Count the known grams in these rows, shape (rows, columns)."""
        here = corpus.ngrams(self.analyzer, self.ngram_range, lowercase=self.lowercase).grams.names()
        counts = corpus.counts(self.analyzer, self.ngram_range, lowercase=self.lowercase)
        return mapped(counts, self.columns_of(here), len(self.digests))

    def columns_of(self, grams: Sequence[str]) -> NDArray[np.int32]:
        """Return each gram's column, or -1 where there is none."""
        return self._words.places(grams).astype(np.int32)

    @cached_property
    def _words(self) -> WordDigests:
        return WordDigests(self.digests)


class Columns(Protocol):
    """What `Block` and `KeptBlock` have in common."""

    @property
    def analyzer(self) -> str:
        """How texts are cut."""

    @property
    def ngram_range(self) -> tuple[int, int]:
        """Shortest and longest gram."""

    @property
    def lowercase(self) -> bool:
        """Whether case is dropped first."""

    @property
    def names(self) -> tuple[str, ...]:
        """The grams in column order."""

    @property
    def digests(self) -> Digests:
        """The grams' digests in column order."""

    def counts(self, corpus: Corpus) -> csr_matrix:
        """Count the grams in these rows."""

    def columns_of(self, grams: Sequence[str]) -> NDArray[np.int32]:
        """Return each gram's column, or -1."""


def unknown_shares(blocks: Sequence[Columns], corpus: Corpus) -> NDArray[np.float64]:
    """Return the share of each text's grams that have no column, shape (rows,); NaN for a text without any."""
    there, known = np.zeros(len(corpus)), np.zeros(len(corpus))
    for block in blocks:
        there += _row_sums(corpus.counts(block.analyzer, block.ngram_range, lowercase=block.lowercase))
        known += _row_sums(block.counts(corpus))
    return 1.0 - np.divide(known, there, out=np.full(len(corpus), np.nan), where=there > 0)


def spelt(blocks: Sequence[Columns], corpus: Corpus) -> dict[int, str]:
    """Return the gram of every column that stands in these texts; with several blocks, ``"block: gram"``."""
    found, first = {}, 0
    for block in blocks:
        grams = corpus.ngrams(block.analyzer, block.ngram_range, lowercase=block.lowercase).grams.names()
        columns = block.columns_of(grams)
        for gram, column in zip(grams, columns.tolist(), strict=True):
            if column >= 0:
                found[first + column] = gram if len(blocks) == 1 else f"{block.analyzer}: {gram}"
        first += len(block.names)
    return found


def _row_sums(counts: csr_matrix) -> NDArray[np.float64]:
    sums: Any = counts.sum(axis=1, dtype=np.float64)
    return np.asarray(sums).ravel()
