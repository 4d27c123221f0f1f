"""What a check is, which there are, and how they are all asked about a run.

Codes are stable: a number is never given to another check. The hundreds are the themes.

=====  =======================================  ==============================
codes  theme                                    file
=====  =======================================  ==============================
1xx    better than no model at all              ``baselines.py``
2xx    controls: the experiment itself          ``controls.py``
3xx    how models train and answer              ``networks.py``, ``answers.py``
4xx    data that is known to be learnable       ``reference.py``
50x    rows: duplicates, leakage                ``duplicates.py``
55x    rows: labels                             ``labels.py``
6xx    classes and how many rows they have      ``classes.py``
7xx    the best that is possible                ``ceiling.py``
8xx    tuning                                   ``tuning.py``
9xx    jobs that did not come to an end         ``failures.py``
=====  =======================================  ==============================
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from triage_bench.core.finding import Finding, Outcome
from triage_bench.core.registry import Entry, Registry
from triage_bench.core.run import Run
from triage_bench.core.sentence import Sentence
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


CHECKS = Registry("check", "triage_bench.checks")
"""Every check by code; other packages add theirs through the entry-point group."""


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
    checks = sorted((CHECKS.load(entry.name) for entry in CHECKS), key=lambda check: check.code)
    cases = [Case(run, summary) for summary in run.plan.datasets if summary.status == "ok"]
    found = (finding for case in cases for check in checks for finding in check.findings(case))
    return tuple(_muted(finding) if finding.code in muted else finding for finding in found)


def _muted(finding: Finding) -> Finding:
    if finding.outcome not in ("issue", "tip"):
        return finding
    return Finding(**{**vars(finding), "outcome": "muted"})


def _broken(error: Exception) -> Sentence:
    reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return Sentence(
        ko=f"검사 자체가 실패하여 판단하지 않았습니다({reason}).", en=f"The check itself failed ({reason})."
    )


def _register(theme: str, **checks: str) -> None:
    for code, attribute in checks.items():
        target = f"triage_bench.diagnosis.{theme}:{attribute}"
        CHECKS.register(Entry(code, target, attribute.lower().replace("_", " "), tags=frozenset({theme})))


_register("baselines", TB101="BEATS_CHANCE", TB102="BEATS_MAJORITY", TB103="SCORE_IS_SHARP")
_register("controls", TB201="SHUFFLED_LABELS", TB202="FITS_32_ROWS")
_register("answers", TB302="ANSWERS_EVERY_CLASS", TB306="EARNS_ITS_PLACE")
_register("networks", TB301="INITIAL_LOSS", TB303="OVERFITS", TB304="UNDERFITS", TB305="DIVERGES")
_register("reference", TB401="REFERENCE_BAND")
_register(
    "duplicates",
    TB501="REPEATED_TEXTS",
    TB502="CONFLICTING_LABELS",
    TB503="NEAR_DUPLICATES",
    TB504="COPIES_ACROSS",
    TB505="GROUPED_SCORE",
)
_register("labels", TB551="CONFIDENT_ERRORS")
_register("classes", TB601="IMBALANCE", TB602="TINY_CLASSES", TB603="FEW_ROWS_CHECK")
_register("ceiling", TB701="CEILING", TB702="HUMAN")
_register("tuning", TB801="TUNING_HELPS", TB802="OPTIMISM_GAP", TB803="EDGE_OF_SPACE")
_register("failures", TB901="EVERY_JOB_FINISHED")
