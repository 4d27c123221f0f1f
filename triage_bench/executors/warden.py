"""Looks after a cluster while items run: who has gone silent, who is left, whether the scheduler answers."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any

from triage_bench.core.errors import ClusterError

LOOK_SECONDS = 3.0
SILENCE_SECONDS = 30.0
"""A worker that works waits for its child and sends a heartbeat twice a second; one this silent is frozen or gone."""
PATIENCE_SECONDS = 3_600.0
"""Without a single worker for so long, nobody is coming: a batch system's queue may well take minutes."""
RESTART_SECONDS = 10.0


class Warden:
    """A thread that asks the scheduler every few seconds; a context manager.

    Parameters
    ----------
    client
        A connected ``distributed.Client``.
    name
        The first part of the keys of the items: workers that have none of them are left alone.
    gpu
        The resource that workers with a graphics processor declare.

    Attributes
    ----------
    threads, gpus : int
        Threads of all workers, and workers with a graphics processor, as last heard.
    """

    def __init__(self, client: Any, name: str, gpu: str) -> None:
        self.client, self.name, self.gpu = client, name, gpu
        self.threads = self.gpus = 0
        self._heard = self._manned = time.monotonic()
        self._trouble = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="triage-bench-warden")

    def __enter__(self) -> Warden:
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()

    def check(self) -> None:
        """Raise what there is to raise.

        Raises
        ------
        ClusterError
            If the scheduler does not answer, or has had no worker for an hour.
        """
        now = time.monotonic()
        if self._trouble or now - self._heard > 2 * SILENCE_SECONDS:
            raise ClusterError(f"the scheduler does not answer any more ({self._trouble or 'it is silent'}).")
        if now - self._manned > PATIENCE_SECONDS:
            raise ClusterError(f"the cluster has had no worker for {PATIENCE_SECONDS / 60:.0f} minutes.")

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self._look()
            except Exception as error:  # told by the thread that waits for results
                self._trouble = type(error).__name__
                return

    def _look(self) -> None:
        found = self.client.run_on_scheduler(look_around, name=self.name, gpu=self.gpu, seconds=SILENCE_SECONDS)
        self.threads, self.gpus = found["threads"], found["gpus"]
        self._heard = time.monotonic()
        if found["threads"]:
            self._manned = self._heard


async def look_around(dask_scheduler: Any, name: str, gpu: str, seconds: float) -> dict[str, int]:
    """Count workers, and give up those that have items and have gone silent; runs on the scheduler.

    Parameters
    ----------
    dask_scheduler
        Dask fills it in.
    name, gpu, seconds
        As in `Warden`; silent is who was not heard of for so long.
    """
    workers = list(dask_scheduler.workers.values())
    # With thousands of workers heartbeats are minutes apart by design.
    patience = max(seconds, len(workers) / 20)
    silent = [one.address for one in workers if time.time() - one.last_seen > patience and _has(one, name)]
    if silent:
        # With a nanny it is killed and started anew; without one it is struck off. Its items go elsewhere.
        await dask_scheduler.restart_workers(
            silent, timeout=RESTART_SECONDS, wait_for_workers=False, on_error="return", stimulus_id=f"{name}-silent"
        )
    return {
        "threads": sum(one.nthreads for one in workers if one.address not in silent),
        "gpus": sum(1 for one in workers if one.address not in silent and one.resources.get(gpu)),
    }


def _has(worker: Any, name: str) -> bool:
    """Whether a worker works on an item, or holds what came of one."""
    tasks = (*worker.processing, *worker.has_what)
    return any(isinstance(task.key, tuple) and task.key[0] == name for task in tasks)
