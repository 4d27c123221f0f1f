"""Gradient-boosted trees over a few dense axes of the texts."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.kept import Kept
from triage_bench.core.seeds import seed_for
from triage_bench.core.space import Choice, Float, Int, Space
from triage_bench.models.contract import Codes
from triage_bench.models.features import DenseFeatures, SelectedTfidf
from triage_bench.models.lightgbm import TfidfLightGBM
from triage_bench.text.corpus import Corpus


class SVDLightGBM(TfidfLightGBM):
    """LightGBM over truncated SVD of TF-IDF: a few dense axes instead of thousands of sparse columns.

    Rounds are chosen on a slice of the training rows and the trees grown again on all of them, as
    in `TfidfLightGBM`.

    Parameters
    ----------
    tokenizer, ngram_min, ngram_max, min_df, max_features, sublinear_tf
        As in `TfidfLogisticRegression`.
    axes
        Dimensions of the SVD; fewer where the rows are fewer.
    scale
        None, ``"standard"``, ``"minmax"`` or ``"log"`` (see `DenseFeatures`). Trees do not care
        for the first two beyond the cut into bins.
    learning_rate, num_leaves, min_data_in_leaf, lambda_l2, feature_fraction, max_bin
        As in LightGBM.
    n_estimators, patience, validation_share, class_weight, random_state
        As in `TfidfLightGBM`; the seed is the SVD's too.
    """

    space: ClassVar[Space] = Space(
        {
            "tokenizer": Choice(("char_wb", "mecab", "char_wb+mecab")),
            "axes": Int(20, 300, log=True),
            "scale": Choice((None, "standard", "minmax", "log")),
            "learning_rate": Float(0.03, 0.3, log=True),
            "num_leaves": Int(3, 31, log=True),
            "min_data_in_leaf": Int(2, 30, log=True),
            "lambda_l2": Float(1e-3, 10.0, log=True),
            "feature_fraction": Float(0.05, 0.8, log=True),
        }
    )

    def __init__(
        self,
        *,
        tokenizer: str = "char_wb",
        ngram_min: int = 1,
        ngram_max: int | None = None,
        min_df: float = 2,
        max_features: int | None = None,
        sublinear_tf: bool = True,
        axes: int = 100,
        scale: str | None = None,
        learning_rate: float = 0.1,
        num_leaves: int = 7,
        min_data_in_leaf: int = 10,
        lambda_l2: float = 1.0,
        feature_fraction: float = 0.2,
        max_bin: int = 63,
        n_estimators: int = 300,
        patience: int = 15,
        validation_share: float = 0.15,
        class_weight: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            tokenizer=tokenizer,
            ngram_min=ngram_min,
            ngram_max=ngram_max,
            min_df=min_df,
            max_features=max_features,
            sublinear_tf=sublinear_tf,
            learning_rate=learning_rate,
            num_leaves=num_leaves,
            min_data_in_leaf=min_data_in_leaf,
            lambda_l2=lambda_l2,
            feature_fraction=feature_fraction,
            max_bin=max_bin,
            n_estimators=n_estimators,
            patience=patience,
            validation_share=validation_share,
            class_weight=class_weight,
            random_state=random_state,
        )
        self.axes = axes
        self.scale = scale

    def _features(self, corpus: Corpus, codes: Codes) -> Any:
        """Fit weights, axes and scale on these rows; return their features, shape (n, axes)."""
        tfidf = SelectedTfidf(
            self.tokenizer,
            ngram_min=self.ngram_min,
            ngram_max=self.ngram_max,
            min_df=min(self.min_df, max(1, len(corpus) // 20)),
            max_features=self.max_features,
            sublinear_tf=self.sublinear_tf,
        )
        unread: Codes = np.zeros(len(corpus), dtype=np.int64)  # nothing is selected by label here
        self.features_: Any = DenseFeatures(tfidf, self.axes, self.scale, seed_for(self.random_state, "svd"))
        return self.features_.fit_transform(corpus, unread)

    def _unknown_shares(self, corpus: Corpus) -> NDArray[np.float64]:
        return np.asarray(self.features_.tfidf.unknown_shares(corpus))

    def _features_restored(self, kept: Kept) -> DenseFeatures:
        return DenseFeatures.restored(kept)

    def _width(self) -> int:
        return len(self.features_.centre_)
