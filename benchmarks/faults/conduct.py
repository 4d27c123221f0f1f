"""One case from rows to verdict, in this process: the same steps as ``triage-bench diagnose``, without its start-up."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.faults.cases import Case
from benchmarks.faults.origins import Origin
from benchmarks.faults.rows import GROUP, LABEL, SOURCE, TEXT, Rows, written
from triage_bench.core.dataset import Dataset
from triage_bench.core.finding import Finding, Verdict
from triage_bench.core.job import Recipe
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import read_file, read_pair
from triage_bench.diagnosis.verdict import findings_of, verdicts_of
from triage_bench.executors.base import Limits
from triage_bench.executors.serial import SerialExecutor
from triage_bench.running.brought import brought_recipe
from triage_bench.running.diagnosis import diagnosis_budget, plan_diagnosis
from triage_bench.running.sweep import sweep

BUDGET = "quick"
HERE = Path(__file__).parent


def conducted(case: Case, origin: Origin, workspace: Workspace) -> dict[str, Any]:
    """Return the result line of a case: what it is, what was said of it, and in how many seconds.

    Parameters
    ----------
    case, origin
        The case, and the data set its rows are drawn from.
    workspace
        Where its records go. Jobs that are already there are not run again: a case whose records were kept is
        merely judged again.
    """
    begin = time.perf_counter()
    try:
        run, target = _diagnosed(case, case.rows(origin), workspace)
        findings = findings_of(run)
        said = [one for one in verdicts_of(run, findings) if one.dataset == target]
        outcome = _outcome(said, [one for one in findings if one.dataset == target])
    except Exception as error:  # a case that breaks is a wrong answer, not the end of the campaign
        outcome = {"verdicts": [], "findings": [], "error": f"{type(error).__name__}: {str(error)[:300]}"}
    return {**case.to_dict(), **outcome, "seconds": round(time.perf_counter() - begin, 2)}


def _diagnosed(case: Case, rows: Rows, workspace: Workspace) -> tuple[Run, str]:
    with TemporaryDirectory() as folder:
        dataset = _read(rows, Path(folder))
        model = brought_recipe(f"{HERE / case.model.file}:{case.model.name}", None) if case.model else None
        return diagnosed(dataset, BUDGET, case.seed, workspace, model), dataset.name


def diagnosed(dataset: Dataset, budget: str, seed: int, workspace: Workspace, model: Recipe | None) -> Run:
    """Plan a diagnosis and run it, one job after the other."""
    planned = plan_diagnosis(dataset, budget, seed, workspace, (), model)
    limits = Limits(diagnosis_budget(budget, dataset).job_seconds, None)
    return sweep(planned.plan, planned.datasets, workspace, SerialExecutor(), limits).run


def _read(rows: Rows, folder: Path) -> Dataset:
    data, test = written(rows, folder)
    group = None if rows.groups is None else GROUP
    source = None if rows.sources is None else SOURCE
    if test is None:
        return read_file(data, text=TEXT, label=LABEL, group=group, source=source)
    return read_pair(data, test, text=TEXT, label=LABEL, group=group, source=source)


def _outcome(said: Sequence[Verdict], findings: Sequence[Finding]) -> Mapping[str, Any]:
    complaints = [one for one in findings if one.outcome in ("issue", "tip", "skipped")]
    return {
        "verdicts": [
            {
                "model": one.model,
                "area": one.area,
                "cause": one.cause,
                "confidence": one.confidence,
                "causes": [[cause.cause, cause.confidence, list(cause.evidence)] for cause in one.causes],
            }
            for one in said
        ],
        "findings": [
            {"code": one.code, "model": one.model, "outcome": one.outcome, "numbers": dict(one.numbers)}
            for one in complaints
        ],
        "error": None,
    }
