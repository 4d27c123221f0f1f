"""A sound model such as a user brings, and rows to examine it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from triage_bench.core.dataset import Dataset
from triage_bench.core.seeds import generator_for
from triage_bench.running.examination.subject import Rows, Subject

STEMS = ("가슴", "머리", "배", "허리", "무릎", "손목", "어깨", "발목", "눈", "귀", "목", "등")
ENDS = {
    0: ("의식이 없습니다", "숨을 못 쉽니다", "피를 토했습니다"),
    1: ("조금 긁혔어요", "콧물이 나요", "약을 받으러 왔어요"),
}


def dataset(rows: int = 240) -> Dataset:
    rng = generator_for("examination sentences")
    labels = np.arange(rows) % 2
    places = [" ".join(f"{rng.choice(STEMS)}{rng.integers(30)}이" for _ in range(rng.integers(2, 6))) for _ in labels]
    texts = [f"{place} {rng.choice(ENDS[one])}" for place, one in zip(places, labels.tolist(), strict=True)]
    return Dataset("d", tuple(texts), labels, ("1", "2"), scale="triage")


DATA = dataset()


class Sound:
    """Character n-grams and logistic regression, over label codes."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
        self.pipe = make_pipeline(vectors, LogisticRegression(C=100.0))

    def fit(self, X: Any, y: Any) -> Sound:
        self.pipe.fit([self.read(text) for text in X], y)
        self.classes_ = self.pipe.classes_
        return self

    def predict_proba(self, X: Any) -> Any:
        return self.pipe.predict_proba([self.read(text) for text in X])

    def predict(self, X: Any) -> Any:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def read(self, text: str) -> str:
        return text


def subject(make: Callable[[int], Any], data: Dataset = DATA, rows: int = 160) -> Subject:
    every = np.arange(len(data))
    train, test = every[:rows], every[160:]
    model = make(0).fit([data.texts[row] for row in train], data.labels[train])
    return Subject(
        make,
        model,
        Rows.of(data, train, data.labels[train]),
        Rows.of(data, test, data.labels[test]),
        data.label_names,
        data.scale,
        seed=1,
    )
