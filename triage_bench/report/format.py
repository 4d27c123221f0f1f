"""How a number and a foreign text look on the page. Pure functions from values to strings."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

NOTHING = "–"
"""What stands where there is no value: never an empty cell."""

MINUS = "−"
LONGEST = 80
# A joiner between Hangul or emoji is part of how a text looks; alone it is a trap.
_SHORT_NAMES = {"\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ", "\ufeff": "BOM", "\u00ad": "SHY"}


def score(value: float | None) -> str:
    """Write three fixed decimals: scores, losses, shares."""
    return _number(value, lambda v: f"{v:.3f}")


def signed(value: float | None) -> str:
    """Write three fixed decimals with a sign: differences."""
    return _number(value, lambda v: f"{0.0 if abs(v) < 0.0005 else v:+.3f}")


def axis(value: float | None) -> str:
    """Write two fixed decimals: the ends of an axis."""
    return _number(value, lambda v: f"{v:.2f}")


def count(value: float | None) -> str:
    """Write whole numbers, thousands apart."""
    return _number(value, lambda v: f"{v:,.0f}")


def percent(value: float | None) -> str:
    """Write a share as a whole percentage."""
    return _number(value, lambda v: f"{100 * v:.0f}%")


def seconds(value: float | None) -> str:
    """Write seconds with two to three telling digits."""
    return _number(value, lambda v: f"{v:.2f}" if v < 10 else f"{v:.1f}" if v < 100 else f"{v:,.0f}")


def p_value(value: float | None) -> str:
    """Write three decimals, or below what three decimals can say."""
    return _number(value, lambda v: "<0.001" if v < 0.001 else f"{v:.3f}")


def plain(value: Any) -> str:
    """Write a parameter or a fact of any plain type, in at most four significant digits."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and isfinite(value) and not value.is_integer():
        return f"{value:.4g}".replace("-", MINUS)
    if isinstance(value, int | float):
        return count(value) if isfinite(value) else str(value)
    return visible(str(value))


def visible(text: str) -> str:
    """Show what hides: control, zero-width and direction-changing characters become a name in brackets."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def shell(word: str) -> str:
    """Write an argument as a shell has to be given it: quoted, unless it is plain letters of any script."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else shlex.quote(word)


def short(text: str, longest: int = LONGEST) -> str:
    """Cut a long text, never between a character and its combining marks."""
    if len(text) <= longest:
        return text
    end = longest - 1
    while end > 1 and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f" or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end] + "…"


FORMATS: Mapping[str, Callable[[Any], str]] = {
    "score": score,
    "signed": signed,
    "axis": axis,
    "count": count,
    "percent": percent,
    "seconds": seconds,
    "p_value": p_value,
    "plain": plain,
}
"""Every way in which a number is written: the templates' filters."""


def _number(value: float | None, write: Callable[[float], str]) -> str:
    return NOTHING if value is None or not isfinite(value) else write(value).replace("-", MINUS)


def _shown(character: str) -> str:
    if character in _SHORT_NAMES:
        return f"[{_SHORT_NAMES[character]}]"
    if character in "\n\t":
        return "↵" if character == "\n" else "⇥"
    # Cc control, Cf format (bidirectional overrides), Cs lone surrogate, Co private use
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return f"[U+{ord(character):04X}]"
    return character
