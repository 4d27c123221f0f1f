"""A run of seconds that goes the whole way of a real one: command line, plan, worker processes, records, report.

Only suite, budget and data are the campaign's own. Every run is a process, forked from one that has imported all
it needs; its workers are spawned like those of any run.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import jinja2
import numpy as np

from triage_bench.cli.app import main
from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Recipe
from triage_bench.core.registry import Entry
from triage_bench.core.sentence import Sentence
from triage_bench.models import MODELS
from triage_bench.report import charts, page
from triage_bench.report.page import _environment
from triage_bench.running import budget, planning, suite
from triage_bench.running.budget import Budget
from triage_bench.running.suite import Suite

HERE = Path(__file__).parent
MARK = "TRIAGE_BENCH_FAULT"
"""Environment variable that a run's processes carry: what still has it afterwards is a stray."""

SUITE, BUDGET = "tiny", "tiny"
JOBS = 18
SIGNS = ("숨 의식 맥박 쇼크", "가슴 식은땀 통증 압박", "콧물 손가락 상처 감기")
PATIENCE = 300.0
"""Seconds after which a run that should have ended counts as hanging; generous, for busy machines."""

PRELOADED = (
    "pandas",
    "pyarrow.compute",
    "rich.progress",
    "scipy.stats",
    "sklearn.linear_model",
    "sklearn.isotonic",
    "sklearn.svm",
    "tensorboard.compat.proto.event_pb2",
    "tensorboard.plugins.hparams.metadata",
    "tensorboard.plugins.hparams.plugin_data_pb2",
    "tensorboard.summary.writer.record_writer",
    "triage_bench.cli.exhibits",
    "triage_bench.cli.review",
    "triage_bench.cli.run",
    "triage_bench.cli.report",
    "triage_bench.cli.session",
    "triage_bench.leaderboard.ensembles",
    "triage_bench.report.write",
    "typer._adapters",
    "vl_convert",
)

Tamper = Callable[[], None]
"""Runs in the forked process before the command: how a fault gets into it."""


@cache
def warm() -> None:
    """Import what every run needs, once, before the first is forked: seconds that say nothing about faults."""
    for name in PRELOADED:
        import_module(name)
    recipes()
    rows()
    _templates()


@cache
def rows() -> Dataset:
    """Return 45 sentences on three levels, each with signs of its level."""
    rng = np.random.default_rng(7)
    labels = np.repeat(np.arange(3), 15)
    texts = tuple(
        f"{number}번 환자 {' '.join(rng.permutation(SIGNS[label].split())[:2])} 증상이 {number % 5}일째입니다"
        for number, label in enumerate(labels)
    )
    return Dataset("tiny", texts, labels, ("1", "2", "3"), scale="triage")


@cache
def recipes() -> tuple[Recipe, ...]:
    """Return three variants of the tiny model: 3 × 3 folds × 2 repeats = 18 jobs."""
    entry = brought(HERE / "tiny_model.py", "Nearest")
    return tuple(Recipe(entry.name, {"letters": letters}, version=entry.version) for letters in (16, 64, 256))


def brought(path: Path, name: str) -> Entry:
    """Make a class of a file known as a user's own model, once."""
    known = f"{path.name}:{name}"
    return MODELS.entry(known) if known in MODELS else MODELS.bring(path, name)


@dataclass(frozen=True)
class Place:
    """Where a run and its cache stand.

    Attributes
    ----------
    run
        The run's directory.
    home
        Holds the cache.
    """

    run: Path
    home: Path

    @classmethod
    def under(cls, folder: Path) -> Place:
        """Return the usual place in a folder of one case."""
        return cls(folder / "run", folder / "home")


class Driver:
    """A command in a process of its own.

    Parameters
    ----------
    place
        Run directory and cache.
    command
        The command line; by default the tiny suite with one worker.
    tamper
        What is done to the process before the command.
    """

    def __init__(self, place: Place, command: Sequence[str] | None = None, tamper: Tamper | None = None) -> None:
        warm()
        self.place = place
        place.home.mkdir(parents=True, exist_ok=True)
        self.mark = f"{os.getpid()}-{time.monotonic_ns()}"
        self.log = place.home / f"{self.mark}.log"
        line = run_command(place) if command is None else command
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            self._be(line, tamper)
        self.code: int | None = None

    def wait(self, seconds: float = PATIENCE) -> int:
        """Return the exit code, negative for a signal.

        Raises
        ------
        TimeoutError
            If it does not end; it is killed then.
        """
        deadline = time.monotonic() + seconds
        while self.poll() is None:
            if time.monotonic() > deadline:
                self.signal(signal.SIGKILL)
                raise TimeoutError(f"still running after {seconds:.0f} s")
            time.sleep(0.005)
        assert self.code is not None
        return self.code

    def poll(self) -> int | None:
        """Return the exit code if it has ended."""
        if self.code is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
                self.seconds, self.processor = time.monotonic() - self.started, usage.ru_utime + usage.ru_stime
        return self.code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def said(self) -> str:
        """Return what it has printed so far."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def strays(self, patience: float = 5.0) -> list[int]:
        """Return its processes that are still there after `patience` seconds."""
        deadline = time.monotonic() + patience
        while (left := marked(self.mark)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def workers(self) -> list[int]:
        """Return the processes of its workers."""
        return [pid for pid in marked(self.mark) if b"spawn_main" in _read(f"/proc/{pid}/cmdline")]

    def _be(self, line: Sequence[str], tamper: Tamper | None) -> None:
        code = 70
        try:
            os.setsid()
            _fresh_signals()
            output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
            sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
            os.environ |= {MARK: self.mark, "XDG_CACHE_HOME": str(self.place.home), "OMP_NUM_THREADS": "1"}
            sys.modules["__main__"] = ModuleType("__main__")  # workers would import the caller's
            _offer_tiny()
            if tamper is not None:
                tamper()
            code = main(line)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            os._exit(code)


def run_command(place: Place, workers: int = 1) -> list[str]:
    """Return the command line of the tiny suite."""
    return ["run", "--suite", SUITE, "--budget", BUDGET, "--out", str(place.run), "--workers", str(workers)]


def report_command(place: Place) -> list[str]:
    """Return the command line that renders the tiny run again."""
    return ["report", str(place.run)]


def marked(mark: str) -> list[int]:
    """Return every living process that carries a mark."""
    sign = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and sign in _read(f"/proc/{entry.name}/environ").split(b"\0"):
            found.append(int(entry.name))
    return found


def _offer_tiny() -> None:
    """Put the tiny suite, its budget and its rows where the command looks for them; in this process only.

    Charts are left out and the page's templates come compiled: they cost more than all jobs and write nothing.
    """
    size = Budget(BUDGET, folds=3, repeats=2, inner_folds=2, searches={}, job_seconds=60)
    small = Suite(SUITE, Sentence("작은 묶음", "A tiny suite"), (rows().name,), recipes(), ())
    budget.BUDGETS[BUDGET] = size
    for module, name, value in (
        (suite, "read_suite", lambda name: small),
        (planning, "load_datasets", lambda names, workspace: iter([rows()])),
        (charts, "draw", lambda layers, title, **size: "<svg/>"),
        (page, "_environment", _templates),
    ):
        setattr(module, name, value)


def offer(chosen: Sequence[Recipe]) -> None:
    """Let the tiny suite compare other recipes; in this process only, after `_offer_tiny`."""
    small = replace(suite.read_suite(SUITE), recipes=tuple(chosen))
    setattr(suite, "read_suite", lambda name: small)  # noqa: B010


@cache
def _templates() -> jinja2.Environment:
    found: jinja2.Environment = _environment()
    for name in found.list_templates():
        if name.endswith(".j2"):
            found.get_template(name)
    return found


def _fresh_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
