"""Side columns as a model reads them: numbers with gaps, and categories."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MISSING = ""
"""A category that is not known."""

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d{1,2}")


@dataclass(frozen=True, eq=False)
class SideColumns:
    """Columns beside the texts, by name.

    Attributes
    ----------
    numeric : mapping of str to ndarray of float64, shape (n,)
        NaN where a number is missing or cannot be read.
    categorical : mapping of str to tuple of str, of length n
        `MISSING` where there is none.
    """

    numeric: Mapping[str, NDArray[np.float64]]
    categorical: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        lengths = {len(values) for values in self._every()}
        if len(lengths) != 1:
            raise ValueError(f"side columns must have one length, got {sorted(lengths)!r}.")

    def __len__(self) -> int:
        return len(self._every()[0])

    def _every(self) -> list[Sized]:
        return [*self.numeric.values(), *self.categorical.values()]

    def take(self, rows: NDArray[np.int64]) -> SideColumns:
        """Return the columns of some rows, in this order."""
        numeric = {name: values[rows] for name, values in self.numeric.items()}
        categorical = {name: tuple(v[row] for row in rows.tolist()) for name, v in self.categorical.items()}
        return SideColumns(numeric, categorical)

    @classmethod
    def read(
        cls, columns: Mapping[str, Sequence[Any]], numeric: Sequence[str], categorical: Sequence[str]
    ) -> SideColumns:
        """Read cells as they stand in a file: ``"36,6"`` is 36.6, what cannot be read as a number is missing."""
        return cls(
            {name: np.array([number_in(cell) for cell in columns[name]], dtype=np.float64) for name in numeric},
            {name: tuple(category_in(cell) for cell in columns[name]) for name in categorical},
        )


def number_in(cell: Any) -> float:
    """Return a cell's number, NaN where there is none: nothing, a word, infinity."""
    if isinstance(cell, str):
        cell = cell.strip()
        cell = cell.replace(",", "." if _DECIMAL_COMMA.fullmatch(cell) else "")
    try:
        found = float(cell)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return found if math.isfinite(found) else math.nan


def category_in(cell: Any) -> str:
    """Return a cell's category so that 3, 3.0 and ``"3"`` are one; `MISSING` for nothing."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return MISSING
    written = " ".join(str(cell).split())
    return written[:-2] if written.endswith(".0") and written[:-2].lstrip("-").isdigit() else written
