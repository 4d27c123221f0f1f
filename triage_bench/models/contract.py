"""What a text classifier is: scikit-learn's contract, over raw strings.

A model of one's own need not inherit from `TextClassifier`: the runner asks for ``fit``,
``predict``, ``predict_proba`` and ``classes_`` only, and reads ``space``, ``in_trials``,
``history_``, ``facts_`` and ``notices_`` where they exist.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from triage_bench.core.errors import InputError
from triage_bench.core.kept import Kept
from triage_bench.core.sentence import Notice
from triage_bench.core.space import Space
from triage_bench.models.attribution import GramScores, TokenScores, weighted_by_class
from triage_bench.text.corpus import Corpus

Self = TypeVar("Self", bound="TextClassifier")
Codes = NDArray[np.int64]
Probabilities = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LinearView:
    """A linear model's features and weights.

    Attributes
    ----------
    features
        ``transform(texts)`` gives the rows that are weighted, shape (n, d); ``grams_in(texts)`` the gram
        of every column that stands in them.
    weights : ndarray, shape (k, d)
        What a column says for each class. For an ordered model with one direction, ``k`` is 1: positive
        weights speak for later classes.
    """

    features: Any
    weights: NDArray[np.floating[Any]]


class TextClassifier(ClassifierMixin, BaseEstimator):
    """Base of the package's classifiers: checks what comes in, codes labels, decodes answers.

    A subclass stores its parameters in ``__init__`` and writes `_fit` and `_probabilities`.

    Attributes
    ----------
    space : Space
        What tuning may change (of the class). The defaults lie inside it: they are the first
        trial of every search.
    in_trials : Mapping
        Parameters that the trials of a search are fitted with, where neither the space nor the user says otherwise
        (of the class): what costs time and helps every candidate alike. The model that the search ends in does
        without them.
    classes_ : ndarray, shape (k,)
        The labels in ascending order; columns of `predict_proba`.
    history_ : tuple of dict
        One entry per epoch, for models that learn in epochs: ``epoch`` (from 1),
        ``train_loss`` and ``train_score`` (of the steps themselves, see `Trainer.train_epoch`),
        ``validation_loss`` (mean cross-entropy in nats) and ``validation_score``, both scores
        macro-F1, ``learning_rate``, ``grad_norm``. The validation keys are absent where too
        few rows were given for a validation slice.
    facts_ : dict
        What the model says of its fit, by name: numbers, or words.
    notices_ : tuple of Notice
        What the user should know of the fit.
    """

    space: ClassVar[Space] = Space({})
    in_trials: ClassVar[Mapping[str, Any]] = {}
    reads: bool = True
    """Whether answers depend on what a text says; of a baseline, or of columns alone, nothing is to be explained."""

    @abstractmethod
    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        """Learn from texts and label codes in ``range(len(self.classes_))``."""

    @abstractmethod
    def _probabilities(self, corpus: Corpus) -> Probabilities:
        """Return class probabilities, shape (len(corpus), k); `corpus` is not empty."""

    def fit(self: Self, X: Iterable[str], y: ArrayLike) -> Self:
        """Learn from texts and their labels.

        Parameters
        ----------
        X
            One string per row: a `Corpus`, a list, a one-dimensional array or a pandas Series.
        y
            One label per row: strings, integers or booleans.

        Raises
        ------
        TypeError
            If `X` is one string, or holds anything but strings.
        ValueError
            If there are no rows, `X` and `y` differ in length, `y` is continuous or missing, or
            there is one class only.
        """
        corpus = texts_of(X)
        classes, codes = _coded(corpus, y)
        self.classes_ = classes
        self.history_: tuple[dict[str, float], ...] = ()
        self.facts_: dict[str, float | str] = {"rows": float(len(corpus))}
        self.notices_: tuple[Notice, ...] = ()
        self._fit(corpus, codes)
        return self

    def predict_proba(self, X: Iterable[str]) -> Probabilities:
        """Return class probabilities, shape (n, k), columns in the order of ``classes_``.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        TypeError
            If `X` is one string, or holds anything but strings.
        """
        check_is_fitted(self, "classes_")
        corpus = texts_of(X)
        if not len(corpus):
            return np.empty((0, len(self.classes_)))
        return self._probabilities(corpus)

    def predict(self, X: Iterable[str]) -> NDArray[Any]:
        """Return the most probable label of each text, shape (n,)."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def unknown_shares(self, X: Iterable[str]) -> NDArray[np.float64]:
        """Return the share of each text's units (grams or tokens) that the model does not know, shape (n,).

        NaN for a text without units, and for a model that has no vocabulary.
        """
        check_is_fitted(self, "classes_")
        corpus = texts_of(X)
        return self._unknown_shares(corpus) if len(corpus) else np.empty(0)

    def _unknown_shares(self, corpus: Corpus) -> NDArray[np.float64]:
        return np.full(len(corpus), np.nan)

    def side_columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the numeric and of the categorical columns that are read beside the text."""
        return (), ()

    def linear_view(self) -> LinearView | None:
        """Return features and weights of a model that is linear in its grams; None of any other."""
        return None

    def gram_scores(self, corpus: Corpus) -> GramScores | None:
        """Return what each gram of the texts adds to every class; None where grams do not add up."""
        view = self.linear_view()
        if view is None or len(view.weights) != len(self.classes_):
            return None
        return GramScores(
            "weights", view.features, weighted_by_class(view.features.transform(corpus), np.asarray(view.weights))
        )

    def token_scores(self, corpus: Corpus, codes: Codes) -> TokenScores | None:
        """Return what each token of the texts adds to one class per text (codes of `classes_`); None if unknown."""
        return None

    def attention(self, corpus: Corpus) -> list[NDArray[np.float64]] | None:
        """Return the weight that each token of the texts gets from the model's attention; None without any."""
        return None

    def kept(self) -> Kept:
        """Return what was fitted, in forms that hold no code and no text; see `triage_bench.models.keeping`.

        Raises
        ------
        InputError
            If the model says nothing of how it is kept.
        """
        check_is_fitted(self, "classes_")
        return self._kept()

    def _kept(self) -> Kept:
        raise InputError(f"{type(self).__name__} cannot be kept in files: it does not define `_kept` and `_restore`.")

    def _restore(self, kept: Kept) -> None:
        """Take over what `_kept` gave; ``classes_`` stands already."""
        raise InputError(f"{type(self).__name__} cannot be read from files: it does not define `_restore`.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        return tags


def texts_of(X: Iterable[str]) -> Corpus:
    """Return `X` as a Corpus, refusing what only looks like a sequence of texts.

    Raises
    ------
    TypeError
        If `X` is one string, has no order, or holds anything but strings.
    ValueError
        If `X` has more than one dimension (a DataFrame: pass one of its columns).
    """
    dimensions = getattr(X, "ndim", 1)
    if dimensions != 1:
        raise ValueError(
            f"one text per row is expected, got {type(X).__name__} with {dimensions} dimensions; pass one column."
        )
    if isinstance(X, Mapping | Set) or not isinstance(X, Iterable):
        raise TypeError(f"a sequence of str is expected, got {type(X).__name__}.")
    return Corpus.of(X)


def _coded(corpus: Corpus, y: ArrayLike) -> tuple[NDArray[Any], Codes]:
    """Return the classes in ascending order and each row's place among them."""
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None: one label per text is expected.")
    labels = column_or_1d(y, warn=True)
    if len(labels) != len(corpus):
        raise ValueError(f"{len(corpus)} texts but {len(labels)} labels; one label per text is expected.")
    if not len(corpus):
        raise ValueError("no rows to learn from: found 0 sample(s) while a minimum of 2 is required.")
    classes, codes = _unique(labels)
    check_classification_targets(labels)
    if len(classes) < 2:
        raise ValueError(f"at least 2 classes are needed, got 1 class only: {classes[0]!r}.")
    return classes, codes.astype(np.int64)


def _unique(labels: NDArray[Any]) -> tuple[NDArray[Any], Codes]:
    missing = [row for row, label in enumerate(labels) if label is None or label != label]
    if missing:
        raise ValueError(f"{len(missing)} labels are missing (the first in row {missing[0]}); drop or fill them.")
    try:
        classes, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in labels})
        raise ValueError(f"labels must be of one kind, got {', '.join(kinds)}; turn them into strings.") from error
    return classes, codes
