"""Texts as integers: the units that n-grams are made of, and where a gram may not cross.

Every function here follows `sklearn.feature_extraction.text` to the character: what it does
with case, runs of white space and word boundaries decides which grams exist.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from triage_bench.text.ragged import Ragged, offsets_of

WORD = re.compile(r"(?u)\b\w\w+\b")
"""scikit-learn's token pattern. It drops one-syllable words, Korean ones included."""

_SPACES = np.array([c for c in range(0x3001) if chr(c).isspace()], dtype=np.uint32)
_BLANK = ord(" ")


@dataclass(frozen=True, eq=False)
class Segments:
    """Stretches of units; a gram lies within one stretch, a text owns any number of them.

    Attributes
    ----------
    codes : ndarray of int32
        Rank of each unit, counting from 1, with a 0 after every stretch.
    documents : ndarray of int32, shape of `codes`
        The text that each position belongs to; never falls.
    texts
        How many texts there are, those without a stretch included.
    alphabet
        What a rank stands for (``alphabet[rank - 1]``): code points in ascending order, or
        tokens in code-point order.
    short
        Whether a stretch shorter than the shortest gram counts as one gram (``char_wb``).
    """

    codes: NDArray[np.int32]
    documents: NDArray[np.int32]
    texts: int
    alphabet: NDArray[np.uint32] | tuple[str, ...]
    short: bool = False

    def names(self, starts: NDArray[np.int32], lengths: NDArray[np.int32]) -> list[str]:
        """Spell the grams that stand at these positions, as scikit-learn spells them."""
        spans = zip(starts.tolist(), (starts + lengths).tolist(), strict=True)
        if isinstance(self.alphabet, tuple):
            tokens, codes = ("", *self.alphabet), self.codes.tolist()
            return [" ".join([tokens[rank] for rank in codes[begin:end]]) for begin, end in spans]
        text = self._characters
        return [text[begin:end] for begin, end in spans]

    @cached_property
    def _characters(self) -> str:
        points = np.concatenate(([0], self.alphabet)).astype("<u4")
        return points[self.codes].tobytes().decode("utf-32-le", "surrogatepass")


def character_segments(texts: Sequence[str], *, lowercase: bool) -> Segments:
    """Cut texts into characters; each text is one stretch (``analyzer="char"``)."""
    points, offsets = _collapsed(texts, lowercase=lowercase)
    return _of_points(points, offsets, np.arange(len(texts), dtype=np.int32), len(texts))


def word_bounded_segments(texts: Sequence[str], *, lowercase: bool) -> Segments:
    """Cut texts into characters; each word, padded by a space on both sides, is one stretch (``char_wb``)."""
    points, offsets = _collapsed(texts, lowercase=lowercase)
    spaces = _is_space(points)
    before = np.concatenate(([True], spaces[:-1]))
    before[offsets[:-1][offsets[:-1] < len(points)]] = True
    begins = np.flatnonzero(before & ~spaces)
    after = np.concatenate((spaces[1:], [True]))
    after[offsets[1:][offsets[1:] > 0] - 1] = True
    ends = np.flatnonzero(after & ~spaces) + 1
    documents = np.searchsorted(offsets, begins, side="right") - 1
    bounds = offsets_of(ends - begins + 2)
    padded = np.full(bounds[-1], _BLANK, dtype=np.uint32)
    inside = np.ones(len(padded), dtype=bool)
    inside[bounds[:-1]] = inside[bounds[1:] - 1] = False
    padded[inside] = points[~spaces]
    return _of_points(padded, bounds, documents.astype(np.int32), len(texts), short=True)


def token_segments(tokens: Ragged, *, lowercase: bool) -> Segments:
    """Take each text's tokens as one stretch of units."""
    values, alphabet = tokens.values, tokens.vocabulary
    if lowercase:
        lowered = [token.lower() for token in alphabet]
        alphabet = tuple(sorted(set(lowered)))
        rank = {token: i for i, token in enumerate(alphabet)}
        values = np.array([rank[token] for token in lowered], dtype=np.int32)[values]
    documents = np.arange(len(tokens), dtype=np.int32)
    codes, owners = _with_ends(values.astype(np.int32) + 1, tokens.offsets, documents)
    return Segments(codes, owners, len(tokens), alphabet)


def words(texts: Sequence[str], *, lowercase: bool) -> Ragged:
    """Find the words of scikit-learn's default token pattern (``analyzer="word"``)."""
    return Ragged.of(WORD.findall(text.lower() if lowercase else text) for text in texts)


def _collapsed(texts: Sequence[str], *, lowercase: bool) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return code points and offsets, every run of two or more white spaces made one space."""
    cased = [text.lower() for text in texts] if lowercase else list(texts)
    offsets = offsets_of(np.fromiter(map(len, cased), dtype=np.int64, count=len(cased)))
    points = np.frombuffer("".join(cased).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    spaces = _is_space(points)
    follows = np.zeros(len(points), dtype=bool)
    follows[1:] = spaces[1:] & spaces[:-1]
    follows[offsets[:-1][offsets[:-1] < len(points)]] = False
    if not follows.any():
        return points, offsets
    points[np.flatnonzero(follows[1:] & ~follows[:-1])] = _BLANK
    kept = np.concatenate(([0], np.cumsum(~follows)))
    return points[~follows], kept[offsets]


def _is_space(points: NDArray[np.uint32]) -> NDArray[np.bool_]:
    table = np.zeros(0x3002, dtype=bool)
    table[_SPACES] = True
    return table[np.minimum(points, 0x3001)]


def _of_points(
    points: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    documents: NDArray[np.int32],
    texts: int,
    *,
    short: bool = False,
) -> Segments:
    table = np.zeros(0x110000, dtype=np.int32)
    table[points] = 1
    alphabet = np.flatnonzero(table).astype(np.uint32)
    table[alphabet] = np.arange(1, len(alphabet) + 1, dtype=np.int32)
    codes, owners = _with_ends(table[points], offsets, documents)
    return Segments(codes, owners, texts, alphabet, short)


def _with_ends(
    ranks: NDArray[np.int32], offsets: NDArray[np.int64], documents: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Put a 0 after every stretch, and say for every position which text it belongs to."""
    lengths = np.diff(offsets)
    owners = np.repeat(documents, lengths + 1)
    codes = np.zeros(len(owners), dtype=np.int32)
    inside = np.ones(len(owners), dtype=bool)
    inside[offsets[1:] + np.arange(len(lengths))] = False
    codes[inside] = ranks
    return codes, owners
