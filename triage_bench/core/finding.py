"""What the checks found, and the verdict drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from triage_bench.core.sentence import Sentence

Outcome = Literal["issue", "tip", "passed", "not_applicable", "skipped", "muted"]
Area = Literal["none", "data", "language", "model", "evaluation"]


@dataclass(frozen=True)
class Finding:
    """The outcome of one check on one data set or one model.

    Attributes
    ----------
    code
        ``TB`` and three digits.
    dataset, model
        What it is about; `model` is None for what concerns the data or all models.
    outcome
        ``issue``: act on it; ``tip``: worth knowing; ``passed``; ``not_applicable``;
        ``skipped``: its jobs did not run; ``muted``: the user silenced it.
    title, text
        What was checked, and what came out, in both languages.
    numbers
        What it rests on, with denominators.
    records
        Keys of the jobs it rests on.
    """

    code: str
    dataset: str
    model: str | None
    outcome: Outcome
    title: Sentence
    text: Sentence
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)
    records: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the form of report.json."""
        return {
            "code": self.code,
            "dataset": self.dataset,
            "model": self.model,
            "outcome": self.outcome,
            "title": self.title.to_dict(),
            "text": self.text.to_dict(),
            "numbers": dict(self.numbers),
            "records": list(self.records),
        }


@dataclass(frozen=True)
class Cause:
    """One explanation with how sure it is and the findings it rests on."""

    cause: str
    confidence: float
    evidence: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the form of report.json."""
        return {"cause": self.cause, "confidence": self.confidence, "evidence": list(self.evidence)}


@dataclass(frozen=True)
class Verdict:
    """Ranked causes, what was cleared, and what to do next.

    Attributes
    ----------
    dataset, model
        What it is about; `model` is None for the data and the built-in models.
    area, cause, confidence
        The first cause.
    causes
        All that hold, most likely first.
    cleared
        Causes that were looked for and ruled out.
    summary, next_steps
        In the reader's words.
    """

    dataset: str
    model: str | None
    area: Area
    cause: str
    confidence: float
    causes: tuple[Cause, ...]
    cleared: tuple[str, ...]
    summary: Sentence
    next_steps: tuple[Sentence, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the form of report.json."""
        return {
            "dataset": self.dataset,
            "model": self.model,
            "area": self.area,
            "cause": self.cause,
            "confidence": self.confidence,
            "causes": [cause.to_dict() for cause in self.causes],
            "cleared": list(self.cleared),
            "summary": self.summary.to_dict(),
            "next_steps": [step.to_dict() for step in self.next_steps],
        }
