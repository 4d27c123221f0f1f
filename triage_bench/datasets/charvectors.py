"""Texts as vectors of character n-grams, weighted by TF-IDF: what near-duplicates are measured with.

Not the n-grams that models learn from (those live in `text` and are fitted on training rows):
here nothing is learned about labels, so all rows may be weighed together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

LONGEST = 4
"""Characters of the longest n-gram; 1 to 4 is what the threshold of near-duplicates was measured with."""


def char_vectors(texts: Sequence[str]) -> csr_matrix:
    """Return one vector of length 1 per text, over the n-grams that at least two texts share.

    Parameters
    ----------
    texts
        Not empty strings. They should be distinct: copies would make their n-grams look common.

    Returns
    -------
    csr_matrix of float64, shape (n, features)
        Weight ``(1 + ln count) · idf`` with scikit-learn's smooth idf, scaled to length 1 before
        the n-grams of a single text are left out (they meet no other text, but they count for its
        length). Columns run from the rarest n-gram to the commonest; indices are sorted. The
        weights do not depend on the order of the texts.

    Notes
    -----
    The logarithm of the count keeps ``ㅋㅋㅋㅋㅋㅋㅋㅋ`` from outweighing what was said before it.
    """
    from scipy.sparse import csr_matrix

    counts = _counts(texts)
    document_frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + len(texts)) / (1 + document_frequency)) + 1
    weights = (1 + np.log(counts.data)) * idf[counts.indices]
    row = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
    length = np.sqrt(np.bincount(row, weights * weights, minlength=len(texts)))
    weights /= length[row]
    shared = np.flatnonzero(document_frequency > 1)
    column = np.full(counts.shape[1], -1, dtype=np.int64)
    column[shared[np.argsort(document_frequency[shared], kind="stable")]] = np.arange(len(shared))
    kept = column[counts.indices] >= 0
    vectors = csr_matrix((weights[kept], (row[kept], column[counts.indices[kept]])), shape=(len(texts), len(shared)))
    vectors.sort_indices()
    return vectors


def _counts(texts: Sequence[str]) -> csr_matrix:
    """Count n-grams; their numbers follow their characters, so no order of rows can show."""
    from scipy.sparse import csr_matrix

    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    row = np.repeat(np.arange(len(texts)), lengths)
    end = np.repeat(np.cumsum(lengths), lengths)
    alphabet, letter = np.unique(codes, return_inverse=True)
    rows, columns, features = [row], [letter], len(alphabet)
    start, gram = np.arange(len(codes)), letter
    for size in range(2, LONGEST + 1):
        fits = start + size <= end[start]
        start = start[fits]
        known, gram = np.unique(gram[fits] * len(alphabet) + letter[start + size - 1], return_inverse=True)
        rows.append(row[start])
        columns.append(gram + features)
        features += len(known)
    where = (np.concatenate(rows), np.concatenate(columns))
    counts = csr_matrix((np.ones(len(where[0])), where), shape=(len(texts), features))
    counts.sum_duplicates()
    return counts


def suffix_lengths(vectors: csr_matrix) -> NDArray[np.float64]:
    """Return, per stored entry, the length of its vector from this entry to the commonest n-gram.

    Returns
    -------
    ndarray of float64, shape (vectors.nnz,)
    """
    squares = vectors.data * vectors.data
    row = np.repeat(np.arange(vectors.shape[0]), np.diff(vectors.indptr))
    before = np.cumsum(squares) - squares
    total = np.bincount(row, squares, minlength=vectors.shape[0])
    start = np.concatenate([[0.0], np.cumsum(total)[:-1]])
    lengths: NDArray[np.float64] = np.sqrt(np.maximum(total[row] - (before - start[row]), 0.0))
    return lengths
