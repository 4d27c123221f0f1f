"""Text as it should have been typed: one code sequence for what looks the same on the screen.

What is changed, and why: NFC, because a file saved on macOS spells 각 as three code points;
invisible characters, because a zero-width space makes one word two; no-break and other odd
spaces and the Hangul filler, because no tokenizer splits at them; line ends, because the same
text saved on Windows must stay the same text; NUL and lone surrogates, because analysers cut the
text there or raise. Nothing else is touched: case, punctuation, repetition, emoji are content.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from triage_bench.core.sentence import Notice, Sentence

_ODD_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0"
_INVISIBLE = "\u00ad\u200b\u200c\u200e\u200f\u2060\ufeff"
_PICTURE = "\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\U0001f000-\U0001faff"

_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_INVISIBLE_ONES = re.compile(f"[{_INVISIBLE}]|(?<![{_PICTURE}\ufe0f])\u200d|\u200d(?![{_PICTURE}])")
_SPACES = re.compile(f"[{_ODD_SPACES}]")
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_LOST = re.compile("\ufffd|ï¿½")
# One search decides for nearly every text; six are slow on 200,000.
_SUSPECT = re.compile(f"[\x00\r\u0085\u200d\u2028\u2029\ud800-\udfff\ufffdï{_INVISIBLE}{_ODD_SPACES}]")

ROWS_NAMED = 20
"""Rows of a file that a notice carries at most."""

_SAID: dict[str, tuple[str, str]] = {
    "text.unusable": (
        "{count}개 문장에서 NUL 문자나 짝이 없는 서로게이트를 지웠습니다.",
        "NUL characters or lone surrogates were removed from {count} texts.",
    ),
    "text.invisible": (
        "{count}개 문장에서 폭이 없는 보이지 않는 문자를 지웠습니다.",
        "Zero-width, invisible characters were removed from {count} texts.",
    ),
    "text.spaces": (
        "{count}개 문장에서 줄바꿈 없는 공백 등 특수 공백을 일반 공백으로 바꿨습니다.",
        "No-break and other unusual spaces became plain spaces in {count} texts.",
    ),
    "text.line_ends": (
        "{count}개 문장의 줄바꿈 문자를 LF로 통일했습니다.",
        "Line ends became LF in {count} texts.",
    ),
    "text.nfc": (
        "{count}개 문장의 자모가 풀려 있어(NFD 등) NFC로 합쳤습니다.",
        "{count} texts were not in NFC (decomposed Hangul, as macOS writes it) and were composed.",
    ),
    "text.lost": (
        "{count}개 문장에 깨진 글자(U+FFFD)가 있습니다. 원래 글자는 이미 사라졌으니 원본 파일에서 다시 저장하십시오.",
        "{count} texts contain the replacement character U+FFFD: the original letters are lost. "
        "Save the file again from its source.",
    ),
}


def normalise_text(text: str) -> str:
    """Return the text in NFC, without invisible characters, with plain spaces and LF line ends.

    A zero-width joiner between pictographs stays: it holds an emoji together.
    """
    return _normalise(text, [])


def normalise_texts(
    texts: Iterable[str], rows: Sequence[int] | None = None
) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """Normalise many texts and count, per kind of change, the texts it touched.

    Parameters
    ----------
    texts
        As they were read.
    rows
        Where each stands in its file, for the notices.

    Returns
    -------
    texts : tuple of str
        In the same order.
    notices : tuple of Notice
        Codes ``text.unusable``, ``text.invisible``, ``text.spaces``, ``text.line_ends``,
        ``text.nfc``, and ``text.lost`` for letters that an earlier program destroyed.
    """
    touched: dict[str, list[int]] = defaultdict(list)
    done: list[str] = []
    for text in texts:
        changes: list[str] = []
        done.append(_normalise(text, changes))
        for code in changes:
            touched[code].append(len(done) - 1)
    return tuple(done), tuple(_notices(touched, len(done), rows))


def row_list(rows: Sequence[int], limit: int = 5) -> str:
    """Return the first few row numbers for a message: ``3, 17, 20, …``."""
    return ", ".join(map(str, rows[:limit])) + (", …" if len(rows) > limit else "")


def _normalise(text: str, changes: list[str]) -> str:
    """Return the text, and add the codes of what was done to it."""
    if _SUSPECT.search(text):
        text = _replaced(text, changes)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
        changes.append("text.nfc")
    return text


def _replaced(text: str, changes: list[str]) -> str:
    for code, pattern, replacement in (
        ("text.unusable", _UNUSABLE, ""),
        ("text.invisible", _INVISIBLE_ONES, ""),
        ("text.spaces", _SPACES, " "),
        ("text.line_ends", _LINE_ENDS, "\n"),
    ):
        text, times = pattern.subn(replacement, text)
        if times:
            changes.append(code)
    if _LOST.search(text):
        changes.append("text.lost")
    return text


def _notices(touched: dict[str, list[int]], of: int, rows: Sequence[int] | None) -> Iterable[Notice]:
    for code, forms in _SAID.items():
        if code in touched:
            count, first = len(touched[code]), touched[code][:ROWS_NAMED]
            yield Notice(
                code,
                count,
                of,
                Sentence(*(form.format(count=f"{count:,}") for form in forms)),
                () if rows is None else tuple(rows[at] for at in first),
            )
