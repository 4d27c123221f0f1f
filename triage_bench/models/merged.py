"""Columns that say the same, as one: an exact rewriting of a matrix for learners with an L2 penalty.

"실리콘밸리" in three headlines gives a dozen grams that stand in just these three. Their columns
are multiples of each other, and turning the column space so that they become one column of their
joint length changes neither the margins a linear model can reach nor its L2 norm. Half to two
thirds of the values of a character n-gram matrix go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from triage_bench.core.seeds import generator_for

_ALIKE = 1e-9
"""Columns whose random projections differ by less, relative to their length, are multiples of each other."""


@dataclass(frozen=True, eq=False)
class Merged:
    """A matrix with each bundle of proportional columns as one.

    Attributes
    ----------
    matrix : csr_matrix, shape (n, m)
        The bundles, that which stands in most rows first.
    bundle : ndarray of int64, shape (d,)
        Which bundle each original column went into.
    share : ndarray, shape (d,)
        Its length as part of the bundle's; the squares of a bundle's shares sum to 1.
    """

    matrix: csr_matrix
    bundle: NDArray[np.int64]
    share: NDArray[np.float64]

    def spread(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return weights of the original columns, shape (…, d), from those of the bundles, shape (…, m)."""
        return weights[..., self.bundle] * self.share


def merged(matrix: csr_matrix) -> Merged:
    """Merge the proportional columns of a matrix.

    Parameters
    ----------
    matrix
        Shape (n, d), entries not negative.

    Notes
    -----
    Columns are compared by two random projections of their directions: proportional columns
    agree to rounding, others by chance with a probability of about 1e-18 per pair.
    """
    columns = csc_matrix(matrix, dtype=np.float64)
    lengths = np.sqrt(_column_sums(columns, columns.data**2))
    safe = np.where(lengths > 0, lengths, 1.0)
    draw = generator_for("merged columns").standard_normal((2, matrix.shape[0]))
    one, two = (_column_sums(columns, columns.data * ray[columns.indices]) / safe for ray in draw)
    order = np.lexsort((two, one))
    # Neighbours in the order of the first projection; rounding may swap equals, never part them far.
    apart = np.abs(np.diff(one[order])) > _ALIKE
    apart |= np.abs(np.diff(two[order])) > _ALIKE
    apart |= np.diff(np.diff(columns.indptr)[order]) != 0
    first = order[np.concatenate(([True], apart))]
    # What stands in most rows comes first: products with a vector then find most of it in the processor's cache.
    common = np.argsort(-np.diff(columns.indptr)[first], kind="stable")
    first, rank = first[common], np.argsort(common)
    bundle = np.empty(matrix.shape[1], dtype=np.int64)
    bundle[order] = rank[np.concatenate(([0], np.cumsum(apart)))]
    joint = np.sqrt(np.bincount(bundle, lengths**2))
    share = np.divide(lengths, joint[bundle], out=np.zeros_like(lengths), where=joint[bundle] > 0)
    scale = np.divide(joint, lengths[first], out=np.ones_like(joint), where=lengths[first] > 0)
    kept = columns[:, first]
    kept.data *= np.repeat(scale, np.diff(kept.indptr))
    return Merged(csr_matrix(kept), bundle, share)


def _column_sums(columns: csc_matrix, values: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.add.reduceat(np.append(values, 0.0), columns.indptr[:-1]) if len(values) else np.zeros(columns.shape[1])
    sums[np.diff(columns.indptr) == 0] = 0.0  # reduceat gives the next value where a column is empty
    return sums
