"""TF-IDF and logistic regression: the yardstick."""

from __future__ import annotations

import warnings
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from triage_bench.core.kept import Kept
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.space import Choice, Float, Int, Space
from triage_bench.models.column_space import COLUMN_DIMENSIONS
from triage_bench.models.columns import ColumnFeatures
from triage_bench.models.contract import Codes, LinearView, Probabilities, TextClassifier
from triage_bench.models.merged import merged
from triage_bench.models.text_and_columns import ReadsColumns, TextAndColumns
from triage_bench.text.corpus import Corpus
from triage_bench.text.tfidf import TfidfFeatures

LONGEST_CHARACTER_GRAM, LONGEST_TOKEN_GRAM = 4, 2
"""What `ngram_max=None` means: four syllables span most Korean words with their particle; beyond
pairs of words or morphemes hardly a gram is seen twice in a small data set."""

_CHARACTERS = frozenset({"char", "char_wb"})


class TfidfLogisticRegression(ReadsColumns, TextClassifier):
    """Logistic regression (multinomial for more than two classes) over TF-IDF of n-grams.

    Equal to scikit-learn's ``TfidfVectorizer`` and ``LogisticRegression`` on the same rows, but
    n-grams are counted once per `Corpus`.

    Parameters
    ----------
    tokenizer
        ``"char_wb"``, ``"char"`` or ``"word"`` as in scikit-learn; a tokenizer's name
        (``"eojeol"``, ``"mecab"`` …); or several joined by ``+`` (see `TfidfFeatures`).
    ngram_min, ngram_max
        Shortest and longest gram. None means 4 characters, or 2 tokens.
    min_df, max_df, max_features, sublinear_tf
        As in `TfidfFeatures`.
    C
        Inverse strength of the L2 penalty. Rows have length 1, so the useful values are larger
        than scikit-learn's default of 1.
    class_weight
        None, or ``"balanced"``: every class counts alike, however many rows it has.
    tol, max_iter
        When the solver stops.
    columns
        ``"text"``; ``"columns"``: the side columns of the `Corpus` instead of the text; ``"both"``.
    column_scale, column_weight, rare_below, columns_kept
        How they are prepared, see `triage_bench.models.columns.ColumnFeatures`.

    Attributes
    ----------
    features_ : TextAndColumns
        The fitted features.
    regression_ : LogisticRegression
        The fitted regression.
    """

    space: ClassVar[Space] = Space(
        {
            "tokenizer": Choice(("char_wb", "char", "mecab", "eojeol", "char_wb+mecab")),
            "ngram_max": Choice((None, 1, 2, 3, 5)),
            "min_df": Int(1, 4),
            "sublinear_tf": Choice((True, False)),
            "C": Float(0.1, 300.0, log=True),
            "class_weight": Choice((None, "balanced")),
        }
    )

    column_space: ClassVar[Space] = Space(COLUMN_DIMENSIONS)
    """What is tuned besides where columns are read."""
    of_text: ClassVar[tuple[str, ...]] = (
        *("tokenizer", "ngram_max", "min_df", "max_df", "max_features", "sublinear_tf"),
    )
    """Dimensions of `space` that mean nothing without the text."""

    def __init__(
        self,
        *,
        tokenizer: str = "char_wb",
        ngram_min: int = 1,
        ngram_max: int | None = None,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        sublinear_tf: bool = True,
        C: float = 10.0,
        class_weight: str | None = None,
        tol: float = 1e-5,
        max_iter: int = 100,
        columns: str = "text",
        column_scale: str = "standard",
        column_weight: float = 0.25,
        rare_below: int = 5,
        columns_kept: int | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.ngram_min = ngram_min
        self.ngram_max = ngram_max
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.sublinear_tf = sublinear_tf
        self.C = C
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.columns = columns
        self.column_scale = column_scale
        self.column_weight = column_weight
        self.rare_below = rare_below
        self.columns_kept = columns_kept

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        text = TfidfFeatures(
            spelt_out(self.tokenizer, self.ngram_min, self.ngram_max),
            min_df=self.min_df,
            max_df=self.max_df,
            max_features=self.max_features,
            sublinear_tf=self.sublinear_tf,
            dtype=np.float32,
        )
        self.features_ = TextAndColumns.reading(self.columns, text, ColumnFeatures.asked_by(self))
        self.reads = self.columns != "columns"
        matrix = self.features_.fit_transform(corpus, codes)
        self.regression_ = self._regression()
        # Most grams of a text stand in no other: as one column they halve the solver's time, and change no optimum.
        joined = merged(matrix) if self.columns == "text" else None  # columns may be negative
        with threadpool_limits(1), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.regression_.fit(matrix if joined is None else joined.matrix.astype(np.float32), codes)
        if joined is not None:
            self.regression_.coef_ = joined.spread(self.regression_.coef_).astype(np.float32)
            self.regression_.n_features_in_ = matrix.shape[1]
        self.facts_["features"] = float(matrix.shape[1])
        self.facts_["solver_iterations"] = float(self.regression_.n_iter_.max())
        self.notices_ = _not_converged(len(caught), self.max_iter)

    def _regression(self) -> LogisticRegression:
        # newton-cg: 830 bills 0.6 s (lbfgs 3.1, saga 3.3 and not converged); 10,000 nsmc rows × 227,000
        # grams 2.5 s (lbfgs 2.6, saga 5.3), and 32-bit features take a third less than 64-bit ones.
        return LogisticRegression(
            C=self.C, class_weight=self.class_weight, solver="newton-cg", tol=self.tol, max_iter=self.max_iter
        )

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        with threadpool_limits(1):
            found = self.regression_.predict_proba(self.features_.transform(corpus))
        return found.astype(np.float64)

    def _unknown_shares(self, corpus: Corpus) -> NDArray[np.float64]:
        return self.features_.unknown_shares(corpus)

    def linear_view(self) -> LinearView | None:
        """Return the text's features and weights; of two classes the second one's row speaks against the first."""
        weights = self.regression_.coef_
        return self.features_.linear_view(np.concatenate((-weights, weights)) if len(weights) == 1 else weights)

    def _kept(self) -> Kept:
        arrays = {"weights": self.regression_.coef_, "intercepts": self.regression_.intercept_}
        return Kept(arrays=arrays).with_parts(features=self.features_.kept())

    def _restore(self, kept: Kept) -> None:
        self.features_ = TextAndColumns.restored(self.columns, kept.part("features"), TfidfFeatures.restored)
        classes, columns = len(self.classes_), self.features_.width_
        rows = 1 if classes == 2 else classes
        self.regression_ = self._regression()
        self.regression_.coef_ = kept.array("weights", "f", rows, columns)
        self.regression_.intercept_ = kept.array("intercepts", "f", rows)
        self.regression_.classes_ = np.arange(classes)
        self.regression_.n_features_in_ = columns


def spelt_out(tokenizer: str, ngram_min: int, ngram_max: int | None) -> str:
    """Write each part of a union with its own n-gram range: ``"char_wb:1-4+mecab:1-2"``.

    Parameters
    ----------
    tokenizer
        Analyzers joined by ``+``; a part that names its range keeps it.
    ngram_min, ngram_max
        The range of the others. None means 4 characters, or 2 tokens; at least `ngram_min`.
    """
    return "+".join(part if ":" in part else _ranged(part, ngram_min, ngram_max) for part in tokenizer.split("+"))


def _ranged(part: str, low: int, high: int | None) -> str:
    name = part.strip()
    if high is None:
        high = max(low, LONGEST_CHARACTER_GRAM if name in _CHARACTERS else LONGEST_TOKEN_GRAM)
    return f"{name}:{low}-{high}"


def _not_converged(warned: int, max_iter: int) -> tuple[Notice, ...]:
    if not warned:
        return ()
    said = Sentence(
        ko=f"로지스틱 회귀의 최적화가 {max_iter}번 반복 안에 수렴하지 않았습니다. C를 줄이거나 max_iter를 늘리십시오.",
        en=f"Logistic regression did not converge within {max_iter} iterations; lower C or raise max_iter.",
    )
    return (Notice("solver.not-converged", warned, max_iter, said),)
