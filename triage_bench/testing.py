"""The contract of a text classifier as checks: run them on a model of your own.

::

    import pytest
    from triage_bench.testing import estimator_checks

    @pytest.mark.parametrize(("name", "check"), list(estimator_checks(MyModel())))
    def test_my_model(name, check):
        check()
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import check_is_fitted, validate_data

from triage_bench.core.seeds import generator_for
from triage_bench.core.space import Choice, Dimension, Float, Int
from triage_bench.models.keeping import load_model, save_model
from triage_bench.text.corpus import Corpus

Check = tuple[str, Callable[[], None]]

SYMPTOMS = {
    "비응급": ("콧물이 납니다", "목이 따끔거립니다", "손가락을 살짝 긁혔습니다", "약을 다시 받으러 왔습니다"),
    "응급": ("가슴이 쥐어짜듯 아픕니다", "숨이 차서 말을 못 합니다", "한쪽 팔이 마비됐습니다", "피를 많이 토했습니다"),
    "준응급": ("배가 살살 아픕니다", "열이 나고 으슬으슬합니다", "발목을 삐었습니다", "어지러워서 누워 있었습니다"),
}
OPENINGS = ("어제부터", "오늘 아침에", "한 시간 전부터", "저녁을 먹고", "자다가", "걷다가", "회사에서", "집에서 쉬다가")
CLOSINGS = ("", "약은 안 먹었어요", "이런 적은 처음이에요", "어머니가 모시고 왔어요", "걱정돼서 왔습니다")
ODD_TEXTS = ("", "   ", "🚑🔥", "처음 보는 뷁스러운 낱말", "ok", "ㅋㅋㅋㅠㅠ", "1 2 3", "a\x00b\ud800", "가" * 2_000)
SAME = 1e-5
KINDS: tuple[type[Dimension], ...] = (Float, Int, Choice)


def easy_sentences(rows: int = 120, seed: int = 0) -> tuple[list[str], NDArray[np.str_]]:
    """Return invented sentences on three levels of urgency, and their labels; the complaint decides.

    Parameters
    ----------
    rows
        How many; the levels take turns.
    seed
        Decides the sentences.
    """
    rng = generator_for(seed, "easy sentences")
    labels = [list(SYMPTOMS)[row % len(SYMPTOMS)] for row in range(rows)]
    texts = [f"{rng.choice(OPENINGS)} {rng.choice(SYMPTOMS[one])} {rng.choice(CLOSINGS)}".strip() for one in labels]
    return texts, np.array(labels)


def estimator_checks(estimator: Any, *, learns: bool = True, accuracy: float = 0.9) -> Iterator[Check]:
    """Yield the checks of the contract as (name, function without arguments).

    A function raises AssertionError, or what the model raised, where the contract is broken.

    Parameters
    ----------
    estimator
        An instance with the parameters to be checked; it is cloned, never fitted itself.
    learns
        Whether it reads the text at all; False for a baseline.
    accuracy
        What a model that learns must reach on `easy_sentences` it has not seen.
    """
    subject = _Subject(estimator)
    for check in _CHECKS:
        yield check.__name__.strip("_"), partial(check, subject)
    if hasattr(estimator, "kept"):
        yield "kept_and_read_back_it_answers_alike", partial(_kept_and_read_back_it_answers_alike, subject)
    if learns:
        yield "learns_easy_sentences", partial(_learns_easy_sentences, subject, accuracy)


def scikit_learn_checks(estimator: Any) -> Iterator[Check]:
    """Yield scikit-learn's own estimator checks, fed with numbers written as words.

    Its battery makes numeric rows, which a text classifier refuses; `NumbersAsText` translates.
    """
    for wrapped, check in estimator_checks_generator(NumbersAsText(estimator)):
        name = getattr(check, "func", check).__name__
        yield name, partial(check, wrapped)


class NumbersAsText(ClassifierMixin, BaseEstimator):
    """Shows a text classifier numeric rows as sentences: one word per column and rounded value.

    Parameters
    ----------
    classifier
        The text classifier.
    """

    def __init__(self, classifier: Any = None) -> None:
        self.classifier = classifier

    def fit(self, X: ArrayLike, y: ArrayLike) -> NumbersAsText:
        """Fit a clone of the classifier on the rows' sentences."""
        rows, labels = validate_data(self, X, y)
        self.classifier_ = clone(self.classifier).fit(_sentences(rows), labels)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the classifier's answers."""
        texts = self._translated(X)
        return self.classifier_.predict(texts)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the classifier's probabilities."""
        texts = self._translated(X)
        return self.classifier_.predict_proba(texts)

    def _translated(self, X: ArrayLike) -> list[str]:
        check_is_fitted(self)
        return _sentences(validate_data(self, X, reset=False))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # rounded numbers say little
        return tags


def _sentences(rows: NDArray[Any]) -> list[str]:
    return [" ".join(f"열{column}값{value:.1f}" for column, value in enumerate(row)) for row in rows]


class _Subject:
    """The estimator under check, with what several checks need computed once."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator
        self.texts, self.labels = easy_sentences()
        self.others = [*easy_sentences(30, seed=1)[0], *ODD_TEXTS]

    def fitted(self, X: Any = None, y: Any = None) -> Any:
        return clone(self.estimator).fit(self.texts if X is None else X, self.labels if y is None else y)

    @cached_property
    def model(self) -> Any:
        return self.fitted()

    @cached_property
    def answers(self) -> NDArray[np.float64]:
        return np.asarray(self.model.predict_proba(self.others))


def _init_only_stores(subject: _Subject) -> None:
    before = dict(vars(clone(subject.estimator)))
    assert not [name for name in before if name.endswith("_")], f"set before fit: {sorted(before)}"
    assert before == {**before, **subject.estimator.get_params(deep=False)}, "a parameter is stored changed"
    kinds = {p.kind for p in signature(type(subject.estimator)).parameters.values()}
    assert Parameter.VAR_POSITIONAL not in kinds, "parameters must have names"


def _clone_keeps_parameters(subject: _Subject) -> None:
    copy = clone(subject.estimator)
    assert copy is not subject.estimator
    assert repr(copy.get_params()) == repr(subject.estimator.get_params())


def _fit_returns_self_and_keeps_parameters(subject: _Subject) -> None:
    model = clone(subject.estimator)
    before = repr(model.get_params())
    assert model.fit(subject.texts, subject.labels) is model
    assert repr(model.get_params()) == before, "fit changed a parameter"


def _classes_are_sorted(subject: _Subject) -> None:
    assert list(subject.model.classes_) == sorted(set(subject.labels))


def _integer_labels_in_any_order_are_answered(subject: _Subject) -> None:
    odd = np.array([{"응급": 7, "비응급": -3, "준응급": 2}[label] for label in subject.labels])[::-1]
    model = subject.fitted(subject.texts[::-1], odd)
    assert list(model.classes_) == [-3, 2, 7]
    assert set(np.asarray(model.predict(subject.others)).tolist()) <= {-3, 2, 7}


def _probabilities_are_distributions(subject: _Subject) -> None:
    found = subject.answers
    assert found.shape == (len(subject.others), len(subject.model.classes_)), f"shape {found.shape}"
    assert np.isfinite(found).all() and (found >= 0).all(), "negative or not finite"
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def _predict_agrees_with_probabilities(subject: _Subject) -> None:
    expected = np.asarray(subject.model.classes_)[subject.answers.argmax(axis=1)]
    np.testing.assert_array_equal(subject.model.predict(subject.others), expected)


def _prediction_changes_nothing(subject: _Subject) -> None:
    np.testing.assert_allclose(subject.model.predict_proba(subject.others), subject.answers, atol=0)


def _a_text_gets_the_same_answer_alone(subject: _Subject) -> None:
    alone = np.concatenate([subject.model.predict_proba([text]) for text in subject.others])
    np.testing.assert_allclose(alone, subject.answers, atol=SAME)


def _the_order_of_texts_does_not_matter(subject: _Subject) -> None:
    order = generator_for("order of texts").permutation(len(subject.others))
    shuffled = subject.model.predict_proba([subject.others[row] for row in order])
    np.testing.assert_allclose(shuffled, subject.answers[order], atol=SAME)


def _a_corpus_gives_the_same_answers_as_a_list(subject: _Subject) -> None:
    rows = len(subject.texts)
    whole = Corpus([*subject.texts, *subject.others])
    model = subject.fitted(whole[:rows])
    np.testing.assert_allclose(model.predict_proba(whole[rows:]), subject.answers, atol=SAME)


def _arrays_are_read_like_lists(subject: _Subject) -> None:
    found = subject.model.predict_proba(np.array(subject.others, dtype=object))
    np.testing.assert_allclose(found, subject.answers, atol=SAME)


def _the_same_seed_gives_the_same_model(subject: _Subject) -> None:
    np.testing.assert_array_equal(subject.fitted().predict_proba(subject.others), subject.answers)


def _fitting_again_forgets(subject: _Subject) -> None:
    model = subject.fitted(subject.texts[:60], ["x", "y"] * 30)
    model.fit(subject.texts, subject.labels)
    np.testing.assert_array_equal(model.predict_proba(subject.others), subject.answers)


def _no_texts_have_no_answers(subject: _Subject) -> None:
    assert subject.model.predict([]).shape == (0,)
    assert subject.model.predict_proba([]).shape == (0, len(subject.model.classes_))


def _an_unfitted_model_says_so(subject: _Subject) -> None:
    _raises(NotFittedError, lambda: clone(subject.estimator).predict(subject.texts))
    _raises(NotFittedError, lambda: clone(subject.estimator).predict_proba(subject.texts))


def _what_cannot_be_learnt_from_is_refused(subject: _Subject) -> None:
    texts, labels = subject.texts, subject.labels
    _raises(ValueError, lambda: subject.fitted(texts, ["one"] * len(texts)))
    _raises(ValueError, lambda: subject.fitted(texts, labels[:-1]))
    _raises(ValueError, lambda: subject.fitted([], []))
    _raises((TypeError, ValueError), lambda: subject.fitted(texts[0], labels[: len(texts[0])]))
    _raises((TypeError, ValueError), lambda: subject.fitted([*texts[:-1], 3], labels))
    _raises((TypeError, ValueError), lambda: subject.fitted([*texts[:-1], None], labels))


def _works_in_a_pipeline(subject: _Subject) -> None:
    pipeline = Pipeline([("classifier", clone(subject.estimator))]).fit(subject.texts, subject.labels)
    np.testing.assert_array_equal(pipeline.predict_proba(subject.others), subject.answers)


def _works_in_a_grid_search(subject: _Subject) -> None:
    grid = _grid(subject.estimator)
    search = GridSearchCV(clone(subject.estimator), grid, cv=2, error_score="raise")
    assert search.fit(subject.texts, subject.labels).predict(subject.others).shape == (len(subject.others),)
    reached = search.best_estimator_.get_params(deep=False)
    for name, values in grid.items():
        tried = {repr(params[name]) for params in search.cv_results_["params"]}
        assert tried == set(map(repr, values)) and reached[name] in values, f"the search did not vary {name}"


def _grid(estimator: Any) -> dict[str, list[Any]]:
    """Return one parameter with values to try: of the estimator's space if it has one, else one of its own."""
    params = estimator.get_params(deep=False)
    dimensions = {name: one for name, one in _space(estimator).items() if name in params}
    # Real numbers first: whole ones are often sizes, and a choice may name a tokenizer that is not installed here.
    # Of a kind the last first: the linear models' `keep` means nothing unless a choice before it is made.
    backwards = reversed(dimensions)
    for name in sorted(backwards, key=lambda one: KINDS.index(type(dimensions[one]))):
        values = _two_of(dimensions[name])
        if len(values) > 1:
            return {name: values}
    if "random_state" in params:
        return {"random_state": [0, 1]}
    # Which other values would do nobody has said.
    return {name: [params[name]] for name in sorted(params)[:1]}


def _space(estimator: Any) -> Mapping[str, Dimension]:
    return getattr(getattr(estimator, "space", None), "dimensions", {})


def _two_of(dimension: Dimension) -> list[Any]:
    """Return two values that a dimension offers, its lowest and about its middle: the highest may take long."""
    if isinstance(dimension, Choice):
        return list(dimension.options[:2])
    low, high = dimension.low, dimension.high
    middle = (low * high) ** 0.5 if dimension.log else (low + high) / 2
    if isinstance(dimension, Float):
        return [low, middle]
    second = dimension.low + max(1, (int(middle) - dimension.low) // dimension.step) * dimension.step
    return [value for value in (dimension.low, second) if value <= high]


def _kept_and_read_back_it_answers_alike(subject: _Subject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = load_model(save_model(subject.model, Path(folder) / "model")).model
    np.testing.assert_array_equal(found.predict_proba(subject.others), subject.answers)
    np.testing.assert_array_equal(found.predict(subject.others), subject.model.predict(subject.others))
    np.testing.assert_array_equal(found.unknown_shares(subject.others), subject.model.unknown_shares(subject.others))


def _learns_easy_sentences(subject: _Subject, accuracy: float) -> None:
    texts, labels = easy_sentences(90, seed=2)
    reached = float(np.mean(subject.model.predict(texts) == labels))
    assert reached >= accuracy, f"accuracy {reached:.2f} on easy sentences; {accuracy} expected"


def _raises(kind: type[Exception] | tuple[type[Exception], ...], call: Callable[[], Any]) -> None:
    try:
        call()
    except kind as error:
        assert str(error), "the error has no message"
        return
    raise AssertionError(f"nothing was raised; expected {kind}")


_CHECKS: Sequence[Any] = (
    _init_only_stores,
    _clone_keeps_parameters,
    _fit_returns_self_and_keeps_parameters,
    _classes_are_sorted,
    _integer_labels_in_any_order_are_answered,
    _probabilities_are_distributions,
    _predict_agrees_with_probabilities,
    _prediction_changes_nothing,
    _a_text_gets_the_same_answer_alone,
    _the_order_of_texts_does_not_matter,
    _a_corpus_gives_the_same_answers_as_a_list,
    _arrays_are_read_like_lists,
    _the_same_seed_gives_the_same_model,
    _fitting_again_forgets,
    _no_texts_have_no_answers,
    _an_unfitted_model_says_so,
    _what_cannot_be_learnt_from_is_refused,
    _works_in_a_pipeline,
    _works_in_a_grid_search,
)
