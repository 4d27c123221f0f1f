"""Nearest neighbours: the labels of the most similar training texts."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from triage_bench.core.errors import ModelFileError, UnknownNameError
from triage_bench.core.kept import Kept
from triage_bench.core.space import Choice, Float, Int, Space
from triage_bench.models.contract import Codes, Probabilities, TextClassifier
from triage_bench.models.features import SelectedTfidf
from triage_bench.models.margins import FEATURE_SPACE
from triage_bench.text.corpus import Corpus

_CELLS = 1 << 24
"""Similarities held at once: 128 MiB."""


class NearestNeighbours(TextClassifier):
    """Votes of the training texts with the highest cosine similarity of TF-IDF, nearer ones counting more.

    Parameters
    ----------
    tokenizer, ngram_min, ngram_max, min_df, max_df, max_features, sublinear_tf
        As in `TfidfLogisticRegression`.
    neighbours
        How many vote; all, where there are fewer.
    power
        A neighbour's vote is its similarity to this power: 0 counts heads, 1 is proportional.
    class_weight
        None, or ``"balanced"``: votes of a class are divided by its share of the training rows.

    Attributes
    ----------
    features_ : SelectedTfidf
        The fitted features.

    Notes
    -----
    A text without a gram in common with any training text gets the class shares. Of neighbours
    equally near, the first training rows vote, whatever the text's company.
    """

    space: ClassVar[Space] = Space(
        {
            **FEATURE_SPACE,
            "neighbours": Int(1, 100, log=True),
            "power": Float(0.5, 8.0),
            "class_weight": Choice((None, "balanced")),
        }
    )

    def __init__(
        self,
        *,
        tokenizer: str = "char_wb+mecab",
        ngram_min: int = 1,
        ngram_max: int | None = None,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        sublinear_tf: bool = True,
        neighbours: int = 20,
        power: float = 3.0,
        class_weight: str | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.ngram_min = ngram_min
        self.ngram_max = ngram_max
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.sublinear_tf = sublinear_tf
        self.neighbours = neighbours
        self.power = power
        self.class_weight = class_weight

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        if self.class_weight not in (None, "balanced"):
            raise UnknownNameError("class weight", str(self.class_weight), ("balanced",))
        if self.neighbours < 1 or self.power < 0:
            raise ValueError(
                f"neighbours must be at least 1 and power not negative, got {self.neighbours!r} and {self.power!r}."
            )
        self.features_ = SelectedTfidf(
            self.tokenizer,
            ngram_min=self.ngram_min,
            ngram_max=self.ngram_max,
            min_df=self.min_df,
            max_df=self.max_df,
            max_features=self.max_features,
            sublinear_tf=self.sublinear_tf,
        )
        # Columns of the transpose are texts: one product gives the similarities to all of them.
        self._texts = csr_matrix(self.features_.fit_transform(corpus, codes).T)
        self._codes = codes
        counts = np.bincount(codes)
        self._shares = counts / counts.sum()
        self._votes = np.ones(len(counts)) if self.class_weight is None else 1 / (len(counts) * self._shares)
        self.facts_["features"] = float(self.features_.width_)

    def _unknown_shares(self, corpus: Corpus) -> NDArray[np.float64]:
        return self.features_.unknown_shares(corpus)

    def _kept(self) -> Kept:
        texts = self._texts
        arrays = {"values": texts.data, "rows": texts.indices, "ends": texts.indptr, "codes": self._codes}
        return Kept(arrays={**arrays, "shares": self._shares, "votes": self._votes}).with_parts(
            features=self.features_.kept()
        )

    def _restore(self, kept: Kept) -> None:
        classes = len(self.classes_)
        self.features_ = SelectedTfidf.restored(kept.part("features"))
        self._codes = kept.array("codes", "iu", None).astype(np.int64)
        if not len(self._codes) or self._codes.min() < 0 or self._codes.max() >= classes:
            raise ModelFileError(f"the model file's neighbours have a label outside its {classes}.")
        self._shares, self._votes = kept.array("shares", "f", classes), kept.array("votes", "f", classes)
        parts = (kept.array("values", "f", None), kept.array("rows", "iu", None), kept.array("ends", "iu", None))
        self._texts = csr_matrix(parts, (self.features_.width_, len(self._codes)))
        self._texts.check_format(full_check=True)  # a row number out of range would be read out of memory

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        matrix = self.features_.transform(corpus)
        step = max(1, _CELLS // self._texts.shape[1])
        blocks = [self._block(matrix[begin : begin + step]) for begin in range(0, matrix.shape[0], step)]
        return np.concatenate(blocks)

    def _block(self, matrix: csr_matrix) -> Probabilities:
        near, similarity = nearest(np.asarray((matrix @ self._texts).todense()), self.neighbours)
        labels = self._codes[near]
        # A millionth of a whole vote, spread by the class shares, decides where nothing is similar.
        weights = np.where(similarity > 0, similarity**self.power, 0.0) * self._votes[labels]
        votes = np.tile(1e-6 * self._shares, (len(near), 1))
        for label in range(votes.shape[1]):
            votes[:, label] += np.where(labels == label, weights, 0.0).sum(axis=1)
        return votes / votes.sum(axis=1, keepdims=True)


def nearest(similarity: NDArray[np.float64], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the columns with the largest values of each row, and these values; of equals the first columns.

    Parameters
    ----------
    similarity
        Shape (n, m).
    count
        How many columns per row; at most m are returned.
    """
    rounded = np.round(similarity, 9)  # sums in another order differ in the last bits; ties must not
    count = min(count, similarity.shape[1])
    least = np.partition(rounded, -count, axis=1)[:, [-count]]
    above, equal = rounded > least, rounded == least
    room = count - above.sum(axis=1, keepdims=True)
    chosen = above | (equal & (np.cumsum(equal, axis=1) <= room))
    columns = np.nonzero(chosen)[1].reshape(len(similarity), count)
    return columns.astype(np.int64), np.take_along_axis(rounded, columns, axis=1)
