"""What wrong answers cost, read from a table as people write it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from triage_bench.core.errors import DataError
from triage_bench.datasets.costs import read_costs


def written(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "costs.csv"
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return path


def test_rows_are_given_and_columns_answered_whatever_their_order(tmp_path: Path) -> None:
    found = read_costs(written(tmp_path, "실제,1,3,2", "2,5,1,0", "1,0,9,4", "3,7,0,2", encoding="cp949"))
    wanted = [[0, 4, 9], [5, 0, 1], [7, 2, 0]]
    assert np.array_equal(found.among(("1", "2", "3")), wanted)  # type: ignore[arg-type]
    assert found.among(("1", "2")) is None and found.among(("1", "2", "4")) is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("given,1,2", "1,0,-1", "2,1,0"), r"costs.csv:2:3: '-1' is no cost"),
        (("given,1,2", "1,0,1", "2,often,0"), r"costs.csv:3:2: 'often' is no cost"),
        (("given,1,2", "1,0,nan", "2,1,0"), r"costs.csv:2:3: 'nan' is no cost"),
        (("given,1,2", "1,0,", "2,1,0"), r"costs.csv:2:3: '' is no cost"),
        (("given,1,2", "1,0,1"), "rows for 1; columns for 1, 2"),
        (("given,1,2", "1,0,1", "1,1,0"), "rows for 1, 1; columns for 1, 2"),
        (("given,1", "1,0"), "rows for 1; columns for 1"),
        ((",1,2", "1,0,1", "2,1,0"), "costs.csv:1:1: the first column has no name"),
    ],
)
def test_what_is_no_table_of_costs_is_refused_by_place(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_costs(written(tmp_path, *lines))
