"""Which grams a model may use: chosen from its training rows, exactly as scikit-learn chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from triage_bench.core.digest import word_digests
from triage_bench.core.errors import UnknownNameError
from triage_bench.text.corpus import ANALYZERS, Corpus
from triage_bench.text.ngrams import Grams
from triage_bench.text.tokenizers import TOKENIZERS

_BLOCK = re.compile(r"(?P<analyzer>[^:]+?)(?::(?P<low>\d+)-(?P<high>\d+))?")


@dataclass(frozen=True)
class Limits:
    """What a gram must satisfy; see `TfidfFeatures` for the meaning of each."""

    min_df: float
    max_df: float
    max_features: int | None
    binary: bool
    dtype: np.dtype[Any]


@dataclass(frozen=True, eq=False)
class Block:
    """The columns that one analyzer contributes.

    Pickles as names alone: a stored model carries its vocabulary, not the texts it was learnt
    from.

    Attributes
    ----------
    analyzer, ngram_range, lowercase
        How texts are cut.
    columns : ndarray of int64, optional
        The chosen columns among those of the training corpus.
    source
        The training corpus and its grams, while they are at hand.
    """

    analyzer: str
    ngram_range: tuple[int, int]
    lowercase: bool
    columns: NDArray[np.int64] | None = field(default=None, repr=False)
    source: tuple[Corpus, Grams] | None = field(default=None, repr=False)
    stored: tuple[str, ...] | None = field(default=None, repr=False)

    @classmethod
    def learnt(
        cls, corpus: Corpus, analyzer: str, ngram_range: tuple[int, int], lowercase: bool, limits: Limits
    ) -> tuple[Block, csr_matrix, NDArray[np.int64]]:
        """Choose columns from these rows; return their counts and document frequencies beside them."""
        whole = corpus.ngrams(analyzer, ngram_range, lowercase=lowercase)
        counts = corpus.counts(analyzer, ngram_range, lowercase=lowercase)
        frequencies = np.bincount(counts.indices, minlength=counts.shape[1])
        columns = chosen_columns(counts, frequencies, limits)
        block = cls(analyzer, ngram_range, lowercase, columns, (corpus, whole.grams))
        return block, block._cut(counts), frequencies[columns]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The grams in column order."""
        if self.stored is not None:
            return self.stored
        assert self.source is not None
        return tuple(self.source[1].names(self.columns))

    @property
    def digests(self) -> NDArray[np.uint64]:
        """The grams' digests in column order."""
        return word_digests(self.names)

    def counts(self, corpus: Corpus) -> csr_matrix:
        """Count the chosen grams in these rows, shape (rows, columns)."""
        counts = corpus.counts(self.analyzer, self.ngram_range, lowercase=self.lowercase)
        if self.source is not None and corpus.shares_with(self.source[0]):
            return self._cut(counts)
        here = corpus.ngrams(self.analyzer, self.ngram_range, lowercase=self.lowercase).grams.names()
        return mapped(counts, self.columns_of(here), len(self.names))

    def columns_of(self, grams: Sequence[str]) -> NDArray[np.int32]:
        """Return each gram's column, or -1 where there is none."""
        known = self._index
        return np.array([known.get(gram, -1) for gram in grams], dtype=np.int32)

    def _cut(self, counts: csr_matrix) -> csr_matrix:
        assert self.columns is not None
        to = np.full(counts.shape[1], -1, dtype=np.int32)
        to[self.columns] = np.arange(len(self.columns), dtype=np.int32)
        return mapped(counts, to, len(self.columns))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: column for column, name in enumerate(self.names)}

    def __reduce__(self) -> tuple[Any, ...]:
        return (Block, (self.analyzer, self.ngram_range, self.lowercase, None, None, self.names))


def blocks_of(analyzer: str, low: int, high: int) -> list[tuple[str, int, int]]:
    """Read ``"char_wb:2-4+mecab"`` as analyzers with their shortest and longest gram.

    Raises
    ------
    UnknownNameError
        If a part is neither scikit-learn's nor a tokenizer's name.
    """
    blocks = []
    for part in analyzer.split("+"):
        match = _BLOCK.fullmatch(part.strip())
        name = match["analyzer"] if match else part
        if name not in ANALYZERS and name not in TOKENIZERS:
            raise UnknownNameError("analyzer", name, (*ANALYZERS, *(entry.name for entry in TOKENIZERS)))
        ranged = match is not None and match["low"] is not None
        blocks.append((name, int(match["low"]), int(match["high"])) if match and ranged else (name, low, high))
    return blocks


def chosen_columns(counts: csr_matrix, frequencies: NDArray[np.int64], limits: Limits) -> NDArray[np.int64]:
    """Return the columns that stay, in ascending order.

    Raises
    ------
    ValueError
        If none stays, or `min_df` and `max_df` contradict each other.
    """
    present = frequencies > 0
    if not present.any():
        raise ValueError("empty vocabulary: no training text contains a single gram of the asked lengths.")
    least, most = _rows(limits.min_df, counts.shape[0]), _rows(limits.max_df, counts.shape[0])
    if most < least:
        raise ValueError(
            f"of {counts.shape[0]} training rows, max_df={limits.max_df!r} means fewer than min_df={limits.min_df!r}; "
            "lower min_df or raise max_df."
        )
    mask = present & (frequencies <= most) & (frequencies >= least)
    limit = limits.max_features
    if limit is not None and mask.sum() > limit:
        # The same call on the same numbers in the same order: ties fall as they do in scikit-learn.
        weights = frequencies if limits.binary else np.bincount(counts.indices, counts.data, counts.shape[1])
        candidates = np.flatnonzero(mask)
        return np.sort(candidates[(-weights[candidates].astype(limits.dtype)).argsort()[:limit]])
    if not mask.any():
        raise ValueError(
            f"no gram is left with min_df={limits.min_df!r} and max_df={limits.max_df!r}; lower min_df or raise max_df."
        )
    return np.flatnonzero(mask)


def _rows(share_or_number: float, rows: int) -> float:
    share: Any = share_or_number  # a float to mypy, which counts int among them
    return float(share) if isinstance(share, Integral) else float(share * rows)


def mapped(counts: csr_matrix, to: NDArray[np.int32], width: int) -> csr_matrix:
    """Renumber columns by `to`, which rises; those sent to -1 go."""
    indices, data, indptr = to[counts.indices], counts.data, counts.indptr
    kept = indices >= 0
    if not kept.all():
        indptr = np.concatenate(([0], np.cumsum(kept)))[indptr].astype(indptr.dtype)
        indices, data = indices[kept], data[kept]
    return csr_matrix((data, indices, indptr), (counts.shape[0], width))
