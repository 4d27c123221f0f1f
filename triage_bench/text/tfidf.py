"""TF-IDF equal to scikit-learn's, from counts that are made once per corpus.

`fit` looks at the training rows only: a gram exists if one of them contains it, and document
frequencies are theirs. What is shared between folds is the counting, which learns nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import normalize
from sklearn.utils.validation import check_is_fitted

from triage_bench.core.errors import ModelFileError
from triage_bench.core.kept import Kept
from triage_bench.text.corpus import Corpus
from triage_bench.text.kept import Columns, KeptBlock, spelt, unknown_shares
from triage_bench.text.vocabulary import Block, Limits, blocks_of


class TfidfFeatures(TransformerMixin, BaseEstimator):
    """Texts → TF-IDF of their n-grams.

    For ``"char"``, ``"char_wb"`` and ``"word"`` the result equals that of
    `sklearn.feature_extraction.text.TfidfVectorizer` fitted on the same rows: the same columns
    in the same order, values within 1e-6. Given rows of a `Corpus`, the counts are those that
    all its subsets share; given plain texts, they are counted on the spot.

    Parameters
    ----------
    analyzer
        ``"char"``, ``"char_wb"``, ``"word"``, or a tokenizer's name (``"eojeol"``, ``"mecab"``,
        ``"okt"`` …), whose tokens are then the units. Blocks may be joined:
        ``"char_wb+mecab"``, each with its own lengths if need be (``"char_wb:2-4+mecab:1-2"``);
        each block is normalised and they are scaled so that a row keeps length 1.
    ngram_min, ngram_max
        Shortest and longest gram.
    min_df, max_df
        Training rows that must, and that may, contain a gram: an int is a number, a float a
        share.
    max_features
        Keep the most frequent grams (of each block), or all.
    sublinear_tf, use_idf, smooth_idf, norm, lowercase, binary, dtype
        As in scikit-learn. A tokenizer reads the text as it is; its tokens are lower-cased.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        Column of each gram.
    idf_ : ndarray, shape (columns,)
        Inverse document frequencies, if `use_idf`.
    """

    def __init__(
        self,
        analyzer: str = "char",
        *,
        ngram_min: int = 1,
        ngram_max: int = 1,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        sublinear_tf: bool = False,
        use_idf: bool = True,
        smooth_idf: bool = True,
        norm: Literal["l1", "l2"] | None = "l2",
        lowercase: bool = True,
        binary: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.analyzer = analyzer
        self.ngram_min = ngram_min
        self.ngram_max = ngram_max
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.sublinear_tf = sublinear_tf
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.norm = norm
        self.lowercase = lowercase
        self.binary = binary
        self.dtype = dtype

    def fit(self, X: Iterable[str], y: Any = None) -> TfidfFeatures:
        """Learn vocabulary and document frequencies from these rows.

        Raises
        ------
        UnknownNameError
            If the analyzer is neither scikit-learn's nor a tokenizer's name.
        ValueError
            If no gram is left, or `min_df` and `max_df` contradict each other.
        """
        self._fit(Corpus.of(X))
        return self

    def fit_transform(self, X: Iterable[str], y: Any = None, **_: Any) -> csr_matrix:
        """Fit and return the features of the same rows, shape (rows, columns)."""
        return self._weighted(self._fit(Corpus.of(X)))

    def transform(self, X: Iterable[str]) -> csr_matrix:
        """Return the features of texts, shape (rows, columns); unknown grams do not count."""
        check_is_fitted(self, "blocks_")
        corpus = Corpus.of(X)
        return self._weighted([block.counts(corpus) for block in self.blocks_])

    @property
    def vocabulary_(self) -> dict[str, int]:
        """Column of each gram."""
        return {name: column for column, name in enumerate(self.get_feature_names_out().tolist())}

    @property
    def idf_(self) -> NDArray[np.floating[Any]]:
        """Inverse document frequencies, shape (columns,)."""
        check_is_fitted(self, "blocks_")
        if not self.use_idf:
            raise AttributeError("there is no idf_ with use_idf=False.")
        return np.concatenate(self._idf)

    @property
    def width_(self) -> int:
        """How many grams there are."""
        return len(self.idf_)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the grams in column order; with several blocks, ``"block: gram"``."""
        check_is_fitted(self, "blocks_")
        if len(self.blocks_) == 1:
            return np.array(self.blocks_[0].names, dtype=object)
        return np.array([f"{block.analyzer}: {name}" for block in self.blocks_ for name in block.names], dtype=object)

    def unknown_shares(self, X: Iterable[str]) -> NDArray[np.float64]:
        """Return the share of each text's grams that have no column, shape (rows,); NaN for a text without any."""
        check_is_fitted(self, "blocks_")
        return unknown_shares(self.blocks_, Corpus.of(X))

    def grams_in(self, X: Iterable[str]) -> dict[int, str]:
        """Return the gram of every column that stands in these texts."""
        check_is_fitted(self, "blocks_")
        return spelt(self.blocks_, Corpus.of(X))

    def kept(self) -> Kept:
        """Return what was learnt, grams as digests; see `triage_bench.text.kept`."""
        check_is_fitted(self, "blocks_")
        blocks = [
            {"analyzer": one.analyzer, "range": list(one.ngram_range), "lowercase": one.lowercase}
            for one in self.blocks_
        ]
        arrays: dict[str, NDArray[Any]] = {f"idf{i}": idf for i, idf in enumerate(self._idf)}
        arrays.update({f"grams{i}": one.digests for i, one in enumerate(self.blocks_)})
        params = {name: value for name, value in self.get_params().items() if name != "dtype"}
        return Kept({"params": {**params, "dtype": np.dtype(self.dtype).name}, "blocks": blocks}, arrays)

    @classmethod
    def restored(cls, kept: Kept) -> TfidfFeatures:
        """Read back what `kept` gave; texts are weighted exactly as before.

        Raises
        ------
        ModelFileError
            If something else stands there.
        """
        params = kept.value("params", dict)
        if params.keys() != cls().get_params().keys() or params["dtype"] not in ("float32", "float64"):
            raise ModelFileError(f"the model file describes features by {sorted(params)}; this version knows others.")
        made = cls(**{**params, "dtype": np.dtype(params["dtype"])})
        made.blocks_, made._idf = [], []
        for i, block in enumerate(kept.value("blocks", list)):
            part = Kept(block) if isinstance(block, dict) else Kept()
            (name, low, high), *_ = blocks_of(part.value("analyzer", str), *_range(part))
            grams = kept.array(f"grams{i}", "u", None)
            made.blocks_.append(KeptBlock(name, (low, high), part.value("lowercase", bool), grams.astype(np.uint64)))
            made._idf.append(kept.array(f"idf{i}", "f", len(grams)).astype(made.dtype, copy=False))
        return made

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _fit(self, corpus: Corpus) -> list[csr_matrix]:
        """Learn each block; return its counts of the rows it was learnt from."""
        if np.dtype(self.dtype) not in (np.dtype(np.float32), np.dtype(np.float64)):
            raise ValueError(f"dtype must be float32 or float64, got {self.dtype!r}.")
        limits = Limits(self.min_df, self.max_df, self.max_features, self.binary, np.dtype(self.dtype))
        self.blocks_: list[Columns] = []
        self._idf: list[NDArray[np.floating[Any]]] = []
        counted = []
        for analyzer, low, high in blocks_of(self.analyzer, self.ngram_min, self.ngram_max):
            block, counts, frequencies = Block.learnt(corpus, analyzer, (low, high), self.lowercase, limits)
            self.blocks_.append(block)
            self._idf.append(self._inverse(frequencies, len(corpus)))
            counted.append(counts)
        return counted

    def _inverse(self, frequencies: NDArray[np.int64], rows: int) -> NDArray[np.floating[Any]]:
        smooth = int(self.smooth_idf)
        with_smoothing = frequencies.astype(self.dtype) + np.dtype(self.dtype).type(smooth)
        return np.log(np.full_like(with_smoothing, rows + smooth) / with_smoothing) + np.dtype(self.dtype).type(1)

    def _weighted(self, counted: list[csr_matrix]) -> csr_matrix:
        """Turn the blocks' counts into one matrix of weights."""
        parts = [self._weighted_block(counts, idf) for counts, idf in zip(counted, self._idf, strict=True)]
        if len(parts) == 1:
            return parts[0]
        for part in parts:
            part.data *= np.dtype(self.dtype).type(len(parts) ** -0.5)
        return csr_matrix(hstack(parts, format="csr"))

    def _weighted_block(self, counts: csr_matrix, idf: NDArray[np.floating[Any]]) -> csr_matrix:
        data = counts.data.astype(self.dtype)
        if self.binary:
            data.fill(1)
        if self.sublinear_tf:
            np.log(data, out=data)
            data += 1
        if self.use_idf:
            data *= idf[counts.indices]
        weighted = csr_matrix((data, counts.indices, counts.indptr), counts.shape)
        if self.norm is not None and weighted.shape[0]:
            weighted = normalize(weighted, norm=self.norm, copy=False)
        return weighted


LONGEST_KEPT = 64
"""Longer grams than any analyzer is used with: a file that asks for them means harm."""


def _range(part: Kept) -> tuple[int, int]:
    found = part.value("range", list)
    fits = len(found) == 2 and all(type(n) is int and 1 <= n <= LONGEST_KEPT for n in found)
    if not fits or found[0] > found[1]:
        raise ModelFileError(f"the model file says range={found!r:.40}; expected two lengths, the shorter first.")
    return found[0], found[1]
