"""The view: everything the page shows, as plain data. It is the content of report.json, schema 1.

The page adds no number of its own; whatever is to be read there has to be put in here first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from triage_bench.core.costs import Costs
from triage_bench.core.exhibit import Exhibit
from triage_bench.core.finding import Finding, Verdict
from triage_bench.core.finding import Outcome as FindingOutcome
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.run import Outcome, Run
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis import CHECKS
from triage_bench.diagnosis.causes import RULES
from triage_bench.diagnosis.check import findings_of
from triage_bench.diagnosis.verdict import verdicts_of
from triage_bench.leaderboard.ensembles import Ensemble, rankings
from triage_bench.leaderboard.export import to_dicts
from triage_bench.leaderboard.pretrained import gains
from triage_bench.leaderboard.table import Row, leaderboard, median_detectable
from triage_bench.metrics import METRICS
from triage_bench.report.calibration import calibration_of
from triage_bench.report.confusion import errors_of
from triage_bench.report.decisions import decisions_of
from triage_bench.report.explaining import agreement_of, explanation_of
from triage_bench.report.failures import failures_of
from triage_bench.report.growth import growth_of
from triage_bench.report.learning import learning_of
from triage_bench.report.levels import levels_of
from triage_bench.report.origin import dataset_block, run_block, short_id
from triage_bench.report.overview import overview_of
from triage_bench.report.shown import rows_shown
from triage_bench.report.tuning_view import against_default, final_of, tuning_of

# Version of report.json. 1: first.
REPORT_SCHEMA = 1

AXIS_SPAN = 0.25
"""How far below the best the axis of intervals reaches: baselines far down would squeeze all others together."""

ENSEMBLE = "ensemble"

VERDICT_NAMES = {
    "healthy": Sentence("점수를 막는 원인 없음", "Nothing holds the score back"),
    "undecided": Sentence("아직 판단할 수 없음", "No verdict yet"),
}
"""Names of the causes that are none."""


def build_view(
    run: Run,
    rows: Sequence[Row] | None = None,
    exhibits: Mapping[str, Exhibit] | None = None,
    *,
    command: Sequence[str] | None = None,
    started: str | None = None,
    seconds: float = 0.0,
    reused: int = 0,
    costs: Costs | None = None,
) -> dict[str, Any]:
    """Compute the content of report.json.

    Parameters
    ----------
    run
        Plan and records.
    rows
        Its leaderboard, where that is known already.
    exhibits
        The rows of each data set that are shown, by its name.
    command
        What reproduces the run; the plan's own command where it is None.
    started
        When it started, ISO 8601, or None where that is not known.
    seconds
        Wall time.
    reused
        How many jobs were found done already.
    costs
        What the user says that errors cost, for data sets with these labels.

    Returns
    -------
    dict
        Plain data, the same for the same arguments; no value is NaN.
    """
    rows = leaderboard(run) if rows is None else rows
    findings = findings_of(run)
    verdicts = [_verdict(verdict) for verdict in verdicts_of(run, findings)]
    # An ensemble shares its keys with its members' other ensembles: the name tells them apart.
    outcomes = {(one.recipe.name, one.keys): one for competitors in rankings(run) for one in competitors}
    measured = [(_row(row, outcome.protocol), outcome) for row in rows for outcome in (outcomes[row.name, row.keys],)]
    board = [entry for entry, _ in measured]
    shown = _one_per_recipe(measured)
    names = [summary.name for summary in run.plan.datasets]
    explained = [
        {**_about(entry), **found} for entry, outcome in shown if (found := explanation_of(outcome)) is not None
    ]
    return {
        "schema": REPORT_SCHEMA,
        "run": run_block(run, command=command, started=started, seconds=seconds, reused=reused),
        "datasets": [dataset_block(summary) for summary in run.plan.datasets],
        "overview": overview_of(verdicts),
        "verdicts": verdicts,
        "findings": [_finding(finding) for finding in findings],
        "tally": _tally(findings),
        "checks": _checks(findings),
        "leaderboard": board,
        "rankings": _rankings(measured, list(outcomes.values())),
        "errors": [{**_about(entry), **_errors(outcome)} for entry, outcome in shown],
        "calibration": [
            {**_about(entry), "ece": entry["scores"].get("ece"), **calibration_of(outcome)} for entry, outcome in shown
        ],
        "decisions": [
            {**_about(entry), **found}
            for entry, outcome in shown
            if (found := decisions_of(outcome, costs)) is not None
        ],
        "learning": [
            {**_about(entry), **curves} for entry, outcome in shown if (curves := learning_of(outcome)) is not None
        ],
        "tuning": [
            {**_about(entry), **against_default(entry, measured), **_inner(entry), **search}
            for entry, outcome in measured
            if (search := tuning_of(outcome)) is not None
        ],
        "final": final_of(run),
        "growth": [found for name in names if (found := growth_of(run, name)) is not None],
        "explanation": explained,
        "agreement": _agreements(explained),
        "failures": failures_of(run),
        **rows_shown(run, rows, exhibits or {}),
    }


def _agreements(explained: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how far the families of each data set name the same words: one model of each."""
    families: dict[str, dict[str, Mapping[str, Any]]] = {}
    for entry in explained:
        families.setdefault(entry["dataset"], {}).setdefault(entry["estimator"], entry)
    found = {name: agreement_of(list(entries.values())) for name, entries in families.items()}
    return [{"dataset": name, **agreement} for name, agreement in found.items() if agreement is not None]


def _row(row: Row, protocol: Protocol) -> dict[str, Any]:
    """Return an entry of ``leaderboard`` with what the page needs besides."""
    return {
        "id": short_id([row.name, *row.keys] if row.members else list(row.keys)),
        **to_dicts([row])[0],
        "trials": protocol.tuning.trials,
        "protocol_words": row.words.to_dict(),
    }


def _rankings(measured: Sequence[tuple[dict[str, Any], Outcome]], planned: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Group the rows that are compared with each other, with the axis they are drawn on."""
    grouped: dict[tuple[str, Protocol], list[tuple[dict[str, Any], Outcome]]] = {}
    for entry, outcome in measured:
        comparable = replace(outcome.protocol, tuning=Tuning())
        grouped.setdefault((entry["dataset"], comparable), []).append((entry, outcome))
    return [_ranking(dataset, protocol, members, planned) for (dataset, protocol), members in grouped.items()]


def _ranking(
    dataset: str,
    protocol: Protocol,
    members: Sequence[tuple[dict[str, Any], Outcome]],
    planned: Sequence[Outcome],
) -> dict[str, Any]:
    entries = [entry for entry, _ in members]
    here = {id(outcome) for _, outcome in members}
    return {
        "id": short_id(["ranking", dataset, protocol.to_dict()]),
        "dataset": dataset,
        "split": protocol.split,
        "folds": protocol.folds,
        "repeats": protocol.repeats,
        "train_rows": protocol.train_rows,
        "scale": members[0][1].dataset.scale,
        "metric": entries[0]["metric"],
        "rows": max(entry["rows"] for entry in entries),
        "units": max(entry["units"] for entry in entries),
        "detectable": median_detectable(entry["detectable"] for entry in entries),
        "tied": sum(entry["tied_with_best"] for entry in entries),
        "ranked": sum(entry["rank"] is not None for entry in entries),
        "axis": _axis(entries),
        "ids": [entry["id"] for entry in entries],
        "gains": [
            {**vars(one), "text": one.text.to_dict()}
            for one in gains([one for one in planned if id(one) in here], METRICS[entries[0]["metric"]])
        ],
    }


def _axis(entries: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return the ends of an axis, at full twentieths, that shows the interval of every row near the best."""
    scores = [entry["score"] for entry in entries if entry["score"] is not None]
    ends = [v for entry in entries for v in (entry["ci_low"], entry["ci_high"], entry["score"]) if v is not None]
    if not scores:
        return [0.0, 1.0]
    lowest = max(min(ends), max(scores) - AXIS_SPAN)
    low, high = int(lowest * 20 // 1), -int(-max(ends) * 20 // 1)
    return [low / 20, max(high, low + 1) / 20]


def _one_per_recipe(measured: Sequence[tuple[dict[str, Any], Outcome]]) -> list[tuple[dict[str, Any], Outcome]]:
    """Keep each complete recipe once per split, tuned or default, whichever ranks higher; of ensembles the best."""
    kept: dict[tuple[str, str, str], tuple[dict[str, Any], Outcome]] = {}
    for entry, outcome in measured:
        if entry["rank"] is not None:
            name = ENSEMBLE if isinstance(outcome, Ensemble) else entry["name"]
            kept.setdefault((entry["dataset"], entry["split"], name), (entry, outcome))
    return list(kept.values())


def _errors(outcome: Outcome) -> dict[str, Any]:
    """Return an entry of ``errors``, with the levels' own where labels are ordered."""
    found = errors_of(outcome)
    ordered = outcome.dataset.scale != "nominal"
    return {**found, "levels": levels_of(found["matrix"], found["labels"]) if ordered else None}


def _about(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "dataset": entry["dataset"],
        "estimator": entry["model"],
        "model": entry["name"],
        "tuned": entry["tuned"],
        "trials": entry["trials"],
        **({"members": entry["members"]} if "members" in entry else {}),
    }


def _inner(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"inner_score": entry["inner_score"], "optimism": entry["optimism"], "tune_seconds": entry["tune_seconds"]}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    """Return an entry of ``verdicts``; its causes carry their names and what the evidence was."""
    plain = verdict.to_dict()
    names = {rule.cause: rule.name for rule in RULES} | VERDICT_NAMES
    return {
        **plain,
        "name": _name(names, verdict.cause),
        "causes": [{**cause, "name": _name(names, cause["cause"])} for cause in plain["causes"]],
        "cleared_names": [_name(names, cause) for cause in verdict.cleared],
    }


def _name(names: Mapping[str, Sentence], cause: str) -> dict[str, str]:
    return names.get(cause, Sentence(cause, cause)).to_dict()


def _finding(finding: Finding) -> dict[str, Any]:
    plain = finding.to_dict()
    plain["numbers"] = {name: _finite(value) for name, value in plain["numbers"].items()}
    return plain


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and value - value != 0 else value


def _tally(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """Count the findings of each data set by outcome."""
    counted: dict[str, Counter[str]] = {}
    for finding in findings:
        counted.setdefault(finding.dataset, Counter())[finding.outcome] += 1
    return {
        dataset: {outcome: counts[outcome] for outcome in get_args(FindingOutcome)}
        for dataset, counts in counted.items()
    }


def _checks(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return, for every check that was asked, why it matters, where its line is drawn, and what to do about it."""
    checks = {code: CHECKS.load(code) for code in dict.fromkeys(finding.code for finding in findings) if code in CHECKS}
    steps = {
        code: [
            (sign.confidence, rule.next_step.to_dict())
            for rule in RULES
            for sign in rule.raised_by
            if sign.code == code
        ]
        for code in checks
    }
    return {
        code: {
            "title": check.title.to_dict(),
            "why": check.why.to_dict(),
            "threshold": check.threshold.to_dict(),
            "causes": list(check.causes),
            "next_steps": [step for _, step in sorted(steps[code], key=lambda one: -one[0])],
        }
        for code, check in checks.items()
    }
