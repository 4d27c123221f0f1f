"""Hangul syllables as their letters: initial, medial and final, by Unicode's own arithmetic."""

from __future__ import annotations

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_FIRST, _LAST = 0xAC00, 0xD7A3

Letters = tuple[str, str, str]


def is_syllable(character: str) -> bool:
    """Return whether a character is a whole Hangul syllable (in NFC)."""
    return _FIRST <= ord(character) <= _LAST


def letters_of(syllable: str) -> Letters:
    """Return a syllable's initial, medial and final; the final is empty where there is none."""
    number = ord(syllable) - _FIRST
    initial, rest = divmod(number, len(MEDIALS) * len(FINALS))
    medial, final = divmod(rest, len(FINALS))
    return INITIALS[initial], MEDIALS[medial], FINALS[final]


def syllable_of(initial: str, medial: str, final: str = "") -> str:
    """Return the syllable of three letters.

    Raises
    ------
    ValueError
        If a letter cannot stand in its place.
    """
    place = (INITIALS.index(initial) * len(MEDIALS) + MEDIALS.index(medial)) * len(FINALS)
    return chr(_FIRST + place + FINALS.index(final))


def closed(text: str) -> bool:
    """Return whether a text ends in a syllable with a final consonant."""
    return bool(text) and is_syllable(text[-1]) and letters_of(text[-1])[2] != ""
