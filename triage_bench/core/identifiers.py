"""Numbers and addresses that name a person: found in texts, replaced wherever something is said or written.

It warns and keeps its own outputs clean. It is no de-identification: names, places and what a sentence
tells are not found. Borders are digits, not word boundaries: beside Hangul there are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from triage_bench.core.sentence import Sentence

Kind = Literal["resident", "phone", "e-mail", "chart"]

NAMES: dict[Kind, Sentence] = {
    "resident": Sentence("주민등록번호", "resident registration number"),
    "phone": Sentence("전화번호", "phone number"),
    "e-mail": Sentence("전자우편 주소", "e-mail address"),
    "chart": Sentence("차트번호", "chart number"),
}
"""What each kind is called."""

_DASH = "[-‐-―−－~]"
_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    # No checksum: numbers given out since October 2020 have none. The last six digits may be masked.
    ("resident", re.compile(rf"(?<!\d)(?<!\d\.)(\d{{2}})(\d{{2}})(\d{{2}})\s?{_DASH}?\s?\d[\d*]{{6}}(?!\d)")),
    (
        "e-mail",
        re.compile(r"[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,5}\.[A-Za-z]{2,24}"),
    ),
    (
        "phone",
        re.compile(
            rf"(?<!\d)(?<!\d\.)(?:\+?82[\s.()]?{_DASH}?\(?0?|0)1[016789]\)?[\s.]?{_DASH}?\s?\d{{3,4}}[\s.]?{_DASH}?\s?\d{{4}}(?!\d)"
        ),
    ),
    # Without separators a landline's number looks like any other number.
    (
        "phone",
        re.compile(
            rf"(?<!\d)(?<!\d\.)(?:\+?82[\s.]?{_DASH}?|0)(?:2|[3-6][1-5]|70|50\d)\)?(?:\s?{_DASH}|[.\s])?\s?\d{{3,4}}\s?(?:{_DASH}|[.])\s?\d{{4}}(?!\d)"
        ),
    ),
    (
        "chart",
        re.compile(
            r"(?:(?:차트|병록|등록|환자|진료카드)\s?(?:번호|no\.?|#)|차트|병록|\bMRN"
            r"|(?:chart|patient|medical record)\s?(?:no\.?|number|id|#))"
            r"\s{0,3}(?:[:：=#]|은|는)?\s{0,3}[A-Za-z]{0,2}[-－]?\d{5,12}(?!\d)",
            re.IGNORECASE,
        ),
    ),
)
# One search decides for nearly every text.
_SUSPECT = re.compile(rf"\d{{5}}|\d{{3}}[\s.]?{_DASH}?\s?\d{{4}}|[@＠]")
_NARROW = str.maketrans("０１２３４５６７８９＠", "0123456789@")
_HEX = re.compile(r"[0-9a-f]{24,}")
_HOME = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\Users\\)[^/\\\s'\"]+")


@dataclass(frozen=True)
class Identifier:
    """Where something that names a person stands.

    Attributes
    ----------
    kind
        A key of `NAMES`.
    start, end
        Its place in the text, in characters.
    """

    kind: Kind
    start: int
    end: int


def identifiers(text: str) -> tuple[Identifier, ...]:
    """Return resident registration, phone and chart numbers and e-mail addresses, in order, none overlapping.

    Digits of any script count (０１０ as well as 010). Hexadecimal digests are passed over.
    """
    if not _SUSPECT.search(text):
        return ()
    found: list[Identifier] = []
    for one in sorted(_candidates(text), key=lambda one: (one.start, -one.end)):
        if not found or one.start >= found[-1].end:
            found.append(one)
    return tuple(found)


def kinds_in(text: str) -> frozenset[Kind]:
    """Return the kinds of identifiers in a text."""
    return frozenset(one.kind for one in identifiers(text))


def redacted(text: str) -> str:
    """Return the text with ``[phone]`` and the like for every identifier, and ``~`` for somebody's home folder."""
    if "/" in text or "\\" in text:
        text = _HOME.sub("~", text)
    for one in reversed(identifiers(text)):
        text = f"{text[: one.start]}[{one.kind}]{text[one.end :]}"
    return text


def masked(text: str) -> str:
    """Return the text with every identifier as dots of its length: what stands elsewhere keeps its place."""
    for one in identifiers(text):
        text = f"{text[: one.start]}{'•' * (one.end - one.start)}{text[one.end :]}"
    return text


def _candidates(text: str) -> Iterator[Identifier]:
    text = text.translate(_NARROW)  # as long as before: places stay
    digests = [match.span() for match in _HEX.finditer(text) if not match[0].isdigit()]
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            inside = any(start <= match.start() and match.end() <= end for start, end in digests)
            if not inside and (kind != "resident" or _is_date(match)):
                yield Identifier(kind, *match.span())


def _is_date(match: re.Match[str]) -> bool:
    return 1 <= int(match[2]) <= 12 and 1 <= int(match[3]) <= 31
