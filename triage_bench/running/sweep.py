"""Drive a plan to its end: run what is missing, keep every record, tell what happens."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import cast

from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Job
from triage_bench.core.plan import Plan
from triage_bench.core.record import RunRecord
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.executors.base import Done, Executor, Limits, Lost
from triage_bench.running.batch import Help, batches_of, with_help
from triage_bench.running.delivery import delivered
from triage_bench.store import Store, run_lock
from triage_bench.tuning import SharedStorage, one_line

_OF_ITS_SURROUNDINGS = ("killed", "timeout", "out-of-memory", "skipped")

OnRecord = Callable[[RunRecord], None]


@dataclass(frozen=True)
class Swept:
    """A finished sweep: the run, and how many of its jobs an earlier one had done already."""

    run: Run
    reused: int


def missing_jobs(plan: Plan, done: Mapping[str, RunRecord]) -> list[Job]:
    """Return the jobs that still have to run, each key once.

    A job that ended badly because of its surroundings (killed, out of time or memory, or skipped for
    want of something) is tried again by a repeated command; one that failed on its own would fail again.
    """
    kept = {key for key, record in done.items() if record.status not in _OF_ITS_SURROUNDINGS}
    return list({job.key: job for job in plan.jobs if job.key not in kept}.values())


def sweep(
    plan: Plan,
    datasets: Mapping[str, Dataset],
    workspace: Workspace,
    executor: Executor,
    limits: Limits,
    on_record: OnRecord = lambda record: None,
    *,
    held: Store | None = None,
    storage: SharedStorage | None = None,
) -> Swept:
    """Run every job of a plan that has no record yet.

    Parameters
    ----------
    plan
        What is to be done.
    datasets
        The rows, by digest.
    workspace
        Where records go. It is locked meanwhile; this process is the only writer.
    executor, limits
        Where jobs run, and what each may use up.
    on_record
        Called with every new record, after it was kept.
    held
        The workspace's store, if the caller holds the directory already: what it has read is not read again.
    storage
        Where workers meet that do the trials of one search together; without one, each search is done by one worker.

    Raises
    ------
    RunLockedError
        If another process is writing here.
    """
    with run_lock(workspace) if held is None else nullcontext():
        store = held or Store(workspace)
        store.clear_leftovers()
        store.write_plan(plan)
        records = store.read_all()
        jobs = missing_jobs(plan, records)
        reused = len({job.key for job in plan.jobs}) - len(jobs)
        runner = delivered(datasets, workspace.cache, jobs, executor, storage)
        batches = batches_of(jobs)
        outcomes = executor.map(runner, batches if storage is None else with_help(batches), limits)
        with closing(cast(Generator[Done | Lost, None, None], outcomes)):  # an interruption ends the workers first
            for outcome in outcomes:
                for found in _records_of(outcome):
                    record = _kept(store, found)
                    records[record.job.key] = record
                    on_record(record)
        return Swept(Run(plan, records), reused)


def _records_of(outcome: Done | Lost) -> Iterable[RunRecord]:
    """Return what came of a batch; a lost one leaves the same record for each of its jobs."""
    if isinstance(outcome, Lost):
        if isinstance(outcome.item, Help):  # its trial waits for somebody else
            return []
        return [RunRecord(job, outcome.kind, outcome.reason) for job in outcome.item]
    records: tuple[RunRecord, ...] = outcome.value
    return records


def _kept(store: Store, record: RunRecord) -> RunRecord:
    """Keep a record; one that holds what is no plain data (a NaN, an object) leaves another that says so."""
    try:
        store.write(record)
    except (TypeError, ValueError) as error:
        reason = f"what the model says of itself (parameters, facts, history) cannot be kept: {one_line(error)}"
        record = RunRecord(record.job, "invalid-output", reason)
        store.write(record)
    return record
