"""Executors by name."""

from __future__ import annotations

import os

from triage_bench.core.errors import UnknownNameError
from triage_bench.executors.base import Executor


def executor(name: str, workers: int | None = None) -> Executor:
    """Return an executor.

    Parameters
    ----------
    name
        ``"local"`` (spawned processes) or ``"serial"`` (this process).
    workers
        How many at once; by default one per available core.
    """
    if name == "serial":
        from triage_bench.executors.serial import SerialExecutor

        return SerialExecutor()
    if name == "local":
        from triage_bench.executors.local import LocalExecutor

        return LocalExecutor(workers or available_cores())
    raise UnknownNameError("executor", name, ("local", "serial"))


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
