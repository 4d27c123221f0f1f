"""A small pool of spawned worker processes that are reused, watched and replaced.

Spawned, because forking after OpenMP or a JVM was used deadlocks. Watched, because a model may
hang, outgrow the memory or crash: that costs its own worker and its own item, nothing else
(a plain process pool loses everything that was under way).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any

from triage_bench.executors.base import Done, Limits, Lost
from triage_bench.executors.memory import family, resident_bytes, started_at
from triage_bench.executors.undertaker import Undertaker
from triage_bench.executors.worker import ONE_THREAD, work

WATCH_SECONDS = 0.2
GRACE_SECONDS = 3.0
STARTS = 3
TRIES = 2  # an item whose worker was killed from outside is tried once more


class LocalExecutor:
    """Runs items in processes on this machine, one thread each.

    Parameters
    ----------
    workers
        How many processes at the most.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"needs at least one worker, got {workers!r}")
        self.workers = workers

    def map(
        self, function: Callable[[Any], Any], items: Sequence[Any], limits: Limits | None = None
    ) -> Iterator[Done | Lost]:
        """Yield one `Done` or `Lost` per item as they finish; see `Executor.map`."""
        limits = limits or Limits()
        waiting = deque((index, 1) for index in range(len(items)))
        if not items:
            return
        undertaker = Undertaker()
        pool: list[_Worker] = []
        try:
            for _ in range(min(self.workers, len(items))):
                pool.append(_hired(function, undertaker))
            while waiting or any(worker.busy for worker in pool):
                for place, worker in enumerate(pool):
                    if waiting and not worker.busy:
                        if not worker.alive:
                            worker = pool[place] = _hired(function, undertaker)
                        worker.give(*waiting.popleft(), items)
                yield from _collect(pool, items, waiting, limits)
        finally:
            try:
                _end_all(pool)
            finally:  # interrupted once more: who is still named to the undertaker is not waited for
                undertaker.close()


@dataclass(frozen=True)
class _Task:
    index: int
    attempt: int
    since: float


class _Worker:
    """One process with its connection and what it is busy with."""

    def __init__(self, function: Callable[[Any], Any], undertaker: Undertaker) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=work, args=(theirs, function, os.getpid()), daemon=False, name="triage-bench-worker"
        )
        _start_with_one_thread(self.process)
        theirs.close()
        self._undertaker = undertaker
        self._descendants: dict[int, str | None] = {}
        undertaker.watch(self.process.pid)
        self.task: _Task | None = None

    @property
    def busy(self) -> bool:
        return self.task is not None

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def give(self, index: int, attempt: int, items: Sequence[Any]) -> None:
        self.task = _Task(index, attempt, time.monotonic())
        # A worker that died while idle breaks the pipe; `_collect` sees its end and tries again.
        with suppress(BrokenPipeError):
            self.connection.send((index, items[index]))

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


def _hired(function: Callable[[Any], Any], undertaker: Undertaker) -> _Worker:
    """Start a worker; one that is killed while it is still given its function breaks the pipe, and another starts."""
    for _ in range(STARTS - 1):
        with suppress(BrokenPipeError):
            return _Worker(function, undertaker)
    return _Worker(function, undertaker)


def _collect(
    pool: list[_Worker], items: Sequence[Any], waiting: deque[tuple[int, int]], limits: Limits
) -> Iterator[Done | Lost]:
    ready = set(wait([worker.connection for worker in pool if worker.busy], timeout=WATCH_SECONDS))
    for place, worker in enumerate(pool):
        task = worker.task
        if task is None:
            continue
        worker.look()
        if worker.connection in ready:
            try:
                index, value = worker.connection.recv()
            except (EOFError, OSError):
                lost = Lost(items[task.index], "killed", _how_it_ended(worker.process))
            else:
                worker.task = None
                yield Done(items[index], value)
                continue
        elif not worker.alive and not worker.connection.poll():
            # A child that the model forked holds the connection open: its end alone would never tell.
            lost = Lost(items[task.index], "killed", _how_it_ended(worker.process))
        else:
            broken = _over_limit(worker, limits)
            if broken is None:
                continue
            lost = Lost(items[task.index], *broken)
        worker.end()
        if lost.kind == "killed" and task.attempt < TRIES:
            waiting.appendleft((task.index, task.attempt + 1))
        else:
            yield lost
        pool[place].task = None


def _over_limit(worker: _Worker, limits: Limits) -> tuple[Any, str] | None:
    task = worker.task
    assert task is not None and worker.process.pid is not None
    if limits.seconds is not None and time.monotonic() - task.since > limits.seconds:
        return "timeout", f"took longer than its limit of {limits.seconds:.0f} s"
    if limits.memory is not None and (used := resident_bytes(worker.process.pid)) > limits.memory:
        return "out-of-memory", f"used {used / 2**20:.0f} MiB; the limit is {limits.memory / 2**20:.0f} MiB"
    return None


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


def _end_all(pool: list[_Worker]) -> None:
    """End every worker, the busy ones all at once: each by itself may need its whole grace."""
    for worker in pool:
        if worker.busy and worker.alive:
            worker.ask(signal.SIGTERM)
    for worker in pool:
        worker.end()


def _start_with_one_thread(process: SpawnProcess) -> None:
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        process.start()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
