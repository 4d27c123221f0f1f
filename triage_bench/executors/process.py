"""One spawned worker process: given one item after the other, watched, and ended with all it started.

Spawned, because forking after OpenMP or a JVM was used deadlocks.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from typing import Any

from triage_bench.executors.base import Done, Limits, LossKind, Lost
from triage_bench.executors.memory import family, resident_bytes, started_at
from triage_bench.executors.undertaker import Undertaker
from triage_bench.executors.worker import ONE_THREAD, work

WATCH_SECONDS = 0.2
GRACE_SECONDS = 3.0
STARTS = 3
TRIES = 2
"""An item whose worker was killed from outside is tried once more."""


@dataclass(frozen=True)
class Task:
    """What a process is busy with: which item, for the how manieth time, since when."""

    index: int
    attempt: int
    since: float


class WorkerProcess:
    """One process with its connection and what it is busy with.

    Parameters
    ----------
    function
        What it does to every item.
    undertaker
        Ends it should this process die without a word.
    environment
        Variables that it has beside those of this process.
    """

    def __init__(
        self, function: Callable[[Any], Any], undertaker: Undertaker, environment: Mapping[str, str] = ONE_THREAD
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=work, args=(theirs, function, os.getpid()), daemon=False, name="triage-bench-worker"
        )
        _start_in(environment, self.process)
        theirs.close()
        self._undertaker = undertaker
        self._descendants: dict[int, str | None] = {}
        undertaker.watch(self.process.pid)
        self.task: Task | None = None
        self._owners: tuple[str | None, ...] = ()

    @property
    def busy(self) -> bool:
        """Whether it has an item that it has not answered."""
        return self.task is not None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.is_alive()

    def suits(self, owner: str | None) -> bool:
        """Whether it may do an item of this owner: it has done none, or only such."""
        return self._owners in ((), (owner,))

    def give(self, index: int, attempt: int, items: Sequence[Any], owner: str | None = None) -> None:
        """Send an item; see `owner_of`."""
        self._owners = (owner,)
        self.task = Task(index, attempt, time.monotonic())
        # A worker that died while idle breaks the pipe; `outcome` sees its end and tries again.
        with suppress(BrokenPipeError):
            self.connection.send((index, items[index]))

    def outcome(self, items: Sequence[Any], limits: Limits, *, ready: bool) -> Done | Lost | None:
        """Return what came of its item, or None while it works.

        Parameters
        ----------
        items
            Where the item stands.
        limits
            What it may use up.
        ready
            Whether the connection has something to read.
        """
        task = self.task
        assert task is not None
        self.look()
        item = items[task.index]
        if ready:
            try:
                _, value = self.connection.recv()
            except (EOFError, OSError):
                return Lost(item, "killed", _how_it_ended(self.process))
            self.task = None
            return Done(item, value)
        if not self.alive and not self.connection.poll():
            # A child that the model forked holds the connection open: its end alone would never tell.
            return Lost(item, "killed", _how_it_ended(self.process))
        broken = self._over_limit(task, limits)
        return None if broken is None else Lost(item, *broken)

    def end(self) -> None:
        """End the process and all it started: ask, wait a little, then insist."""
        self.look()
        self.connection.close()
        if not self.busy:
            self.process.join(GRACE_SECONDS)
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            if not self.process.is_alive():
                break
            self.ask(signal_number)
            self.process.join(GRACE_SECONDS)
        _signal_group(self.process.pid, signal.SIGKILL)  # children that outlived their parent
        for pid, start in self._descendants.items():  # and those that left its group
            if started_at(pid) == start:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._undertaker.forget(pid)
        self._undertaker.forget(self.process.pid)

    def look(self) -> None:
        """Remember what the process has started: once it has died, nothing tells any more that they were its."""
        if self.process.pid is not None:
            for pid in family(self.process.pid)[1:]:
                if pid not in self._descendants:
                    self._descendants[pid] = started_at(pid)
                    self._undertaker.watch(pid)

    def ask(self, number: signal.Signals) -> None:
        """Signal the process and its group; one that is still starting has no group of its own yet."""
        if not _signal_group(self.process.pid, number) and self.process.pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self.process.pid, number)

    def _over_limit(self, task: Task, limits: Limits) -> tuple[LossKind, str] | None:
        assert self.process.pid is not None
        if limits.seconds is not None and time.monotonic() - task.since > limits.seconds:
            return "timeout", f"took longer than its limit of {limits.seconds:.0f} s"
        if limits.memory is not None and (used := resident_bytes(self.process.pid)) > limits.memory:
            return "out-of-memory", f"used {used / 2**20:.0f} MiB; the limit is {limits.memory / 2**20:.0f} MiB"
        return None


def hired(
    function: Callable[[Any], Any], undertaker: Undertaker, environment: Mapping[str, str] = ONE_THREAD
) -> WorkerProcess:
    """Start a worker; one that is killed while it is still given its function breaks the pipe, and another starts."""
    for _ in range(STARTS - 1):
        with suppress(BrokenPipeError):
            return WorkerProcess(function, undertaker, environment)
    return WorkerProcess(function, undertaker, environment)


def _how_it_ended(process: SpawnProcess) -> str:
    process.join(GRACE_SECONDS)
    code = process.exitcode
    if code is not None and code < 0:
        return f"the worker process was ended by {signal.Signals(-code).name}"
    return f"the worker process ended with exit code {code}"


def _signal_group(pid: int | None, number: signal.Signals) -> bool:
    """Signal a process group, and tell whether there was one."""
    if pid is None:
        return False
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _start_in(environment: Mapping[str, str], process: SpawnProcess) -> None:
    """Start a process with variables that must be set before its interpreter starts."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        process.start()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
