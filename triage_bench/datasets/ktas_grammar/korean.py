"""Korean particles and verb endings, as far as spoken triage sentences need them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIRST, _LAST, _FINALS = 0xAC00, 0xD7A3, 28
_BIEUP, _RIEUL, _HIEUH, _SSANG_SIOT = 17, 8, 27, 20
_NIEUN = 4
_DIGIT_FINALS = dict(zip("0123456789", (17, 8, 0, 16, 0, 0, 1, 8, 8, 0), strict=True))
"""Final consonant of the last digit as it is read: 십, 일, 이, 삼, 사, 오, 육, 칠, 팔, 구."""

_PARTICLES = {
    "이": ("이", "가"),
    "을": ("을", "를"),
    "은": ("은", "는"),
    "과": ("과", "와"),
    "로": ("으로", "로"),
    "이에요": ("이에요", "예요"),
    "이라": ("이라", "라"),
}
_MARK = re.compile("%(" + "|".join(sorted(_PARTICLES, key=len, reverse=True)) + ")")


def final_consonant(word: str) -> int:
    """Return the index of the last syllable's final consonant, 0 where it ends in a vowel.

    Digits count as they are read in Korean; any other sign counts as a vowel.
    """
    last = word[-1:]
    if last in _DIGIT_FINALS:
        return _DIGIT_FINALS[last]
    return (ord(last) - _FIRST) % _FINALS if last and _FIRST <= ord(last) <= _LAST else 0


def with_particle(word: str, particle: str) -> str:
    """Attach a particle in the form that fits the word's last sound.

    Parameters
    ----------
    word
        Any word or number.
    particle
        Named by its form after a consonant: ``이``, ``을``, ``은``, ``과``, ``이에요``, ``이라``; and ``로``,
        which is ``로`` after a vowel and after ㄹ, ``으로`` elsewhere.

    Raises
    ------
    ValueError
        If the particle is not one of these.
    """
    if particle not in _PARTICLES:
        raise ValueError(f"unknown particle {particle!r}; expected one of {list(_PARTICLES)}")
    closed, open_ = _PARTICLES[particle]
    final = final_consonant(word)
    takes_open = final == 0 or (particle == "로" and final == _RIEUL)
    return word + (open_ if takes_open else closed)


def fit_particles(text: str) -> str:
    """Replace every mark such as ``%을`` by the form that fits the sound before it."""
    while mark := _MARK.search(text):
        text = with_particle(text[: mark.start()], mark[1]) + text[mark.end() :]
    return text


@dataclass(frozen=True)
class Clause:
    """A statement whose ending is still open.

    Attributes
    ----------
    head
        All before the predicate, with a trailing space where there is one.
    stem
        The predicate's stem; the past is written into it (``쓰러졌``).
    polite
        The 해요 form, given because it is irregular too often to derive.
    kind
        ``"a"`` adjective or past, ``"v"`` verb in the present, ``"c"`` copula (stem ends in 이).
    seen
        Whether a bystander can see it: then a guardian states it instead of quoting the patient.
    """

    head: str
    stem: str
    polite: str
    kind: str = "a"
    seen: bool = False

    @classmethod
    def parse(cls, text: str, seen: bool = False) -> Clause:
        """Read ``"앞말 [어간~|해요체]!"`` as `axes.toml` describes it.

        Raises
        ------
        ValueError
            If the brackets are missing or malformed.
        """
        found = re.fullmatch(r"(.*)\[([^\[\]|]+?)([~=]?)\|([^\[\]|]+)\](!?)", text)
        if found is None:
            raise ValueError(f"cannot read the clause {text!r}; expected '앞말 [어간|해요체]'")
        kind = {"": "a", "~": "v", "=": "c"}[found[3]]
        return cls(found[1], found[2], found[4], kind, seen or found[5] == "!")

    def ending(self, name: str) -> str:
        """Return the clause in one form: ``요``, ``니다``, ``고``, ``는데``, ``네요``, ``대요`` or ``다고``."""
        endings = {"니다": _formal, "는데": _background, "네요": _noticing, "대요": _hearsay, "다고": _quoted}
        if name == "요":
            return self.head + self.polite
        if name == "고":
            return self.head + self.stem + name
        return self.head + endings[name](self)


def _formal(clause: Clause) -> str:
    final = final_consonant(clause.stem)
    return _closed(clause.stem, _BIEUP) + "니다" if final in {0, _RIEUL} else clause.stem + "습니다"


def _noticing(clause: Clause) -> str:
    return _without_rieul(clause.stem) + "네요"


def _background(clause: Clause) -> str:
    stem, final = clause.stem, final_consonant(clause.stem)
    if clause.kind == "v" or final == _SSANG_SIOT or stem.endswith("없"):
        return _without_rieul(stem) + "는데"
    if final == _BIEUP:
        return _closed(stem, 0) + "운데"
    if final in {0, _RIEUL} or (final == _HIEUH and not stem.endswith("좋")):
        return _closed(stem, _NIEUN) + "데"
    return stem + "은데"


def _hearsay(clause: Clause) -> str:
    return _declared(clause, after_copula="래요") if clause.kind == "c" else _declared(clause)[:-1] + "대요"


def _quoted(clause: Clause) -> str:
    return _declared(clause, after_copula="라고") if clause.kind == "c" else _declared(clause) + "고"


def _declared(clause: Clause, after_copula: str = "") -> str:
    """Return the plain declarative (아프다, 운다, 먹는다), or the copula with what follows it."""
    if clause.kind == "c":
        noun = clause.stem.removesuffix("이")
        return (clause.stem if final_consonant(noun) or noun.endswith("아니") else noun) + after_copula
    if clause.kind == "v":
        final = final_consonant(clause.stem)
        return _closed(clause.stem, _NIEUN) + "다" if final in {0, _RIEUL} else clause.stem + "는다"
    return clause.stem + "다"


def _without_rieul(stem: str) -> str:
    return _closed(stem, 0) if final_consonant(stem) == _RIEUL else stem


def _closed(stem: str, final: int) -> str:
    """Return the stem with its last syllable's final consonant replaced."""
    return stem[:-1] + chr(ord(stem[-1]) - (ord(stem[-1]) - _FIRST) % _FINALS + final)
