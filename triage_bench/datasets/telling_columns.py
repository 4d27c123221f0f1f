"""Side columns that tell the label: then the text is not what a label was decided by, or not needed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

TELLS = 0.98
"""Share of rows whose label their column tells, from which the column counts as the label in other words:
what remains are slips of the pen."""

LIFT = 0.5
"""Share of the way from the majority answer to certainty that a column must cover as well: with 98 % of
rows in one class every column "tells" the label."""

LARGEST_SHARE = 0.2
"""Different values a column may have, as a share of the rows: beyond, it is an identifier or a measurement."""


def told_share(values: Sequence[Hashable], labels: NDArray[np.int64]) -> float | None:
    """Return the share of rows whose label the *other* rows with their value tell, by majority.

    Parameters
    ----------
    values
        One per row; None is a value like any other.
    labels : ndarray of int64, shape (n,)
        The labels.

    Returns
    -------
    float or None
        Leaving the row itself out keeps an identifier from telling everything. None where the
        column has one value only, or a different one for nearly every row.
    """
    number: dict[str, int] = {}
    codes = np.array([number.setdefault(repr(value), len(number)) for value in values], dtype=np.int64)
    if len(number) < 2 or len(number) > LARGEST_SHARE * len(labels):
        return None
    table = np.zeros((len(number), int(labels.max()) + 1), dtype=np.int64)
    np.add.at(table, (codes, labels), 1)
    others = table[codes]
    others[np.arange(len(labels)), labels] -= 1
    own = others[np.arange(len(labels)), labels]
    return float(((own >= others.max(axis=1)) & (own > 0)).mean())


def telling_columns(columns: Mapping[str, Sequence[Hashable]], labels: NDArray[np.int64]) -> dict[str, float]:
    """Return the columns that determine the label, with the share of rows for which they do.

    Parameters
    ----------
    columns
        Values per row, by name.
    labels : ndarray of int64, shape (n,)
        The labels.
    """
    if len(labels) < 2:
        return {}
    majority = float(np.bincount(labels).max() / len(labels))
    needed = max(TELLS, majority + LIFT * (1 - majority))
    shares = {name: told_share(values, labels) for name, values in columns.items()}
    return {name: share for name, share in shares.items() if share is not None and share >= needed}
