"""Where grams and tokens stand in their text, so that what they weigh can be told of its words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from triage_bench.text.tokenizers.plain import SPACE

LONGEST_WORD = 9
"""Characters of a word; longer ones are mostly several words written without blanks."""

_WORD = re.compile(r"\S+")

Place = tuple[int, int]
"""Where something begins and ends, in characters."""


def words_of(text: str) -> list[Place]:
    """Return where each word stands: what lies between spaces."""
    return [match.span() for match in _WORD.finditer(text)]


def pieces_of(text: str, tokens: Sequence[str]) -> list[Place]:
    """Return where each word stands; one longer than `LONGEST_WORD` is cut between its morphemes.

    Parameters
    ----------
    text
        The text; people who type in a hurry leave its blanks out.
    tokens
        Its morphemes, in order. One that is a single character stays with those before it.
    """
    words = words_of(text)
    if all(end - start <= LONGEST_WORD for start, end in words):
        return words
    starts = {place[0] for place in token_places(text, tokens) if place is not None and place[1] - place[0] > 1}
    pieces = []
    for start, end in words:
        if end - start <= LONGEST_WORD:
            pieces.append((start, end))
            continue
        cuts = [start, *(at for at in range(start + 2, end - 1) if at in starts), end]
        pieces += list(pairwise(cuts))
    return pieces


def by_piece(pieces: Sequence[Place], weighed: Iterable[tuple[Sequence[Place], float]]) -> list[float]:
    """Return what each piece of a text weighs.

    Parameters
    ----------
    pieces
        Where they stand, in order.
    weighed
        The places of a gram and its weight, which is spread evenly over the characters there; what
        stands nowhere in the text is lost.
    """
    weights = np.zeros(pieces[-1][1] + 1 if pieces else 1)
    for places, value in weighed:
        length = sum(end - start for start, end in places)
        for start, end in places:
            weights[start:end] += value / length
    sums = np.concatenate(([0.0], np.cumsum(weights)))
    return [float(sums[end] - sums[start]) for start, end in pieces]


def gram_places(text: str, gram: str, analyzer: str) -> list[Place]:
    """Return where a gram of an analyzer stands in a text; letter case does not count.

    Parameters
    ----------
    text, gram
        What is searched, and for what.
    analyzer
        ``"char"``, ``"char_wb"``, ``"word"`` or a tokenizer's name. The tokens of a gram may stand apart
        or, as morphemes do, directly beside each other.
    """
    low, gram = lowered(text), lowered(gram)
    if analyzer in ("char", "char_wb"):
        core = gram.strip() if analyzer == "char_wb" else gram
        return [] if not core.strip() else [place for place in _found(low, core) if _bounded(low, place, gram, core)]
    pattern = r"\s*".join(re.escape(token) for token in gram.split())
    return [match.span() for match in re.finditer(pattern, low)] if pattern else []


def token_places(text: str, tokens: Sequence[str]) -> list[Place | None]:
    """Return where each token of a text stands, in their order; None where a token is not spelt like the text."""
    low, at = lowered(text), 0
    if any(_conjoining(token) for token in tokens):
        return _letter_places(text, tokens)
    places: list[Place | None] = []
    for token in tokens:
        start = -1 if token == SPACE else low.find(lowered(token), at)
        places.append(None if start < 0 else (start, start + len(token)))
        at = at if start < 0 else start + len(token)
    return places


def lowered(text: str) -> str:
    """Return the text in lower case, every character at its place."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(one if len(one.lower()) > 1 else one.lower() for one in text)


def _found(text: str, core: str) -> Iterator[Place]:
    start = text.find(core)
    while start >= 0:
        yield start, start + len(core)
        start = text.find(core, start + 1)


def _bounded(text: str, place: Place, gram: str, core: str) -> bool:
    """Return whether a gram's blanks, which mark a word's ends, stand at ends of words here."""
    start, end = place
    opens = gram == core or not gram.startswith(" ") or start == 0 or text[start - 1].isspace()
    closes = gram == core or not gram.endswith(" ") or end == len(text) or text[end].isspace()
    return opens and closes


def _conjoining(token: str) -> bool:
    return len(token) == 1 and "\u1100" <= token <= "\u11ff"


def _letter_places(text: str, tokens: Sequence[str]) -> list[Place | None]:
    """Return each letter's place as that of its syllable."""
    letters = [
        (letter, at)
        for at, character in enumerate(text)
        if not character.isspace()
        for letter in (unicodedata.normalize("NFD", character) if "가" <= character <= "힣" else character)
    ]
    places: list[Place | None] = []
    ahead = 0
    for token in tokens:
        if ahead < len(letters) and letters[ahead][0] == token:
            at = letters[ahead][1]
            places.append((at, at + 1))
            ahead += 1
        else:
            places.append(None)
    return places


def distinct_texts_with(words: Sequence[str], rows: Iterable[tuple[str, int]]) -> NDArray[np.int64]:
    """Count, for each word, the units of which a text holds it, shape (words,).

    Parameters
    ----------
    words
        As `spoken` spells them. One that is no word between blanks in any text may stand inside one.
    rows
        Texts with the number of their unit: near-duplicates share one.
    """
    wanted: dict[str, set[int]] = {word: set() for word in words}
    listed = list(rows)
    for text, unit in listed:
        for token in text.split():
            units = wanted.get(spoken(token))
            if units is not None:
                units.add(unit)
    inside = [word for word, units in wanted.items() if not units]
    for text, unit in listed if inside else ():
        low = text.lower()
        for word in inside:
            if word in low:
                wanted[word].add(unit)
    return np.array([len(wanted[word]) for word in words], dtype=np.int64)


def spoken(word: str) -> str:
    """Return a word in lower case, without the punctuation at its ends."""
    return word.strip(".,!?;:…~·\"'“”‘’()[]{}<>「」『』-–—").lower()
