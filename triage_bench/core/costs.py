"""What wrong answers cost, as people say it: by labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Costs:
    """The cost of every answer for every given label.

    Attributes
    ----------
    labels
        The labels, in any order.
    table : ndarray of float64, shape (k, k)
        Given label in rows, answer in columns, both in the order of `labels`; finite, at least 0.
    """

    labels: tuple[str, ...]
    table: NDArray[np.float64]

    def among(self, classes: Sequence[str]) -> NDArray[np.float64] | None:
        """Return the costs in the order of these classes, shape (k, k); None where some are not named.

        The table may name more: a class with too few rows is not in the run.
        """
        if not classes or not set(classes) <= set(self.labels):
            return None
        at = [self.labels.index(name) for name in classes]
        return self.table[np.ix_(at, at)]
