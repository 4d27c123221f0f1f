"""Bring a scikit-learn model: anything with `fit(X, y)` and `predict(X)` over raw strings, so a pipeline as it is.

    triage-bench diagnose my.csv --text 증상 --label KTAS --model benchmarks/examples/sklearn_model.py:make_model

A function that makes the model will do as well as a class; its arguments are given with `--params '{"C": 0.5}'`.
"""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline


def make_model(C: float = 1.0) -> Pipeline:
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
    return make_pipeline(vectorizer, LogisticRegression(C=C, class_weight="balanced"))
