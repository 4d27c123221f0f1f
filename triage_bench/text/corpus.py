"""Texts whose tokens and n-gram counts are computed once and shared by every subset of rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from triage_bench.core.digest import digest_texts
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.side_columns import SideColumns
from triage_bench.text.cache import TokenCache
from triage_bench.text.ngrams import NgramCounts, count_ngrams
from triage_bench.text.ragged import Ragged
from triage_bench.text.segments import character_segments, token_segments, word_bounded_segments, words
from triage_bench.text.tokenizers import TOKENIZERS, tokenizer
from triage_bench.text.tokenizers.base import normalised

T = TypeVar("T")
Rows = NDArray[np.int64]

ANALYZERS = ("char", "char_wb", "word")
"""scikit-learn's analyzers; a tokenizer's name is one as well."""

_KEPT = 6
"""How many results a base keeps: a tuned n-gram range asks for a handful of them again and again."""


class Corpus(Sequence[str]):
    """A sequence of texts, or of some rows of one.

    ``corpus[3]`` is a text; ``corpus[rows]`` (a slice, or an array of row numbers or of
    booleans) is a Corpus of these rows, in this order, that shares everything computed. Only
    what does not learn is shared: tokens of a fixed tokenizer and counts per text. What a
    model may use of them is decided from its training rows (see `TfidfFeatures`).

    Parameters
    ----------
    texts
        One string per row.
    cache
        Folder in which tokens are kept between processes, or None.
    side
        The rows' side columns, or None; a model that reads them asks for them.

    Raises
    ------
    TypeError
        If `texts` is one string, or holds anything but strings.
    ValueError
        If there is not one row of side columns per text.
    """

    def __init__(self, texts: Iterable[str], cache: Path | None = None, side: SideColumns | None = None) -> None:
        self._base = _Base(_strings(texts), cache, side)
        if side is not None and len(side) != len(self._base.texts):
            raise ValueError(
                f"{len(side)} rows of side columns for {len(self._base.texts)} texts; one per text expected."
            )
        self._rows: Rows | None = None

    @classmethod
    def of(cls, X: Iterable[str], cache: Path | None = None) -> Corpus:
        """Return `X` itself if it is a Corpus, else wrap it."""
        return X if isinstance(X, Corpus) else cls(X, cache)

    @property
    def rows(self) -> Rows:
        """Row numbers in the base, shape (len,)."""
        return np.arange(len(self._base.texts)) if self._rows is None else self._rows

    @property
    def side(self) -> SideColumns | None:
        """The side columns of these rows; None where none were given."""
        side = self._base.side
        return side if side is None or self._rows is None else side.take(self._rows)

    def shares_with(self, other: Corpus) -> bool:
        """Whether both are rows of the same texts, so that their columns mean the same."""
        return self._base is other._base or (
            len(self._base.texts) == len(other._base.texts) and self._base.digest == other._base.digest
        )

    def tokens(self, name: str) -> Ragged:
        """Return the rows' tokens by a fixed tokenizer, over the vocabulary of the whole base.

        Raises
        ------
        UnknownNameError
            If no tokenizer has this name.
        """
        tokens = self._base.tokens(name)
        return tokens if self._rows is None else tokens.take(self._rows)

    def ngrams(self, analyzer: str, ngram_range: tuple[int, int], *, lowercase: bool = True) -> NgramCounts:
        """Return the counts of the *whole base* with what is needed to spell its columns."""
        return self._base.ngrams(analyzer, ngram_range, lowercase)

    def counts(self, analyzer: str, ngram_range: tuple[int, int], *, lowercase: bool = True) -> csr_matrix:
        """Return how often each gram of the base stands in each of these rows.

        Parameters
        ----------
        analyzer
            ``"char"``, ``"char_wb"``, ``"word"`` as in scikit-learn, or a tokenizer's name.
        ngram_range
            Shortest and longest gram.
        lowercase
            Whether case is dropped first.

        Returns
        -------
        csr_matrix of unsigned integers, shape (len, grams of the base)
            Not to be changed in place: subsets share it.
        """
        matrix = self.ngrams(analyzer, ngram_range, lowercase=lowercase).matrix
        return matrix if self._rows is None else matrix[self._rows]

    def notices(self, name: str) -> tuple[Notice, ...]:
        """Say how many rows have words but no token: the tagger gave up on them, or found nothing."""
        lengths = self.tokens(name).lengths
        lost = sum(bool(normalised(self[int(i)]).strip()) for i in np.flatnonzero(lengths == 0))
        if not lost:
            return ()
        said = Sentence(
            ko=f"{len(self):,}개 문장 가운데 {lost:,}개에서 {name} 분석기가 토큰을 내지 못했습니다.",
            en=f"The tokenizer {name!r} gave no token for {lost:,} of {len(self):,} texts.",
        )
        return (Notice("tokens.lost", lost, len(self), said),)

    def __len__(self) -> int:
        return len(self._base.texts) if self._rows is None else len(self._rows)

    def __iter__(self) -> Iterator[str]:
        texts = self._base.texts
        return iter(texts) if self._rows is None else (texts[row] for row in self._rows.tolist())

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice | NDArray[Any] | Sequence[int]) -> Corpus: ...
    def __getitem__(self, key: Any) -> str | Corpus:
        if isinstance(key, int | np.integer):
            return self._base.texts[key if self._rows is None else self._rows[key]]
        part = object.__new__(Corpus)
        part._base = self._base
        part._rows = self.rows[key if isinstance(key, slice) else _row_numbers(key)]
        return part

    def __repr__(self) -> str:
        # Never the texts: they may be a patient's words, and reprs end up in logs.
        return f"Corpus({len(self)} of {len(self._base.texts)} texts)"


class _Base:
    """The texts themselves with all that was computed of them. Pickles as texts and folder alone."""

    def __init__(self, texts: tuple[str, ...], cache: Path | None, side: SideColumns | None = None) -> None:
        self.texts, self.cache, self.side = texts, cache, side
        self._memo: OrderedDict[tuple[Any, ...], Any] = OrderedDict()

    def __reduce__(self) -> tuple[Any, ...]:
        return (_Base, (self.texts, self.cache, self.side))

    @cached_property
    def digest(self) -> str:
        return digest_texts(self.texts)

    def tokens(self, name: str) -> Ragged:
        return self._once(("tokens", name), lambda: self._tokenize(name))

    def ngrams(self, analyzer: str, ngram_range: tuple[int, int], lowercase: bool) -> NgramCounts:
        def count() -> NgramCounts:
            return count_ngrams(self._segments(analyzer, lowercase), *ngram_range)

        return self._once(("ngrams", analyzer, *ngram_range, lowercase), count)

    def _segments(self, analyzer: str, lowercase: bool) -> Any:
        if analyzer == "char":
            return character_segments(self.texts, lowercase=lowercase)
        if analyzer == "char_wb":
            return word_bounded_segments(self.texts, lowercase=lowercase)
        if analyzer == "word":
            return token_segments(words(self.texts, lowercase=lowercase), lowercase=False)
        return token_segments(self.tokens(analyzer), lowercase=lowercase)

    def _tokenize(self, name: str) -> Ragged:
        TOKENIZERS.entry(name)
        if self.cache is None:
            return Ragged.of(tokenizer(name).tokenize(self.texts))
        return TokenCache(self.cache).tokens(self.texts, tokenizer(name), digest=self.digest)

    def _once(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        if key not in self._memo:
            self._memo[key] = make()
            while len(self._memo) > _KEPT:
                self._memo.popitem(last=False)
        self._memo.move_to_end(key)
        return self._memo[key]


def _strings(texts: Iterable[str]) -> tuple[str, ...]:
    if isinstance(texts, str):
        raise TypeError(f"a sequence of texts is expected, got one string of {len(texts)} characters; wrap it: [text].")
    kept = texts if isinstance(texts, tuple) else tuple(texts)
    for row, text in enumerate(kept):
        if not isinstance(text, str):
            raise TypeError(
                f"a sequence of str is expected, but row {row} is a {type(text).__name__}; "
                "fill or drop missing texts and turn numbers into text first."
            )
    return kept


def _row_numbers(key: Any) -> NDArray[Any]:
    rows = np.asarray(key)
    if rows.size == 0 and rows.dtype != bool:
        return rows.astype(np.int64)
    if rows.ndim != 1 or rows.dtype.kind not in "iub":
        raise TypeError(
            f"rows are chosen by a 1-D array of integers or booleans, got {rows.dtype} of shape {rows.shape}."
        )
    return rows
