"""Nearest texts against the obvious way of finding them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from triage_bench.datasets.neighbours import implied_ceiling, nearest, neighbour_answers, neighbour_facts

WORDS = ["가슴이", "아파요", "머리가", "숨을", "쉬기", "힘들어요", "열이", "나고", "배가", "기침을", "해요", "갑자기"]


def sentences(count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return list(dict.fromkeys(" ".join(rng.choice(WORDS, 5)) for _ in range(2 * count)))[:count]


def test_the_nearest_are_those_of_scikit_learn() -> None:
    texts = sentences(60)
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True).fit_transform(texts)
    cosines = (vectors @ vectors.T).toarray()
    np.fill_diagonal(cosines, -1)
    found = nearest(texts, np.arange(60), np.arange(60), 3)
    np.testing.assert_allclose(found.cosines, -np.sort(-cosines, axis=1)[:, :3])
    np.testing.assert_allclose(np.take_along_axis(cosines, found.neighbours, axis=1), found.cosines)


def test_only_the_rows_named_can_be_neighbours_and_never_the_row_itself() -> None:
    texts = [*sentences(20), "가슴이 아파요", "가슴이 아파요"]
    found = nearest(texts, np.array([3, 20]), np.arange(10, 22), 4)
    assert set(found.neighbours.ravel().tolist()) <= set(range(10, 22))
    assert found.neighbours[1, 0] == 21 and found.cosines[1, 0] == pytest.approx(1.0)


def test_contradictions_of_near_copies_are_counted() -> None:
    texts = [text + end for text in sentences(40) for end in ("", "!")]
    labels = np.repeat(np.arange(40) % 2, 2)
    sound = neighbour_facts(texts, labels, np.arange(80))
    assert sound["close_rows"] == 80 and sound["close_label_agreement"] == 1 and sound["contradicted_rows"] == 0
    labels[::8] = 1 - labels[::8]  # ten pairs of forty now disagree
    noisy = neighbour_facts(texts, labels, np.arange(80))
    assert noisy["contradicted_rows"] == 20 and noisy["close_label_agreement"] == pytest.approx(0.75)
    assert noisy["close_ceiling"] == pytest.approx(implied_ceiling(0.75, 2))


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("best", [0.6, 0.8, 1.0])
def test_the_ceiling_of_a_known_noise_is_found_again(classes: int, best: float) -> None:
    """Two draws from one law agree with the sum of its squared chances (Cover and Hart's equality)."""
    chances = np.array([best, *[(1 - best) / (classes - 1)] * (classes - 1)])
    assert implied_ceiling(float((chances**2).sum()), classes) == pytest.approx(best)


def test_neighbours_answer_as_predictions_do() -> None:
    rng = np.random.default_rng(1)
    alone = [" ".join("".join(map(chr, rng.integers(0xAC00, 0xD7A4, 4))) for _ in range(5)) for _ in range(30)]
    texts = [text + end for text in alone for end in ("", "!", "?")]
    labels = np.repeat(np.arange(30) % 3, 3)
    found = neighbour_answers(texts, labels, np.arange(90), 3)
    np.testing.assert_array_equal(found.labels, labels[found.rows])
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-6)
    assert (found.predicted == found.labels).mean() > 0.9
