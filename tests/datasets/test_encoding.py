from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.core.errors import DataError
from triage_bench.datasets.encoding import decode
from triage_bench.datasets.normalise import normalise_text, normalise_texts

KOREAN = "text,label\n가슴이 답답하고 식은땀이 나요,2\n손가락을 베었어요,4\n"
COMMON = [chr(code) for code in range(0xAC00, 0xD7A4) if min(chr(code).encode("cp949")) >= 0xA1]
SENTENCE = st.text(st.sampled_from([*COMMON, " ", ","]), min_size=1)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("cp949", "CP949"),
        ("euc-kr", "CP949"),
        ("utf-16", "UTF-16"),
    ],
)
def test_korean_is_read_in_every_encoding_it_is_saved_in(codec: str, named: str) -> None:
    decoded = decode(KOREAN.encode(codec), "a.csv")
    assert decoded.text == KOREAN
    assert decoded.encoding == named


def test_utf_16_is_read_in_both_byte_orders() -> None:
    assert decode(b"\xfe\xff" + KOREAN.encode("utf-16-be"), "a.csv").text == KOREAN
    assert decode(b"\xff\xfe" + KOREAN.encode("utf-16-le"), "a.csv").text == KOREAN


@given(ANYTHING)
def test_whatever_is_saved_as_utf_8_comes_back(text: str) -> None:
    assert decode(b"\xef\xbb\xbf" + text.encode(), "a.csv").text == text


@given(st.lists(SENTENCE, min_size=1).map("\n".join))
def test_lines_of_cp949_are_never_taken_for_anything_else(text: str) -> None:
    text += "\n가슴이 답답해요"
    assert decode(text.encode("cp949"), "a.csv").text == text


def test_the_rare_syllables_of_cp949_are_read(text: str = "뷁 똠방각하 펲시 믜") -> None:
    assert decode(f"가슴이 답답하고 어지러워요 {text}".encode("cp949"), "a.csv").encoding == "CP949"


def test_two_encodings_in_one_file_are_refused_with_both_lines() -> None:
    data = "text,label\n머리가 아파요,3\n".encode() + "배가 아파요,3\n".encode("cp949")
    with pytest.raises(DataError, match=r"a\.csv:3: byte \d+: two encodings in one file: line 2 is UTF-8"):
        decode(data, "a.csv")


def test_an_undecodable_byte_is_named_with_line_and_byte() -> None:
    with pytest.raises(DataError, match=r"a\.csv:2: byte 5: byte 0xff is not UTF-8.*not CP949.*Save it again as UTF-8"):
        decode(b"abc,\n\xff\xff\n", "a.csv")


def test_a_western_file_is_not_read_as_korean() -> None:
    with pytest.raises(DataError, match="Western"):
        decode("Ärzte, Ägypten, Äpfel".encode("latin-1"), "a.csv")


def test_utf_16_without_a_mark_is_refused_with_advice() -> None:
    with pytest.raises(DataError, match="UTF-16 without a byte order mark"):
        decode("text,label\nheadache,3\n".encode("utf-16-le"), "a.csv")


def test_a_file_that_breaks_its_own_mark_is_refused() -> None:
    with pytest.raises(DataError, match=r"a\.csv:2: byte 6: .*begins as UTF-8 with BOM"):
        decode(b"\xef\xbb\xbfab\n\xb0\xa1", "a.csv")


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise_text(text)
    assert normalise_text(once) == once
    once.encode("utf-8")  # no lone surrogate is left


@pytest.mark.parametrize(
    ("given_text", "expected", "code"),
    [
        ("\u1100\u1161\u1109\u1173\u11b7", "가슴", "text.nfc"),
        ("가\u200b슴\ufeff", "가슴", "text.invisible"),
        ("가\u200d슴", "가슴", "text.invisible"),
        ("열\u00a0나요\u3000많이\u3164", "열 나요 많이 ", "text.spaces"),
        ("열\x00나\ud800요", "열나요", "text.unusable"),
        ("열이\r\n나\r요", "열이\n나\n요", "text.line_ends"),
        ("열이 \ufffd요", "열이 \ufffd요", "text.lost"),
    ],
)
def test_each_kind_of_damage_is_mended_and_counted(given_text: str, expected: str, code: str) -> None:
    texts, notices = normalise_texts([given_text, "멀쩡한 문장"])
    assert texts == (expected, "멀쩡한 문장")
    assert [(n.code, n.count, n.of) for n in notices] == [(code, 1, 2)]
    assert "1" in notices[0].text.ko and "1" in notices[0].text.en


@pytest.mark.parametrize("emoji", ["👩‍⚕️", "👨‍👩‍👧‍👦", "🏴‍☠️", "❤️‍🔥", "👩🏽‍🚀"])
def test_joined_emoji_stay_whole(emoji: str) -> None:
    assert normalise_text(f"아파요{emoji}") == f"아파요{emoji}"
