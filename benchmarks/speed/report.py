"""How long a report takes to be rendered again: with nothing computed before, and with all of it.

    python -m benchmarks.speed.report RUN [ROUNDS]

RUN is the directory of a finished run; a copy of it is rendered. Medians of wall and of processor time; the command
starts anew each time, and takes turns with a bare interpreter.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = "import sys; from triage_bench.cli.app import main\ntry: main()\nfinally: assert 'torch' not in sys.modules"


def timed(arguments: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds of the clock and of the processor that an interpreter takes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Render, and print the medians."""
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as folder:
        run, cache = Path(folder) / "run", Path(folder) / "cache"
        shutil.copytree(sys.argv[1], run)
        environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
        told = json.loads((run / "report.json").read_text(encoding="utf-8"))
        print(f"{len(told['leaderboard'])} rows on the leaderboard, {told['run']['jobs']['planned']} jobs")
        taken: dict[str, list[tuple[float, float]]] = {}
        for _ in range(rounds):
            shutil.rmtree(cache, ignore_errors=True)
            taken.setdefault("python -c pass", []).append(timed(["-c", "pass"], environment))
            for name in ("report, nothing computed before", "report again"):
                taken.setdefault(name, []).append(timed(["-c", PROGRAM, "report", str(run)], environment))
    for name, seconds in taken.items():
        wall, processor = (statistics.median(one[at] for one in seconds) for at in (0, 1))
        print(f"{name:32} {wall:6.2f} s of the clock, {processor:6.2f} s of a processor")


if __name__ == "__main__":
    main()
