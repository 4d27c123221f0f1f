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
from triage_bench.executors.memory import resident_bytes
from triage_bench.executors.worker import ONE_THREAD, work

WATCH_SECONDS = 0.2
GRACE_SECONDS = 3.0
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
        pool = [_Worker(function) for _ in range(min(self.workers, len(items)))]
        try:
            while waiting or any(worker.busy for worker in pool):
                for place, worker in enumerate(pool):
                    if waiting and not worker.busy:
                        if not worker.alive:
                            worker = pool[place] = _Worker(function)
                        worker.give(*waiting.popleft(), items)
                yield from _collect(pool, items, waiting, limits)
        finally:
            for worker in pool:
                worker.end()


@dataclass(frozen=True)
class _Task:
    index: int
    attempt: int
    since: float


class _Worker:
    """One process with its connection and what it is busy with."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=work, args=(theirs, function, os.getpid()), daemon=False, name="triage-bench-worker"
        )
        _start_with_one_thread(self.process)
        theirs.close()
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
        self.connection.close()
        if not self.busy:
            self.process.join(GRACE_SECONDS)
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            if not self.process.is_alive():
                break
            _signal_group(self.process.pid, signal_number)
            self.process.join(GRACE_SECONDS)
        _signal_group(self.process.pid, signal.SIGKILL)  # children that outlived their parent


def _collect(
    pool: list[_Worker], items: Sequence[Any], waiting: deque[tuple[int, int]], limits: Limits
) -> Iterator[Done | Lost]:
    ready = set(wait([worker.connection for worker in pool if worker.busy], timeout=WATCH_SECONDS))
    for place, worker in enumerate(pool):
        task = worker.task
        if task is None:
            continue
        if worker.connection in ready:
            try:
                index, value = worker.connection.recv()
            except (EOFError, OSError):
                lost = Lost(items[task.index], "killed", _how_it_ended(worker.process))
            else:
                worker.task = None
                yield Done(items[index], value)
                continue
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


def _signal_group(pid: int | None, number: signal.Signals) -> None:
    if pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)


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
