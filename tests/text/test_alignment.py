"""Where grams and tokens stand in their text."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.text.alignment import (
    LONGEST_WORD,
    by_piece,
    distinct_texts_with,
    gram_places,
    lowered,
    pieces_of,
    token_places,
    words_of,
)
from triage_bench.text.tokenizers import tokenizer

TEXT = "갑자기 가슴이 아파요. ECG 가슴 통증"
WORDS = st.lists(st.text(st.sampled_from("가나다라abC1."), min_size=1, max_size=14), max_size=6)


@pytest.mark.parametrize(
    ("gram", "analyzer", "found"),
    [
        ("가슴", "char_wb", ["가슴", "가슴"]),
        (" 가슴 ", "char_wb", ["가슴"]),
        ("슴이 ", "char_wb", ["슴이"]),
        ("ecg", "char", ["ECG"]),
        ("가슴 통증", "mecab", ["가슴 통증"]),
        ("가슴 이", "mecab", ["가슴이"]),
        ("없다", "eojeol", []),
    ],
)
def test_a_gram_is_found_where_it_stands(gram: str, analyzer: str, found: list[str]) -> None:
    assert [TEXT[start:end] for start, end in gram_places(TEXT, gram, analyzer)] == found


def test_letters_stand_where_their_syllable_stands() -> None:
    (tokens,) = tokenizer("jamo").tokenize(["흉통 3일"])
    places = token_places("흉통 3일", tokens)
    spelt = [unicodedata.normalize("NFD", "흉통 3일"[place[0] : place[1]]) for place in places if place is not None]
    assert all(token in syllable for token, syllable in zip([t for t in tokens if t != "▁"], spelt, strict=True))


@given(WORDS)
def test_tokens_of_characters_cover_every_letter_once(words: list[str]) -> None:
    text = " ".join(words)
    places = token_places(text, list(text.replace(" ", "")))
    assert [text[start:end] for start, end in filter(None, places)] == list(text.replace(" ", ""))


@given(WORDS)
def test_pieces_cover_the_words_without_gap_or_overlap(words: list[str]) -> None:
    text = " ".join(words)
    (tokens,) = tokenizer("mecab").tokenize([text])
    pieces = pieces_of(text, tokens)
    assert "".join(text[start:end] for start, end in pieces) == "".join(words)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(pieces))
    if all(len(word) <= LONGEST_WORD for word in words):
        assert pieces == words_of(text)


def test_a_sentence_without_blanks_is_cut_between_morphemes() -> None:
    text = "아들가슴통증심해요어지럽고"
    (tokens,) = tokenizer("mecab").tokenize([text])
    assert len(pieces_of(text, tokens)) > 2


@given(WORDS, st.floats(-5, 5))
def test_what_a_gram_weighs_is_kept_in_the_words_it_stands_in(words: list[str], value: float) -> None:
    text = " ".join(words)
    pieces = words_of(text)
    weighed = by_piece(pieces, [([place], value) for place in pieces])
    assert weighed == pytest.approx([value] * len(pieces), abs=1e-9)


def test_words_are_counted_once_per_unit_and_parts_of_words_where_no_word_is_so_spelt() -> None:
    rows = [("흉통이 있어요.", 0), ("흉통이 있어요", 0), ("있어요", 1), ("심한흉통이옵니다", 2)]
    assert distinct_texts_with(["있어요", "흉통이", "심한"], rows).tolist() == [2, 1, 1]


def test_case_goes_and_places_stay() -> None:
    assert len(lowered("İECG")) == 4 and lowered("ECG") == "ecg"
