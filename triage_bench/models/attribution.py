"""What the parts of texts add to every class's score, whatever the family that gave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix


@dataclass(frozen=True, eq=False)
class GramScores:
    """Contributions of n-grams, exact for the model's score before it becomes a probability.

    Attributes
    ----------
    method
        ``"weights"`` or ``"tree-shap"``.
    features
        ``grams_in(texts)`` spells the columns.
    by_class : tuple of csr_matrix, each of shape (n, d)
        What each gram of a text adds to each class's score, less the mean over all classes.
    """

    method: str
    features: Any
    by_class: tuple[csr_matrix, ...]

    @property
    def analyzers(self) -> tuple[str, ...]:
        """The analyzers of the columns, in order; with several, a gram's name begins with its own."""
        blocks = getattr(self.features, "tfidf", self.features).blocks_
        return tuple(block.analyzer for block in blocks)


@dataclass(frozen=True, eq=False)
class TokenScores:
    """Contributions of a text's tokens, one after the other.

    Attributes
    ----------
    method
        ``"integrated-gradients"``.
    tokens
        Each text's tokens, as far as the model reads them.
    values
        What each adds to the logarithm of the probability of the class that was asked about, per text.
    gap
        By what share of the change from an empty text their sums miss it.
    """

    method: str
    tokens: Sequence[Sequence[str]]
    values: Sequence[NDArray[np.float64]]
    gap: float


def weighted_by_class(matrix: csr_matrix, weights: NDArray[np.floating[Any]]) -> tuple[csr_matrix, ...]:
    """Return each class's weights times the features, shapes (n, d); adding the same to every class changes nothing.

    Parameters
    ----------
    matrix
        Features, shape (n, d).
    weights
        One row per class, shape (k, d).
    """
    columns = np.unique(matrix.indices)
    centred = np.zeros((len(weights), matrix.shape[1]))
    centred[:, columns] = weights[:, columns] - weights[:, columns].mean(axis=0)
    return tuple(
        csr_matrix((matrix.data * row[matrix.indices], matrix.indices, matrix.indptr), matrix.shape) for row in centred
    )
