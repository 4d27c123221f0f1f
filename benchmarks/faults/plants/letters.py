"""Damage to the characters, as files suffer it on their way."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

from benchmarks.faults.rows import Rows

_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]+")


def read_as_latin(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """UTF-8 that was read as Latin-1: ``ì•ˆ`` for 안."""
    return rows.reworded(lambda text: text.encode("utf-8").decode("latin-1"), _chosen(rows, share, random))


def read_as_cp949(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """UTF-8 that was read as CP949 by a forgiving reader: rare syllables and replacement characters."""
    return rows.reworded(lambda text: text.encode("utf-8").decode("cp949", "replace"), _chosen(rows, share, random))


def lost(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Hangul written to an encoding without it: one question mark for each syllable."""
    return rows.reworded(lambda text: text.encode("latin-1", "replace").decode("latin-1"), _chosen(rows, share, random))


def decomposed(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """NFD, as file systems and some exports give it: every syllable as two or three letters."""
    return rows.reworded(lambda text: unicodedata.normalize("NFD", text), _chosen(rows, share, random))


def stripped(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Hangul removed by a clean-up rule for Latin text; what is left is never empty."""
    return rows.reworded(lambda text: _HANGUL.sub("", text).strip() or "…", _chosen(rows, share, random))


def _chosen(rows: Rows, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    return random.random(len(rows)) < share
