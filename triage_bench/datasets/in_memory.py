"""Columns in memory → `Dataset`, by the same rules as a file's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from triage_bench.core.dataset import Dataset, Scale
from triage_bench.core.errors import DataError
from triage_bench.datasets.columns import Table, check_header
from triage_bench.datasets.files import dataset_of
from triage_bench.datasets.normalise import normalise_text

ORIGIN = "rows in the user's own memory"


def read_columns(
    columns: Mapping[str, Iterable[Any]],
    *,
    text: str,
    label: str,
    name: str,
    group: str | None = None,
    source: str | None = None,
    scale: Scale | None = None,
) -> Dataset:
    """Read columns by name, e.g. those of a data frame.

    Parameters
    ----------
    columns
        Cells by column name, all of one length; None and NaN are missing.
    text, label, group, source, scale, name
        As in `triage_bench.datasets.files.read_file`. Rows count from 0, as ``iloc`` does.

    Raises
    ------
    DataError
        If the columns differ in length or there are no rows; otherwise as `read_file`.
    UnknownNameError
        If a column does not exist.
    """
    header = [normalise_text(str(given)).strip() for given in columns]
    check_header(header, name)
    cells = {known: tuple(values) for known, values in zip(header, columns.values(), strict=True)}
    lengths = {known: len(values) for known, values in cells.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{known!r} {length:,}" for known, length in lengths.items())
        raise DataError(f"{name}: columns must have one length, got {listed}.")
    rows = max(lengths.values(), default=0)
    if not rows:
        raise DataError(f"{name}: there are no rows; at least 10 are needed.")
    table = Table(name, cells, tuple(range(rows)))
    return dataset_of(table, text=text, label=label, name=name, group=group, source=source, scale=scale, origin=ORIGIN)
