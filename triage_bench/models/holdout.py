"""The slice of the training rows on which early stopping looks: never a test row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from triage_bench.models.contract import Codes

Rows = NDArray[np.int64]

FEWEST_ROWS = 16
"""On fewer validation rows the best epoch is chosen by luck: then there is no slice at all."""


def validation_slice(texts: Sequence[str], codes: Codes, share: float, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Part rows into those to learn from and those to stop by, class by class.

    Rows with the same text stay together, or the slice would praise memorising.

    Parameters
    ----------
    texts, codes
        The training rows and their label codes, shape (n,).
    share
        Share of the distinct texts of each class that is held out; a class never loses all.
    rng
        Decides which.

    Returns
    -------
    fitted, held_out : ndarray of int64
        Row numbers in ascending order. `held_out` is empty where it would have fewer than
        `FEWEST_ROWS` rows.

    Raises
    ------
    ValueError
        If `share` is not in [0, 0.5].
    """
    if not 0.0 <= share <= 0.5:
        raise ValueError(f"validation_share must lie in [0, 0.5], got {share!r}; 0 means no early stopping.")
    first, unit = _same_texts(texts)
    order = rng.permutation(len(first))
    chosen = np.zeros(len(first), dtype=bool)
    for label in np.unique(codes):
        units = order[codes[first[order]] == label]
        chosen[units[: min(round(share * len(units)), len(units) - 1)]] = True
    held_out = chosen[unit]
    if held_out.sum() < FEWEST_ROWS or not _all_classes_stay(codes, held_out):
        held_out[:] = False
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _same_texts(texts: Sequence[str]) -> tuple[Rows, Rows]:
    """Return the first row of each distinct text, and each row's text number."""
    seen: dict[str, int] = {}
    unit = np.array([seen.setdefault(text.strip(), len(seen)) for text in texts], dtype=np.int64)
    return np.unique(unit, return_index=True)[1], unit


def _all_classes_stay(codes: Codes, held_out: NDArray[np.bool_]) -> bool:
    # A text with two labels may take the only row of a class along.
    return len(np.unique(codes[~held_out])) == len(np.unique(codes))
