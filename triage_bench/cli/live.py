"""What is seen while jobs run: a table and finished models on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from types import TracebackType

from triage_bench.cli.live_table import LiveTable
from triage_bench.cli.plain import safe, tell
from triage_bench.core.job import Job
from triage_bench.core.plan import Plan
from triage_bench.core.record import RunRecord
from triage_bench.core.run import Outcome, Run
from triage_bench.metrics import score

LINE_WIDTH = 120
METRIC = "macro_f1"


class Live:
    """Progress on standard error; a context manager.

    Parameters
    ----------
    plan
        What is run.
    missing
        The jobs there are to do.
    quiet
        Show nothing.
    """

    def __init__(self, plan: Plan, missing: Sequence[Job], *, quiet: bool) -> None:
        self.plan, self.missing, self.quiet = plan, missing, quiet
        self.records: dict[str, RunRecord] = {}
        self.done = 0
        self._start = time.monotonic()
        self._table: LiveTable | None = None
        once = {job.key: job for job in plan.jobs}.values()
        self._folds: dict[tuple[str, str, str], list[Job]] = defaultdict(list)
        for job in plan.jobs:
            if job.protocol.purpose == "benchmark":
                self._folds[_measurement(job)].append(job)
        self._left = Counter((job.dataset, job.recipe.name, job.protocol.purpose) for job in once)

    def __enter__(self) -> Live:
        if not self.quiet and self.missing and sys.stderr.isatty():
            self._table = LiveTable(Counter(job.dataset for job in self.missing))
            self._table.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._table is not None:
            self._table.stop()

    def record(self, record: RunRecord) -> None:
        """Tell that a job has finished, and the score of a model whose last fold it was."""
        self.records[record.job.key] = record
        self.done += 1
        if self.quiet:
            return
        finished = self._finished(record)
        if self._table is not None:
            dataset = record.job.dataset
            self._table.came_back(dataset, record.job.name.removeprefix(f"{dataset} · "), ok=record.ok)
        elif not self._hushed(record):
            self._print(f"[{self.done}/{len(self.missing)}] {_told(record)}")
        if finished is not None:
            self._print(finished)

    def _hushed(self, record: RunRecord) -> bool:
        """Whether the job is one of many alike that come back together: the last of them speaks for all."""
        job = record.job
        alike = (job.dataset, job.recipe.name, job.protocol.purpose)
        self._left[alike] -= 1
        return record.ok and job.protocol.purpose != "benchmark" and self._left[alike] > 0

    def _print(self, line: str) -> None:
        if self._table is None:
            tell(safe(line)[:LINE_WIDTH])
        else:
            self._table.print(safe(line)[:LINE_WIDTH])

    def _finished(self, record: RunRecord) -> str | None:
        """Return a leaderboard line if this record completes a benchmark model, whose score the table takes."""
        job = record.job
        if job.protocol.purpose != "benchmark":
            return None
        jobs = tuple(self._folds[_measurement(job)])
        if not all(j.key in self.records for j in jobs):
            return None
        outcome: Outcome = Run(Plan("", "", 0, (), self.plan.datasets, jobs), self.records).outcomes[0]
        if not outcome.complete:
            return f"  {job.dataset} · {job.recipe.name}: {outcome.status}, {outcome.reason}"
        value = score(METRIC, outcome.predictions, len(outcome.dataset.classes))
        kind = "tuned" if outcome.tuned else "default"
        if self._table is not None:
            self._table.standings[job.dataset].scored(f"{job.recipe.name} {kind}", value)
        elapsed = time.monotonic() - self._start
        return f"  {job.dataset} · {job.recipe.name} · {kind}: macro-F1 {value:.3f}   ({elapsed:.0f} s)"


def _measurement(job: Job) -> tuple[str, str, str]:
    """Return what the folds of one model under one protocol have in common."""
    return job.dataset, repr(job.recipe.to_dict()), repr(job.protocol)


def _told(record: RunRecord) -> str:
    state = "ok" if record.ok else f"{record.status}: {record.reason}"
    return f"{record.job.name} · {record.timings.get('total', 0.0):.1f} s · {state}"
