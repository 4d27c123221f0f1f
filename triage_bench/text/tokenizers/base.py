"""What a tokenizer is, and what every one of ours does to a text first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

# NUL makes MeCab stop reading, lone surrogates break the JVM, Kiwi and every encoder.
_UNREADABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@runtime_checkable
class Tokenizer(Protocol):
    """Texts → tokens, the same ones every time.

    Attributes
    ----------
    name
        The word a user types.
    version
        Changes whenever tokens may change; names the version of the library behind it.
    learns
        False: what comes out depends on nothing but the text.
    """

    @property
    def name(self) -> str:
        """The word a user types."""

    @property
    def version(self) -> str:
        """What the tokens depend on besides the text."""

    @property
    def learns(self) -> bool:
        """Whether it must be fitted on training rows first."""

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """Return each text's tokens: none empty, none with white space; ``[]`` for a blank text.

        A text that the analyser cannot read gets ``[]``; it never raises for a text.
        """


def normalised(text: str) -> str:
    """Return the text in NFC, control characters and lone surrogates made spaces."""
    return unicodedata.normalize("NFC", _UNREADABLE.sub(" ", text))


def each(texts: Iterable[str], analyse: Callable[[str], Iterable[str]]) -> list[list[str]]:
    """Analyse texts one by one; blanks, and texts on which the analyser raises, get ``[]``."""
    rows = []
    for text in map(normalised, texts):
        try:
            rows.append(whole_tokens(analyse(text)) if text.strip() else [])
        except Exception:
            # The analysers are other people's code: any error costs this text's tokens only.
            # `Corpus.notices` counts the texts that end up with none.
            rows.append([])
    return rows


def whole_tokens(tokens: Iterable[str]) -> list[str]:
    """Drop empty tokens and cut those with white space inside.

    Grams are spelt as tokens joined by spaces, so a space inside one would make two grams alike.
    """
    return [part for token in tokens for part in token.split()]
