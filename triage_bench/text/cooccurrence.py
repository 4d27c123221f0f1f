"""Word vectors from texts without labels: which words stand near which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.utils.extmath import randomized_svd

from triage_bench.core.errors import DataError
from triage_bench.text.ragged import Ragged

WINDOW, SMOOTHING = 5, 0.75
"""Neighbours on each side, nearer ones counting more; power that makes rare contexts less special."""


@dataclass(frozen=True, eq=False)
class LearntVectors:
    """Words and a vector of each.

    Attributes
    ----------
    words
        The most frequent first.
    values : ndarray of float32, shape (words, dimensions)
        Their vectors.
    """

    words: tuple[str, ...]
    values: NDArray[np.float32]


def learn_vectors(
    tokens: Ragged, dimensions: int, *, least: int = 5, most: int = 50_000, seed: int = 0
) -> LearntVectors:
    """Factorise the positive pointwise mutual information of words and their neighbours.

    What skip-gram with negative sampling does step by step, at once and the same way twice; on small
    corpora the better of the two (Levy, Goldberg and Dagan 2015).

    Parameters
    ----------
    tokens
        Tokens of the texts.
    dimensions
        Numbers per vector.
    least, most
        Words that occur `least` times get a vector, the `most` most frequent of them.
    seed
        Of the randomised decomposition.

    Raises
    ------
    DataError
        If the texts have fewer such words than a vector has numbers.
    """
    counts = np.bincount(tokens.values, minlength=len(tokens.vocabulary))
    order = np.argsort(-counts, kind="stable")
    kept = order[counts[order] >= least][:most]
    if len(kept) <= dimensions:
        raise DataError(
            f"the texts hold {len(kept):,} words {least} times or more; vectors of {dimensions} numbers need more. "
            "Give more texts, or fewer dimensions."
        )
    number = np.full(len(tokens.vocabulary), -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    information = _information(_neighbours(number[tokens.values], tokens.lengths, len(kept)))
    left, sizes, _ = randomized_svd(information, dimensions, n_iter=3, random_state=seed)
    values = left * np.sqrt(sizes)
    # All of one length: that of a frequent word would say how frequent it is.
    values /= np.linalg.norm(values, axis=1, keepdims=True).clip(np.finfo(np.float32).tiny)
    return LearntVectors(tuple(tokens.vocabulary[i] for i in kept), values.astype(np.float32))


def _neighbours(numbers: NDArray[np.int64], lengths: NDArray[np.int64], words: int) -> csr_matrix:
    """Return how often words stand near each other, weighted by nearness, shape (words, words), symmetric."""
    row_of = np.repeat(np.arange(len(lengths)), lengths)
    total: csr_matrix | None = None
    for apart in range(1, WINDOW + 1):
        left, right = numbers[:-apart], numbers[apart:]
        pair = (row_of[:-apart] == row_of[apart:]) & (left >= 0) & (right >= 0)
        weights = np.full(int(pair.sum()), (WINDOW + 1 - apart) / WINDOW, dtype=np.float32)
        found = coo_matrix((weights, (left[pair], right[pair])), shape=(words, words)).tocsr()
        total = found if total is None else total + found
    assert total is not None
    return csr_matrix(total + total.T)


def _information(near: csr_matrix) -> csr_matrix:
    """Return positive pointwise mutual information, with smoothed contexts."""
    words = np.asarray(near.sum(axis=1), dtype=np.float64).ravel()
    contexts = words**SMOOTHING
    pairs = near.tocoo()
    expected = words[pairs.row] * (contexts / contexts.sum())[pairs.col]
    values = np.log(pairs.data / expected)
    kept = values > 0
    return csr_matrix((values[kept].astype(np.float32), (pairs.row[kept], pairs.col[kept])), shape=near.shape)
