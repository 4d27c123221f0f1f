from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from triage_bench.core.errors import InputError
from triage_bench.datasets import kobill, read_file
from triage_bench.datasets.written import as_csv


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    data = kobill.load()
    (tmp_path / "kobill.csv").write_bytes(as_csv(data))
    again = read_file(tmp_path / "kobill.csv", text="text", label="label")
    assert list(again.texts) == list(data.texts)
    assert [again.label_names[code] for code in again.labels] == [data.label_names[code] for code in data.labels]


def test_a_sample_keeps_the_shares_of_the_classes_and_the_order(tmp_path: Path) -> None:
    data = kobill.load()
    (tmp_path / "some.csv").write_bytes(as_csv(data, rows=300))
    some = read_file(tmp_path / "some.csv", text="text", label="label")
    assert len(some) == 300
    share, whole = (np.bincount(one.labels) / len(one) for one in (some, data))
    assert np.abs(np.sort(share) - np.sort(whole)).max() < 0.01
    places = {text: place for place, text in reversed(list(enumerate(data.texts)))}
    rising = [places[text] for text in some.texts]
    assert np.mean(np.diff(rising) > 0) > 0.9  # a text that stands twice is found at its first place


@pytest.mark.parametrize("rows", [0, -1, 10_000])
def test_asking_for_rows_that_are_not_there_is_refused(rows: int) -> None:
    with pytest.raises(InputError, match="kobill"):
        as_csv(kobill.load(), rows=rows)
