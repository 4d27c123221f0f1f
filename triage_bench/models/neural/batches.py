"""Which rows a network sees together: rows of like length, so that little is padded."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

SMALLEST_POOL, LARGEST_POOL, POOLS = 16, 64, 4
"""Rows are sorted by length within random pools of so many batches, and there are so many pools where
the rows suffice: sorted over all rows, the same ones would meet in every epoch."""

STEPS_PER_EPOCH, SMALLEST, LARGEST = 24, 16, 64
"""Small data needs small batches to take enough steps; larger ones than 64 learn no faster per epoch."""

FEWEST_EPOCHS, FEWEST_STEPS = 25, 300
"""However few the rows, a network needs its steps: 32 rows passed 25 times are not yet known by heart."""


def batch_size_for(rows: int) -> int:
    """Return a batch size, a power of two, that gives an epoch about `STEPS_PER_EPOCH` steps."""
    return int(np.clip(2 ** round(math.log2(max(1.0, rows / STEPS_PER_EPOCH))), SMALLEST, LARGEST))


def epochs_for(rows: int, batch_size: int) -> int:
    """Return how many epochs give `FEWEST_STEPS` steps, and `FEWEST_EPOCHS` at least."""
    return max(FEWEST_EPOCHS, math.ceil(FEWEST_STEPS / math.ceil(rows / batch_size)))


def training_batches(lengths: Rows, size: int, rng: np.random.Generator) -> Iterator[Rows]:
    """Yield every row once, in random batches of like length.

    Parameters
    ----------
    lengths
        Tokens per row, shape (rows,).
    size
        Rows per batch; the last of a pool may have fewer.
    rng
        Decides the order; each epoch goes on where the last one stopped.
    """
    order = rng.permutation(len(lengths))
    batches = []
    together = size * int(np.clip(len(lengths) // (size * POOLS), SMALLEST_POOL, LARGEST_POOL))
    for start in range(0, len(order), together):
        pool = order[start : start + together]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[i : i + size] for i in range(0, len(pool), size)]
    for i in rng.permutation(len(batches)):
        yield batches[i]


def ordered_batches(lengths: Rows, size: int) -> Iterator[Rows]:
    """Yield every row once, the shortest first."""
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), size):
        yield order[start : start + size]
