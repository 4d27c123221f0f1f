"""Two files as one data set with an official split."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from triage_bench.core.dataset import TEST, TRAIN
from triage_bench.datasets import read_pair


def a_file(path: Path, numbers: list[str]) -> Path:
    rows = [f"{path.stem} {row}번째 배가 아파요,{row % 2 + 1},{number}" for row, number in enumerate(numbers)]
    path.write_text("\n".join(["text,label,caller", *rows]), encoding="utf-8")
    return path


def test_groups_of_two_files_are_one_where_they_are_spelt_alike_and_only_there(tmp_path: Path) -> None:
    """Callers' numbers leave no trace but in which rows belong together, and strangers stay strangers."""
    first = a_file(tmp_path / "first.csv", ["010-1234-5678", "010-1234-5678", "", "7.0", "010-2222-3333", *[""] * 7])
    second = a_file(tmp_path / "second.csv", ["010-9999-8888", "010-2222-3333", "7", "", "010-9999-8888", *[""] * 7])
    found = read_pair(first, second, text="text", label="label", group="caller")
    assert found.official is not None and found.official.tolist() == [TRAIN] * 12 + [TEST] * 12
    assert found.groups is not None
    same = {(a, b) for a in range(24) for b in range(a) if found.groups[a] == found.groups[b]}
    assert same == {(1, 0), (13, 4), (14, 3), (16, 12)}
    assert np.unique(found.groups).tolist() == list(range(20))
