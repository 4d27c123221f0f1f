"""scikit-learn as one writes it down in a minute: TF-IDF and a linear model, nothing tuned."""

from __future__ import annotations

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from benchmarks.peers.tools.measured import Given, Predict, measured


def fit(given: Given) -> Predict:
    """Fit the variant ``char-lr``, ``char-svc`` or ``defaults``."""
    if given.how == "defaults":
        pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression())
    else:
        weighed = {"class_weight": "balanced"}
        model = LogisticRegression(C=20, max_iter=1000, **weighed) if given.how == "char-lr" else LinearSVC(**weighed)
        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
        pipeline = make_pipeline(vectorizer, model)
    pipeline.fit(given.texts, given.labels)
    return pipeline.predict


if __name__ == "__main__":
    measured(fit)
