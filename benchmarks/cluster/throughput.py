"""What a second worker brings, and what the way through a cluster costs an empty job."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.cluster.processes import cluster
from benchmarks.cluster.work import compute, nothing, wait
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
                start = time.process_time()
                each = _seconds(where, nothing, range(EMPTY)) / EMPTY
                print(f"empty jobs on 1 worker: {each * 1e3:.1f} ms each (≤ 20), of which")
                print(f"  {(time.process_time() - start) / EMPTY * 1e3:.2f} ms processor time of the driver")
    load = os.getloadavg()[0]
    for name, _ in kinds:
        one, two = took[name, 1], took[name, 2]
        print(f"{JOBS} jobs of {SECONDS:.0f} s, {name}: 1 worker {one:.1f} s, 2 workers {two:.1f} s: {one / two:.2f} ×")
    print(f"  (≥ 1.8 × where two cores are free; the load of this machine was {load:.1f} on {os.cpu_count()} cores)")


def _seconds(where: DaskExecutor, function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """Return the time from the first job's start to the last one's end: workers keep their processes, as in a run."""
    start = time.monotonic()
    outcomes = list(where.map(function, items))
    assert all(isinstance(one, Done) for one in outcomes), outcomes
    return time.monotonic() - start
