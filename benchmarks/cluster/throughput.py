"""What a second worker brings, and what the way through a cluster costs an empty job."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.cluster.processes import Cluster, cluster
from benchmarks.cluster.work import answer, compute, nothing, wait
from triage_bench.executors.base import Done
from triage_bench.executors.dask import DaskExecutor

ROOT = Path(__file__).resolve().parents[2]
SECONDS, JOBS, EMPTY = 2.0, 10, 2_000


def throughput(folder: Path) -> None:
    """Print seconds for the same jobs on one worker and on two, and milliseconds per empty job."""
    kinds: tuple[tuple[str, Callable[[float], float]], ...] = (("waiting", wait), ("computing", compute))
    took: dict[tuple[str, int], float] = {}
    for workers in (1, 2):
        place = folder / f"of-{workers}"
        place.mkdir()
        with cluster(place, workers, {"PYTHONPATH": str(ROOT)}) as found:
            where = DaskExecutor(found.address)
            for name, function in kinds:
                took[name, workers] = _seconds(where, function, [SECONDS] * JOBS)
            if workers == 1:
                _overhead(found, where)
    load = os.getloadavg()[0]
    for name, _ in kinds:
        one, two = took[name, 1], took[name, 2]
        print(f"{JOBS} jobs of {SECONDS:.0f} s, {name}: 1 worker {one:.1f} s, 2 workers {two:.1f} s: {one / two:.2f} ×")
    print(f"  (≥ 1.8 × where two cores are free; the load of this machine was {load:.1f} on {os.cpu_count()} cores)")


def _overhead(found: Cluster, where: DaskExecutor) -> None:
    """Print what a job costs that does nothing, and one whose answer is as large as a usual one."""
    for name, function in (("empty jobs", nothing), ("jobs with 10 KB of answers", answer)):
        driver, (scheduler, _) = time.process_time(), found.scheduler_load()
        each = _seconds(where, function, range(EMPTY)) / EMPTY
        driver, (later, memory) = time.process_time() - driver, found.scheduler_load()
        print(f"{name} on 1 worker: {each * 1e3:.1f} ms each (≤ 20); processor time of the driver", end=" ")
        print(f"{driver / EMPTY * 1e3:.2f} ms, of the scheduler {(later - scheduler) / EMPTY * 1e3:.2f} ms", end="; ")
        print(f"the scheduler holds {memory:.0f} MiB")


def _seconds(where: DaskExecutor, function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """Return the time from the first job's start to the last one's end: workers keep their processes, as in a run."""
    start = time.monotonic()
    outcomes = list(where.map(function, items))
    assert all(isinstance(one, Done) for one in outcomes), outcomes
    return time.monotonic() - start
