"""Thousands of jobs in one store: how long until a repeated command knows that there is nothing to do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.reliability.tiny import recipes, rows
from triage_bench.core.job import Job
from triage_bench.core.plan import Plan
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.workspace import Workspace
from triage_bench.executors.base import Limits
from triage_bench.executors.serial import SerialExecutor
from triage_bench.leaderboard.table import leaderboard
from triage_bench.running.budget import Budget
from triage_bench.running.controls_rows import permutations
from triage_bench.running.planning import plan_run
from triage_bench.running.sweep import missing_jobs, sweep
from triage_bench.store import Store

FOLDS, REPEATS = 5, 20
"""Of the models; the other jobs are permuted labels, of which a real run has most."""


def measured(folder: Path, jobs: int, seed: int) -> Mapping[str, float]:
    """Return processor seconds by step: to plan, to resume with nothing missing, to rank."""
    workspace = Workspace(folder / "run", folder / "data", folder / "cache")
    size = Budget("many", FOLDS, REPEATS, 2, searches={}, job_seconds=60)
    begin = time.process_time()
    planned = plan_run("many", [rows()], recipes(), (), size, seed=seed, workspace=workspace)
    permuted = permutations(rows(), planned.plan.jobs[0].protocol, seed, (jobs - len(planned.plan.jobs)) // FOLDS + 1)
    planned = replace(planned, plan=replace(planned.plan, jobs=(*planned.plan.jobs, *permuted)))
    seconds = {"plan": time.process_time() - begin}
    _fill(Store(workspace), planned.plan, seed)
    begin = time.process_time()
    store = Store(workspace)
    missing_jobs(planned.plan, store.read_all())
    swept = sweep(planned.plan, planned.datasets, workspace, SerialExecutor(), Limits(), held=store)
    seconds["resume"] = time.process_time() - begin
    begin = time.process_time()
    table = leaderboard(swept.run)
    seconds["table"] = time.process_time() - begin
    if swept.reused != len(planned.plan.jobs) or not table:
        raise RuntimeError(f"{len(planned.plan.jobs)} jobs, {swept.reused} reused, {len(table)} rows in the table")
    return seconds


def _fill(store: Store, plan: Plan, seed: int) -> None:
    draw = np.random.default_rng(seed)
    for job in plan.jobs:
        store.write(_record(job, draw))


def _record(job: Job, draw: np.random.Generator) -> RunRecord:
    scored = np.arange(job.fold, len(rows()), FOLDS)
    labels = rows().labels[scored]
    probabilities = draw.dirichlet(np.ones(3), len(scored)).astype(np.float32)
    answers = probabilities.argmax(axis=1).astype(np.int64)
    return RunRecord(
        job,
        "ok",
        predictions=Predictions(scored, labels, answers, probabilities, scored),
        train_rows=len(rows()) - len(scored),
        params={"letters": 64},
        timings={"fit": 0.1, "predict": 0.01, "total": 0.2},
        environment={"numpy": "2", "python": "3.11"},
    )
