"""Complete text classifiers: raw strings in, labels and probabilities out; each beside its search space."""

from __future__ import annotations

from triage_bench.core.registry import Entry, Registry

MODELS = Registry("model", "triage_bench.models")
"""Each target is called with parameters and gives an estimator (see `triage_bench.models.contract`)."""

_HERE = "triage_bench.models"

for _entry in (
    Entry("majority", f"{_HERE}.dummy:Majority", "always the most frequent label", tags=frozenset({"baseline"})),
    Entry("stratified", f"{_HERE}.dummy:Stratified", "labels drawn by their shares", tags=frozenset({"baseline"})),
    Entry(
        "tfidf-lr",
        f"{_HERE}.linear:TfidfLogisticRegression",
        "TF-IDF of n-grams and logistic regression",
        tags=frozenset({"classical", "linear"}),
    ),
    Entry(
        "lightgbm",
        f"{_HERE}.lightgbm:TfidfLightGBM",
        "gradient-boosted trees (LightGBM) over TF-IDF",
        tags=frozenset({"classical", "boosting"}),
    ),
    Entry(
        "lstm",
        f"{_HERE}.neural.classifier:LSTMClassifier",
        "LSTM over learned embeddings, early stopping",
        tags=frozenset({"network"}),
    ),
):
    MODELS.register(_entry)
