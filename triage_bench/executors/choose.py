"""Executors by name."""

from __future__ import annotations

import os

from triage_bench.core.errors import InputError, MissingExtraError, UnknownNameError
from triage_bench.executors.base import Executor

EXECUTORS = ("local", "dask", "serial")


def executor(name: str, workers: int | None = None, address: str | None = None) -> Executor:
    """Return an executor.

    Parameters
    ----------
    name
        ``"local"`` (spawned processes), ``"dask"`` (a Dask cluster) or ``"serial"`` (this process).
    workers
        How many at once; by default one per available core. A cluster at an address has its own.
    address
        The scheduler of a running Dask cluster.

    Raises
    ------
    InputError
        If an address is given to what is no cluster, or a number of workers to one that runs.
    """
    if address is not None and name != "dask":
        raise InputError(f"--address {address!r} is the address of a Dask cluster; add --executor dask.")
    if name == "serial":
        from triage_bench.executors.serial import SerialExecutor

        return SerialExecutor()
    if name == "local":
        from triage_bench.executors.local import LocalExecutor

        return LocalExecutor(workers or available_cores())
    if name == "dask":
        if address is not None and workers is not None:
            raise InputError(f"--workers {workers} starts workers here, but the cluster at {address!r} has its own.")
        return _dask(address, workers or available_cores())
    raise UnknownNameError("executor", name, EXECUTORS)


def _dask(address: str | None, workers: int) -> Executor:
    try:
        from triage_bench.executors.dask import DaskExecutor
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f'--executor dask needs {error.name!r}. Install it with: pip install "triage-bench[dask]"'
        ) from error
    return DaskExecutor(address, workers)


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
