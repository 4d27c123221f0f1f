"""The bills inside konlpy."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from triage_bench.core.errors import UnavailableError
from triage_bench.core.protocol import Protocol
from triage_bench.datasets import kobill
from triage_bench.datasets.splits import folds_of

needs_konlpy = pytest.mark.skipif(kobill.find_spec("konlpy") is None, reason="konlpy is not installed")


@needs_konlpy
def test_ten_bills_give_about_eight_hundred_distinct_lines() -> None:
    data = kobill.load()
    assert 750 <= len(data) <= 950
    assert len(set(data.texts)) == len(data)
    assert len(data.classes) == 10 and min(data.classes.values()) >= 5
    assert data.provenance.role == "reference"


@needs_konlpy
def test_no_title_sponsor_or_page_number_gives_the_bill_away() -> None:
    for text in kobill.load().texts:
        assert not text.endswith("일부개정법률안")
        assert "대표발의" not in text and "----" not in text


@needs_konlpy
def test_five_folds_are_possible_with_near_duplicates_kept_together() -> None:
    assert folds_of(kobill.load(), Protocol("near-duplicate")) == (5, ())


@needs_konlpy
def test_reading_the_bills_does_not_import_konlpy() -> None:
    code = "import sys; from triage_bench.datasets import kobill; kobill.load(); print('konlpy' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert answer.strip() == "False"


@needs_konlpy
def test_two_readings_have_one_digest() -> None:
    assert kobill.load().digest == kobill.load().digest
    assert np.bincount(kobill.load().labels, minlength=10).sum() == len(kobill.load())


def test_without_konlpy_the_way_to_get_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kobill, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match="pip install konlpy"):
        kobill.load()


def test_words_broken_at_the_end_of_a_full_line_are_mended() -> None:
    printed = [
        "  초등학교에서도 부모의 따뜻한 사랑과 보살핌이 매우 많이 필요",
        "한 나이이나 자녀의 나이는 그렇지 아니하다.",
    ]
    assert list(kobill._mended(printed)) == [f"{printed[0]}한", " 나이이나 자녀의 나이는 그렇지 아니하다."]
