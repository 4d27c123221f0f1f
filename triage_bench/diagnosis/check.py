"""What a check is, and how all of them are asked about a run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from triage_bench.core.finding import Finding, Outcome
from triage_bench.core.registry import Entry
from triage_bench.core.run import Run
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis import CHECKS
from triage_bench.diagnosis.case import Case


@dataclass(frozen=True)
class Seen:
    """What a check saw, before its code and title are put to it.

    Attributes
    ----------
    outcome, text, numbers, records, model
        As in `Finding`.
    """

    outcome: Outcome
    text: Sentence
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)
    records: tuple[str, ...] = ()
    model: str | None = None


@dataclass(frozen=True)
class Check:
    """One question asked of every data set of a run.

    Attributes
    ----------
    code
        ``TB`` and three digits.
    title
        The claim that holds where nothing is wrong.
    why
        Why it matters.
    threshold
        Where the line is drawn, and for what reason.
    causes
        The causes it speaks for.
    look
        Looks at a data set of a run and says what it saw, at least once.
    """

    code: str
    title: Sentence
    why: Sentence
    threshold: Sentence
    causes: tuple[str, ...]
    look: Callable[[Case], Iterable[Seen]]

    def to_dict(self) -> dict[str, Any]:
        """Return what it says of itself, as plain data for JSON."""
        said = {name: getattr(self, name).to_dict() for name in ("title", "why", "threshold")}
        return {"code": self.code, "causes": list(self.causes), **said}

    def findings(self, case: Case) -> Iterator[Finding]:
        """Yield what the check found on one data set.

        A check that breaks says so and judges nothing: a plugin's mistake must not cost the
        user the report, and is no finding about the data either.
        """
        try:
            seen = tuple(self.look(case))
        except Exception as error:
            seen = (Seen("skipped", _broken(error)),)
        for one in seen:
            yield Finding(
                code=self.code,
                dataset=case.dataset.name,
                model=one.model,
                outcome=one.outcome,
                title=self.title,
                text=one.text,
                numbers=one.numbers,
                records=one.records,
            )


ABOUT_A_BROUGHT_MODEL = frozenset({"model_wiring", "model_weights", "model_beside", "model_learning", "model_reading"})
"""Themes of the checks that look at a model the user brought."""


def findings_of(run: Run, muted: Collection[str] = ()) -> tuple[Finding, ...]:
    """Ask every check about every data set that could be had.

    Parameters
    ----------
    run
        What was planned and what came out.
    muted
        Codes the user silenced: what they would complain about is kept, as ``muted``.

    Returns
    -------
    tuple of Finding
        By data set, then by code.
    """
    entries = sorted(CHECKS, key=lambda entry: entry.name)
    cases = [Case(run, summary) for summary in run.plan.datasets if summary.status == "ok"]
    found = (
        finding
        for case in cases
        for entry in _asked(entries, case)
        for finding in CHECKS.load(entry.name).findings(case)
    )
    return tuple(_muted(finding) if finding.code in muted else finding for finding in found)


def _asked(entries: Iterable[Entry], case: Case) -> list[Entry]:
    """Leave out the checks of a brought model where none was brought: twenty times "not applicable" tells nothing."""
    return [entry for entry in entries if case.brought or ABOUT_A_BROUGHT_MODEL.isdisjoint(entry.tags)]


def _muted(finding: Finding) -> Finding:
    if finding.outcome not in ("issue", "tip"):
        return finding
    return Finding(**{**vars(finding), "outcome": "muted"})


def _broken(error: Exception) -> Sentence:
    reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return Sentence(
        ko=f"검사 자체가 실패하여 판단하지 않았습니다({reason}).", en=f"The check itself failed ({reason})."
    )
