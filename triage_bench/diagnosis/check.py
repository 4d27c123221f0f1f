"""What a check is, which there are, and how they are all asked about a run.

Codes are stable: a number is never given to another check. The hundreds are the themes.

=====  =======================================  ==============================
codes  theme                                    file
=====  =======================================  ==============================
1xx    better than no model at all              ``baselines.py``
20x    controls: the experiment itself          ``controls.py``
21x    more rows, new topics, sources, copies   ``ladder.py``, ``held_out.py``
22x    signal, luck, drift, merged classes      ``permutation.py``, ``repeats.py``, ``drift.py``, ``merges.py``
3xx    how models train and answer              ``networks.py``, ``answers.py``
31x    a user's own model: wiring              ``model_wiring.py``, ``model_beside.py``
32x    a user's own model: learning            ``model_learning.py``
33x    a user's own model: reading             ``model_reading.py``
34x    a user's own model beside others        ``model_beside.py``
4xx    data that is known to be learnable       ``reference.py``
45x    letters that were damaged                ``encoding.py``
50x    rows: duplicates, leakage                ``duplicates.py``
52x    rows: labels of nearly identical texts   ``nearby.py``
53x    rows: frames and telling tokens          ``patterns.py``
54x    rows: what only the test side says       ``novelty.py``
55x    rows: labels                             ``labels.py``
56x    rows: labels to look at again            ``confident.py``
60x    classes and how many rows they have      ``classes.py``
61x    columns that tell the label, are read    ``side_columns.py``, ``columns_read.py``
7xx    the best that is possible                ``ceiling.py``
75x    what of a text is read                   ``reading.py``
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


ABOUT_A_BROUGHT_MODEL = frozenset({"model_wiring", "model_beside", "model_learning", "model_reading"})
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


def _register(theme: str, **checks: str) -> None:
    for code, attribute in checks.items():
        target = f"triage_bench.diagnosis.{theme}:{attribute}"
        CHECKS.register(Entry(code, target, attribute.lower().replace("_", " "), tags=frozenset({theme})))


_register("baselines", TB101="BEATS_CHANCE", TB102="BEATS_MAJORITY", TB103="SCORE_IS_SHARP")
_register("controls", TB201="SHUFFLED_LABELS", TB202="FITS_32_ROWS")
_register("ladder", TB211="MORE_ROWS")
_register("held_out", TB212="NEW_TOPICS", TB213="NEW_SOURCES", TB214="ONE_SOURCE", TB215="KEPT_TOGETHER")
_register("permutation", TB221="SIGNAL")
_register("repeats", TB222="ONE_SPLIT")
_register("drift", TB223="SAME_ORIGIN")
_register("merges", TB224="MERGES")
_register("reading", TB751="UNITS", TB752="BEGINNING", TB753="SINGLE_WORDS")
_register("answers", TB302="ANSWERS_EVERY_CLASS", TB306="EARNS_ITS_PLACE")
_register("networks", TB301="INITIAL_LOSS", TB303="OVERFITS", TB304="UNDERFITS", TB305="DIVERGES")
_register(
    "model_wiring",
    TB310="FITS_BY_HEART",
    TB311="SAME_ANSWER",
    TB312="PADDING",
    TB313="PROBABILITIES",
    TB314="LABELS_IN_PLACE",
    TB315="TRAINS_ALIKE",
    TB316="ONE_SOFTMAX",
)
_register("model_beside", TB317="RUNS", TB340="KEEPS_UP", TB341="LEARNS_ELSEWHERE")
_register(
    "model_learning",
    TB320="LEARNS",
    TB321="MEMORISES",
    TB322="EVERY_CLASS",
    TB323="PROCEEDS",
    TB324="OWN_VALIDATION",
)
_register(
    "model_reading",
    TB330="KNOWS_WORDS",
    TB331="KEEPS_WORDS",
    TB332="READS_ON",
    TB333="READS_HANGUL",
    TB334="SMALL_CHANGES",
    TB335="RED_FLAGS",
)
_register("reference", TB401="REFERENCE_BAND")
_register(
    "duplicates",
    TB501="REPEATED_TEXTS",
    TB502="CONFLICTING_LABELS",
    TB503="NEAR_DUPLICATES",
    TB504="COPIES_ACROSS",
    TB505="GROUPED_SCORE",
)
_register("encoding", TB451="DAMAGED_CHARACTERS", TB452="STRIPPED_LETTERS")
_register("nearby", TB521="NEIGHBOURS_AGREE")
_register("patterns", TB531="FRAMES", TB532="SHORTCUT_TOKENS")
_register("novelty", TB541="NEW_BIGRAMS")
_register("labels", TB551="CONFIDENT_ERRORS")
_register("confident", TB561="CONTRADICTIONS")
_register("side_columns", TB611="TELLING_COLUMNS")
_register("columns_read", TB612="AWAY", TB613="IMPOSSIBLE", TB614="GAPS", TB615="DRIFT")
_register("classes", TB601="IMBALANCE", TB602="TINY_CLASSES", TB603="FEW_ROWS_CHECK")
_register("ceiling", TB701="CEILING", TB702="HUMAN")
_register("tuning", TB801="TUNING_HELPS", TB802="OPTIMISM_GAP", TB803="EDGE_OF_SPACE")
_register("failures", TB901="EVERY_JOB_FINISHED")
