"""From what is told to a sentence: a patient's, a guardian's or a nurse's.

The wording is drawn freely; which facts are in it is not. Whatever colours a sentence
(background, pleas, time of day) depends on the facts that are told anyway, so that it adds
nothing to what a reader could infer about the level.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from triage_bench.datasets.ktas_grammar.korean import Clause, fit_particles
from triage_bench.datasets.ktas_grammar.tables import Axis, Complaint, Cue, Value, speech

T = TypeVar("T")
_CHOICE = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"<([\d.]+)-([\d.]+)>")
SPEAKERS = ("patient", "guardian", "nurse")
_YOUNG = ("child", "infant")
_NURSE_KNOWS = {"child": "nurse_young", "infant": "nurse_infant", "pregnant": "nurse_pregnant"}


@dataclass(frozen=True)
class Telling:
    """What a text is to say: the complaint, who has it, and the facts that are told.

    Attributes
    ----------
    complaint, age, sex
        Who comes with what.
    facts
        Axis and value of every fact that is told.
    cues
        What is told beside them.
    """

    complaint: Complaint
    age: str
    sex: str
    facts: tuple[tuple[Axis, Value], ...]
    cues: tuple[Cue, ...] = ()

    @property
    def clauses(self) -> tuple[Value, ...]:
        """The told facts that are clauses of their own."""
        return tuple(value for axis, value in self.facts if axis.slot == "clause")

    @property
    def urgent(self) -> bool:
        """Whether something told asks for level 1 or 2."""
        told = [value.level for axis, value in self.facts if axis.law != "shift"]
        return min([self.complaint.base, *told]) <= 2

    @property
    def lifeless(self) -> bool:
        """Whether something told asks for level 1: such a patient tells nothing."""
        told = [value.level for axis, value in self.facts if axis.law != "shift"]
        return min([self.complaint.base, *told]) == 1

    def in_slot(self, slot: str) -> Value | None:
        """Return the told value of a slot, if any."""
        return next((value for axis, value in self.facts if axis.slot == slot), None)

    def speakers(self) -> tuple[str, ...]:
        """Return who can say this: nobody reports his own coma, and infants report nothing."""
        own = bool(self.complaint.say) and self.age not in _YOUNG and not self.lifeless
        own = own and all(value.say for axis, value in self.facts if axis.slot == "clause")
        return SPEAKERS if own else SPEAKERS[1:]


@dataclass(frozen=True)
class Style:
    """A writer's habits.

    Attributes
    ----------
    name
        What the writer is called.
    speakers
        Weight of patient, guardian and nurse.
    polite
        Share of 해요 endings; the rest is 합니다 (and 네요 or 거든요 now and then).
    split
        Share of clauses that begin a sentence of their own.
    stop
        What ends a sentence.
    background, closing, opening
        How often each is added.
    """

    name: str
    speakers: tuple[float, float, float] = (0.45, 0.30, 0.25)
    polite: float = 0.75
    split: float = 0.4
    stop: str = "."
    background: float = 0.6
    closing: float = 0.25
    opening: float = 0.6


MIXED = Style("mixed")
STYLES = (
    Style("writer-1", (0.70, 0.20, 0.10), 0.95, 0.2, ".", 0.20, 0.30, 0.8),
    Style("writer-2", (0.05, 0.05, 0.90), 0.50, 0.5, ".", 0.40, 0.05, 0.2),
    Style("writer-3", (0.20, 0.70, 0.10), 0.85, 0.6, "…", 0.40, 0.40, 0.4),
    Style("writer-4", (0.50, 0.40, 0.10), 0.10, 0.3, ".", 0.50, 0.10, 0.3),
    Style("writer-5", (0.60, 0.35, 0.05), 0.90, 0.5, "", 0.10, 0.15, 0.5),
    Style("writer-6", (0.45, 0.45, 0.10), 0.80, 0.9, "!", 0.20, 0.60, 0.6),
)
"""Writers who differ, in the order in which `sources` takes them."""


@dataclass(frozen=True)
class Utterance:
    """A text with who said it and by which frame it was built."""

    text: str
    speaker: str
    frame: str


class Speaker:
    """Turns a telling into a text; every free choice comes from one generator.

    Parameters
    ----------
    random
        Where the choices come from.
    """

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._pool: list[float] = []

    def utter(self, telling: Telling, style: Style) -> Utterance:
        """Return a text that says every fact of the telling, in the style of one writer."""
        able = telling.speakers()
        speaker = self._weighted(able, [style.speakers[SPEAKERS.index(name)] for name in able])
        if speaker == "nurse":
            return self._note(telling, style)
        return self._speech(telling, style, speaker)

    def phrase(self, telling: Telling) -> str:
        """Return the complaint and its facts in a nurse's words, for a frame to hold."""
        return self._fill(self._noted(telling).replace(". ", ", "), telling)

    def toss(self, sides: int) -> int:
        """Return a number in ``[0, sides)``."""
        return int(self._uniform() * sides)

    # One generator call per thousand choices: a call per choice would be most of the time.
    def _uniform(self) -> float:
        if not self._pool:
            self._pool = self._random.random(1024).tolist()
        return self._pool.pop()

    def _pick(self, options: Sequence[T]) -> T:
        return options[int(self._uniform() * len(options))]

    def _chance(self, share: float) -> bool:
        return self._uniform() < share

    def _weighted(self, options: Sequence[str], weights: Sequence[float]) -> str:
        place = self._uniform() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            place -= weight
            if place < 0:
                return option
        return options[-1]

    def _fill(self, text: str, telling: Telling) -> str:
        if "<w>" in text:
            first, last = telling.complaint.weeks
            text = text.replace("<w>", str(first + int(self._uniform() * (last - first + 1))))
        text = _CHOICE.sub(lambda found: self._pick(found[1].split("/")), text)
        return fit_particles(_RANGE.sub(lambda found: self._number(found[1], found[2]), text))

    def _number(self, low: str, high: str) -> str:
        if "." in low:
            tenths = round(float(low) * 10), round(float(high) * 10)
            return f"{(tenths[0] + int(self._uniform() * (tenths[1] - tenths[0] + 1))) / 10:.1f}"
        return str(int(low) + int(self._uniform() * (int(high) - int(low) + 1)))

    def _onset(self, telling: Telling, note: bool) -> str:
        timing = telling.complaint.timing
        course = telling.in_slot("onset")
        has_course = "course" in telling.complaint.axes
        if timing == "none" or (course is None and (has_course or self._chance(0.25))):
            return ""
        pace = telling.complaint.pace
        if course is not None and course.name == "chronic":
            pace = "chronic"
        elif telling.lifeless:
            pace = "now"
        return str(self._pick(speech()[timing + "_note" if note else timing][pace]))

    def _speech(self, telling: Telling, style: Style, speaker: str) -> Utterance:
        if not self._chance(style.polite):
            style = replace(style, polite=0.0)
        told, frame = self._told(telling, speaker, style)
        sentences = [told, *self._cued(telling, speaker, style)]
        if telling.complaint.errand:
            style = replace(style, background=0.0)
        for _ in range(2):
            if self._chance(style.background):
                sentences.append(self._background(telling, speaker) + style.stop)
                frame += "+background"
        if self._chance(0.15) and len(sentences) > 1 and not telling.urgent:
            sentences = [*sentences[1:], told]
            frame += "-last"
        elif self._chance(style.closing):
            sentences.append(self._closing(telling, speaker))
            frame += "+closing"
        opening = self._opening(telling, speaker, sentences[0] is told) if self._chance(style.opening) else ""
        text = self._fill(" ".join(filter(None, [opening, *sentences])), telling)
        return Utterance(text.strip(), speaker, f"{speaker}:{'opening+' if opening else ''}{frame}")

    def _opening(self, telling: Telling, speaker: str, before_complaint: bool) -> str:
        opening = str(self._pick(speech()["openings"][speaker]))
        return "" if opening == "제가" and (not before_complaint or telling.age == "pregnant") else opening

    def _background(self, telling: Telling, speaker: str) -> str:
        known = speech()["background"]
        return str(self._pick(known.get(telling.age, known[speaker])))

    def _closing(self, telling: Telling, speaker: str) -> str:
        closings = speech()["closings"]
        kind = "urgent" if telling.urgent else "calm" if speaker == "patient" else "guardian_calm"
        closing = str(self._pick(closings[kind]))
        return closing + ("?" if closing.endswith(("나요", "까요")) else ".")

    def _told(self, telling: Telling, speaker: str, style: Style) -> tuple[str, str]:
        """Return complaint and facts as speech, with its frame."""
        clauses = [self._complaint(telling, speaker), *self._facts(telling, speaker)]
        lead = self._lead(telling, speaker)
        frame = "onset" if len(lead) > 1 or (lead and speaker == "patient") else "plain"
        out, said = " ".join(lead), ""
        for place, clause in enumerate(clauses):
            last = place == len(clauses) - 1
            out = f"{out} {said}".strip()
            if last or self._chance(style.split):
                said = self._final(telling, clause, speaker, style) + style.stop
                frame += "."
            else:
                said = self._linked(telling, clause, clauses[place + 1], speaker, place)
                frame += ","
        return f"{out} {said}".strip(), frame

    def _lead(self, telling: Telling, speaker: str) -> list[str]:
        onset, cause = self._onset(telling, note=False), telling.in_slot("cause")
        lead = [onset] if onset else []
        if speaker == "guardian":
            relative = str(self._pick(speech()["relatives"][telling.age][telling.sex])) + "%이"
            lead.insert(0 if self._chance(0.75) else len(lead), relative)
        elif telling.age == "pregnant":
            lead.insert(0, str(self._pick(speech()["pregnancy"]["patient"])))
        return [*lead, str(self._pick(cause.say))] if cause else lead

    def _complaint(self, telling: Telling, speaker: str) -> Clause:
        complaint = telling.complaint
        return self._pick(complaint.see or complaint.say if speaker == "guardian" else complaint.say)

    def _facts(self, telling: Telling, speaker: str) -> list[Clause]:
        found = []
        for value in telling.clauses:
            phrases = value.say if speaker == "patient" else value.see or value.say
            if telling.age == "infant" and value.baby:
                phrases = value.baby
            found.append(self._pick(phrases))
        return [clause for clause in found if isinstance(clause, Clause)]

    def _cued(self, telling: Telling, speaker: str, style: Style) -> list[str]:
        """Return the cues as sentences, two of them in one now and then."""
        young = telling.age in _YOUNG
        cues = self._shuffled(telling.cues)
        found = [self._pick(cue.child if young else cue.say if speaker == "patient" else cue.see) for cue in cues]
        ends = [clause.ending("니다" if style.polite == 0.0 else "요") + style.stop for clause in found]
        if len(found) > 1 and self._chance(1 - style.split):
            ends[:2] = [f"{found[0].ending('고')} {ends[1]}"]
        return ends

    def _shuffled(self, items: Sequence[T]) -> list[T]:
        return [item for _, item in sorted(((self._uniform(), item) for item in items), key=lambda pair: pair[0])]

    def _final(self, telling: Telling, clause: Clause, speaker: str, style: Style) -> str:
        if speaker == "guardian" and not clause.seen:
            return clause.ending("다고") + " 했어요" if telling.lifeless else clause.ending("대요")
        if style.polite == 0.0:
            return clause.ending("니다")
        if self._chance(0.12) and not clause.stem.endswith("왔") and (clause.kind == "v" or speaker == "guardian"):
            return clause.ending("네요")
        return clause.ending("요")

    def _linked(self, telling: Telling, clause: Clause, following: Clause, speaker: str, place: int) -> str:
        if speaker == "guardian" and not clause.seen and (following.seen or telling.lifeless):
            return clause.ending("다고") + (" 하더니" if telling.lifeless and place == 0 else " 하고")
        contrast = place == 0 and self._chance(0.35) and "데 " not in clause.head + following.head
        return clause.ending("는데" if contrast else "고")

    def _note(self, telling: Telling, style: Style) -> Utterance:
        parts, frame = [self._noted(telling)], "note"
        if self._chance(0.45):
            parts.insert(0, self._identity(telling))
            frame += "+identity"
        text = " ".join(parts)
        for _ in range(0 if telling.complaint.errand else 2):
            if self._chance(style.background):
                text += ", " + str(self._pick(speech()["background"][_NURSE_KNOWS.get(telling.age, "nurse")]))
                frame += "+background"
        text += "." if self._chance(0.5) and style.stop == "." else ""
        return Utterance(self._fill(text, telling), "nurse", frame)

    def _noted(self, telling: Telling) -> str:
        cause = telling.in_slot("cause")
        lead = [self._onset(telling, note=True), str(self._pick(cause.note)) if cause else ""]
        head = " ".join(filter(None, [*lead, self._pick(telling.complaint.note)]))
        young = telling.age in _YOUNG
        tail = [self._pick(value.note) for value in telling.clauses]
        tail += [self._pick(cue.child_note if young else cue.note) for cue in self._shuffled(telling.cues)]
        return ", ".join([head, *tail]) if self._chance(0.7) or not tail else f"{head}. {', '.join(tail)}"

    def _identity(self, telling: Telling) -> str:
        sex = self._pick(speech()["sexes"][telling.sex])
        if telling.age == "infant":
            return "생후 <1-2>개월 " + ("여아," if telling.sex == "F" else "남아,")
        if telling.age == "child":
            return "<3-9>세 " + ("여아," if telling.sex == "F" else "남아,")
        if telling.age == "pregnant":
            return "임신 <w>주 산모,"
        years = "<66-88>" if telling.age == "elder" else "<21-58>"
        return f"{sex}/{years}" if sex in "FM" else f"{years}세 {sex}성,"
