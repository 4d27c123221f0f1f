"""scikit-learn pipelines as people bring them with ``--model pipelines.py:NAME``: sound ones and faulty twins.

The file stands alone, as a user's would.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

_CHARACTERS = {"analyzer": "char", "ngram_range": (1, 4), "sublinear_tf": True}


def sound_logistic() -> Pipeline:
    """Character TF-IDF and logistic regression."""
    return make_pipeline(TfidfVectorizer(**_CHARACTERS), LogisticRegression(C=10.0, max_iter=300))


def sound_svm() -> Pipeline:
    """Character TF-IDF and a linear SVM: no probabilities."""
    return make_pipeline(TfidfVectorizer(**_CHARACTERS), LinearSVC())


def sound_ridge() -> Pipeline:
    """Character TF-IDF within words and a ridge classifier."""
    return make_pipeline(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)), RidgeClassifier())


def sound_bayes() -> Pipeline:
    """Counts of characters and complement naive Bayes."""
    return make_pipeline(CountVectorizer(analyzer="char", ngram_range=(1, 3)), ComplementNB(alpha=0.3))


def sound_neighbours() -> Pipeline:
    """Character TF-IDF and nine neighbours."""
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    return make_pipeline(vectors, KNeighborsClassifier(9, metric="cosine", weights="distance"))


def sound_sgd() -> Pipeline:
    """Character TF-IDF and logistic loss by stochastic gradients."""
    return make_pipeline(TfidfVectorizer(**_CHARACTERS), SGDClassifier(loss="log_loss", alpha=1e-4, max_iter=100))


class Majority(ClassifierMixin, BaseEstimator):
    """Answers the most frequent label, with a share of each as its probability."""

    def fit(self, X: Any, y: Any) -> Majority:
        self.classes_, counts = np.unique(np.asarray(y), return_counts=True)
        self.shares_ = counts / counts.sum()
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        return np.tile(self.shares_, (len(X), 1))

    def predict(self, X: Any) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(1)]


class Memory(ClassifierMixin, BaseEstimator):
    """Knows every training text by heart, and answers others by an unpruned tree over whole words."""

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Memory:
        tree = DecisionTreeClassifier(random_state=self.random_state)
        self.tree_ = make_pipeline(CountVectorizer(token_pattern=r"\S+"), tree).fit(X, y)
        self.classes_ = self.tree_.classes_
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        return np.asarray(self.tree_.predict_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        return np.asarray(self.tree_.predict(X))


def _for_english(text: str) -> str:
    return "<" + re.sub(r"[^a-zA-Z0-9 ]", "", text).lower()  # never empty


def strips_hangul() -> Pipeline:
    """The clean-up of an English tutorial, then words."""
    vectors = TfidfVectorizer(preprocessor=_for_english, analyzer="char")
    return make_pipeline(vectors, LogisticRegression(C=10.0, max_iter=300))


def ten_words() -> Pipeline:
    """The ten most frequent words."""
    return make_pipeline(TfidfVectorizer(max_features=10), LogisticRegression(C=10.0, max_iter=300))


def first_characters() -> Pipeline:
    """Only the first six characters are read."""
    vectors = TfidfVectorizer(preprocessor=lambda text: text[:6], analyzer="char", ngram_range=(1, 4))
    return make_pipeline(vectors, LogisticRegression(C=10.0, max_iter=300))


def over_regularised() -> Pipeline:
    """Two components and a hundred-thousandth of the usual C: it cannot even fit what it was trained on."""
    return make_pipeline(TfidfVectorizer(**_CHARACTERS), TruncatedSVD(2), LogisticRegression(C=1e-4))
