"""How long a command takes before it does anything, beside a bare interpreter in the same run.

    python -m benchmarks.speed.startup [ROUNDS]

The commands take turns, so that a busy neighbour slows all of them alike; medians of wall time, and their
ratio to ``python -c pass``. Bytecode is compiled before anything is timed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping

COMPLETE = {"_TRIAGE_BENCH_COMPLETE": "complete_bash", "COMP_WORDS": "triage-bench tune tf", "COMP_CWORD": "2"}
PROGRAM = "from triage_bench.cli.app import main; main()"
COMMANDS: Mapping[str, tuple[list[str], Mapping[str, str]]] = {
    "python -c pass": (["-c", "pass"], {}),
    "import triage_bench": (["-c", "import triage_bench"], {}),
    "--help": (["-m", "triage_bench", "--help"], {}),
    "diagnose --help": (["-m", "triage_bench", "diagnose", "--help"], {}),
    "list models": (["-m", "triage_bench", "list", "models"], {}),
    "list datasets": (["-m", "triage_bench", "list", "datasets"], {}),
    "list checks": (["-m", "triage_bench", "list", "checks"], {}),
    "completion of `tune tf`": (["-c", PROGRAM], COMPLETE),
}


def medians(rounds: int) -> dict[str, float]:
    """Return the median seconds of every command."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for turn in range(rounds + 1):
            for name, (arguments, extra) in COMMANDS.items():
                start = time.perf_counter()
                subprocess.run(
                    [sys.executable, *arguments],
                    check=True,
                    stdout=subprocess.DEVNULL,
                    env={**environment, **extra},
                )
                if turn:  # the first compiles
                    taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def main() -> None:
    found = medians(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
    bare = found["python -c pass"]
    for name, seconds in found.items():
        print(f"{name:26} {1000 * seconds:6.0f} ms  {seconds / bare:5.1f} ×")


if __name__ == "__main__":
    main()
