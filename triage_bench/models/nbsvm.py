"""NB-SVM: a linear learner whose features are weighted by naive Bayes' log-count ratios."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from triage_bench.core.errors import UnknownNameError
from triage_bench.core.seeds import seed_for
from triage_bench.core.space import Choice, Float, Space
from triage_bench.models.contract import Codes
from triage_bench.models.features import class_sums
from triage_bench.models.liblinear import one_against_rest
from triage_bench.models.margins import FEATURE_SPACE, Linear, MarginClassifier

LEARNERS = ("svm", "logistic")
COUNTS = ("tfidf", "presence")


class NBSVM(MarginClassifier):
    """Linear SVM or logistic regression, one class against the rest, over NB-weighted TF-IDF.

    For each class every column is multiplied by ``r = log(p / q)``: how much likelier its gram is
    among the rows of the class (p) than among the others (q). What the labels say of a gram by
    itself is then cheap for the learner to use, and what they do not say is dear.

    Parameters
    ----------
    tokenizer, ngram_min, ngram_max, min_df, max_df, max_features, sublinear_tf
        As in `TfidfLogisticRegression`.
    select, keep
        As in `SelectedTfidf`.
    C
        Inverse strength of the L2 penalty.
    alpha
        What is added to every gram's weight before the ratio. With TF-IDF the useful values are
        below the paper's 1: a row's weights have length 1.
    counts
        Of what the ratio is made: ``"tfidf"`` weights, or ``"presence"`` as in the paper.
    beta
        Interpolation of the paper: 1 keeps each learnt weight, 0 takes their mean size for all.
    learner
        ``"svm"`` (squared hinge) or ``"logistic"``.
    class_weight
        None, or ``"balanced"``: each class weighs as much as the rest taken together.
    calibration, calibration_folds
        ``"temperature"`` (the answers stay those of the margins) or ``"sigmoid"``, fitted on rows
        left out in so many inner folds of the training rows (see `out_of_fold`).
    tol, max_iter
        When the solver stops. Answers settle long before liblinear's own 1e-4.
    random_state
        Seed of the inner folds and of the solver's order of rows.

    Notes
    -----
    Wang and Manning 2012, "Baselines and bigrams: simple, good sentiment and topic
    classification".
    """

    space: ClassVar[Space] = Space(
        {
            **FEATURE_SPACE,
            "C": Float(0.03, 3.0, log=True),
            "alpha": Float(0.01, 1.0, log=True),
            "beta": Float(0.3, 1.0),
            "learner": Choice(LEARNERS),
            "class_weight": Choice((None, "balanced")),
        }
    )

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
        C: float = 0.3,
        alpha: float = 0.1,
        counts: str = "tfidf",
        beta: float = 1.0,
        learner: str = "svm",
        class_weight: str | None = "balanced",
        calibration: str = "temperature",
        calibration_folds: int = 3,
        tol: float = 0.1,
        max_iter: int = 300,
        random_state: int = 0,
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
        self.alpha = alpha
        self.counts = counts
        self.beta = beta
        self.learner = learner
        self.class_weight = class_weight
        self.calibration = calibration
        self.calibration_folds = calibration_folds
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def _learn(self, matrix: csr_matrix, codes: Codes) -> Linear:
        if self.learner not in LEARNERS:
            raise UnknownNameError("learner", str(self.learner), LEARNERS)
        ratios = log_count_ratios(self._counted(matrix), codes, self.alpha)
        ratios = ratios[1:] if len(ratios) == 2 else ratios
        seed = seed_for(self.random_state, "liblinear") % 2**31
        weights, intercepts = np.empty_like(ratios), np.empty(len(ratios))
        scaled = csr_matrix(matrix, dtype=np.float64, copy=True)
        for row, ratio in enumerate(ratios):
            np.multiply(matrix.data, ratio[matrix.indices], out=scaled.data)
            target = codes == (row if len(ratios) > 1 else 1)
            learnt, intercepts[row] = one_against_rest(
                scaled, target, self.C, self.class_weight, self.learner, self.tol, self.max_iter, seed
            )
            weights[row] = ratio * _interpolated(learnt, self.beta)
        return Linear.one_against_rest(weights, intercepts)

    def _counted(self, matrix: csr_matrix) -> csr_matrix:
        if self.counts not in COUNTS:
            raise UnknownNameError("counts", str(self.counts), COUNTS)
        if self.counts == "tfidf":
            return matrix
        return csr_matrix((np.ones_like(matrix.data), matrix.indices, matrix.indptr), matrix.shape)


def log_count_ratios(matrix: csr_matrix, codes: Codes, alpha: float) -> NDArray[np.float64]:
    """Return ``log(p / q)`` of each class against the rest, shape (k, d).

    Parameters
    ----------
    matrix
        Counts or weights, not negative, shape (n, d).
    codes
        Labels in ``range(k)``, shape (n,).
    alpha
        Added to each column's sum, inside and outside the class.

    Raises
    ------
    ValueError
        If `alpha` is not positive.
    """
    if alpha <= 0:
        raise ValueError(f"alpha must be positive, got {alpha!r}.")
    inside = class_sums(matrix, codes)
    outside = np.maximum(inside.sum(axis=0) - inside, 0.0) + alpha
    inside += alpha
    return np.log(inside / inside.sum(axis=1, keepdims=True)) - np.log(outside / outside.sum(axis=1, keepdims=True))


def _interpolated(weights: NDArray[np.float64], beta: float) -> NDArray[np.float64]:
    return weights if beta == 1.0 else (1 - beta) * np.abs(weights).mean() + beta * weights
