"""Tokens by rule: words between spaces, characters, jamo."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from triage_bench.text.tokenizers.base import each

SPACE = "▁"
"""Stands for a space where characters are the tokens (SentencePiece's sign for it)."""


class Eojeol:
    """What stands between spaces: the unit of Korean spelling, particles and endings included."""

    name, version, learns = "eojeol", "1", False

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """Return each text's words."""
        return each(texts, str.split)


class Characters:
    """Characters; a Hangul syllable is one. A run of spaces between words is one `SPACE`."""

    name, version, learns = "char", "1", False

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """Return each text's characters."""
        return each(texts, lambda text: iter(SPACE.join(text.split())))


class Jamo:
    """Jamo: each Hangul syllable as its two or three conjoining letters, all else as it is.

    Conjoining jamo keep an initial (U+1100 …) apart from a final (U+11A8 …), so the syllables
    can be told from the sequence. A run of spaces between words is one `SPACE`.
    """

    name, version, learns = "jamo", "1", False

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """Return each text's jamo."""
        return each(texts, _jamo)


def _jamo(text: str) -> Iterator[str]:
    for character in SPACE.join(text.split()):
        if "가" <= character <= "힣":
            yield from unicodedata.normalize("NFD", character)
        else:
            yield character
