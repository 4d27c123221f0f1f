"""Near-duplicate texts: the same sentence copied, cut, completed or lightly reworded.

Measured by character n-grams, without embeddings; a paraphrase in other words is not found.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from triage_bench.datasets.charvectors import char_vectors, suffix_lengths

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

THRESHOLD = 0.5
"""Cosine from which two texts are near-duplicates: 0.7 misses heavy edits."""

SHORT = 3
"""Texts of at most this many characters, blanks and ASCII punctuation aside, are compared whole."""

LARGEST_SHARE = 0.2
"""No cluster of more than 5 texts may hold more than this share of the distinct ones: one test side of five."""

STRICTER = 0.1
"""How much the threshold rises for a cluster that is too large."""

# Pairs are filtered by the weight they share among rare n-grams before their cosine is worked out. The rare
# part of a text ends where the rest is shorter than this share of the threshold: lower filters better, but
# more pairs share something rare (measured on nsmc: 0.84 is about the cheapest from 30,000 to 200,000 texts).
REST = 0.84
BLOCK_PRODUCTS = 10_000_000
BLOCK_PAIRS = 200_000
SLICES = 16
ROUNDING = 1e-9

_DRAWN_OUT = re.compile(r"([^\d\s])\1{2,}")
_NOT_LETTERS = dict.fromkeys(map(ord, string.punctuation + string.whitespace))


def exact_duplicates(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the row in which each text stands first: rows with equal numbers hold identical texts.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    first: dict[str, int] = {}
    return np.array([first.setdefault(text, row) for row, text in enumerate(texts)], dtype=np.int64)


def near_duplicate_clusters(texts: Sequence[str], threshold: float = THRESHOLD) -> NDArray[np.int64]:
    """Return the first row of the cluster that each text belongs to.

    Parameters
    ----------
    texts
        Any strings. Case, the width of blanks and how long a sign is drawn out (``ㅋㅋㅋㅋ``, ``!!!``)
        do not count; every letter does, known or not.
    threshold
        Cosine of character 1-to-4-gram TF-IDF from which two texts are linked; in (0, 1].

    Returns
    -------
    ndarray of int64, shape (n,)
        Rows with equal numbers belong together: a chain of links leads from one to the other
        (single link). The clusters do not depend on the order of the texts.

    Notes
    -----
    Exact for any number of texts: prefix filtering (Bayardo et al. 2007, "Scaling up all pairs
    similarity search") leaves out only pairs that cannot reach the threshold.

    Two guards against chaining. A text of at most `SHORT` characters is linked only to texts with
    the same characters, punctuation aside: its few n-grams would tie it to everything. A cluster
    that holds more than `LARGEST_SHARE` of the distinct texts is cut again with the threshold
    raised by `STRICTER`, until its parts are small enough or only identical texts are left; so rows
    of two such parts may still be near-duplicates.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must lie in (0, 1], got {threshold!r}")
    keys = [_key(text) for text in texts]
    distinct, first, key_of_row = _number(keys)
    cluster = np.arange(len(distinct), dtype=np.int64)
    long = np.array([n for n, (kind, _) in enumerate(distinct) if kind], dtype=np.int64)
    if len(long) > 1:
        vectors = char_vectors([distinct[n][1] for n in long])
        cluster[long] = long[_cut(vectors, threshold, max(5, int(LARGEST_SHARE * len(distinct))))]
    return _first_rows(cluster, first)[key_of_row]


def _key(text: str) -> tuple[bool, str]:
    """Return what counts of a text, and whether it is long enough to be measured by n-grams."""
    spaced = _DRAWN_OUT.sub(r"\1\1", " ".join(text.lower().split()))
    letters = spaced.translate(_NOT_LETTERS)
    return (True, spaced) if len(letters) > SHORT else (False, letters or spaced)


def _number(keys: Sequence[tuple[bool, str]]) -> tuple[list[tuple[bool, str]], NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct keys, the first row of each, and the number of each row's key."""
    number: dict[tuple[bool, str], int] = {}
    key_of_row = np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
    first = np.unique(key_of_row, return_index=True)[1]
    return list(number), first.astype(np.int64), key_of_row


def _first_rows(cluster: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
    lowest = np.full(len(cluster), np.iinfo(np.int64).max)
    np.minimum.at(lowest, cluster, first)
    return lowest[cluster]


def _cut(vectors: csr_matrix, threshold: float, largest: int) -> NDArray[np.int64]:
    """Cluster by single link, and again with a higher threshold what comes out larger than `largest`."""
    cluster = _single_link(vectors, threshold)
    higher = threshold + STRICTER
    members, sizes = np.unique(cluster, return_counts=True)
    for giant in members[sizes > largest]:
        rows = np.flatnonzero(cluster == giant)
        cluster[rows] = rows[_cut(vectors[rows], higher, largest)] if higher <= 1 else rows
    return cluster


def _single_link(vectors: csr_matrix, threshold: float) -> NDArray[np.int64]:
    """Return the lowest member of each vector's connected component, links being cosines >= threshold."""
    links = _Links(vectors, threshold - ROUNDING)
    for left, right, shared, most in _candidates(vectors, threshold - ROUNDING):
        links.join(left, right, shared, most)
    return links.component


class _Links:
    """Components that grow as links are found; a pair within one component needs no cosine."""

    def __init__(self, vectors: csr_matrix, threshold: float) -> None:
        self.vectors, self.threshold = vectors, threshold
        self.component = np.arange(vectors.shape[0], dtype=np.int64)

    def join(
        self,
        left: NDArray[np.int64],
        right: NDArray[np.int64],
        shared: NDArray[np.float64],
        most: NDArray[np.float64],
    ) -> None:
        """Take in pairs, `shared` and `most` being bounds of their cosines; the surest first."""
        sure = shared >= self.threshold
        self._unite(left[sure], right[sure])
        open_ = np.flatnonzero(~sure & (most >= self.threshold))
        open_ = open_[np.argsort(-shared[open_], kind="stable")]
        for start in range(0, len(open_), BLOCK_PAIRS):
            pairs = open_[start : start + BLOCK_PAIRS]
            one, other = left[pairs], right[pairs]
            apart = self.component[one] != self.component[other]
            one, other = one[apart], other[apart]
            linked = _cosines(self.vectors, one, other) >= self.threshold
            self._unite(one[linked], other[linked])

    def _unite(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> None:
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        one, other = self.component[left], self.component[right]
        if not (one != other).any():
            return
        n = len(self.component)
        graph = coo_matrix((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n, n))
        merged = connected_components(graph, directed=False)[1]
        lowest = np.unique(merged, return_index=True)[1]
        self.component = lowest[merged[self.component]].astype(np.int64)


def _cosines(vectors: csr_matrix, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    if not len(left):
        return np.empty(0)
    products = vectors[left].multiply(vectors[right])
    return np.asarray(products.sum(axis=1), dtype=np.float64).ravel()


def _candidates(
    vectors: csr_matrix, threshold: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]:
    """Yield pairs that share a rare n-gram, with a lower and an upper bound of their cosine.

    A pair that shares none in the rare parts meets only in the rest of the vector whose rare part
    ends first; that rest is shorter than the threshold, and so is the cosine.
    """
    rare = suffix_lengths(vectors) >= REST * threshold
    prefix, rest, last = _prefix(vectors, rare)
    reach = np.bincount(prefix.indices, minlength=prefix.shape[1])
    row = np.repeat(np.arange(prefix.shape[0]), np.diff(prefix.indptr))
    products = np.cumsum(np.bincount(row, reach[prefix.indices], minlength=prefix.shape[0]))
    n, start, sliced, behind = prefix.shape[0], 0, 0, prefix.T.tocsr()
    while start < n:
        done = products[start - 1] if start else 0.0
        stop = max(start + 1, int(np.searchsorted(products, done + BLOCK_PRODUCTS, side="right")))
        if start - sliced > n // SLICES:  # rows before `start` have met everyone: leave them out
            sliced, behind = start, prefix[start:].T.tocsr()
        block = (prefix[start:stop] @ behind).tocoo()
        left, right, shared = block.row + np.int64(start), block.col + np.int64(sliced), block.data
        most = shared + np.where(last[left] <= last[right], rest[left], rest[right])
        kept = (left < right) & (most >= threshold)
        yield left[kept], right[kept], shared[kept], most[kept]
        start = stop


def _prefix(vectors: csr_matrix, rare: NDArray[np.bool_]) -> tuple[csr_matrix, NDArray[np.float64], NDArray[np.int64]]:
    """Return the rare parts, the length of each rest, and the last n-gram of each rare part."""
    from scipy.sparse import csr_matrix

    row = np.repeat(np.arange(vectors.shape[0]), np.diff(vectors.indptr))
    prefix = csr_matrix((vectors.data[rare], (row[rare], vectors.indices[rare])), shape=vectors.shape)
    prefix.sort_indices()
    rest = np.sqrt(np.bincount(row[~rare], vectors.data[~rare] ** 2, minlength=vectors.shape[0]))
    last = np.full(vectors.shape[0], -1, dtype=np.int64)
    some = np.diff(prefix.indptr) > 0
    last[some] = prefix.indices[prefix.indptr[1:][some] - 1]
    return prefix, rest, last
