"""Linear support vector machine over TF-IDF, with calibrated probabilities."""

from __future__ import annotations

from typing import ClassVar

from scipy.sparse import csr_matrix

from triage_bench.core.seeds import seed_for
from triage_bench.core.space import Choice, Float, Space
from triage_bench.models.column_space import COLUMN_DIMENSIONS
from triage_bench.models.contract import Codes
from triage_bench.models.liblinear import support_vectors
from triage_bench.models.margins import FEATURE_SPACE, OF_TEXT, SELECTION_SPACE, Linear, MarginClassifier


class LinearSVM(MarginClassifier):
    """Linear support vector machine (squared hinge, one class against the rest) over TF-IDF.

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
    calibration, calibration_folds
        ``"temperature"`` (the answers stay those of the margins) or ``"sigmoid"``, fitted on rows
        left out in so many inner folds of the training rows (see `out_of_fold`).
    tol, max_iter
        When the solver stops. Answers settle long before liblinear's own 1e-4.
    random_state
        Seed of the inner folds and of the solver's order of rows.
    columns, column_scale, column_weight, rare_below, columns_kept
        As in `TfidfLogisticRegression`.

    Notes
    -----
    Hsieh et al. 2008 (dual coordinate descent), as implemented by liblinear.
    """

    space: ClassVar[Space] = Space(
        {
            **FEATURE_SPACE,
            **SELECTION_SPACE,
            "C": Float(0.01, 10.0, log=True),
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
        C: float = 0.5,
        class_weight: str | None = "balanced",
        calibration: str = "temperature",
        calibration_folds: int = 3,
        tol: float = 0.1,
        max_iter: int = 300,
        random_state: int = 0,
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
        self.calibration = calibration
        self.calibration_folds = calibration_folds
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.columns = columns
        self.column_scale = column_scale
        self.column_weight = column_weight
        self.rare_below = rare_below
        self.columns_kept = columns_kept

    def _learn(self, matrix: csr_matrix, codes: Codes) -> Linear:
        seed = seed_for(self.random_state, "liblinear") % 2**31
        return support_vectors(matrix, codes, self.C, self.class_weight, self.tol, self.max_iter, seed)
