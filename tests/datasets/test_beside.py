"""Which columns a model may read: named or found by type, never the answer itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import DataError, InputError, UnknownNameError
from triage_bench.datasets import read_file, read_pair
from triage_bench.datasets.beside import Beside, kind_of, with_columns

ROWS = 60


def rows() -> Dataset:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, ROWS)
    nurse = np.where(rng.random(ROWS) < 0.85, labels, (labels + 1) % 3) + 1
    return Dataset(
        name="rows",
        texts=tuple(f"배가 {i}번째 아파요" for i in range(ROWS)),
        labels=labels,
        label_names=("KTAS 1", "KTAS 2", "KTAS 3"),
        scale="triage",
        columns={
            "age": tuple(rng.integers(1, 90, ROWS).tolist()),
            "temperature": tuple(f"{t:.1f}".replace(".", ",") for t in rng.normal(36.6, 0.5, ROWS)),
            "arrival": tuple(rng.choice(["119", "도보"], ROWS).tolist()),
            "patient": tuple(range(1000, 1000 + ROWS)),
            "note": tuple(f"메모 {i}" for i in range(ROWS)),
            "label_again": tuple("abc"[code] for code in labels),
            "nurse": tuple(nurse.tolist()),
            "ward": ("A",) * ROWS,
        },
    )


def test_columns_are_sorted_by_their_type_and_the_answer_is_never_a_feature() -> None:
    found = with_columns(rows(), Beside(auto=True))
    assert (found.numeric, found.categorical) == (("age", "temperature"), ("arrival",))
    assert {"label_again", "nurse"}.isdisjoint(found.columns)
    [away] = [notice for notice in found.notices if notice.code == "columns.away"]
    assert (away.count, away.of) == (2, 5) and "'nurse'" in away.text.en


def test_a_column_that_gives_the_label_away_is_left_out_even_when_it_is_named() -> None:
    found = with_columns(rows(), Beside(("age",), ("label_again", "nurse")))
    assert (found.numeric, found.categorical) == (("age",), ())
    with pytest.raises(DataError, match="give the label away"):
        with_columns(rows(), Beside((), ("label_again",)))


def test_without_columns_nothing_of_a_data_set_changes_and_with_them_it_is_another() -> None:
    plain = rows()
    assert with_columns(plain, Beside()) is plain
    numeric, categorical = (with_columns(plain, Beside(*one)) for one in ((("age",), ()), ((), ("age",))))
    assert len({plain.digest, numeric.digest, categorical.digest}) == 3
    assert replace(numeric, numeric=()).digest == plain.digest
    assert plain.side is None and numeric.side is not None


def test_a_name_that_is_wrong_is_said_with_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="'age'"):
        with_columns(rows(), Beside(("agee",)))
    with pytest.raises(DataError, match="--categorical note"):
        with_columns(rows(), Beside(("note",)))
    with pytest.raises(InputError, match="as numeric and as categorical"):
        Beside.asked(["age, temperature"], ["age"], None)
    with pytest.raises(UnknownNameError, match="auto"):
        Beside.asked(None, None, "atuo")
    assert Beside.asked(["a,b", "c"], None, "auto") == Beside(("a", "b", "c"), (), True)


def test_values_that_are_no_numbers_are_counted() -> None:
    dataset = rows()
    dataset = replace(dataset, columns={**dataset.columns, "age": ("??", *dataset.columns["age"][1:])})
    found = with_columns(dataset, Beside(("age",)))
    [unread] = [notice for notice in found.notices if notice.code == "columns.unread"]
    assert (unread.count, unread.of) == (1, ROWS)
    assert found.side is not None and np.isnan(found.side.numeric["age"][0])


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([36.5, 36.7, 37.1, 36.5, 38.0, 36.6, 36.9, 36.8, 37.7], "numeric"),
        ([1, 2, 1, 2, None, 1], "categorical"),
        (["남", "여", "남", "여"], "categorical"),
        (list(range(100)), None),
        (["a"] * 9, None),
        ([None] * 9, None),
    ],
)
def test_a_columns_kind_follows_from_its_cells(cells: list[object], kind: str | None) -> None:
    assert kind_of(cells) == kind


def test_a_file_gives_the_columns_that_were_asked_for_and_no_other(tmp_path: Path) -> None:
    lines = [f"열이 {i}일째 나요,{i % 2 + 1},{30 + i},{'ab'[i % 2]},{'xyz'[i % 3]}" for i in range(24)]
    path = tmp_path / "my.csv"
    path.write_text("text,label,age,same,way\n" + "\n".join(lines), encoding="utf-8")
    plain = read_file(path, text="text", label="label")
    assert set(plain.columns) == {"file_row"}
    asked = Beside(("age",), ("way",))
    found = with_columns(read_file(path, text="text", label="label", also=asked.wanted), asked)
    assert found.numeric == ("age",) and found.columns["way"] == tuple("xyz"[i % 3] for i in range(24))
    pair = with_columns(read_pair(path, path, text="text", label="label", also=asked.wanted), asked)
    assert pair.side is not None and len(pair.side) == len(pair) == 48
    with pytest.raises(DataError, match="no model may read it"):
        read_file(path, text="text", label="label", also=("label",))
    everything = read_file(path, text="text", label="label", also=None)
    assert set(everything.columns) == {"file_row", "age", "same", "way"}
