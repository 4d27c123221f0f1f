"""What is said to people, in Korean and in English."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LANGUAGES = ("ko", "en")
"""What every statement is said in, the first by default."""


@dataclass(frozen=True)
class Sentence:
    """One statement in both languages; the numbers in it are the same.

    Attributes
    ----------
    ko, en
        The statement in Korean and in English.
    """

    ko: str
    en: str

    def said_in(self, language: str) -> str:
        """Return the statement in one of `LANGUAGES`."""
        return self.ko if language == "ko" else self.en

    def to_dict(self) -> dict[str, str]:
        """Return plain data for JSON."""
        return {"ko": self.ko, "en": self.en}

    @classmethod
    def from_dict(cls, data: dict[str, str]) -> Sentence:
        """Read back what `to_dict` wrote."""
        return cls(ko=data["ko"], en=data["en"])


@dataclass(frozen=True)
class Notice:
    """Something that was noticed and counted while data was read, cut or fitted.

    Attributes
    ----------
    code
        A stable word, e.g. ``"labels.missing"``.
    count, of
        How many, out of how many.
    text
        The statement.
    rows
        Where the first of them stand in the user's file; known while it is read, not kept.
    """

    code: str
    count: int
    of: int
    text: Sentence
    rows: tuple[int, ...] = field(default=(), compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"code": self.code, "count": self.count, "of": self.of, "text": self.text.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Notice:
        """Read back what `to_dict` wrote."""
        return cls(data["code"], data["count"], data["of"], Sentence.from_dict(data["text"]))
