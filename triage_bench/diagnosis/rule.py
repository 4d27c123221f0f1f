"""The form of a rule: which findings speak for a cause, and which rule it out.

The confidences are a scale of five steps, set by judgement with the planted faults and sound cases of
``benchmarks/faults`` (part ``setting``) in view; that command prints how often headlines of each step are right.
"""

from __future__ import annotations

from dataclasses import dataclass

from triage_bench.core.finding import Area, Outcome
from triage_bench.core.sentence import Sentence

CERTAIN = 0.95
"""Hardly another explanation: the finding is the cause, counted."""
STRONG = 0.85
"""What remains is an unlucky draw or a property of the learner."""
LIKELY = 0.75
"""More likely than not; a named alternative remains."""
BACKGROUND = 0.7
"""True of the data whatever else is: the headline where nothing surer is found, and no explanation of other
findings (see `EXPLAINING` in verdict.py). A fault that is too weak to be found may stand behind such a headline."""
LEAD = 0.4
"""Worth following up; never the headline by itself (see `HEADLINE` in verdict.py)."""


@dataclass(frozen=True)
class Sign:
    """A finding that raises a cause.

    Attributes
    ----------
    code
        The check that has to complain.
    confidence
        How sure its complaint makes the cause, where nothing else is known.
    reason
        Why that sure.
    outcomes
        What counts as complaining.
    beside
        Another check that has to have an issue or a tip as well; empty: none.
    """

    code: str
    confidence: float
    reason: str
    outcomes: tuple[Outcome, ...] = ("issue",)
    beside: str = ""


@dataclass(frozen=True)
class Rule:
    """How one cause is judged.

    Attributes
    ----------
    cause
        Its stable code; what stands before the dot is the area.
    name
        The cause in a few words.
    next_step
        What to do about it.
    raised_by
        Findings that speak for it; none where no check examines it yet.
    cleared_by
        Checks that rule it out: at least one passed, none of them complained or could not run.
    yields_to
        Causes that would explain the same findings; where one of them holds, this one is halved.
    """

    cause: str
    name: Sentence
    next_step: Sentence
    raised_by: tuple[Sign, ...] = ()
    cleared_by: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()

    @property
    def area(self) -> Area:
        """The area the cause belongs to."""
        areas: dict[str, Area] = {"data": "data", "language": "language", "model": "model", "evaluation": "evaluation"}
        return areas[self.cause.partition(".")[0]]
