"""Noise that Korean texts carry in life, put into them on purpose: pure functions str → str.

Each takes a text, a strength and a generator. The strength is the chance of every place at which
the change could happen; at 0 the text comes back as it was. None of them makes a text empty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

import numpy as np

from triage_bench.core.seeds import generator_for
from triage_bench.text.jamo import FINALS, INITIALS, MEDIALS, Letters, closed, is_syllable, letters_of, syllable_of

AFTER_CONSONANT: tuple[str, ...] = ("은", "이", "을")
AFTER_VOWEL: tuple[str, ...] = ("는", "가", "를")
"""Topic, subject, object: speech drops them, and writers take one for another."""
PLACES: tuple[str, ...] = ("에", "에서")
_PARTICLE = re.compile(r"(.*[가-힣])(에서|에|은|는|이|가|을|를)([^가-힣]*)")
_ADVERBS = frozenset(("많이", "같이", "없이", "깊이", "높이", "굳이"))
"""Frequent words that only look like a noun with a particle."""

KEYBOARD = ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ")
"""The rows of the two-set keyboard (두벌식, KS X 5002), without shift."""
_OFFSETS = (0.0, 0.25, 0.75)
_SHIFTED = dict(zip("ㄲㄸㅃㅆㅉㅒㅖ", "ㄱㄷㅂㅅㅈㅐㅔ", strict=True))
_PAIRS = ("ㄱㄲ", "ㄷㄸ", "ㅂㅃ", "ㅅㅆ", "ㅈㅉ", "ㅐㅔ", "ㅒㅖ", "ㅙㅚ")
_ALIKE = {**{a: b for pair in _PAIRS for a, b in zip(pair, pair[::-1], strict=True)}, "ㅞ": "ㅙ", "ㅢ": "ㅣ"}
"""Letters that a shift key or the ear confuses."""
_HALVES = {"ㄳ": "ㄱ", "ㄵ": "ㄴ", "ㄶ": "ㄴ", "ㄺ": "ㄱ", "ㄻ": "ㅁ", "ㄼ": "ㄹ", "ㅀ": "ㄹ", "ㅄ": "ㅂ"}

Change = Callable[[str, float, np.random.Generator], str]


def _neighbours() -> dict[str, str]:
    places = {key: (x + _OFFSETS[y], y) for y, row in enumerate(KEYBOARD) for x, key in enumerate(row)}
    return {
        key: "".join(other for other, (u, v) in places.items() if other != key and abs(x - u) + abs(y - v) < 2)
        for key, (x, y) in places.items()
    }


NEIGHBOURS = _neighbours()
"""Letter → letters on the keys that touch its own."""


def particle_noise(text: str, strength: float, rng: np.random.Generator) -> str:
    """Drop a word's particle, or put another in its place that fits the sound before it.

    There is no tagger here: a particle is an ending of the right form after a Hangul stem, which takes
    some verb forms (``가는``) for nouns.
    """
    words = text.split(" ")
    return " ".join(_other_particle(word, rng) if hit else word for word, hit in _hits(words, strength, rng))


def spacing_noise(text: str, strength: float, rng: np.random.Generator) -> str:
    """Join words that a space parted, and part words inside."""
    parts = []
    for word, hit in _hits(text.split(" "), strength, rng):
        if not hit:
            parts.append(f"{word} ")
        elif len(word) > 3 and rng.random() < 0.5:
            at = int(rng.integers(1, len(word)))
            parts.append(f"{word[:at]} {word[at:]} ")
        else:
            parts.append(word)
    # The last word had no space behind it.
    joined = "".join(parts)
    return joined[:-1] if joined.endswith(" ") else joined


def keyboard_typos(text: str, strength: float, rng: np.random.Generator) -> str:
    """Hit the key beside the right one, of the two-set keyboard."""
    return _with_letters(text, strength, rng, _mistyped)


def jamo_typos(text: str, strength: float, rng: np.random.Generator) -> str:
    """Leave out a final consonant or half a cluster, or confuse letters that sound alike (ㅐ/ㅔ, ㄱ/ㄲ)."""
    return _with_letters(text, strength, rng, _misspelt)


def word_dropout(text: str, strength: float, rng: np.random.Generator) -> str:
    """Leave out words; one of them always stays."""
    words = text.split(" ")
    kept = [word for word, hit in _hits(words, strength, rng) if not hit]
    if any(word.strip() for word in kept):
        return " ".join(kept)
    real = [word for word in words if word.strip()]
    return real[int(rng.integers(len(real)))] if real else text


def word_swap(text: str, strength: float, rng: np.random.Generator) -> str:
    """Exchange words with their right neighbours."""
    words = text.split(" ")
    for place, hit in enumerate(rng.random(max(0, len(words) - 1)) < strength):
        if hit:
            words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


@dataclass(frozen=True)
class Augmentation:
    """How strongly each kind of noise is put into a text; the chance of every place, in [0, 1].

    Attributes
    ----------
    particles, spacing, keyboard, jamo, dropout, swap
        Strength of `particle_noise`, `spacing_noise`, `keyboard_typos`, `jamo_typos`, `word_dropout`
        and `word_swap`.

    Raises
    ------
    ValueError
        If a strength lies outside.
    """

    particles: float = 0.0
    spacing: float = 0.0
    keyboard: float = 0.0
    jamo: float = 0.0
    dropout: float = 0.0
    swap: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            strength = getattr(self, field.name)
            if not 0.0 <= strength <= 1.0:
                raise ValueError(f"augment_{field.name} is the chance of a change, in [0, 1]; got {strength!r}.")

    @property
    def active(self) -> bool:
        """Whether anything is ever changed."""
        return any(getattr(self, field.name) for field in fields(self))

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """Return the text with noise: words first, then particles, letters, spaces."""
        for strength, change in self._changes():
            if strength:
                text = change(unicodedata.normalize("NFC", text), strength, rng)
        return text

    def copies(self, texts: Iterable[str], count: int, *coordinates: str | int) -> list[str]:
        """Return noisy copies: the first of every text, then the second of every text, and so on.

        A copy depends on its text, its number and the coordinates of the seed alone: not on the texts
        beside it.
        """
        given = list(texts)
        return [self(text, generator_for(*coordinates, copy, text)) for copy in range(count) for text in given]

    def _changes(self) -> tuple[tuple[float, Change], ...]:
        return (
            (self.dropout, word_dropout),
            (self.swap, word_swap),
            (self.particles, particle_noise),
            (self.jamo, jamo_typos),
            (self.keyboard, keyboard_typos),
            (self.spacing, spacing_noise),
        )


def _hits(words: list[str], strength: float, rng: np.random.Generator) -> Iterable[tuple[str, bool]]:
    return zip(words, (rng.random(len(words)) < strength).tolist(), strict=True)


def _other_particle(word: str, rng: np.random.Generator) -> str:
    match = _PARTICLE.fullmatch(word)
    if match is None or match[1] + match[2] in _ADVERBS:
        return word
    stem, particle, rest = match.groups()
    forms = PLACES if particle in PLACES else AFTER_CONSONANT if closed(stem) else AFTER_VOWEL
    if particle not in forms:
        return word
    others = ("", *(form for form in forms if form != particle))
    return f"{stem}{others[int(rng.integers(len(others)))]}{rest}"


def _with_letters(
    text: str, strength: float, rng: np.random.Generator, change: Callable[[Letters], list[Letters]]
) -> str:
    characters = list(text)
    for place in np.flatnonzero(rng.random(len(characters)) < strength).tolist():
        if is_syllable(characters[place]):
            found = change(letters_of(characters[place]))
            if found:
                characters[place] = syllable_of(*found[int(rng.integers(len(found)))])
    return "".join(characters)


def _mistyped(letters: Letters) -> list[Letters]:
    allowed = (INITIALS, MEDIALS, FINALS)
    return [
        _replaced(letters, place, other)
        for place, letter in enumerate(letters)
        for other in NEIGHBOURS.get(_SHIFTED.get(letter, letter), "")
        if other in allowed[place]
    ]


def _misspelt(letters: Letters) -> list[Letters]:
    found = [_replaced(letters, place, _ALIKE[letters[place]]) for place in (0, 1) if letters[place] in _ALIKE]
    if letters[2]:
        found.append(_replaced(letters, 2, _HALVES.get(letters[2], "")))
    return found


def _replaced(letters: Letters, place: int, letter: str) -> Letters:
    initial, medial, final = (letter if at == place else old for at, old in enumerate(letters))
    return initial, medial, final
