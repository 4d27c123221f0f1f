"""What people would use instead of triage_bench, and ours, measured by one command on the very same rows.

    TRIAGE_BENCH_DATA=… python -m benchmarks.peers --work DIR [--seconds 120] [--tasks T1,T2,T3]
        [--peers ours,sklearn-char-lr,flaml,…] [--install] [--at-once 2]

Every tool runs in a process of its own, on one core, with one thread, and has the same wall-clock seconds to
fit; one that is not fitted after 1.5 times that and a minute is ended and told so. Ours runs twice: within 60 s,
and within the budget. What it does was developed on the rehearsals R1, R2 and R3 (see `benchmarks.peers.rows`),
which hold no test row of T1, T2 or T3; the labels of the rows to be answered are known to no tool.

``--install`` makes a virtual environment below DIR for each tool that needs one. Results stand in
``DIR/results.jsonl``; what stands there is not measured again, so that an interrupted command goes on.
"""

from __future__ import annotations

import argparse
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.peers.environments import install
from benchmarks.peers.plan import METRICS, OURS, PEERS, Measurement, planned
from benchmarks.peers.running import ROOT, add_result, measure, read_results
from benchmarks.peers.table import rendered


def main() -> None:
    """Measure what is missing, and print the table."""
    wanted = _arguments()
    wanted.work.mkdir(parents=True, exist_ok=True)
    work = wanted.work.resolve()
    if wanted.install:
        install((peer for peer in PEERS if peer.name in wanted.peers), work)
    _write_rows(wanted.tasks, work)
    plan = planned(wanted.tasks, wanted.peers, wanted.seconds)
    stored = work / "results.jsonl"
    done = {one.key for one in read_results(stored) if one.outcome != "not installed"}
    _measure_all([one for one in plan if one.key not in done], work, stored, wanted.at_once)
    asked = {one.key for one in plan}
    latest = {one.key: one for one in read_results(stored) if one.key in asked}
    print(rendered(list(latest.values())))


def _write_rows(tasks: Sequence[str], work: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.peers.rows", "--work", str(work), "--tasks", ",".join(tasks)]
    subprocess.run(command, cwd=ROOT, check=True)


def _measure_all(plan: Sequence[Measurement], work: Path, stored: Path, at_once: int) -> None:
    """Measure in the order of the plan, each on a core that no other measurement uses."""
    cores: queue.SimpleQueue[int] = queue.SimpleQueue()
    known = sorted(os.sched_getaffinity(0))[-at_once:]
    for core in known:
        cores.put(core)
    writing = threading.Lock()

    def one(measurement: Measurement) -> None:
        core = cores.get()
        try:
            result = measure(measurement, work, core)
        finally:
            cores.put(core)
        with writing:
            add_result(stored, result)
        sys.stderr.write(f"{result.line()}\n")

    with ThreadPoolExecutor(len(known)) as pool:
        list(pool.map(one, plan))


def _arguments() -> argparse.Namespace:
    names = (OURS, *(peer.name for peer in PEERS))
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="folder of rows, environments and results")
    parser.add_argument("--seconds", type=float, default=120.0, help="wall clock of every fit")
    parser.add_argument("--tasks", type=_among(METRICS), default=("T1", "T2", "T3"))
    parser.add_argument("--peers", type=_among(names), default=names, help=", ".join(names))
    parser.add_argument("--install", action="store_true", help="make the environments that are missing")
    parser.add_argument("--at-once", type=int, choices=(1, 2), default=2, help="measurements side by side")
    return parser.parse_args()


def _among(names: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    known = tuple(names)

    def chosen(text: str) -> tuple[str, ...]:
        found = tuple(text.split(","))
        if unknown := [name for name in found if name not in known]:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
        return found

    return chosen


if __name__ == "__main__":
    main()
