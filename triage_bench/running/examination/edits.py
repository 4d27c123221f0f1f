"""Small changes that leave the meaning as it is, and one that must raise the alarm."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import numpy as np

from triage_bench.running.examination.company import examples
from triage_bench.running.examination.subject import Seen, Subject, apart, flipped

ASKED = 120
FLAGS_ASKED = 40

RED_FLAGS = ("의식이 없습니다.", "숨을 쉬지 않습니다.", "호흡이 없습니다.", "맥박이 잡히지 않습니다.")
"""Signs of the first KTAS level whatever else is said: no consciousness, no breathing, no pulse."""
PLAIN = ("오늘 왔습니다.", "어제도 그랬습니다.", "혼자 왔습니다.", "집에서 왔습니다.")
"""Sentences of the same length that say nothing: what any added sentence does to the answer."""

PARTICLES = {"은": "이", "는": "가", "이": "은", "가": "는", "을": "은", "를": "는", "에서": "에", "에": "에서"}
ENDINGS = (
    ("습니다", "어요"), ("입니다", "이에요"), ("합니다", "해요"), ("했습니다", "했어요"), ("있어요", "있습니다"),
    ("했어요", "했습니다"), ("해요", "합니다"), ("었어요", "었습니다"), ("았어요", "았습니다"), ("다.", "다"),
)  # fmt: skip
"""Sentence ends of one politeness, and of another."""
_PARTICLE = re.compile(r"(?<=[가-힣]{2})(에서|에|은|는|이|가|을|를)(?=\s)")


def small_edits(subject: Subject) -> Seen:
    """Count how many answers change with the Unicode form, spaces, a particle, or the end of the sentence."""
    rows = subject.some("test", ASKED)
    base, seen = subject.probabilities(rows.texts), Seen()
    for name, change in EDITS.items():
        changed = [change(text) for text in rows.texts]
        touched = np.flatnonzero([a != b for a, b in zip(rows.texts, changed, strict=True)])
        if not len(touched):
            seen |= Seen({f"edits.{name}_of": 0.0})
            continue
        kept, found = rows.take(touched), subject.probabilities([changed[at] for at in touched])
        flips = flipped(base[touched], found)
        facts: dict[str, float | str] = {
            f"edits.{name}_of": float(len(touched)),
            f"edits.{name}_flipped": float(flips.sum()),
            f"edits.{name}_moved": float(np.median(apart(base[touched], found))),
        }
        seen |= Seen(facts, examples(f"examination.{name}", kept, flips))
    return seen


def red_flags(subject: Subject) -> Seen:
    """Add a red flag, and a plain sentence, to texts of the less urgent levels; ordered urgency only."""
    if subject.scale != "triage":
        return Seen()
    rows = subject.some("test", 400)
    rows = rows.take(np.flatnonzero(rows.codes > 0)[:FLAGS_ASKED])
    if not len(rows):
        return Seen({"flags.of": 0.0})
    before = _level(subject, list(rows.texts))
    flagged = np.array([_level(subject, [f"{text} {flag}" for text in rows.texts]) for flag in RED_FLAGS]) - before
    plain = np.array([_level(subject, [f"{text} {said}" for text in rows.texts]) for said in PLAIN]) - before
    lowered = (flagged > 0.5).mean(axis=0) >= 0.5
    facts: dict[str, float | str] = {
        "flags.of": float(flagged.size),
        "flags.lowered": float((flagged > 0.5).sum()),
        "flags.raised": float((flagged < -0.5).sum()),
        "flags.shift": float(flagged.mean()),
        "flags.plain_lowered": float((plain > 0.5).sum()),
        "flags.plain_shift": float(plain.mean()),
        "flags.shift_error": float((flagged.mean(axis=0) - plain.mean(axis=0)).std(ddof=1) / np.sqrt(len(rows)))
        if len(rows) > 1
        else 0.0,
    }
    return Seen(facts, examples("examination.red-flag", rows, lowered))


def _level(subject: Subject, texts: list[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the expected level of each text, 0 the most urgent."""
    expected: np.ndarray[tuple[int], np.dtype[np.float64]] = subject.probabilities(texts) @ np.arange(subject.classes)
    return expected


def _other_particle(text: str) -> str:
    return _PARTICLE.sub(lambda found: PARTICLES[found[1]], text, count=1)


def _other_ending(text: str) -> str:
    stripped = text.rstrip()
    for end, other in ENDINGS:
        if stripped.endswith((end, end + ".")):
            at = stripped.rindex(end)
            return stripped[:at] + other + stripped[at + len(end) :]
    return text


EDITS: dict[str, Callable[[str], str]] = {
    "nfd": lambda text: unicodedata.normalize("NFD", text),
    "spaces": lambda text: "  ".join(text.split(" ")) + " ",
    "particle": _other_particle,
    "ending": _other_ending,
}
"""Name → what is done to a text; where it does nothing, the row does not count."""
