"""What the test side says that the training side never did, beside what a random cut would give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.seeds import generator_for

LARGEST = 20_000
"""Rows looked at on each side, a sample beyond."""

Split = Callable[[str], Iterable[str]]


def novelty_facts(texts: Sequence[str], train: NDArray[np.int64], test: NDArray[np.int64]) -> dict[str, float]:
    """Return the share of test tokens that training lacks, and the same for a random cut of training.

    Parameters
    ----------
    texts
        All texts.
    train, test : ndarray of int64
        Row numbers of the two sides of the official split.

    Returns
    -------
    dict
        For character bigrams and for eojeol: ``new_bigram_share`` and ``new_bigram_expected``, ``new_eojeol_share``
        and ``new_eojeol_expected``. Expected is what as many training rows, held out at random, show against
        the others; the test side is then measured against these same others, so that sizes are equal.
    """
    rng = generator_for(len(texts), len(train), len(test), "novelty")
    shuffled = rng.permutation(train)[: 2 * LARGEST]
    held = min(len(test), len(shuffled) // 5, LARGEST)
    if not held:
        return {}
    aside, known = shuffled[:held], shuffled[held:][:LARGEST]
    asked = rng.permutation(test)[:LARGEST]
    facts = {}
    for name, split in (("bigram", _bigrams), ("eojeol", str.split)):
        vocabulary = {token for row in known.tolist() for token in split(texts[row])}
        facts[f"new_{name}_share"] = _new(texts, asked, vocabulary, split)
        facts[f"new_{name}_expected"] = _new(texts, aside, vocabulary, split)
    return facts


def _new(texts: Sequence[str], rows: NDArray[np.int64], vocabulary: set[str], split: Split) -> float:
    new = total = 0
    for row in rows.tolist():
        tokens = list(split(texts[row]))
        total += len(tokens)
        new += sum(token not in vocabulary for token in tokens)
    return new / total if total else 0.0


def _bigrams(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1)]
