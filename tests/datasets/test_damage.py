"""Damaged letters are told by their code points, and clean text never is."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_bench.datasets.damage import damage, damage_facts
from triage_bench.datasets.normalise import normalise_texts

SENTENCES = (
    "가슴이 답답하고 숨이 차서 왔어요",
    "어제 저녁부터 열이 나고 기침을 해요",
    "발목을 삐어서 걷기가 힘들어요",
)
HONEST = (
    *SENTENCES,
    "ㅋㅋㅋㅋ 진짜 웃겨요 ㅠㅠ",
    "朴대통령, 美 방문… 韓·日 정상회담",
    "café à l'ancienne – naïve résumé, «œuvre»",
    "체온 38.5°C, 혈압 120/80 ±5",
    "Größe: 5 µm, straße",
    "봉달희 캴캴캴",
)


def kinds(text: str) -> set[str]:
    return {kind for kind, rows in damage([text]).items() if rows[0]}


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_is_not_damaged(text: str) -> None:
    assert not kinds(text)


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize(
    ("wrote", "read", "kind"),
    [("utf-8", "latin-1", "mojibake"), ("euc_kr", "latin-1", "mojibake"), ("utf-8", "cp949", "misread")],
)
def test_a_wrong_encoding_is_noticed(text: str, wrote: str, read: str, kind: str) -> None:
    damaged, _ = normalise_texts([text.encode(wrote).decode(read, "ignore")])
    assert kind in kinds(damaged[0])


@pytest.mark.parametrize("text", SENTENCES)
def test_utf8_read_as_windows_1252_is_noticed(text: str) -> None:
    assert "mojibake" in kinds(text.encode().decode("cp1252", "ignore"))


def test_lost_letters_jamo_and_stripped_hangul_are_noticed() -> None:
    assert kinds("숨이 \ufffd차요") == {"lost"}
    assert "jamo" in kinds(unicodedata.normalize("NFD", SENTENCES[0]))
    assert kinds("38.5 !!") == {"letterless"}


def test_reading_composes_jamo_and_counts_them() -> None:
    texts, notices = normalise_texts([unicodedata.normalize("NFD", text) for text in SENTENCES])
    assert texts == SENTENCES
    assert [(one.code, one.count) for one in notices] == [("text.nfc", 3)]
    assert not kinds(texts[0])


def test_the_side_with_more_damage_decides() -> None:
    texts = [*SENTENCES * 3, "\ufffd 글자"]
    test = np.arange(10) >= 8
    facts = damage_facts(texts, [~test, test])
    assert facts["damaged_rows"] == 1 and facts["damaged_share"] == 0.5


@settings(deadline=None)  # the first example pays for an import
@given(st.lists(st.text(alphabet=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=9), max_size=5))
def test_any_hangul_has_an_answer_per_row(texts: list[str]) -> None:
    found = damage(texts)
    assert {len(rows) for rows in found.values()} == {len(texts)}
    for text, letterless in zip(texts, found["letterless"], strict=True):
        assert letterless == (len(text) < 2)
