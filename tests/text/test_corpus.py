from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.core.errors import UnknownNameError
from triage_bench.text import corpus as corpus_module
from triage_bench.text.corpus import Corpus
from triage_bench.text.ragged import Ragged, unknown_share

TEXTS = ["머리가 아파요", "배가 아파요", "열이 나요", "", "숨이 차요"]


def test_rows_of_rows_point_into_the_same_texts() -> None:
    corpus = Corpus(TEXTS)
    view = corpus[np.array([4, 2, 0])][1:]
    assert list(view) == ["열이 나요", "머리가 아파요"]
    assert view[0] == "열이 나요" and view[np.int64(-1)] == "머리가 아파요"
    assert view.rows.tolist() == [2, 0]
    assert list(corpus[np.array([True, False, False, False, True])]) == [TEXTS[0], TEXTS[4]]
    assert list(corpus[[1]]) == [TEXTS[1]] and len(corpus[[]]) == 0
    assert view.shares_with(corpus)
    assert not view.shares_with(Corpus(TEXTS[:2]))


@given(st.lists(st.integers(0, 4), max_size=8))
def test_counts_and_tokens_of_rows_are_rows_of_the_whole(rows: list[int]) -> None:
    corpus = Corpus(TEXTS)
    chosen = np.array(rows, dtype=np.int64)
    counts = corpus[chosen].counts("char", (1, 2))
    np.testing.assert_array_equal(counts.toarray(), corpus.counts("char", (1, 2)).toarray()[chosen])
    tokens = corpus[chosen].tokens("eojeol")
    assert [tokens.row(i) for i in range(len(tokens))] == [TEXTS[i].split() for i in rows]


def test_counting_happens_once_for_all_subsets(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = corpus_module.count_ngrams
    monkeypatch.setattr(corpus_module, "count_ngrams", lambda *a: calls.append(a) or real(*a))
    corpus = Corpus(TEXTS)
    for part in (corpus, corpus[:2], corpus[1:][:2]):
        part.counts("char", (1, 3))
    assert len(calls) == 1


def test_it_wraps_once_and_refuses_what_is_no_text() -> None:
    corpus = Corpus(TEXTS)
    assert Corpus.of(corpus) is corpus
    assert list(Corpus.of(np.array(TEXTS, dtype=object))) == TEXTS
    with pytest.raises(TypeError, match=r"one string of 3 characters; wrap it"):
        Corpus("두통 ")
    with pytest.raises(TypeError, match="row 1 is a float"):
        Corpus.of(["두통", float("nan")])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="1-D array of integers or booleans"):
        corpus[np.array([0.5])]
    with pytest.raises(UnknownNameError, match=r"unknown tokenizer 'mecap'. Did you mean 'mecab'\?"):
        corpus.tokens("mecap")


def test_it_travels_as_texts_and_rows_alone(tmp_path: Path) -> None:
    corpus = Corpus(TEXTS, tmp_path)
    before = len(pickle.dumps(corpus[:2]))
    corpus.counts("char", (1, 3))
    train, test = pickle.loads(pickle.dumps((corpus[:2], corpus[2:])))  # noqa: S301  As a worker gets it.
    assert len(pickle.dumps(corpus[:2])) == before
    assert list(train) == TEXTS[:2] and list(test) == TEXTS[2:]
    assert train.shares_with(test) and train.shares_with(corpus)


def test_its_repr_shows_no_patients_words() -> None:
    assert repr(Corpus(TEXTS)[:2]) == "Corpus(2 of 5 texts)"


def test_texts_that_lose_all_tokens_are_counted_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful:
        name, version, learns = "eojeol", "0", False

        def tokenize(self, texts: list[str]) -> list[list[str]]:
            return [[] if "배" in text else text.split() for text in texts]

    monkeypatch.setattr(corpus_module, "tokenizer", lambda name: Forgetful())
    (notice,) = Corpus(TEXTS).notices("eojeol")
    assert (notice.code, notice.count, notice.of) == ("tokens.lost", 1, 5)
    assert "1 of 5" in notice.text.en and "1개" in notice.text.ko
    assert Corpus(TEXTS)[2:].notices("eojeol") == ()


def test_the_unknown_share_counts_tokens_not_words() -> None:
    corpus = Corpus(["가 나", "가 다 다", ""])
    tokens = corpus.tokens("eojeol")
    train, test = tokens.take(np.array([0])), tokens.take(np.array([1]))
    assert unknown_share(train, test) == pytest.approx(2 / 3)
    assert unknown_share(Ragged.of([["가", "나"]]), Ragged.of([["가", "다", "다"]])) == pytest.approx(2 / 3)
    assert unknown_share(train, tokens.take(np.array([2]))) == 0
