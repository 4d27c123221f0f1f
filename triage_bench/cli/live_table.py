"""What a terminal shows while jobs run: a row per data set, a bar below, finished models above."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from triage_bench.cli.plain import safe

if TYPE_CHECKING:
    from rich.table import Table


_NUMBERS = frozenset({"jobs", "failed", "macro-F1"})


@dataclass
class Standing:
    """How far a data set has come.

    Attributes
    ----------
    jobs, done, failed
        Jobs to do; those that came back; of these, those that are not ok.
    last
        The job that came back last.
    best, score
        The best model so far of those whose folds are complete, and its score.
    """

    jobs: int
    done: int = 0
    failed: int = 0
    last: str = ""
    best: str = "–"
    score: float | None = None

    def came_back(self, job: str, *, ok: bool) -> None:
        """Count a job."""
        self.done += 1
        self.failed += not ok
        self.last = job

    def scored(self, model: str, score: float) -> None:
        """Take a finished model's score; the first of equals stays."""
        if self.score is None or score > self.score:
            self.best, self.score = model, score


class LiveTable:
    """The display; it redraws itself a few times a second, however fast jobs come back.

    Parameters
    ----------
    jobs
        How many jobs each data set still has to do.
    console
        Where to; standard error by default.
    """

    def __init__(self, jobs: Mapping[str, int], console: Any = None) -> None:
        from rich.console import Console, Group
        from rich.live import Live
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self.standings = {dataset: Standing(count) for dataset, count in jobs.items()}
        self._bar = Progress(
            MofNCompleteColumn(), BarColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()
        )
        self._task = self._bar.add_task("jobs", total=sum(jobs.values()))
        self._live = Live(
            console=console or Console(stderr=True),
            get_renderable=lambda: Group(_table(self.standings), self._bar),
            refresh_per_second=4,
        )

    def start(self) -> None:
        """Begin to draw."""
        self._live.start()

    def stop(self) -> None:
        """Draw a last time and leave the terminal as it was."""
        with suppress(OSError):  # the terminal may be gone
            self._live.stop()

    def came_back(self, dataset: str, job: str, *, ok: bool) -> None:
        """Count a job of a data set."""
        self.standings[dataset].came_back(job, ok=ok)
        self._bar.advance(self._task)

    def print(self, line: str) -> None:
        """Write a line that stays, above the table."""
        self._live.console.print(line, highlight=False, markup=False)


def _table(standings: Mapping[str, Standing]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
    for title in ("data set", "jobs", "failed", "best so far", "macro-F1"):
        table.add_column(title, justify="right" if title in _NUMBERS else "left", no_wrap=True)
    table.add_column("last", no_wrap=True, ratio=1)  # what gives way on a narrow terminal
    for dataset, one in standings.items():
        score = "–" if one.score is None else f"{one.score:.3f}"
        cells = (dataset, f"{one.done}/{one.jobs}", str(one.failed), one.best, score, one.last)
        table.add_row(*(Text(safe(cell)) for cell in cells))
    return table
