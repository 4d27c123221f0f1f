"""Complement naive Bayes over TF-IDF: the fastest family, strong on few and uneven rows."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.sparse import csr_matrix

from triage_bench.core.space import Choice, Float, Space
from triage_bench.models.contract import Codes
from triage_bench.models.features import class_sums
from triage_bench.models.margins import FEATURE_SPACE, SELECTION_SPACE, Linear, MarginClassifier


class ComplementNaiveBayes(MarginClassifier):
    """Naive Bayes that describes each class by the rows of all others.

    Its margins are those of scikit-learn's ``ComplementNB`` on the same features; the
    probabilities are calibrated, since naive Bayes' own are not to be believed.

    Parameters
    ----------
    tokenizer, ngram_min, ngram_max, min_df, max_df, max_features, sublinear_tf
        As in `TfidfLogisticRegression`.
    select, keep
        As in `SelectedTfidf`.
    alpha
        What is added to each gram's weight, seen or not. Weights are shares of a row of length 1,
        so the useful values are smaller than the usual 1.
    norm
        Whether the second normalisation of the paper is done: weights per class of length 1.
    class_weight
        None, or ``"balanced"``: every class counts alike among the others.
    calibration, calibration_folds
        ``"temperature"`` (the answers stay those of the margins) or ``"sigmoid"``, fitted on rows
        left out in so many inner folds of the training rows (see `out_of_fold`).
    random_state
        Seed of the inner folds.

    Notes
    -----
    Rennie et al. 2003, "Tackling the poor assumptions of naive Bayes text classifiers".
    """

    space: ClassVar[Space] = Space(
        {
            **FEATURE_SPACE,
            **SELECTION_SPACE,
            "alpha": Float(0.003, 3.0, log=True),
            "norm": Choice((True, False)),
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
        alpha: float = 0.2,
        norm: bool = False,
        class_weight: str | None = None,
        calibration: str = "temperature",
        calibration_folds: int = 3,
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
        self.alpha = alpha
        self.norm = norm
        self.class_weight = class_weight
        self.calibration = calibration
        self.calibration_folds = calibration_folds
        self.random_state = random_state

    def _learn(self, matrix: csr_matrix, codes: Codes) -> Linear:
        if self.alpha <= 0:
            raise ValueError(f"alpha must be positive, got {self.alpha!r}.")
        sums = class_sums(matrix, codes)
        if self.class_weight is not None:
            sums *= (len(codes) / np.bincount(codes))[:, None]
        others = sums.sum(axis=0) - sums + self.alpha
        # Rounding may leave -1e-17 where no other class has the gram; alpha keeps it positive.
        weights = -np.log(others / others.sum(axis=1, keepdims=True))
        if self.norm:
            weights /= weights.sum(axis=1, keepdims=True)
        return Linear(weights, np.zeros(len(weights)))
