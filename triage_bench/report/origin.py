"""Where the numbers come from: the run itself, its data sets, and what it was measured with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.digest import digest
from triage_bench.core.run import Run

ID_LENGTH = 12
MACHINE_WORDS = frozenset({"system", "architecture", "cores", "threads_per_job", "memory", "processor", "device"})
"""Keys of a record's environment that speak of the machine; all others are versions."""


def short_id(value: Any) -> str:
    """Return a short digest of plain data: ids on the page never come from labels or names."""
    return digest(value)[:ID_LENGTH]


def run_block(
    run: Run, *, command: Sequence[str] | None, started: str | None, seconds: float, reused: int
) -> dict[str, Any]:
    """Return the ``run`` entry of report.json."""
    plan = run.plan
    keys = {job.key for job in plan.jobs}
    states = [run.records[key].status for key in keys if key in run.records]
    ok, skipped = states.count("ok"), states.count("skipped")
    versions, machine = _environment(run, keys)
    return {
        "id": short_id([plan.suite, plan.budget, plan.seed, sorted(keys)]),
        "suite": plan.suite,
        "budget": plan.budget,
        "command": list(plan.command if command is None else command),
        "started": started,
        "seconds": seconds,
        "versions": versions,
        "machine": machine,
        "seed": plan.seed,
        "jobs": {
            "planned": len(keys),
            "ok": ok,
            "failed": len(states) - ok - skipped,
            "skipped": skipped,
            "reused": reused,
            "not_run": len(keys) - len(states),
        },
    }


def dataset_block(summary: DatasetSummary) -> dict[str, Any]:
    """Return an entry of ``datasets``."""
    known = summary.provenance
    return {
        "id": short_id(["dataset", summary.name]),
        "name": summary.name,
        "rows": summary.rows,
        "classes": dict(summary.classes),
        "digest": summary.digest,
        "role": known.role,
        "status": summary.status,
        "reason": summary.reason,
        "scale": summary.scale,
        "title": known.title,
        "origin": known.origin,
        "licence": known.licence,
        "private": known.private,
        "expected": None if known.expected is None else list(known.expected),
        "ceiling": known.ceiling,
        "human": known.human,
        "largest_class": max(summary.classes.values(), default=0),
        "notices": [notice.to_dict() for notice in summary.notices],
        "facts": dict(summary.facts),
    }


def _environment(run: Run, keys: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Join what the records were measured with; a resumed run may show two values for one word."""
    found: dict[str, set[str]] = {}
    for key in keys & set(run.records):
        for word, value in run.records[key].environment.items():
            found.setdefault(word, set()).add(str(value))
    joined: Mapping[str, str] = {word: " / ".join(sorted(values)) for word, values in sorted(found.items())}
    versions = {word: value for word, value in joined.items() if word not in MACHINE_WORDS}
    return versions, {word: value for word, value in joined.items() if word in MACHINE_WORDS}
