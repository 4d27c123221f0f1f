"""What stands between texts and a classical learner: weights, selected columns, dense axes. Learnt fold-wise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD

from triage_bench.core.errors import ModelFileError, UnknownNameError
from triage_bench.core.kept import Kept
from triage_bench.models.contract import Codes
from triage_bench.models.linear import spelt_out
from triage_bench.text.corpus import Corpus
from triage_bench.text.tfidf import TfidfFeatures

Dense = NDArray[np.float64]

SELECTIONS = ("chi2", "mutual_info")
SCALES = ("standard", "minmax", "log")


class SelectedTfidf:
    """TF-IDF of n-grams, cut to the share of columns that says most about the label.

    Parameters
    ----------
    analyzer
        Analyzers joined by ``+``, each with its range or with the one below (see `spelt_out`).
    ngram_min, ngram_max, min_df, max_df, max_features, sublinear_tf
        As in `TfidfLogisticRegression`.
    select
        None, ``"chi2"`` or ``"mutual_info"`` (of a gram's presence and the label).
    keep
        Share of the columns that `select` keeps, in (0, 1].

    Attributes
    ----------
    columns_ : ndarray of int64, or None
        The columns kept, ascending; None means all.
    width_ : int
        How many columns there are in the end.
    """

    def __init__(
        self,
        analyzer: str,
        *,
        ngram_min: int = 1,
        ngram_max: int | None = None,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        sublinear_tf: bool = True,
        select: str | None = None,
        keep: float = 0.3,
    ) -> None:
        if select is not None and select not in SELECTIONS:
            raise UnknownNameError("feature selection", str(select), SELECTIONS)
        if not 0.0 < keep <= 1.0:
            raise ValueError(f"keep must lie in (0, 1], got {keep!r}: it is the share of columns that stays.")
        self.tfidf = TfidfFeatures(
            spelt_out(analyzer, ngram_min, ngram_max),
            min_df=min_df,
            max_df=max_df,
            max_features=max_features,
            sublinear_tf=sublinear_tf,
        )
        self.select, self.keep = select, keep

    def fit_transform(self, corpus: Corpus, codes: Codes) -> csr_matrix:
        """Learn weights and columns from these rows; return their features, shape (n, width_)."""
        matrix = self.tfidf.fit_transform(corpus)
        self.columns_ = None if self.select is None else best_columns(matrix, codes, self.select, self.keep)
        cut = self._cut(matrix)
        self.width_ = cut.shape[1]
        return cut

    def transform(self, corpus: Corpus) -> csr_matrix:
        """Return the features of texts, shape (n, width_)."""
        return self._cut(self.tfidf.transform(corpus))

    def unknown_shares(self, corpus: Corpus) -> Dense:
        """Return the share of each text's grams that training rows did not hold, shape (n,)."""
        return self.tfidf.unknown_shares(corpus)

    def grams_in(self, corpus: Corpus) -> dict[int, str]:
        """Return the gram of every column that stands in these texts."""
        grams = self.tfidf.grams_in(corpus)
        if self.columns_ is None:
            return grams
        return {place: grams[column] for place, column in enumerate(self.columns_.tolist()) if column in grams}

    def kept(self) -> Kept:
        """Return what was learnt."""
        arrays: dict[str, NDArray[Any]] = {} if self.columns_ is None else {"columns": self.columns_}
        plain = {"select": self.select, "keep": self.keep}
        return Kept(plain, arrays).with_parts(tfidf=self.tfidf.kept())

    @classmethod
    def restored(cls, kept: Kept) -> SelectedTfidf:
        """Read back what `kept` gave.

        Raises
        ------
        ModelFileError
            If something else stands there.
        """
        select = None if kept.plain.get("select") is None else kept.value("select", str)
        made = cls("char", select=select, keep=kept.value("keep", float))
        made.tfidf = TfidfFeatures.restored(kept.part("tfidf"))
        width = sum(len(block.names) for block in made.tfidf.blocks_)
        made.columns_ = None if select is None else kept.array("columns", "iu", None).astype(np.int64)
        if made.columns_ is not None and not np.isin(made.columns_, np.arange(width)).all():
            raise ModelFileError(f"the model file keeps a column outside its {width}.")
        made.width_ = width if made.columns_ is None else len(made.columns_)
        return made

    def _cut(self, matrix: csr_matrix) -> csr_matrix:
        return matrix if self.columns_ is None else csr_matrix(matrix[:, self.columns_])


def best_columns(matrix: csr_matrix, codes: Codes, by: str, keep: float) -> NDArray[np.int64]:
    """Return the columns with the highest score, ascending; of equals the first.

    Parameters
    ----------
    matrix
        Non-negative features, shape (n, d).
    codes
        Labels in ``range(k)``, shape (n,).
    by
        ``"chi2"`` or ``"mutual_info"``.
    keep
        Share of the columns, at least one.
    """
    scores = chi2_scores(matrix, codes) if by == "chi2" else mutual_information(matrix, codes)
    wanted = max(1, round(keep * matrix.shape[1]))
    return np.sort(np.argsort(-scores, kind="stable")[:wanted])


def chi2_scores(matrix: csr_matrix, codes: Codes) -> Dense:
    """Return each column's χ² statistic against the label, shape (d,); equals `sklearn.feature_selection.chi2`."""
    observed = class_sums(matrix, codes)
    expected = np.outer(np.bincount(codes) / len(codes), observed.sum(axis=0))
    return np.divide((observed - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0).sum(axis=0)


def mutual_information(matrix: csr_matrix, codes: Codes) -> Dense:
    """Return the mutual information in nats of each column's presence and the label, shape (d,)."""
    presence = csr_matrix((np.ones_like(matrix.data), matrix.indices, matrix.indptr), matrix.shape)
    with_gram = class_sums(presence, codes) / len(codes)
    classes = np.bincount(codes) / len(codes)
    without = np.maximum(classes[:, None] - with_gram, 0.0)
    share = with_gram.sum(axis=0)
    return _information(with_gram, classes, share) + _information(without, classes, 1.0 - share)


def _information(joint: Dense, classes: Dense, share: Dense) -> Dense:
    independent = np.outer(classes, share)
    ratio = np.divide(joint, independent, out=np.ones_like(joint), where=(joint > 1e-15) & (independent > 0))
    return (joint * np.log(ratio)).sum(axis=0)


def class_sums(matrix: csr_matrix, codes: Codes) -> Dense:
    """Return the sum of the rows of each class, shape (k, d)."""
    rows = np.arange(len(codes))
    members = csr_matrix((np.ones(len(codes)), (codes, rows)), (int(codes.max()) + 1, len(codes)))
    return np.asarray((members @ matrix).todense(), dtype=np.float64)


class DenseFeatures:
    """TF-IDF turned into a few dense axes by truncated SVD (latent semantic analysis), then scaled.

    Parameters
    ----------
    tfidf
        The sparse features.
    axes
        How many; fewer where rows or columns are fewer.
    scale
        None; ``"standard"`` (mean 0, deviation 1), ``"minmax"`` (0 to 1 on the training rows),
        or ``"log"`` (sign kept, log(1 + |x| / deviation): long tails drawn in).
    seed
        Of the randomised SVD.

    Notes
    -----
    Halko, Martinsson and Tropp 2011, as implemented by scikit-learn.
    """

    def __init__(self, tfidf: SelectedTfidf, axes: int, scale: str | None, seed: int) -> None:
        if scale is not None and scale not in SCALES:
            raise UnknownNameError("scale", str(scale), SCALES)
        if axes < 1:
            raise ValueError(f"axes must be at least 1, got {axes!r}.")
        self.tfidf, self.axes, self.scale, self.seed = tfidf, axes, scale, seed

    def fit_transform(self, corpus: Corpus, codes: Codes) -> Dense:
        """Learn weights, axes and scale from these rows; return their features, shape (n, axes)."""
        matrix = self.tfidf.fit_transform(corpus, codes)
        axes = max(1, min(self.axes, min(matrix.shape) - 1))
        self.svd_ = TruncatedSVD(axes, random_state=self.seed) if min(matrix.shape) > 1 else None
        dense = self._project(matrix, fit=True)
        self.centre_, self.spread_ = _location(dense, self.scale)
        return self._scaled(dense)

    def transform(self, corpus: Corpus) -> Dense:
        """Return the features of texts, shape (n, axes)."""
        return self._scaled(self._project(self.tfidf.transform(corpus), fit=False))

    def kept(self) -> Kept:
        """Return what was learnt."""
        arrays = {"centre": self.centre_, "spread": self.spread_}
        if self.svd_ is not None:
            arrays["axes"] = self.svd_.components_
        plain = {"axes": self.axes, "scale": self.scale, "seed": self.seed}
        return Kept(plain, arrays).with_parts(features=self.tfidf.kept())

    @classmethod
    def restored(cls, kept: Kept) -> DenseFeatures:
        """Read back what `kept` gave.

        Raises
        ------
        ModelFileError
            If something else stands there.
        """
        tfidf = SelectedTfidf.restored(kept.part("features"))
        scale = None if kept.plain.get("scale") is None else kept.value("scale", str)
        made = cls(tfidf, kept.value("axes", int), scale, kept.value("seed", int))
        made.svd_, width = None, tfidf.width_
        if "axes" in kept.arrays:
            axes = kept.array("axes", "f", None, tfidf.width_)
            made.svd_, width = TruncatedSVD(max(1, len(axes)), random_state=made.seed), len(axes)
            made.svd_.components_, made.svd_.n_features_in_ = axes, tfidf.width_
        made.centre_, made.spread_ = kept.array("centre", "f", width), kept.array("spread", "f", width)
        return made

    def _project(self, matrix: csr_matrix, *, fit: bool) -> Dense:
        if self.svd_ is None:
            return np.asarray(matrix.todense(), dtype=np.float64)
        found: Any = self.svd_.fit_transform(matrix) if fit else self.svd_.transform(matrix)
        return np.asarray(found, dtype=np.float64)

    def _scaled(self, dense: Dense) -> Dense:
        moved = (dense - self.centre_) / self.spread_
        return np.sign(moved) * np.log1p(np.abs(moved)) if self.scale == "log" else moved


def _location(dense: Dense, scale: str | None) -> tuple[Dense, Dense]:
    """Return what is taken off each axis, and what it is divided by."""
    nothing = np.zeros(dense.shape[1])
    if scale is None:
        return nothing, nothing + 1
    if scale == "minmax":
        centre, spread = dense.min(axis=0), np.ptp(dense, axis=0)
    else:
        centre, spread = (dense.mean(axis=0) if scale == "standard" else nothing), dense.std(axis=0)
    return centre, np.where(spread > 0, spread, 1.0)
