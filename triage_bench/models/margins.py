"""Linear classifiers over TF-IDF whose margins become probabilities: what svm, nbsvm and naive_bayes share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from triage_bench.core.errors import UnknownNameError
from triage_bench.core.kept import Kept
from triage_bench.core.seeds import generator_for
from triage_bench.core.space import Choice, Dimension, Float, Int
from triage_bench.models.calibration import ENOUGH_ROWS, METHODS, Calibration, Margins, Rows, calibrated, out_of_fold
from triage_bench.models.columns import ColumnFeatures
from triage_bench.models.contract import Codes, LinearView, Probabilities, TextClassifier
from triage_bench.models.features import SelectedTfidf
from triage_bench.models.text_and_columns import ReadsColumns, TextAndColumns
from triage_bench.text.corpus import Corpus

FEATURE_SPACE: dict[str, Dimension] = {
    "tokenizer": Choice(("char_wb", "char", "mecab", "eojeol", "char_wb+mecab", "char:1-5+mecab:1-2")),
    "ngram_max": Choice((None, 1, 2, 3, 5)),
    "min_df": Int(1, 4),
    "sublinear_tf": Choice((True, False)),
}
"""What tuning may change of the features: the part of the space that linear families share."""

SELECTION_SPACE: dict[str, Dimension] = {
    "select": Choice((None, "chi2", "mutual_info")),
    "keep": Float(0.05, 1.0, log=True),
}


OF_TEXT = (*FEATURE_SPACE, "max_df", "max_features", *SELECTION_SPACE)
"""Parameters that mean nothing without the text."""


@dataclass(frozen=True, eq=False)
class Linear:
    """Margins that are linear in the features.

    Attributes
    ----------
    weights : ndarray, shape (k, d)
        One row per class.
    intercepts : ndarray, shape (k,)
    """

    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def __call__(self, matrix: csr_matrix) -> Margins:
        """Return the margins of rows, shape (n, k)."""
        return np.asarray(matrix @ self.weights.T) + self.intercepts

    @classmethod
    def one_against_rest(cls, weights: NDArray[np.float64], intercepts: NDArray[np.float64]) -> Linear:
        """Read one row per class, or, of two classes, one row for the second."""
        if len(weights) == 1:
            return cls(np.concatenate((-weights, weights)), np.concatenate((-intercepts, intercepts)))
        return cls(weights, intercepts)


class MarginClassifier(ReadsColumns, TextClassifier):
    """Base: features, a linear learner, and a calibration fitted on inner folds of the training rows.

    A subclass stores the parameters named in `_prepared` with ``calibration``,
    ``calibration_folds`` and ``random_state``, and writes `_learn`.

    Attributes
    ----------
    features_ : TextAndColumns
        The fitted features.
    linear_ : Linear
        The fitted margins.
    calibration_ : Calibration
        What turns them into probabilities.
    """

    tokenizer: str
    ngram_min: int
    ngram_max: int | None
    min_df: float
    max_df: float
    max_features: int | None
    sublinear_tf: bool
    select: str | None
    keep: float
    calibration: str
    calibration_folds: int
    class_weight: str | None
    random_state: int
    columns: str = "text"
    """What is read; a subclass that can read columns has it, and their preparation, as parameters."""

    @abstractmethod
    def _learn(self, matrix: csr_matrix, codes: Codes) -> Linear:
        """Fit the margins; `codes` holds every class."""

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        if self.class_weight not in (None, "balanced"):
            raise UnknownNameError("class weight", str(self.class_weight), ("balanced",))
        if self.calibration not in METHODS:
            raise UnknownNameError("calibration", str(self.calibration), METHODS)
        if self.calibration_folds < 2:
            raise ValueError(f"calibration_folds must be at least 2, got {self.calibration_folds!r}.")

        def margins_of(learn: Rows, score: Rows) -> Margins:
            features = self._prepared()
            linear = self._learn(features.fit_transform(corpus[learn], codes[learn]), codes[learn])
            return linear(features.transform(corpus[score]))

        enough = ENOUGH_ROWS[self.calibration]
        with threadpool_limits(1):
            rng = generator_for(self.random_state, "calibration")
            margins, truth = out_of_fold(corpus, codes, self.calibration_folds, rng, margins_of, enough)
            self.calibration_ = calibrated(margins, truth, self.calibration)
            self.features_ = self._prepared()
            self.linear_ = self._learn(self.features_.fit_transform(corpus, codes), codes)
        self.reads = self.columns != "columns"
        self.facts_.update(features=float(self.features_.width_), calibration_rows=float(len(truth)))

    def _prepared(self) -> TextAndColumns:
        text = SelectedTfidf(
            self.tokenizer,
            ngram_min=self.ngram_min,
            ngram_max=self.ngram_max,
            min_df=self.min_df,
            max_df=self.max_df,
            max_features=self.max_features,
            sublinear_tf=self.sublinear_tf,
            select=self.select,
            keep=self.keep,
        )
        beside = ColumnFeatures() if self.columns == "text" else ColumnFeatures.asked_by(self)
        return TextAndColumns.reading(self.columns, text, beside)

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        with threadpool_limits(1):
            return self.calibration_(self.linear_(self.features_.transform(corpus)))

    def _unknown_shares(self, corpus: Corpus) -> NDArray[np.float64]:
        return self.features_.unknown_shares(corpus)

    def linear_view(self) -> LinearView | None:
        """Return the text's features and weights."""
        return self.features_.linear_view(self.linear_.weights)

    def _kept(self) -> Kept:
        arrays = {"weights": self.linear_.weights, "intercepts": self.linear_.intercepts}
        return Kept(arrays=arrays).with_parts(features=self.features_.kept(), calibration=self.calibration_.kept())

    def _restore(self, kept: Kept) -> None:
        classes = len(self.classes_)
        self.features_ = TextAndColumns.restored(self.columns, kept.part("features"), SelectedTfidf.restored)
        weights = kept.array("weights", "f", classes, self.features_.width_)
        self.linear_ = Linear(weights, kept.array("intercepts", "f", classes))
        self.calibration_ = Calibration.restored(kept.part("calibration"), classes)
