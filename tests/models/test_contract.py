"""Every registered model keeps the contract that plugin authors are given."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from triage_bench.core.registry import Entry
from triage_bench.core.space import Choice
from triage_bench.models import MODELS
from triage_bench.testing import easy_sentences, estimator_checks, scikit_learn_checks

CLASSICAL = ("linear-svm", "nb-svm", "complement-nb", "knn", "ordinal-lr", "lightgbm-svd")
NAMES = ("majority", "stratified", "tfidf-lr", "lightgbm", "lstm", *CLASSICAL)
# One small enough for a battery of several dozen fits; what it learns is tested elsewhere.
SMALL: dict[str, dict[str, Any]] = {
    "lstm": {"tokenizer": "eojeol", "hidden": 4, "embedding": 4, "epochs": 2},
    "lightgbm": {"n_estimators": 5, "tokenizer": "eojeol"},
    "tfidf-lr": {"tokenizer": "eojeol"},
    **{name: {"tokenizer": "eojeol"} for name in CLASSICAL},
    "lightgbm-svd": {"tokenizer": "eojeol", "axes": 8, "n_estimators": 20},
}


# Defaults where they are fast; a network that learns within a second.
QUICK: dict[str, dict[str, Any]] = {
    "lstm": {"hidden": 16, "embedding": 16, "epochs": 12, "learning_rate": 2e-2, "word_dropout": 0.1},
    "lightgbm-svd": {"axes": 40, "n_estimators": 60, "feature_fraction": 0.5},
}
# Sentences on three levels: one direction cannot tell apart what the alphabet puts in the middle.
EASY = {"ordinal-lr": 0.6}


def contract_cases() -> Iterator[Any]:
    for name in NAMES:
        learns = "baseline" not in MODELS.entry(name).tags
        model = MODELS.load(name)(**QUICK.get(name, {}))
        for title, check in estimator_checks(model, learns=learns, accuracy=EASY.get(name, 0.9)):
            yield pytest.param(check, id=f"{name}-{title}")


def scikit_learn_cases() -> Iterator[Any]:
    for name in NAMES:
        for title, check in scikit_learn_checks(MODELS.load(name)(**SMALL.get(name, {}))):
            yield pytest.param(check, id=f"{name}-{title}")


@pytest.mark.parametrize("check", list(contract_cases()))
def test_a_model_keeps_the_contract(check: Callable[[], None]) -> None:
    check()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", list(scikit_learn_cases()))
def test_a_model_passes_scikit_learns_own_checks(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_lie_inside_the_space(name: str) -> None:
    model = MODELS.load(name)
    defaults = model().get_params()
    for parameter, dimension in model.space.dimensions.items():
        if isinstance(dimension, Choice):
            assert defaults[parameter] in dimension.options
        else:
            assert dimension.low <= defaults[parameter] <= dimension.high


def test_listing_the_models_imports_nothing_heavy() -> None:
    code = (
        "import sys; from triage_bench.models import MODELS; names = [e.name for e in MODELS];"
        "heavy = {'torch', 'sklearn', 'lightgbm', 'scipy', 'transformers', 'peft'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_dataframe_is_refused_with_the_way_on() -> None:
    import pandas as pd

    texts, labels = easy_sentences(30)
    frame = pd.DataFrame({"text": texts})
    with pytest.raises(ValueError, match="pass one column"):
        MODELS.load("majority")().fit(frame, labels)
    assert len(MODELS.load("majority")().fit(frame["text"], labels).predict(frame["text"])) == 30


def test_mixed_and_missing_labels_are_named() -> None:
    texts, _ = easy_sentences(4)
    with pytest.raises(ValueError, match="one kind"):
        MODELS.load("majority")().fit(texts, np.array([1, "a", 1, "a"], dtype=object))
    with pytest.raises(ValueError, match="missing"):
        MODELS.load("majority")().fit(texts, np.array(["b", None, "a", "a"], dtype=object))


class Sloppy(ClassifierMixin, BaseEstimator):
    """A model whose answer depends on its company: it centres every batch."""

    def fit(self, X: Any, y: Any) -> Sloppy:
        if len(X) != len(y) or not all(isinstance(x, str) for x in X):
            raise ValueError("no")
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        if not hasattr(self, "classes_"):
            raise NotFittedError("not fitted")
        lengths = np.array([len(x) for x in X], dtype=float)
        scores = np.outer(lengths - lengths.mean(), np.arange(len(self.classes_)))
        return np.exp(scores - np.logaddexp.reduce(scores, axis=1)[:, None])

    def predict(self, X: Any) -> Any:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def test_the_checks_catch_a_model_whose_answer_depends_on_the_batch() -> None:
    checks = dict(estimator_checks(Sloppy()))
    checks["clone_keeps_parameters"]()
    with pytest.raises(AssertionError):
        checks["a_text_gets_the_same_answer_alone"]()
    with pytest.raises(AssertionError, match="easy sentences"):
        checks["learns_easy_sentences"]()


def test_a_model_of_another_package_is_a_model(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outside_model.py").write_text(
        "from triage_bench.models.dummy import Majority\nclass Optimist(Majority):\n    pass\n", encoding="utf-8"
    )
    info = tmp_path / "outside_model-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-model\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[triage_bench.models]\noptimist = outside_model:Optimist\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    monkeypatch.setattr(MODELS, "_plugins_read", False)
    assert MODELS.entry("optimist") == Entry(
        "optimist", "outside_model:Optimist", "from outside-model", tags=frozenset({"plugin"})
    )
    for _, check in estimator_checks(MODELS.load("optimist")(), learns=False):
        check()
