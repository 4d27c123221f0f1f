"""A file that says what wrong answers cost: one row per given label, one column per answer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from triage_bench.core.costs import Costs
from triage_bench.core.errors import DataError
from triage_bench.datasets.columns import Table, cell_text
from triage_bench.datasets.labels import label_key
from triage_bench.datasets.tables import read_table


def read_costs(path: Path, known: Iterable[str] = ()) -> Costs:
    """Read a table whose first column holds the given labels, and whose header names the answers.

    Parameters
    ----------
    path
        Any format that `read_table` reads, e.g. a CSV saved by Excel. Labels may be written as in data files: 1 and
        1.0 are one.
    known
        Labels as they are called where the costs are to be used.

    Raises
    ------
    DataError
        If rows and columns do not name the same labels, each once, or a cost is no number of at least 0; with
        ``file:row:column``.
    """
    table = read_table(path)
    if not table.columns or (table.header and not table.header[0]):
        raise DataError(
            f"{table.file}:1:1: the first column has no name; name it, e.g. 'given'. It holds the given labels.",
            f"{table.file}:1:1: 첫 열에 이름이 없습니다. '라벨'처럼 이름을 붙이십시오. 이 열에는 실제 라벨을 적습니다.",
        )
    first, *answers = table.columns
    keys = [label_key(name) for name in answers]
    given = [label_key(cell_text(cell)) for cell in table.columns[first]]
    if sorted(given) != sorted(keys) or len(set(given)) < len(given) or len(given) < 2:
        raise DataError(
            f"{table.file}: {len(given)} rows and {len(answers)} columns of costs that do not name the same labels. "
            "Expected every label once in the first column (as given) and once in the header (as answered).",
            f"{table.file}: 비용의 행 {len(given)}개와 열 {len(answers)}개가 같은 라벨을 가리키지 않습니다. 첫 열(실제 "
            "라벨)과 첫 줄(답한 라벨)에 모든 라벨이 한 번씩 있어야 합니다.",
        )
    costs = np.array([[_cost(table, name, at) for name in answers] for at in map(given.index, keys)])
    called = {label_key(name): name for name in known}
    return Costs(tuple(called.get(key, key) for key in keys), costs)


def _cost(table: Table, name: str, at: int) -> float:
    cell = cell_text(table.columns[name][at])
    try:
        cost = math.nan if "_" in cell else float(cell)
    except ValueError:
        cost = math.nan
    if not (math.isfinite(cost) and cost >= 0):
        place = f"{table.file}:{table.rows[at]}:{table.number(name)}"
        raise DataError(
            f"{place}: expected a cost, a number of at least 0.", f"{place}: 비용(0 이상의 수)이 있어야 합니다."
        )
    return cost
