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
    assert np.array_equal(found.among(("3", "1")), [[0, 7], [9, 0]])  # type: ignore[arg-type]
    assert found.among(("1", "2", "4")) is None


def test_labels_may_be_spelt_otherwise_than_in_the_run(tmp_path: Path) -> None:
    found = read_costs(written(tmp_path, "given,1.0,ktas  2", "1,0,3", "KTAS 2,5,0"), {"1", "KTAS 2"})
    assert np.array_equal(found.among(("KTAS 2", "1")), [[0, 5], [3, 0]])  # type: ignore[arg-type]


def test_a_file_of_texts_given_by_mistake_is_not_repeated(tmp_path: Path) -> None:
    for lines in (("text,label", "가슴이 너무 아파요,1", "머리가 아파요,2"), ("text,1", "가슴이 너무 아파요,두통")):
        with pytest.raises(DataError) as raised:
            read_costs(written(tmp_path, *lines))
        assert "아파요" not in str(raised.value) + raised.value.ko and "두통" not in str(raised.value)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("given,1,2", "1,0,-1", "2,1,0"), r"costs.csv:2:3: expected a cost"),
        (("given,1,2", "1,0,1", "2,often,0"), r"costs.csv:3:2: expected a cost"),
        (("given,1,2", "1,0,nan", "2,1,0"), r"costs.csv:2:3: expected a cost"),
        (("given,1,2", "1,0,1_0", "2,1,0"), r"costs.csv:2:3: expected a cost"),
        (("given,1,2", "1,0,", "2,1,0"), r"costs.csv:2:3: expected a cost"),
        (("given,1,2", "1,0,1"), "1 rows and 2 columns"),
        (("given,1,2", "1,0,1", "1,1,0"), "2 rows and 2 columns"),
        (("given,1", "1,0"), "1 rows and 1 columns"),
        ((",1,2", "1,0,1", "2,1,0"), "costs.csv:1:1: the first column has no name"),
    ],
)
def test_what_is_no_table_of_costs_is_refused_by_place(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_costs(written(tmp_path, *lines))
