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


def test_a_label_of_two_files_is_one_however_each_spells_it(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("first.csv", "second.csv"))
    for path, spelt in ((first, ["Urgent", "Routine"]), (second, ["ＵＲＧＥＮＴ", "routine ", "Routin"])):
        rows = [f"{path.stem} {row}번째 배가 아파요,{spelt[row % len(spelt)]}" for row in range(12)]
        path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    found = read_pair(first, second, text="text", label="label")
    assert found.classes == {"Routin": 4, "Routine": 6 + 4, "Urgent": 6 + 4}
    assert [found.label_names[code] for code in found.labels[[0, 1, 12, 13, 14]]] == [
        *("Urgent", "Routine"),
        *("Urgent", "Routine", "Routin"),
    ]
    said = {notice.code: notice for notice in found.notices if notice.code != "labels.similar"}
    assert (said["labels.merged"].count, said["labels.merged"].of) == (8, 12)
    assert "'routine' → 'Routine', 'ＵＲＧＥＮＴ' → 'Urgent'" in said["labels.merged"].text.en


def test_labels_one_edit_apart_are_told_of_where_each_stands_in_another_file(tmp_path: Path) -> None:
    for name, spelt in (("first", "emergency"), ("second", "emergancy")):
        rows = [f"{name} {row}번째 배가 아파요,{spelt if row % 2 else 'routine'}" for row in range(12)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    found = read_pair(tmp_path / "first.csv", tmp_path / "second.csv", text="text", label="label")
    assert found.label_names == ("emergancy", "emergency", "routine")
    assert [notice.count for notice in found.notices if notice.code == "labels.similar"] == [1]


def test_levels_that_only_the_test_file_has_stand_in_their_order(tmp_path: Path) -> None:
    for name, levels in (("first", "135"), ("second", "12345")):
        rows = [f"{name} {row}번째 배가 아파요,{levels[row % len(levels)]}" for row in range(15)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["text,ktas", *rows]), encoding="utf-8")
    found = read_pair(tmp_path / "first.csv", tmp_path / "second.csv", text="text", label="ktas")
    assert (found.label_names, found.scale) == (tuple("12345"), "triage")
    assert found.labels[:3].tolist() == [0, 2, 4] and found.labels[15:20].tolist() == [0, 1, 2, 3, 4]


def test_levels_of_two_files_are_what_they_are_said_to_be(tmp_path: Path) -> None:
    first, second = (a_file(tmp_path / name, [""] * 12) for name in ("first.csv", "second.csv"))
    assert read_pair(first, second, text="text", label="label").scale == "nominal"
    assert read_pair(first, second, text="text", label="label", scale="triage").scale == "triage"
