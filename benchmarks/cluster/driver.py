"""A run of 100,000 jobs without the work: what the driver needs for plan, keys, records and store."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import numpy as np

from triage_bench.core.dataset import Dataset, DatasetSummary
from triage_bench.core.job import Job
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.workspace import Workspace
from triage_bench.executors.base import Done, Limits
from triage_bench.executors.dask import Letter
from triage_bench.running.environment import machine, versions
from triage_bench.running.suite import recipe
from triage_bench.running.sweep import sweep

JOBS, ROWS, FOLDS, CLASSES = 100_000, 1_000, 5, 5
FAMILIES = ("tfidf-lr[char_wb]", "tfidf-lr[mecab]", "nb-svm", "lightgbm", "lstm")


class Answering:
    """An executor that has every answer at once: what remains is the driver's own work."""

    def map(self, function: Callable[[Any], Any], items: Sequence[Any], limits: Limits | None = None) -> Iterator[Done]:
        """Yield a made-up record for every batch."""
        for batch in items:
            yield Done(batch, tuple(_record(job) for job in batch))


@cache
def _predictions(fold: int, drawing: int) -> Predictions:
    """Return what a model may have answered; a hundred different ones, made before the clock matters."""
    rows = np.arange(fold, ROWS, FOLDS)
    drawn = np.random.default_rng(drawing).random((len(rows), CLASSES)).astype(np.float32)
    return Predictions(rows, rows % CLASSES, drawn.argmax(axis=1), drawn / drawn.sum(axis=1, keepdims=True), rows)


def drive(folder: Path, jobs: int = JOBS) -> None:
    """Print the driver's seconds and memory, and the bytes of a job and of its answer."""
    dataset = _dataset()
    plan = _plan(dataset, jobs)
    start, processor = time.monotonic(), time.process_time()
    swept = sweep(plan, {dataset.digest: dataset}, Workspace.at(folder, cache=folder), Answering(), Limits())
    wall, used = time.monotonic() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    assert len(swept.run.records) == jobs
    job = plan.jobs[0]
    sent, answered = (len(ForkingPickler.dumps(one)) for one in (Letter(0, (job,)), (0, Done(None, (_record(job),)))))
    kept = sum(path.stat().st_size for path in (folder / "records").glob(f"{job.key}.*"))
    print(f"{jobs:,} jobs: {used:.1f} s processor time of the driver (< 60), {wall:.1f} s wall, {peak:.2f} GiB (< 2)")
    print(f"  a job is {sent:,} bytes on its way, its answer {answered:,}, its record {kept:,} on the disk")


def _plan(dataset: Dataset, jobs: int) -> Plan:
    repeats = jobs // (len(FAMILIES) * FOLDS)
    protocol = Protocol("stratified", folds=FOLDS, repeats=repeats)
    planned = tuple(
        Job(dataset.name, dataset.digest, recipe(family), protocol, repeat, fold)
        for family in FAMILIES
        for repeat in range(repeats)
        for fold in range(FOLDS)
    )
    return Plan("simulated", "thorough", 0, (), (DatasetSummary.of(dataset, {}),), planned)


def _dataset() -> Dataset:
    labels = np.arange(ROWS) % CLASSES
    names = tuple(str(one + 1) for one in range(CLASSES))
    return Dataset("simulated", tuple(f"문장 {row}" for row in range(ROWS)), labels, names, scale="triage")


def _record(job: Job) -> RunRecord:
    answers = _predictions(job.fold, job.repeat % 20)
    train = ROWS - len(answers)
    return RunRecord(job, "ok", None, answers, train, timings={"total": 0.1}, environment=_environment())


@cache
def _environment() -> Mapping[str, str]:
    """Return what a worker says of itself: it does so on its own time, not on the driver's."""
    return {**versions(), **machine()}
