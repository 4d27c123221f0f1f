"""A data set as a CSV file, the way a user's own file would look."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import InputError
from triage_bench.core.seeds import generator_for
from triage_bench.datasets.interventions import stratified_sample


def as_csv(dataset: Dataset, rows: int | None = None, seed: int = 0) -> bytes:
    """Write ``text``, ``label`` and, where the data has them, ``group``, ``source`` and what models read beside.

    Parameters
    ----------
    dataset
        What to write.
    rows
        Write a stratified sample of so many rows, in the order of the data set; None means all.
    seed
        Draws the sample.

    Returns
    -------
    bytes
        UTF-8 with a byte order mark, which Excel needs to read Korean.

    Raises
    ------
    InputError
        If more rows are asked for than there are, or none.
    """
    if rows is not None and not 0 < rows <= len(dataset):
        raise InputError(f"{dataset.name!r} has {len(dataset)} rows, got --rows {rows}; ask for 1 to {len(dataset)}.")
    chosen: Sequence[int] = range(len(dataset))
    if rows is not None:
        drawn = stratified_sample(dataset.labels, rows, generator_for(seed, dataset.digest, "export"))
        chosen = sorted(int(row) for row in drawn)
    columns: dict[str, Sequence[Any]] = {
        "text": dataset.texts,
        "label": [dataset.label_names[code] for code in dataset.labels],
    }
    if dataset.groups is not None:
        columns["group"] = dataset.groups.tolist()
    if dataset.sources is not None:
        columns["source"] = dataset.sources
    columns |= {name: dataset.columns[name] for name in (*dataset.numeric, *dataset.categorical)}
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([[values[row] for values in columns.values()] for row in chosen])
    return written.getvalue().encode("utf-8-sig")
