"""The rows of a case before they become a file, and the file they become."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Cell = TypeVar("Cell", str, bool)

TEXT, LABEL, GROUP, SOURCE = "text", "label", "group", "source"
"""Columns of the written file."""


@dataclass(frozen=True)
class Rows:
    """Texts and labels as a user would have them, one entry per row.

    Attributes
    ----------
    texts, labels
        As they will stand in the file.
    groups, sources
        Further columns, where the user has them.
    test
        Which rows go to a test file of their own; None means there is none.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    test: tuple[bool, ...] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels that occur, in the order of their names: neighbours are neighbours on the scale."""
        return tuple(sorted(set(self.labels)))

    def take(self, places: Sequence[int] | NDArray[np.int64]) -> Rows:
        """Return the rows at these places, in this order."""
        at = [int(place) for place in places]

        return Rows(
            _taken(self.texts, at),
            _taken(self.labels, at),
            None if self.groups is None else _taken(self.groups, at),
            None if self.sources is None else _taken(self.sources, at),
            None if self.test is None else _taken(self.test, at),
        )

    def reworded(self, change: Callable[[str], str], chosen: NDArray[np.bool_]) -> Rows:
        """Return the rows with the chosen texts changed."""
        return replace(
            self, texts=tuple(change(text) if one else text for text, one in zip(self.texts, chosen, strict=True))
        )


def _taken(column: tuple[Cell, ...], places: Sequence[int]) -> tuple[Cell, ...]:
    return tuple(column[place] for place in places)


def written(rows: Rows, folder: Path) -> tuple[Path, Path | None]:
    """Write the rows as UTF-8 CSV and return the path of the data and of the test rows, where there are some."""
    test = rows.test or (False,) * len(rows)
    data = _write(rows.take([i for i, one in enumerate(test) if not one]), folder / "data.csv")
    held = [i for i, one in enumerate(test) if one]
    return data, _write(rows.take(held), folder / "test.csv") if held else None


def _write(rows: Rows, path: Path) -> Path:
    columns: dict[str, tuple[str, ...] | None] = {
        TEXT: rows.texts,
        LABEL: rows.labels,
        GROUP: rows.groups,
        SOURCE: rows.sources,
    }
    present = {name: values for name, values in columns.items() if values is not None}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(present)
        writer.writerows(zip(*present.values(), strict=True))
    return path
