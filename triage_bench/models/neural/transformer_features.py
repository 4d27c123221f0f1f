"""A pre-trained Transformer as it is, and logistic regression on its states: the cheap variant."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from triage_bench.core.digest import digest_bytes, digest_texts
from triage_bench.core.kept import Kept
from triage_bench.core.space import Choice, Float, Space
from triage_bench.models.contract import Codes, Probabilities
from triage_bench.models.neural.device import choose_device, memory_errors, one_thread, reproducible
from triage_bench.models.neural.loop import answers
from triage_bench.models.neural.notes import parameter_counts
from triage_bench.models.neural.transformer_network import padding_of, pooled
from triage_bench.models.neural.transformer_opened import READ_AT_ONCE, PretrainedTextClassifier
from triage_bench.models.neural.transformer_source import model_digest, model_folder
from triage_bench.models.neural.weights import WEIGHTS, unpacked, with_weights
from triage_bench.text.corpus import Corpus

Features = NDArray[np.float64]

_REMEMBERED = 12
"""Results a process keeps: the inner folds of a search, training and scored rows."""
_seen: OrderedDict[tuple[str, ...], Features] = OrderedDict()


class FrozenEncoder(nn.Module):
    """Subword numbers → one pooled state per text, by an encoder that stays as it is."""

    def __init__(self, encoder: nn.Module, padding: int, pooling: str) -> None:
        super().__init__()
        self.encoder, self.padding, self.pooling = encoder, padding, pooling

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return states, shape (texts, width), of token numbers, shape (texts, longest)."""
        return pooled(self.encoder, tokens, lengths, self.padding, self.pooling)


class TransformerFeaturesClassifier(PretrainedTextClassifier):
    """Logistic regression on the standardised pooled states of a pre-trained Transformer that is not trained.

    Parameters
    ----------
    pretrain
        Folder of the pre-trained model, or its name in the cache, where ``--pretrain`` puts it.
    pooling
        ``"mean"`` of all states, or the ``"first"`` one.
    max_length
        Tokens kept of a text, special ones included. None means so many that 99 % of the training rows stay
        whole, 256 at the most.
    C
        Inverse strength of the L2 penalty.
    class_weight
        None, or ``"balanced"``: every class counts alike, however many rows it has.
    max_iter
        When the solver stops at the latest.
    random_state
        Seed of weights that the pre-trained model's files lack; usually there are none.

    Attributes
    ----------
    network_ : FrozenEncoder
        Gives the states.
    mean_, scale_ : ndarray, shape (width,)
        Of the training rows' states.
    weights_, intercepts_ : ndarray, shapes (k, width) and (k,)
        Of the regression; one row for two classes.
    """

    space: ClassVar[Space] = Space(
        {
            "C": Float(1e-4, 10.0, log=True),
            "pooling": Choice(("mean", "first")),
            "class_weight": Choice((None, "balanced")),
        }
    )

    def __init__(
        self,
        *,
        pretrain: str | None = None,
        pooling: str = "mean",
        max_length: int | None = None,
        C: float = 0.01,
        class_weight: str | None = "balanced",
        max_iter: int = 1_000,
        random_state: int = 0,
    ) -> None:
        self.pretrain = pretrain
        self.pooling = pooling
        self.max_length = max_length
        self.C = C
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.random_state = random_state

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        with reproducible(self.random_state):
            encoder = self._open(corpus)
        self.network_ = FrozenEncoder(encoder, padding_of(encoder), self.pooling).to(choose_device())
        self._content = model_digest(model_folder(self.pretrain))
        states = self._states(corpus)
        self.mean_, spread = states.mean(axis=0), states.std(axis=0)
        self.scale_ = np.where(spread > np.finfo(np.float32).eps, spread, 1.0)
        regression = LogisticRegression(C=self.C, class_weight=self.class_weight, max_iter=self.max_iter)
        with warnings.catch_warnings(), threadpool_limits(1):
            # A gradient that is still falling moves no answer; max_iter bounds the time.
            warnings.simplefilter("ignore", ConvergenceWarning)
            regression.fit((states - self.mean_) / self.scale_, codes)
        self.weights_, self.intercepts_ = regression.coef_, regression.intercept_
        self.facts_.update(device=choose_device().type, **parameter_counts(self.network_))
        self.facts_["parameters"] = float(sum(one.numel() for one in self.network_.parameters()) + self.weights_.size)
        self.facts_["trained_parameters"] = float(self.weights_.size + self.intercepts_.size)

    def _states(self, corpus: Corpus) -> Features:
        """Return the pooled states, shape (texts, width); those of the very same rows are computed once."""
        key = (self._content, str(self.random_state), self.pooling, str(self.length_), digest_texts(corpus))
        if key not in _seen:
            with memory_errors(), one_thread():
                found = answers(self.network_, self._encoded(corpus), choose_device(), READ_AT_ONCE)
                _seen[key] = found.double().cpu().numpy()
            while len(_seen) > _REMEMBERED:
                _seen.popitem(last=False)
        _seen.move_to_end(key)
        return _seen[key]

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        with threadpool_limits(1):
            scores = (self._states(corpus) - self.mean_) / self.scale_ @ self.weights_.T + self.intercepts_
        if scores.shape[1] == 1:  # two classes: the score of the second against the first
            scores = np.hstack([np.zeros_like(scores), scores])
        return np.asarray(softmax(scores, axis=1))

    def _kept(self) -> Kept:
        kept = self._kept_network(self.network_, self.network_.encoder)
        arrays = {
            "mean": self.mean_,
            "scale": self.scale_,
            "weights": self.weights_,
            "intercepts": self.intercepts_,
        }
        return Kept(kept.plain, arrays, kept.files)

    def _restore(self, kept: Kept) -> None:
        tensors = unpacked(kept.file(WEIGHTS))
        make, padding = self._restore_encoder(kept, len(tensors)), kept.value("padding", int)
        self.network_ = with_weights(lambda: FrozenEncoder(make(), padding, self.pooling), tensors, choose_device())
        self._content = digest_bytes(kept.file(WEIGHTS))
        rows = 1 if len(self.classes_) == 2 else len(self.classes_)
        self.weights_ = kept.array("weights", "f", rows, None)
        width = self.weights_.shape[1]
        self.intercepts_ = kept.array("intercepts", "f", rows)
        self.mean_, self.scale_ = kept.array("mean", "f", width), kept.array("scale", "f", width)
