"""Near-duplicates: the fast search finds what comparing every pair finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from triage_bench.datasets.neardup import exact_duplicates, near_duplicate_clusters

WORDS = [
    "가슴이",
    "아파요",
    "머리가",
    "숨을",
    "쉬기",
    "힘들어요",
    "어제부터",
    "열이",
    "나고",
    "배가",
    "기침을",
    "계속",
    "해요",
    "갑자기",
    "쓰러졌어요",
    "손을",
    "베였어요",
]


def sentences(count: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(3, 9))) for _ in range(count)]


def by_every_pair(texts: list[str], threshold: float) -> list[set[int]]:
    """Single link over scikit-learn's own TF-IDF of the distinct texts (long ones, without drawn-out signs)."""
    distinct = sorted(set(texts))
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True).fit_transform(distinct)
    close = (vectors @ vectors.T).toarray() >= threshold - 1e-9
    reached = np.linalg.matrix_power(close.astype(float), len(distinct)) > 0 if len(distinct) < 40 else _closure(close)
    place = {text: n for n, text in enumerate(distinct)}
    return [{row for row, other in enumerate(texts) if reached[place[text], place[other]]} for text in texts]


def _closure(close: np.ndarray) -> np.ndarray:
    while True:
        wider = (close.astype(np.float32) @ close.astype(np.float32)) > 0
        if (wider == close).all():
            return close
        close = wider


def as_sets(clusters: np.ndarray) -> list[set[int]]:
    return [set(np.flatnonzero(clusters == cluster).tolist()) for cluster in clusters]


@pytest.mark.parametrize(("threshold", "seed"), [(0.6, 0), (0.7, 1), (0.8, 2), (0.9, 3)])
def test_the_search_equals_comparing_every_pair(threshold: float, seed: int) -> None:
    texts = sentences(300, seed)
    expected = by_every_pair(texts, threshold)
    assert max(map(len, expected)) < 60  # below the cap, so that only the link rule speaks
    assert as_sets(near_duplicate_clusters(texts, threshold)) == expected


@given(st.lists(st.text(alphabet="가나다라 ab!ㅋ\u1100Ã", max_size=12), max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_texts_does_not_matter(texts: list[str], random: object) -> None:
    order = list(range(len(texts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight = near_duplicate_clusters(texts)
    shuffled = near_duplicate_clusters([texts[row] for row in order])
    assert {frozenset(order[r] for r in group) for group in as_sets(shuffled)} == {
        frozenset(group) for group in as_sets(straight)
    }


@given(st.lists(st.text(max_size=15), max_size=20))
@settings(max_examples=60, deadline=None)
def test_identical_texts_stay_together_and_the_number_is_the_first_row(texts: list[str]) -> None:
    clusters, copies = near_duplicate_clusters(texts), exact_duplicates(texts)
    assert (clusters[copies] == clusters).all()
    assert (clusters <= np.arange(len(texts))).all()
    assert (clusters[clusters] == clusters).all()


def test_planted_copies_are_found_among_thousands() -> None:
    rng = np.random.default_rng(5)
    syllables = [chr(code) for code in range(0xAC00, 0xAC00 + 11_172, 7)]
    originals = ["".join(rng.choice(syllables, 30)) for _ in range(4_000)]
    copies = [text[:-4] + "있어요" for text in originals[:500]]
    clusters = near_duplicate_clusters([*originals, *copies])
    assert (clusters[4_000:] == np.arange(500)).all()
    assert (clusters[:4_000] == np.arange(4_000)).all()


def test_short_texts_do_not_collapse_into_one() -> None:
    texts = ["네", "네!", "네요", "굿", "굿굿", "굿 네", "요", "아파", "아파요", "...", "!!"]
    clusters = near_duplicate_clusters(texts)
    assert clusters[1] == clusters[0]
    assert len(set(clusters.tolist())) == len(texts) - 1


def test_drawn_out_laughter_does_not_make_two_texts_alike() -> None:
    clusters = near_duplicate_clusters(
        ["재미있다ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ", "돈이 아깝다ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ", "재미있다ㅋㅋ"]
    )
    assert clusters.tolist() == [0, 1, 0]


def test_broken_letters_keep_texts_apart() -> None:
    damaged = [text.encode().decode("latin-1") for text in ("가슴이 아파요", "배가 고파요", "숨을 못 쉬겠어요")]
    assert near_duplicate_clusters(damaged).tolist() == [0, 1, 2]


def test_a_chain_through_most_rows_is_cut() -> None:
    syllables = [chr(0xAC00 + 31 * step) for step in range(220)]
    chain = ["".join(syllables[step : step + 20]) for step in range(200)]
    assert np.bincount(near_duplicate_clusters(chain)).max() <= 40


def test_a_threshold_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must lie in \(0, 1\], got 1.5"):
        near_duplicate_clusters(["가"], 1.5)


def test_no_texts_have_no_clusters() -> None:
    assert len(near_duplicate_clusters([])) == 0
