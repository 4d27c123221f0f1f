"""Rows whose letters were damaged before they came here, told by their code points.

Scores cannot find it: where every row is damaged alike, character n-grams learn the damage as well as
Korean. A Korean tokenizer, a pretrained model and new data do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

FEWEST_PAIRS = 2
"""Pairs of a UTF-8 lead byte and a continuation byte, each read as Latin-1, that make mojibake: a single
one may be meant (``ò·``); 3 of 258,000 clean rows held two."""

FEWEST_BYTES = 4
"""Bytes of EUC-KR read as Latin-1, in one run: two syllables. No European word is spelt with four such
letters in a row."""

FEWEST_RARE, RARE_SHARE = 2, 0.15
"""Different syllables outside KS X 1001, and the share of all such among a row's Hangul: UTF-8 read as CP949.
Misspelling for fun does the same to 51 of 200,000 film reviews, and to 96 if one syllable drawn out (``캴캴캴``)
counts; of film reviews misread so, 99.4 % are found either way."""

FEWEST_LETTERS = 2
"""A row with fewer letters says nothing: what a regex made for ASCII leaves of Korean."""

# Windows-1252 gives most bytes from 0x80 to 0x9F a sign of its own; it is met more often than Latin-1.
_CP1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"

Codes = NDArray[np.uint32]
Rows = NDArray[np.bool_]


def damage(texts: Sequence[str]) -> dict[str, Rows]:
    """Return the damaged rows by kind of damage.

    Parameters
    ----------
    texts
        As they were read. Reading composes Hangul (NFC) and counts where it had to; what is left
        decomposed here cannot be composed.

    Returns
    -------
    dict of ndarray of bool, shape (n,)
        ``mojibake``: UTF-8 or EUC-KR read as a Western encoding. ``lost``: U+FFFD. ``misread``:
        syllables that no one types, from UTF-8 read as CP949. ``jamo``: conjoining jamo.
        ``letterless``: fewer than `FEWEST_LETTERS` letters, which is no damage by itself (``ㅋ``, ``10``).
    """
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    row = np.repeat(np.arange(len(texts)), lengths)

    def count(hits: Rows) -> NDArray[np.int64]:
        return np.bincount(row[hits], minlength=len(texts)).astype(np.int64)

    hangul = (codes >= 0xAC00) & (codes <= 0xD7A3)
    odd = _rare(codes, hangul)
    # Row and syllable as one number each: a row counts every odd syllable once.
    different = np.bincount(np.unique(row[odd] << 32 | codes[odd]) >> 32, minlength=len(texts))
    return {
        "mojibake": (count(_utf8_pairs(codes, row)) >= FEWEST_PAIRS) | (count(_euc_runs(codes, row)) > 0),
        "lost": count(codes == 0xFFFD) > 0,
        "misread": (different >= FEWEST_RARE) & (count(odd) >= RARE_SHARE * count(hangul)),
        "jamo": count(_conjoining(codes)) > 0,
        "letterless": count(_letters(codes)) < FEWEST_LETTERS,
    }


def damage_facts(texts: Sequence[str], sides: Sequence[Rows]) -> dict[str, float]:
    """Count the damaged rows by kind, and their share on the side that has more of them.

    Parameters
    ----------
    texts
        All rows.
    sides
        Which rows are on each side of the official split; one side holding all where there is none.
    """
    found = damage(texts)
    letterless = found.pop("letterless")
    damaged = np.logical_or.reduce(list(found.values()))
    facts = {f"{kind}_rows": float(rows.sum()) for kind, rows in (*found.items(), ("letterless", letterless))}
    facts["damaged_rows"] = float(damaged.sum())
    facts["damaged_texts"] = float(len({texts[row] for row in np.flatnonzero(damaged).tolist()}))
    for name, rows in (("damaged", damaged), ("letterless", letterless)):
        facts[f"{name}_share"] = max((float(rows[side].mean()) for side in sides if side.any()), default=0.0)
    return facts


def _utf8_pairs(codes: Codes, row: NDArray[np.int64]) -> Rows:
    """Mark the lead of every pair; leads and continuations are disjoint, so pairs never overlap."""
    lead = (codes >= 0xC2) & (codes <= 0xF4)
    follows = ((codes >= 0x80) & (codes <= 0xBF)) | np.isin(codes, np.array([ord(sign) for sign in _CP1252]))
    marks = np.zeros(len(codes), dtype=np.bool_)
    marks[:-1] = lead[:-1] & follows[1:] & (row[:-1] == row[1:])
    return marks


def _euc_runs(codes: Codes, row: NDArray[np.int64]) -> Rows:
    """Mark where `FEWEST_BYTES` bytes of EUC-KR begin: lead bytes of syllables (B0-C8) at every other place."""
    n = len(codes) - FEWEST_BYTES + 1
    marks = np.zeros(len(codes), dtype=np.bool_)
    if n <= 0:
        return marks
    lead, trail = (codes >= 0xB0) & (codes <= 0xC8), (codes >= 0xA1) & (codes <= 0xFE)
    run = row[:n] == row[FEWEST_BYTES - 1 :]
    for at in range(FEWEST_BYTES):
        run = run & (trail if at % 2 else lead)[at : at + n]
    marks[:n] = run
    return marks


def _conjoining(codes: Codes) -> Rows:
    hits: Rows = (
        ((codes >= 0x1100) & (codes <= 0x11FF))
        | ((codes >= 0xA960) & (codes <= 0xA97F))
        | ((codes >= 0xD7B0) & (codes <= 0xD7FF))
    )
    return hits


def _rare(codes: Codes, hangul: Rows) -> Rows:
    hits = np.zeros(len(codes), dtype=np.bool_)
    hits[hangul] = ~_common_syllables()[codes[hangul] - 0xAC00]
    return hits


@cache
def _common_syllables() -> Rows:
    """Return which of the 11,172 syllables are among the 2,350 of KS X 1001: two bytes in EUC-KR."""
    return np.array([len(chr(code).encode("euc_kr")) == 2 for code in range(0xAC00, 0xD7A4)], dtype=np.bool_)


def _letters(codes: Codes) -> Rows:
    known = np.zeros(int(codes.max(initial=0)) + 1, dtype=np.bool_)
    seen = np.flatnonzero(np.bincount(codes, minlength=len(known))) if len(codes) else np.empty(0, dtype=np.int64)
    known[seen] = [chr(code).isalpha() for code in seen.tolist()]
    letters: Rows = known[codes]
    return letters
