"""One run from plan to page, with everything a person sees on the way."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from triage_bench.cli.ends import INTERRUPTED
from triage_bench.cli.live import Live
from triage_bench.cli.plain import tell
from triage_bench.cli.result import print_result
from triage_bench.cli.told import check_language
from triage_bench.core.errors import ClusterError, InputError, UnavailableError
from triage_bench.core.identifiers import redacted
from triage_bench.core.memo import remembering
from triage_bench.core.plan import Plan
from triage_bench.core.record import RunRecord
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.executors.base import Limits
from triage_bench.executors.choose import executor
from triage_bench.report.tensorboard import write_event_files
from triage_bench.running import estimate
from triage_bench.running.budget import Budget
from triage_bench.running.planning import Planned
from triage_bench.store import Store, refuse_held, run_lock
from triage_bench.tuning import SharedStorage

# Share of the machine's memory that all workers together may use.
MEMORY_SHARE = 0.8


def run_folder(*words: str) -> Path:
    """Return the default directory of a run, from words that describe it."""
    name = redacted("-".join(words))
    return Path("reports") / "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-")


class Session:
    """Shows a plan, drives it, writes the report, and says how it ended.

    Parameters
    ----------
    workspace
        The run's directory.
    executor_name, workers
        Where jobs run, and how many at once.
    language
        What the report opens in.
    quiet, json
        As the options of every command.
    printing
        Whether the result goes to standard output; a notebook shows it in its own way.
    show_texts
        Whether the report and the worklist show texts of the user's own, identifiers masked.
    address
        The scheduler of a running Dask cluster; its workers' own memory limits then hold, not this machine's.
    storage
        Where workers meet that do the trials of one search together.
    """

    def __init__(
        self,
        workspace: Workspace,
        executor_name: str,
        workers: int | None,
        *,
        language: str,
        quiet: bool,
        json: bool,
        printing: bool = True,
        show_texts: bool = False,
        address: str | None = None,
        storage: SharedStorage | None = None,
    ) -> None:
        check_language(language)
        self.workspace, self.language, self.quiet, self.json = workspace, language, quiet, json
        self.printing, self.show_texts = printing, show_texts
        refuse_held(workspace)
        self.executor = executor(executor_name, workers, address)
        self.workers: int = getattr(self.executor, "workers", 1)
        self.elsewhere, self.storage = address is not None, storage

    @property
    def command(self) -> tuple[str, ...]:
        """What was typed, as the report repeats it: without the program's path, home folders and identifiers."""
        return ("triage-bench", *map(redacted, without_storage(sys.argv[1:])))

    def conduct(self, planned: Planned, budget: Budget) -> int:
        """Run a plan to its end and return the exit code; the directory is held until its report is written.

        Raises
        ------
        RunLockedError
            If another process is writing there.
        """
        with run_lock(self.workspace):
            return self._conduct(planned, budget)

    def _conduct(self, planned: Planned, budget: Budget) -> int:
        from triage_bench.running.sweep import missing_jobs, sweep  # half of the time to a refusal of a held directory

        start = time.monotonic()
        plan = planned.plan
        store = Store(self.workspace)
        missing = missing_jobs(plan, store.read_all())
        if store.put_aside:
            self.say(
                f"  {len(store.put_aside)} damaged records were put aside in records/quarantine; their jobs run again"
            )
        for dataset in planned.datasets.values():
            store.write_rows(dataset)
        self._show(plan, len(missing), estimate.seconds(plan, missing, self.workers))
        limits = Limits(budget.job_seconds, None if self.elsewhere else _memory_per_worker(self.workers))
        try:
            with Live(plan, missing, quiet=self.quiet) as live:
                keep = self._keeper(live)
                where = (self.workspace, self.executor, limits, keep)
                swept = sweep(plan, planned.datasets, *where, held=store, storage=self.storage)
        except KeyboardInterrupt:
            self.say("interrupted; what was finished is kept, and the same command goes on from here")
            self._finish_early(planned, store, start)
            return INTERRUPTED
        except ClusterError:
            self._finish_early(planned, store, start)
            raise
        self._finish(planned, swept.run, swept.reused, time.monotonic() - start)
        return 0 if all(record.ok for record in _planned_records(swept.run)) else 1

    def read(self) -> Run:
        """Return the run as it stands in the store."""
        return Store(self.workspace).read_run()

    def say(self, line: str) -> None:
        """Tell a person something, on standard error."""
        if not self.quiet:
            tell(line)

    def _show(self, plan: Plan, missing: int, expected: float) -> None:
        for summary in plan.datasets:
            state = f"{summary.rows:,} rows, {len(summary.classes)} classes"
            self.say(f"  {summary.name}: {state if summary.status == 'ok' else f'skipped: {summary.reason}'}")
            for notice in summary.notices:
                self.say(f"    {notice.text.said_in(self.language)}")
        jobs = len({job.key for job in plan.jobs})
        where = f"on {self.workers} workers" if self.workers else "for one worker; how many will come is not known"
        self.say(f"  {jobs} jobs, {jobs - missing} done already; about {_duration(expected)} {where}")

    def _keeper(self, live: Live) -> Callable[[RunRecord], None]:
        def keep(record: RunRecord) -> None:
            write_event_files((record,), self.workspace)
            live.record(record)

        return keep

    def _finish_early(self, planned: Planned, store: Store, start: float) -> None:
        if self.workspace.plan.is_file():
            self._finish(planned, store.read_run(), 0, time.monotonic() - start)

    def _finish(self, planned: Planned, run: Run, reused: int, seconds: float) -> None:
        from triage_bench.report.write import is_current

        if not is_current(run, self.workspace, self.language, show_texts=self.show_texts):
            with remembering(self.workspace.figures):
                self._report(planned, run, reused, seconds)
        if self.printing:
            print_result(run, self.workspace, self.language, json=self.json)

    def _report(self, planned: Planned, run: Run, reused: int, seconds: float) -> None:
        from triage_bench.cli.exhibits import write_exhibits
        from triage_bench.cli.review import write_reviews
        from triage_bench.report.write import write_report

        shows = self.show_texts
        reviews = write_reviews(run, planned.datasets, self.workspace, show_texts=shows)
        write_exhibits(run, planned.datasets, Store(self.workspace), reviews, show_texts=shows)
        write_event_files(run.records.values(), self.workspace)
        write_report(run, self.workspace, reused=reused, seconds=seconds, language=self.language)


def shared_storage(url: str | None) -> SharedStorage | None:
    """Return where workers meet that search together, ready for use; None for none.

    Raises
    ------
    InputError
        If it is no PostgreSQL, or cannot be opened.
    """
    if url is None:
        return None
    kind = url.partition("://")[0]
    if kind.partition("+")[0] != "postgresql" or "://" not in url:
        said = f", got {kind!r}" if "://" in url else ""
        raise InputError(f"--storage needs a PostgreSQL database, postgresql+psycopg://USER:PASSWORD@HOST/NAME{said}.")
    storage = SharedStorage(url)
    try:
        storage.check()
    except UnavailableError as error:
        raise InputError(str(error)) from None
    return storage


def without_storage(words: Sequence[str]) -> Iterator[str]:
    """Yield the words of a command without the address of a database, in which a password may stand."""
    before = ""
    for word in words:
        if before == "--storage":
            yield "…"
        else:
            yield "--storage=…" if word.startswith("--storage=") else word
        before = word


def _planned_records(run: Run) -> list[RunRecord]:
    return [run.records[job.key] for job in run.plan.jobs if job.key in run.records]


def _memory_per_worker(workers: int) -> int | None:
    try:
        total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    except (OSError, StopIteration):
        return None
    return int(int(total.split()[1]) * 1024 * MEMORY_SHARE / workers)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
