"""Ordinal logistic regression: one direction of urgency, and thresholds along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from triage_bench.core.errors import UnknownNameError
from triage_bench.core.kept import Kept
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.space import Choice, Float, Space
from triage_bench.models.column_space import COLUMN_DIMENSIONS
from triage_bench.models.columns import ColumnFeatures
from triage_bench.models.contract import Codes, LinearView, Probabilities, TextClassifier
from triage_bench.models.features import SelectedTfidf
from triage_bench.models.margins import FEATURE_SPACE, OF_TEXT, SELECTION_SPACE
from triage_bench.models.merged import merged
from triage_bench.models.text_and_columns import ReadsColumns, TextAndColumns
from triage_bench.text.corpus import Corpus

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CumulativeLink:
    """Objective of the proportional-odds model and its exact gradient.

    ``P(y ≤ j | x) = sigmoid(θ_j − w·x)`` with rising thresholds θ. They are written as the first
    one and the logarithms of the steps to the next, so that every point is a valid model.

    Attributes
    ----------
    matrix, codes
        Features, shape (n, d), and levels in ``range(k)``, shape (n,).
    weights : ndarray, shape (n,)
        How much each row counts.
    C
        Inverse strength of the L2 penalty on w; thresholds are free.

    Notes
    -----
    McCullagh 1980, "Regression models for ordinal data".
    """

    matrix: csr_matrix
    codes: Codes
    weights: Vector
    C: float

    def __call__(self, point: Vector) -> tuple[float, Vector]:
        """Return ``½‖w‖² + C·Σ weight·(−log P)`` and its gradient at (w, first threshold, log steps)."""
        width = self.matrix.shape[1]
        w, free = point[:width], point[width:]
        thresholds = thresholds_of(free)
        score = self.matrix @ w
        upper, lower = _bounds(thresholds, self.codes, score)
        probability = np.maximum(_between(upper, lower), 1e-300)
        scale = self.C * self.weights
        # d P / d upper and d P / d lower are the logistic densities there; at infinity they vanish.
        above, below = _density(upper) / probability, _density(lower) / probability
        by_score = scale * (above - below)
        levels = len(thresholds)
        by_threshold = np.bincount(self.codes, scale * below, levels + 1)[1:].astype(np.float64)
        by_threshold -= np.bincount(self.codes, scale * above, levels + 1)[:levels]
        loss = 0.5 * float(w @ w) - float(scale @ np.log(probability))
        return loss, np.concatenate((w + self.matrix.T @ by_score, _by_free(by_threshold, free)))

    def start(self) -> Vector:
        """Return the best point that reads no text: w = 0, thresholds at the weighted class shares."""
        levels = int(self.codes.max()) + 1
        shares = np.bincount(self.codes, self.weights, levels)
        thresholds = logit(np.cumsum(shares / shares.sum())[:-1].clip(1e-6, 1 - 1e-6))
        steps = np.log(np.maximum(np.diff(thresholds), 1e-3))
        return np.concatenate((np.zeros(self.matrix.shape[1]), thresholds[:1], steps))


class OrdinalLogisticRegression(ReadsColumns, TextClassifier):
    """Proportional-odds logistic regression over TF-IDF, for labels that have an order.

    The order is that of ``classes_``: ascending. Levels given as codes of a data set stand in the
    data set's order; of words the alphabet decides, and the model says so in a notice. On labels
    without an order (topics) it still answers, as one direction through all of them: expect
    little. With two classes it is logistic regression.

    Parameters
    ----------
    tokenizer, ngram_min, ngram_max, min_df, max_df, max_features, sublinear_tf
        As in `TfidfLogisticRegression`.
    select, keep
        As in `SelectedTfidf`.
    C
        Inverse strength of the L2 penalty.
    class_weight
        None, or ``"balanced"``: every class counts alike, however many rows it has.
    tol, max_iter
        When L-BFGS stops: largest entry of the gradient per row, and iterations.
    columns, column_scale, column_weight, rare_below, columns_kept
        As in `TfidfLogisticRegression`.

    Attributes
    ----------
    features_ : TextAndColumns
        The fitted features.
    coef_ : ndarray, shape (d,)
        The direction; positive weights speak for later classes.
    thresholds_ : ndarray, shape (k - 1,)
        Rising.
    """

    space: ClassVar[Space] = Space(
        {
            **FEATURE_SPACE,
            **SELECTION_SPACE,
            "C": Float(0.1, 300.0, log=True),
            "class_weight": Choice((None, "balanced")),
        }
    )

    column_space: ClassVar[Space] = Space(COLUMN_DIMENSIONS)
    of_text: ClassVar[tuple[str, ...]] = OF_TEXT

    def __init__(
        self,
        *,
        tokenizer: str = "char_wb+mecab",
        ngram_min: int = 1,
        ngram_max: int | None = None,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        sublinear_tf: bool = True,
        select: str | None = None,
        keep: float = 0.3,
        C: float = 10.0,
        class_weight: str | None = "balanced",
        tol: float = 1e-4,
        max_iter: int = 200,
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
        self.select = select
        self.keep = keep
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
        if self.class_weight not in (None, "balanced"):
            raise UnknownNameError("class weight", str(self.class_weight), ("balanced",))
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
        self.features_ = TextAndColumns.reading(self.columns, text, ColumnFeatures.asked_by(self))
        self.reads = self.columns != "columns"
        matrix = self.features_.fit_transform(corpus, codes)
        counts = np.bincount(codes)
        weights = np.ones(len(codes)) if self.class_weight is None else (len(codes) / (len(counts) * counts))[codes]
        with threadpool_limits(1):
            joined = merged(matrix) if self.columns == "text" else None  # columns may be negative
            objective = CumulativeLink(matrix if joined is None else joined.matrix, codes, weights, self.C)
            direction = self._minimise(objective)
            self.coef_ = direction if joined is None else joined.spread(direction)
        if self.classes_.dtype.kind in "OUST":
            self.notices_ = (*self.notices_, _order_notice(self.classes_))

    def _minimise(self, objective: CumulativeLink) -> Vector:
        # Per row, so that `tol` means the same for any number of rows and any C.
        per_row = 1.0 / (objective.C * len(objective.codes))

        def scaled(point: Vector) -> tuple[float, Vector]:
            value, gradient = objective(point)
            return value * per_row, gradient * per_row

        options: Any = {"maxiter": self.max_iter, "gtol": self.tol, "ftol": 1e-7, "maxcor": 20}
        found = minimize(scaled, objective.start(), jac=True, method="L-BFGS-B", options=options)
        width = objective.matrix.shape[1]
        self.thresholds_ = thresholds_of(found.x[width:])
        self.facts_.update(features=float(self.features_.width_), solver_iterations=float(found.nit))
        return found.x[:width]

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        score = self.features_.transform(corpus) @ self.coef_
        below = expit(self.thresholds_ - score[:, None])
        padded = np.column_stack((np.zeros(len(score)), below, np.ones(len(score))))
        return np.diff(padded, axis=1)

    def _unknown_shares(self, corpus: Corpus) -> Vector:
        return self.features_.unknown_shares(corpus)

    def linear_view(self) -> LinearView | None:
        """Return the text's features and the one direction: positive weights speak for later classes."""
        return self.features_.linear_view(self.coef_[None, :])

    def _kept(self) -> Kept:
        arrays = {"weights": self.coef_, "thresholds": self.thresholds_}
        return Kept(arrays=arrays).with_parts(features=self.features_.kept())

    def _restore(self, kept: Kept) -> None:
        self.features_ = TextAndColumns.restored(self.columns, kept.part("features"), SelectedTfidf.restored)
        self.coef_ = kept.array("weights", "f", self.features_.width_)
        self.thresholds_ = np.sort(kept.array("thresholds", "f", len(self.classes_) - 1))


def thresholds_of(free: Vector) -> Vector:
    """Return rising thresholds from the first one and the logarithms of the steps."""
    return np.cumsum(np.concatenate((free[:1], np.exp(free[1:]))))


def _by_free(by_threshold: Vector, free: Vector) -> Vector:
    """Carry a gradient over from the thresholds to the first one and the log steps."""
    later = np.cumsum(by_threshold[::-1])[::-1]  # a step moves every threshold after it
    return np.concatenate((later[:1], later[1:] * np.exp(free[1:])))


def _bounds(thresholds: Vector, codes: Codes, score: Vector) -> tuple[Vector, Vector]:
    padded = np.concatenate(([-np.inf], thresholds, [np.inf]))
    return padded[codes + 1] - score, padded[codes] - score


def _between(upper: Vector, lower: Vector) -> Vector:
    """Return sigmoid(upper) − sigmoid(lower), from the tail in which both are small."""
    mirrored = lower > 0
    high, low = np.where(mirrored, -lower, upper), np.where(mirrored, -upper, lower)
    return expit(high) - expit(low)


def _density(at: Vector) -> Vector:
    return expit(at) * expit(-at)


def _order_notice(classes: NDArray[np.str_]) -> Notice:
    order = " < ".join(map(str, classes))
    said = Sentence(
        ko=f"순서형 모델이 레이블의 순서를 {order}(으)로 이해했습니다. 순서가 다르면 숫자 코드로 지정하십시오.",
        en=f"The ordinal model read the labels in the order {order}; if that is not theirs, pass numbers.",
    )
    return Notice("ordinal.order", len(classes), len(classes), said)
