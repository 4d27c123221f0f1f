"""ktas-sim: Korean triage sentences for KTAS 1–5, drawn from a known law.

A case (complaint, pain, breathing, consciousness, temperature …) has its true level by an
explicit law (`ktas_grammar.law.acuity`). The text tells only a part of the case, as people do,
so that the level given the text is a distribution. It is computed exactly; its mode is the
best prediction anyone can make, and its mean chance is the ceiling that the data set states.
On request the vital signs of the same case stand beside the text, and the ceiling is that of both.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset, Provenance
from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.core.seeds import generator_for
from triage_bench.datasets.beside import Beside, with_columns
from triage_bench.datasets.ktas_grammar.bedside import CATEGORICAL, NUMERIC, Bedside, Cell, bedside, evidence
from triage_bench.datasets.ktas_grammar.frames import framed
from triage_bench.datasets.ktas_grammar.law import CUE_TOLD, LEVELS, Case, Nature, Said
from triage_bench.datasets.ktas_grammar.speech import MIXED, STYLES, Speaker, Style, Telling, Utterance
from triage_bench.datasets.ktas_grammar.tables import Axis, Complaint, Cue, Value, axes, cues, systems

NAME = "ktas-sim"
WITH_VITALS = "ktas-sim-vitals"
"""What a draw with vital signs is called: another data set, since its splits and its ceiling are its own."""
LABELS = ("1", "2", "3", "4", "5")
CLASS_MIX = (0.03, 0.10, 0.42, 0.34, 0.11)
_TRIES = 40


@dataclass(frozen=True)
class Drawn:
    """One row before it becomes part of a `Dataset`."""

    case: Case
    sex: str
    said: Said
    level: int
    group: int
    style: Style
    utterance: Utterance
    framed: bool


@dataclass(frozen=True)
class KtasSim:
    """A law by which triage sentences are drawn; equal settings give equal bytes.

    Parameters
    ----------
    rows
        How many texts.
    class_mix
        Share of KTAS 1 … 5 among the cases before label noise; normalised. The default is near
        what emergency rooms see, with level 1 raised so that a thousand rows hold thirty of it.
    noise
        Share of rows whose label is moved to a neighbouring level.
    ambiguity
        How much of what decides is left unsaid, in [0, 1]; 0 makes the ceiling 1.
    template_poverty
        Share of texts that are poured into one of two frames *of their own level*, as a
        careless language model does: a planted shortcut. The stated ceiling knows of it.
    paraphrases
        Rows per case; they share case, told facts and group, not the text.
    sources
        Number of writers with habits of their own (1 … 6); 1 means one mixed hand.
    topics
        Organ systems to draw from (`ktas_grammar.tables.systems`); empty means all.
    seed
        Which draw.
    vitals
        Put columns beside the text, for models to read: age, sex, arrival, and what is measured
        at triage, drawn from the same cases by the law in ``ktas_grammar/vitals.toml``. Texts,
        labels, groups and sources are the same with and without.
    cues
        How often a text tells each cue of the level: how the complaint weighs on the day, where it
        is going, how they came; in [0, 1]. Each is nearly the level itself, so that with the
        default little is left for columns to add.

    Raises
    ------
    InputError
        If a setting is out of its range, or the topics have no case of a wanted level.
    """

    rows: int = 1000
    class_mix: tuple[float, ...] = CLASS_MIX
    noise: float = 0.0
    ambiguity: float = 0.5
    template_poverty: float = 0.0
    paraphrases: int = 1
    sources: int = 1
    topics: tuple[str, ...] = ()
    seed: int = 0
    vitals: bool = False
    cues: float = CUE_TOLD

    def __post_init__(self) -> None:
        for name in ("noise", "ambiguity", "template_poverty", "cues"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{NAME}: {name} must lie in [0, 1], got {getattr(self, name)!r}.")
        if self.rows < 1 or self.paraphrases < 1:
            raise InputError(
                f"{NAME}: needs at least one row and one row per case, got {self.rows!r} rows and "
                f"{self.paraphrases!r} paraphrases."
            )
        if not 1 <= self.sources <= len(STYLES):
            raise InputError(f"{NAME}: sources must lie in 1 … {len(STYLES)}, got {self.sources!r}.")
        if len(self.class_mix) != LEVELS or min(self.class_mix) < 0 or sum(self.class_mix) <= 0:
            raise InputError(
                f"{NAME}: class_mix needs five shares (KTAS 1 … 5), none negative, not all zero, "
                f"got {self.class_mix!r}."
            )
        for topic in self.topics:
            if topic not in systems():
                raise UnknownNameError("topic", topic, systems())
        if self._nature.missing_levels:
            raise InputError(
                f"{NAME}: no case of level {self._nature.missing_levels} in the topics {self.topics!r}; "
                "add topics, or set these levels' shares in class_mix to 0."
            )

    def draw(self) -> Dataset:
        """Return the data set, with its ceiling in ``provenance.ceiling``.

        ``columns`` holds who speaks (``speaker``) and the frame of the text (``frame``);
        topics are organ systems; sources exist for more than one writer, groups for paraphrases.
        With `vitals` models read the columns `NUMERIC` and `CATEGORICAL`, and the ceiling is that
        of text and columns.
        """
        rows = self._drawn
        several, paraphrased = self.sources > 1, self.paraphrases > 1
        dataset = Dataset(
            name=WITH_VITALS if self.vitals else NAME,
            texts=tuple(row.utterance.text for row in rows),
            labels=self._labels,
            label_names=LABELS,
            scale="triage",
            groups=np.array([row.group for row in rows], dtype=np.int64) if paraphrased else None,
            sources=tuple(row.style.name for row in rows) if several else None,
            topics=tuple(self._nature.complaints[row.case.complaint].system for row in rows),
            columns={
                "speaker": tuple(row.utterance.speaker for row in rows),
                "frame": tuple(row.utterance.frame for row in rows),
                **(self._vital_signs() if self.vitals else {}),
            },
            provenance=Provenance(
                title="Simulated Korean triage sentences (KTAS 1–5)" + (" with vital signs" if self.vitals else ""),
                origin="drawn by triage_bench.datasets.ktas_sim",
                licence="MIT",
                role="target",
                ceiling=round(self.ceiling_with_columns() if self.vitals else self.ceiling(), 4),
            ),
        )
        return with_columns(dataset, Beside(NUMERIC, CATEGORICAL)) if self.vitals else dataset

    def posteriors(self) -> NDArray[np.float64]:
        """Return P(label | what the text tells) per row, shape (rows, 5), label noise included."""
        before = np.stack([self._posterior(row) for row in self._drawn])
        after: NDArray[np.float64] = before @ self._noise_matrix()
        return after

    def posteriors_with_columns(self) -> NDArray[np.float64]:
        """Return P(label | what the text tells and the columns hold) per row, shape (rows, 5), noise included.

        Exact as well; it exists whether or not `vitals` puts the columns into the data set.
        """
        after: NDArray[np.float64] = self._posteriors_beside @ self._noise_matrix()
        return after

    def ceiling(self) -> float:
        """Return the expected accuracy of the Bayes rule on these texts."""
        return float(self.posteriors().max(axis=1).mean())

    def ceiling_with_columns(self) -> float:
        """Return the expected accuracy of the Bayes rule on these texts and the columns beside them."""
        return float(self.posteriors_with_columns().max(axis=1).mean())

    def true_levels(self) -> NDArray[np.int64]:
        """Return the levels before label noise as label indices, shape (rows,)."""
        return np.array([row.level - 1 for row in self._drawn], dtype=np.int64)

    @cached_property
    def _nature(self) -> Nature:
        return Nature(self.topics, self.class_mix, self.ambiguity, self.cues)

    @cached_property
    def _drawn(self) -> tuple[Drawn, ...]:
        random = self._random("cases")
        count = -(-self.rows // self.paraphrases)
        levels = np.repeat(np.arange(1, LEVELS + 1), _shares(count, self.class_mix))
        cases = [c for i in range(LEVELS) for c in self._nature.draw(i + 1, int((levels == i + 1).sum()), random)]
        order = random.permutation(count)
        tongue, seen = Speaker(self._random("words")), set[str]()
        rows = [row for i, at in enumerate(order) for row in self._rows(cases[at], int(levels[at]), i, tongue, seen)]
        return tuple(rows[: self.rows])

    def _rows(self, case: Case, level: int, group: int, tongue: Speaker, seen: set[str]) -> list[Drawn]:
        random = self._random("case", group)
        said = self._nature.tell(case, random)
        complaint = self._nature.complaints[case.complaint]
        sex = complaint.sex or ("F" if random.random() < 0.5 else "M")
        telling = Telling(complaint, case.age, sex, _facts(complaint, said), _cues(complaint, said))
        found = []
        for _ in range(self.paraphrases):
            style = MIXED if self.sources == 1 else STYLES[int(random.integers(self.sources))]
            poor = bool(random.random() < self.template_poverty)
            utterance = self._utter(telling, level if poor else None, style, tongue, seen)
            found.append(Drawn(case, sex, said, level, group, style, utterance, poor))
        return found

    def _utter(self, telling: Telling, level: int | None, style: Style, tongue: Speaker, seen: set[str]) -> Utterance:
        """Word a telling; again where the text exists already, for a while."""
        for _ in range(_TRIES):
            found = tongue.utter(telling, style) if level is None else framed(tongue, telling, level)
            if found.text not in seen:
                break
        seen.add(found.text)
        return found

    def _posterior(self, row: Drawn, beside: Bedside | None = None) -> NDArray[np.float64]:
        at, age = row.case.complaint, row.case.age
        if row.framed:
            return np.asarray(np.eye(LEVELS)[row.level - 1])
        if beside is None:
            return self._nature.posterior(at, age, row.said)
        known = evidence(self._nature.complaints[at], age, beside)
        return self._nature.posterior_beside(at, age, row.said, known)

    @cached_property
    def _beside(self) -> tuple[Bedside, ...]:
        """What is measured on each row's patient; paraphrases share him, and differ where their texts do."""
        found = []
        for row in self._drawn:
            complaint = self._nature.complaints[row.case.complaint]
            random = self._random("vitals", row.group)
            found.append(bedside(complaint, row.case, row.level, row.sex, row.utterance.text, random))
        return tuple(found)

    @cached_property
    def _posteriors_beside(self) -> NDArray[np.float64]:
        known = zip(self._drawn, self._beside, strict=True)
        return np.stack([self._posterior(row, beside) for row, beside in known])

    def _vital_signs(self) -> dict[str, tuple[Cell, ...]]:
        return {name: tuple(row.cells[name] for row in self._beside) for name in (*NUMERIC, *CATEGORICAL)}

    @cached_property
    def _labels(self) -> NDArray[np.int64]:
        labels = self.true_levels()
        random = self._random("noise")
        moved = random.permutation(len(labels))[: round(self.noise * len(labels))]
        steps = np.where(random.random(len(moved)) < 0.5, -1, 1)
        steps = np.where(labels[moved] == 0, 1, np.where(labels[moved] == LEVELS - 1, -1, steps))
        labels[moved] += steps
        return labels

    def _noise_matrix(self) -> NDArray[np.float64]:
        """Return P(label | true level), shape (5, 5)."""
        matrix: NDArray[np.float64] = np.eye(LEVELS) * (1 - self.noise)
        for level in range(LEVELS):
            beside = [at for at in (level - 1, level + 1) if 0 <= at < LEVELS]
            matrix[level, beside] = self.noise / len(beside)
        return matrix

    def _random(self, *purpose: str | int) -> np.random.Generator:
        return generator_for(NAME, self.seed, *purpose)


def load(**settings: Any) -> Dataset:
    """Return ktas-sim as it stands in suites and lists: a thousand rows, seed 0.

    Parameters
    ----------
    **settings
        Anything of `KtasSim`.
    """
    return KtasSim(**settings).draw()


def describe(sim: KtasSim) -> dict[str, Any]:
    """Return the settings as plain data."""
    return asdict(sim)


def _facts(complaint: Complaint, said: Said) -> tuple[tuple[Axis, Value], ...]:
    told = zip((axes()[name] for name in complaint.axes), said.values, strict=True)
    return tuple((axis, axis.values[value]) for axis, value in told if value is not None)


def _cues(complaint: Complaint, said: Said) -> tuple[Cue, ...]:
    """Return the cues that are told; an errand always sounds like one, its level being plain."""
    told = [(name, sound) for name, sound in zip(complaint.cues, said.cues, strict=True) if sound is not None]
    return tuple(cues()[name][LEVELS - 1 if complaint.errand else sound] for name, sound in told)


def _shares(count: int, mix: tuple[float, ...]) -> NDArray[np.int64]:
    """Cut a count into whole parts by largest remainders."""
    exact = np.asarray(mix, dtype=float) / sum(mix) * count
    parts = np.floor(exact).astype(np.int64)
    short = np.argsort(parts - exact, kind="stable")[: count - int(parts.sum())]
    parts[short] += 1
    return np.asarray(parts)
