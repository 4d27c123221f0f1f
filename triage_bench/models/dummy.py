"""Baselines that read no text: what every other model has to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.digest import digest_texts
from triage_bench.core.kept import Kept
from triage_bench.core.seeds import seed_for
from triage_bench.models.contract import Codes, Probabilities, TextClassifier
from triage_bench.text.corpus import Corpus


class Majority(TextClassifier):
    """Answers the most frequent label; its probabilities are the class shares.

    Attributes
    ----------
    shares_ : ndarray, shape (k,)
        Share of each class in the training rows.
    """

    reads = False

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        self.shares_ = class_shares(codes)

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        return np.tile(self.shares_, (len(corpus), 1))

    def _kept(self) -> Kept:
        return Kept(arrays={"shares": self.shares_})

    def _restore(self, kept: Kept) -> None:
        self.shares_ = kept.array("shares", "f", len(self.classes_))


class Stratified(TextClassifier):
    """Answers labels at random, each as often as among the training rows, with certainty.

    The draw depends on the text and `random_state` alone: a text gets the same answer in any
    company and order.

    Parameters
    ----------
    random_state
        Seed of the draw.

    Attributes
    ----------
    shares_ : ndarray, shape (k,)
        Share of each class in the training rows.
    """

    reads = False

    def __init__(self, *, random_state: int = 0) -> None:
        self.random_state = random_state

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        self.shares_ = class_shares(codes)

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        drawn = np.array([seed_for(self.random_state, "stratified", digest_texts((text,))) for text in corpus]) / 2**32
        places = np.searchsorted(np.cumsum(self.shares_)[:-1], drawn, side="right")
        return np.eye(len(self.shares_))[places]

    def _kept(self) -> Kept:
        return Kept(arrays={"shares": self.shares_})

    def _restore(self, kept: Kept) -> None:
        self.shares_ = kept.array("shares", "f", len(self.classes_))


def class_shares(codes: Codes) -> NDArray[np.float64]:
    """Return the share of each class, shape (k,)."""
    counts = np.bincount(codes)
    return counts / counts.sum()
