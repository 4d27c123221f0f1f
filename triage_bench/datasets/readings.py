"""What a model is given to read of each text: all of it, its beginning, its words in any order, one or some."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.protocol import WHOLE, Protocol
from triage_bench.core.seeds import generator_for
from triage_bench.datasets.shortcuts import telling_tokens

STRONGEST, WITHOUT_TELLING = "strongest-token", "without-telling"

FEWEST = 2
"""Training rows that must hold a token before it can say anything about the label."""

ROUNDS = 3
"""How often telling words are looked for in what is left: behind a word, its neighbour may tell as much."""

WORD = re.compile(r"\S+")


def reading_learns(protocol: Protocol) -> bool:
    """Whether what is read depends on training rows, and so differs from fold to fold."""
    return protocol.texts in (STRONGEST, WITHOUT_TELLING)


def readings(
    texts: Sequence[str], protocol: Protocol, rows: NDArray[np.int64], labels: NDArray[np.int64], seed: int
) -> Sequence[str]:
    """Return what the model reads of each text.

    Parameters
    ----------
    texts
        All texts of a data set.
    protocol
        Its `texts` say what is done to them.
    rows, labels : ndarray of int64, shape (m,)
        The training rows and their labels, for the treatments that learn.
    seed
        Decides the order of shuffled words.

    Returns
    -------
    sequence of str
        `texts` itself where they are read as they are; never an empty text for one with words.
    """
    if protocol.texts == WHOLE:
        return texts
    if protocol.prefix is not None:
        return tuple(text[: protocol.prefix] for text in texts)
    if protocol.texts == STRONGEST:
        strength = token_strength([texts[row] for row in rows.tolist()], labels)
        return tuple(_strongest(text, strength) for text in texts)
    if protocol.texts == WITHOUT_TELLING:
        return without_telling(texts, rows, labels)
    rng = generator_for(seed, "words shuffled")
    return tuple(" ".join(rng.permutation(text.split()).tolist()) if text.strip() else text for text in texts)


def token_strength(texts: Sequence[str], labels: NDArray[np.int64]) -> dict[str, float]:
    """Return how much each eojeol says about the label, in nats.

    The Kullback-Leibler divergence of the classes among the rows that hold the eojeol (with one
    row of the classes at large added, so that a rare one proves little) from the classes at large.

    Parameters
    ----------
    texts
        The training rows.
    labels : ndarray of int64, shape (n,)
        Their labels.
    """
    classes, codes = np.unique(labels, return_inverse=True)
    prior = np.bincount(codes) / max(len(codes), 1)
    held: dict[str, Counter[int]] = {}
    for text, code in zip(texts, codes.tolist(), strict=True):
        for token in set(text.split()):
            held.setdefault(token, Counter())[code] += 1
    strength = {}
    for token, counts in held.items():
        rows = counts.total()
        if rows >= FEWEST:
            share = (np.array([counts[code] for code in range(len(classes))]) + prior) / (rows + 1)
            strength[token] = float((share * np.log(share / prior)).sum())
    return strength


def without_telling(texts: Sequence[str], rows: NDArray[np.int64], labels: NDArray[np.int64]) -> Sequence[str]:
    """Return the texts without the words that give the label away (see `triage_bench.datasets.shortcuts`).

    Parameters
    ----------
    texts
        All texts of a data set.
    rows, labels : ndarray of int64, shape (m,)
        The training rows, which decide what these words are, and their labels.

    Returns
    -------
    sequence of str
        `texts` itself where there is no such word. A text that consists of them is some training row's: an own
        word for "nothing left" would tell the label as well.
    """
    found = texts
    for _ in range(ROUNDS):
        filled = np.array([bool(found[row]) for row in rows.tolist()], dtype=np.bool_)
        tokens = telling_tokens([found[row] for row in rows[filled].tolist()], labels[filled])
        if not tokens:
            break
        telling = re.compile("|".join(map(re.escape, tokens)))
        found = tuple(_without(text, telling) for text in found)
    if found is texts:
        return texts
    left = [found[row] for row in rows.tolist() if found[row]] or [text for text in texts if text.split()]
    draw = generator_for(len(texts), len(rows), "without telling").integers(0, max(len(left), 1), len(texts))
    return tuple(text or (left[int(at)] if left else text) for text, at in zip(found, draw, strict=True))


def _without(text: str, telling: re.Pattern[str]) -> str:
    """Return the text without every eojeol in which a match stands: what surrounds a telling n-gram tells as much.

    Blanks are written alike in every text, whether a word was taken out of it or not.
    """
    tells = bytearray(len(text))
    for match in telling.finditer(text):
        tells[slice(*match.span())] = b"\x01" * len(match.group())
    return " ".join(word.group() for word in WORD.finditer(text) if not any(tells[slice(*word.span())]))


def _strongest(text: str, strength: dict[str, float]) -> str:
    """Return the strongest token; of a text without any known one, the first."""
    tokens = text.split()
    return max(tokens, key=lambda token: strength.get(token, -1.0)) if tokens else text
