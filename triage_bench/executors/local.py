"""A small pool of spawned worker processes that are reused, watched and replaced.

Watched, because a model may hang, outgrow the memory or crash: that costs its own worker and its
own item, nothing else (a plain process pool loses everything that was under way).
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from typing import Any

from triage_bench.executors.base import Done, Limits, Lost, owner_of
from triage_bench.executors.process import TRIES, WATCH_SECONDS, WorkerProcess, hired
from triage_bench.executors.undertaker import Undertaker


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
        owners = [owner_of(function, item) for item in items]
        if not items:
            return
        undertaker = Undertaker()
        pool: list[WorkerProcess] = []
        try:
            for _ in range(min(self.workers, len(items))):
                pool.append(hired(function, undertaker))
            while waiting or any(worker.busy for worker in pool):
                for place, worker in enumerate(pool):
                    if waiting and not worker.busy:
                        index, attempt = _next(waiting, owners, worker)
                        if worker.alive and not worker.suits(owners[index]):
                            worker.end()
                        if not worker.alive:
                            worker = pool[place] = hired(function, undertaker)
                        worker.give(index, attempt, items, owners[index])
                yield from _collect(pool, items, waiting, limits)
        finally:
            try:
                _end_all(pool)
            finally:  # interrupted once more: who is still named to the undertaker is not waited for
                undertaker.close()


def _next(waiting: deque[tuple[int, int]], owners: Sequence[str | None], worker: WorkerProcess) -> tuple[int, int]:
    """Take the first item that suits a worker, else the first of all: for that one a new worker comes."""
    place = next((place for place, (index, _) in enumerate(waiting) if worker.suits(owners[index])), 0)
    taken = waiting[place]
    del waiting[place]
    return taken


def _collect(
    pool: list[WorkerProcess], items: Sequence[Any], waiting: deque[tuple[int, int]], limits: Limits
) -> Iterator[Done | Lost]:
    ready = set(wait([worker.connection for worker in pool if worker.busy], timeout=WATCH_SECONDS))
    for worker in pool:
        task = worker.task
        if task is None:
            continue
        outcome = worker.outcome(items, limits, ready=worker.connection in ready)
        if isinstance(outcome, Lost):
            worker.end()
            worker.task = None
            if outcome.kind == "killed" and task.attempt < TRIES:
                waiting.appendleft((task.index, task.attempt + 1))
                continue
        if outcome is not None:
            yield outcome


def _end_all(pool: list[WorkerProcess]) -> None:
    """End every worker, the busy ones all at once: each by itself may need its whole grace."""
    for worker in pool:
        if worker.busy and worker.alive:
            worker.ask(signal.SIGTERM)
    for worker in pool:
        worker.end()
