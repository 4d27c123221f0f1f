"""What is seen while jobs run: a table on a terminal, a line per job elsewhere."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from rich.console import Console

from triage_bench.cli.live import Live
from triage_bench.cli.live_table import LiveTable
from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import Predictions, RunRecord

SUMMARY = DatasetSummary("응급", "d", 4, {"a": 2, "b": 2})


def _jobs() -> tuple[Job, ...]:
    models = ("good", "poor", "broken")
    return tuple(
        Job("응급", "d", Recipe(model), Protocol("stratified"), 0, fold, 0) for model in models for fold in (0, 1)
    )


def _record(job: Job) -> RunRecord:
    if job.recipe.model == "broken":
        return RunRecord(job, "error", "ValueError: [red]\x1b[31m")
    rows = np.array([job.fold, job.fold + 2])
    labels = np.array([0, 1])
    answers = labels if job.recipe.model == "good" else 1 - labels
    return RunRecord(job, "ok", predictions=Predictions(rows, labels, answers, np.eye(2)[answers], rows), train_rows=2)


def _plan() -> Plan:
    return Plan("s", "quick", 0, (), (SUMMARY,), _jobs())


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _seen_on_a_terminal(monkeypatch: pytest.MonkeyPatch, *, quiet: bool) -> str:
    """Return all that arrives at a terminal while the jobs come back."""
    terminal = _Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "110")
    with monkeypatch.context() as swapped:
        swapped.setattr(sys, "stderr", terminal)
        with Live(_plan(), _jobs(), quiet=quiet) as live:
            for job in _jobs():
                live.record(_record(job))
    return terminal.getvalue()


def test_a_terminal_shows_where_each_data_set_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _seen_on_a_terminal(monkeypatch, quiet=False)
    row = next(line for line in shown[shown.rindex("data set") :].splitlines() if "응급" in line)
    assert row.split() == ["응급", "6/6", "2", "good", "default", "1.000", "broken", *row.split()[7:]]
    assert "응급 · good · default: macro-F1 1.000" in shown  # stays above the table
    assert "\x1b[31m" not in shown


def test_quiet_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _seen_on_a_terminal(monkeypatch, quiet=True) == ""


def test_the_best_is_the_best_of_complete_models() -> None:
    text = io.StringIO()
    table = LiveTable({"x": 3}, Console(file=text, force_terminal=True, width=100))
    table.start()
    for model, score in (("first", 0.5), ("second", 0.5), ("third", 0.4)):
        table.came_back("x", f"{model} · fold 1", ok=model != "third")
        table.standings["x"].scored(model, score)
    table.stop()
    one = table.standings["x"]
    assert (one.best, one.score, one.done, one.failed, one.last) == ("first", 0.5, 3, 1, "third · fold 1")
    assert "3/3" in text.getvalue()


def test_elsewhere_each_job_is_a_line_and_each_finished_model_another(capsys: pytest.CaptureFixture[str]) -> None:
    with Live(_plan(), _jobs(), quiet=False) as live:
        for job in _jobs():
            live.record(_record(job))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6 + 3
    assert lines[0].startswith("[1/6] ") and max(map(len, lines)) <= 120
    assert not any("\x1b" in line for line in lines)
