"""Our TF-IDF against scikit-learn's: the slow, obvious version is the judge."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from triage_bench.core.errors import UnknownNameError
from triage_bench.text.corpus import Corpus
from triage_bench.text.ngrams import _sort_keys, count_ngrams
from triage_bench.text.segments import character_segments
from triage_bench.text.tfidf import TfidfFeatures
from triage_bench.text.tokenizers import tokenizer

TEXTS = [
    "머리가  깨질 듯이 아파요\t\t열이 나요",
    "İSTANBUL 🤒 아파요",
    "",
    "   ",
    "a",
    "ab abc  a ab",
    "ΑΣ ΟΔΟΣ",
    "x\ty \n z",
    "가나다 가나다 라",
    "숨이 차요\u3000\u2003어제부터",
    "\ud800 깨진 글",
]
ALPHABET = st.sampled_from("ab가나다열ㅋ AİΣßǅ\t\n\u3000\u200b🤒🤧.1_\x00")
DOCUMENTS = st.lists(st.text(ALPHABET, max_size=14), min_size=2, max_size=9)


def compare(texts: list[str], rows: Any, ours: TfidfFeatures, **theirs: Any) -> None:
    """Both fail alike, or give the same columns and, for known and new texts, the same values."""
    corpus = Corpus(texts)
    train = corpus[rows]
    judge = TfidfVectorizer(**theirs)
    try:
        expected = judge.fit_transform(list(train))
    except ValueError:
        with pytest.raises(ValueError):
            ours.fit(train)
        return
    features = ours.fit_transform(train)
    assert list(judge.get_feature_names_out()) == list(ours.get_feature_names_out())
    assert {name: int(i) for name, i in judge.vocabulary_.items()} == ours.vocabulary_
    assert abs(expected - features).max() < 1e-6
    if ours.use_idf:
        np.testing.assert_allclose(judge.idf_, ours.idf_, atol=1e-6)
    everything = judge.transform(texts)
    for given_texts in (corpus, texts):
        assert abs(everything - ours.transform(given_texts)).max() < 1e-6


@settings(max_examples=80, deadline=None)
@given(
    texts=DOCUMENTS,
    analyzer=st.sampled_from(["char", "char_wb", "word"]),
    low=st.integers(1, 5),
    more=st.integers(0, 4),
    limits=st.fixed_dictionaries(
        {
            "min_df": st.sampled_from([1, 1, 1, 2, 0.3]),
            "max_df": st.sampled_from([1.0, 1.0, 0.7, 3]),
            "max_features": st.sampled_from([None, None, 1, 4, 20]),
        }
    ),
    weights=st.fixed_dictionaries(
        {
            "sublinear_tf": st.booleans(),
            "use_idf": st.booleans(),
            "smooth_idf": st.booleans(),
            "norm": st.sampled_from(["l2", "l1", None]),
            "lowercase": st.booleans(),
            "binary": st.booleans(),
            "dtype": st.sampled_from([np.float64, np.float32]),
        }
    ),
    skip=st.integers(0, 3),
)
def test_it_equals_scikit_learn_on_the_same_rows(
    texts: list[str], analyzer: str, low: int, more: int, limits: Any, weights: Any, skip: int
) -> None:
    rows = np.arange(len(texts))[::-1] if skip == 0 else np.array([i for i in range(len(texts)) if i % (skip + 1)])
    ours = TfidfFeatures(analyzer, ngram_min=low, ngram_max=low + more, **limits, **weights)
    compare(texts, rows, ours, analyzer=analyzer, ngram_range=(low, low + more), **limits, **weights)


@pytest.mark.parametrize("analyzer", ["char", "char_wb", "word"])
@pytest.mark.parametrize("lengths", [(1, 1), (1, 5), (2, 3), (4, 6)])
def test_hard_texts_come_out_like_scikit_learns(analyzer: str, lengths: tuple[int, int]) -> None:
    ours = TfidfFeatures(analyzer, ngram_min=lengths[0], ngram_max=lengths[1])
    compare(TEXTS, slice(None), ours, analyzer=analyzer, ngram_range=lengths)


def test_a_tokenizers_grams_are_those_of_a_vectorizer_given_its_tokens() -> None:
    texts = ["머리가 아파요 열이 나요", "배가 아파요", "Ab 배가 ab", ""]
    ours = TfidfFeatures("eojeol", ngram_max=2)
    judge = TfidfVectorizer(tokenizer=str.split, token_pattern=None, ngram_range=(1, 2))
    expected = judge.fit_transform(texts)
    assert abs(expected - ours.fit_transform(texts)).max() < 1e-6
    assert list(judge.get_feature_names_out()) == list(ours.get_feature_names_out())


def test_ties_at_max_features_fall_as_in_scikit_learn() -> None:
    draw = np.random.default_rng(0)
    texts = ["".join(draw.choice(list("가나다라마바사아자차카타파하 "), 30)) for _ in range(60)]
    for kept in (1, 17, 100, 333):
        ours = TfidfFeatures("char", ngram_max=3, max_features=kept)
        compare(texts, slice(0, 40), ours, analyzer="char", ngram_range=(1, 3), max_features=kept)


def test_counts_equal_scikit_learns_when_a_key_does_not_fit_64_bits() -> None:
    draw = np.random.default_rng(1)
    points = draw.choice(np.arange(0xAC00, 0xD7A4), 3000, replace=False)
    texts = ["".join(map(chr, draw.choice(points, 40))) * 2 for _ in range(80)]
    ours = count_ngrams(character_segments(texts, lowercase=True), 1, 7)
    judge = CountVectorizer(analyzer="char", ngram_range=(1, 7))
    assert (judge.fit_transform(texts) != ours.matrix).nnz == 0
    assert list(judge.get_feature_names_out()) == ours.grams.names()


def test_sort_keys_order_positions_like_the_texts_that_follow() -> None:
    codes = np.array([3, 1, 2, 3, 1, 1, 0, 0, 0], dtype=np.int32)
    at = np.arange(6, dtype=np.int32)
    assert np.argsort(_sort_keys(codes, at, 3)).tolist() == sorted(at.tolist(), key=lambda p: codes[p : p + 3].tolist())


def test_a_fold_learns_nothing_from_the_rows_it_does_not_train_on() -> None:
    corpus = Corpus(["두통 발열", "두통", "복통 설사"])
    alone = TfidfFeatures("char", ngram_max=3).fit(["두통 발열", "두통"])
    fold = TfidfFeatures("char", ngram_max=3).fit(corpus[:2])
    assert fold.vocabulary_ == alone.vocabulary_
    np.testing.assert_array_equal(fold.idf_, alone.idf_)
    assert fold.transform(["설사"]).nnz == 0


def test_joined_blocks_stand_side_by_side_in_rows_of_length_one() -> None:
    texts = ["머리가 아파요", "배가 아파요", "열이 나요"]
    joined = TfidfFeatures("char_wb:2-3+eojeol:1-2", ngram_min=9, ngram_max=9)
    features = joined.fit_transform(texts)
    left = TfidfFeatures("char_wb", ngram_min=2, ngram_max=3).fit_transform(texts)
    right = TfidfFeatures("eojeol", ngram_min=1, ngram_max=2).fit_transform(texts)
    expected = np.hstack([left.toarray(), right.toarray()]) / np.sqrt(2)
    np.testing.assert_allclose(features.toarray(), expected)
    np.testing.assert_allclose(np.linalg.norm(features.toarray(), axis=1), 1)
    assert "eojeol: 배가 아파요" in joined.vocabulary_


def test_a_stored_model_carries_its_vocabulary_but_not_the_texts() -> None:
    private = "이름은 홍길동 두통이 심해요"
    fitted = TfidfFeatures("char", ngram_min=2, ngram_max=2).fit(Corpus([private, "열이 나요"]))
    stored = pickle.dumps(fitted)
    assert "홍길동 두통" not in stored.decode("utf-8", "ignore")
    again = pickle.loads(stored)  # noqa: S301  Written three lines above.
    np.testing.assert_array_equal(again.transform([private]).toarray(), fitted.transform([private]).toarray())
    assert again.vocabulary_ == fitted.vocabulary_


def test_it_keeps_scikit_learns_manners() -> None:
    features = TfidfFeatures("char_wb", ngram_max=3, max_features=7)
    assert clone(features).get_params() == features.get_params()
    assert features.__sklearn_tags__().input_tags.string
    assert TfidfFeatures().fit_transform(np.array(["가나", "나다"], dtype=object)).shape == (2, 3)


def test_no_row_at_all_gives_no_row() -> None:
    assert TfidfFeatures().fit(["가나"]).transform([]).shape == (0, 2)


def test_the_words_of_an_error_name_what_came() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown analyzer 'meacb'. Did you mean 'mecab'\?"):
        TfidfFeatures("char+meacb").fit(["가"])
    with pytest.raises(ValueError, match="empty vocabulary"):
        TfidfFeatures("word").fit(["가 나", ""])
    with pytest.raises(ValueError, match=r"1 <= ngram_min <= ngram_max, got 3 and 2"):
        TfidfFeatures(ngram_min=3, ngram_max=2).fit(["가나다"])
    with pytest.raises(ValueError, match="float32 or float64"):
        TfidfFeatures(dtype=np.int64).fit(["가나다"])


def test_no_token_holds_white_space_so_that_grams_can_be_told_apart() -> None:
    for name in ("eojeol", "char", "jamo", "mecab"):
        for row in tokenizer(name).tokenize(TEXTS):
            assert not any(token.split() != [token] for token in row)
