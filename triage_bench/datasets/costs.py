"""A file that says what wrong answers cost: one row per given label, one column per answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from triage_bench.core.costs import Costs
from triage_bench.core.errors import DataError
from triage_bench.core.identifiers import redacted
from triage_bench.datasets.columns import Table, cell_text
from triage_bench.datasets.normalise import normalise_text
from triage_bench.datasets.tables import read_table


def read_costs(path: Path) -> Costs:
    """Read a table whose first column holds the given labels, and whose header names the answers.

    Parameters
    ----------
    path
        Any format that `read_table` reads, e.g. a CSV saved by Excel.

    Raises
    ------
    DataError
        If rows and columns do not name the same labels, each once, or a cost is no number of at least 0; with
        ``file:row:column``.
    """
    table = read_table(path)
    if table.header and not table.header[0]:
        raise DataError(
            f"{table.file}:1:1: the first column has no name; name it, e.g. 'given'. It holds the given labels.",
            f"{table.file}:1:1: 첫 열에 이름이 없습니다. '라벨'처럼 이름을 붙이십시오. 이 열에는 실제 라벨을 적습니다.",
        )
    first, *answers = table.columns
    given = [normalise_text(cell_text(cell)).strip() for cell in table.columns[first]]
    if sorted(given) != sorted(answers) or len(set(given)) < 2:
        raise DataError(
            f"{table.file}: rows for {_listed(given)}; columns for {_listed(answers)}. Expected every label once in "
            "the first column (as given) and once in the header (as answered).",
            f"{table.file}: 행은 {_listed(given)}, 열은 {_listed(answers)}입니다. 첫 열(실제 라벨)과 첫 줄(답한 "
            "라벨)에 모든 라벨이 한 번씩 있어야 합니다.",
        )
    costs = np.array([[_cost(table, name, at) for name in answers] for at in map(given.index, answers)])
    return Costs(tuple(answers), costs)


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(redacted(label) for label in labels[:20]) or "–"


def _cost(table: Table, name: str, at: int) -> float:
    cell = table.columns[name][at]
    try:
        cost = float(cell_text(cell))
    except ValueError:
        cost = math.nan
    if not (math.isfinite(cost) and cost >= 0):
        place = f"{table.file}:{table.rows[at]}:{table.number(name)}"
        said = redacted(cell_text(cell))[:40]
        raise DataError(
            f"{place}: {said!r} is no cost; expected a number of at least 0.",
            f"{place}: {said!r}은(는) 비용이 아닙니다. 0 이상의 수를 적으십시오.",
        )
    return cost
