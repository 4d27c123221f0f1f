"""FLAML on what a careful user would give it: character TF-IDF, reduced to 100 axes."""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

from benchmarks.peers.tools.measured import Given, Predict, measured

flaml = importlib.import_module("flaml")  # installed in the peer's environment alone


def fit(given: Given) -> Predict:
    """Give FLAML what is left of the budget after the features."""
    begin = time.perf_counter()
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
    features = make_pipeline(vectorizer, TruncatedSVD(100, random_state=0))
    axes = features.fit_transform(given.texts)
    found = flaml.AutoML()
    found.fit(
        axes,
        np.array(given.labels),
        task="classification",
        metric=given.metric,
        time_budget=given.seconds - (time.perf_counter() - begin),
        n_jobs=1,
        seed=0,
        verbose=0,
        log_file_name=str(given.scratch / "flaml.log"),
    )

    def predict(texts: list[str]) -> Sequence[Any]:
        return found.predict(features.transform(texts))

    return predict


if __name__ == "__main__":
    measured(fit)
