"""How long ``diagnose`` takes, start-up included, on files of nsmc's training rows.

    TRIAGE_BENCH_DATA=… python -m benchmarks.speed.diagnosis [--cases 1000:quick,1000:standard,10000:standard]

Each file is new to the machine: nothing is remembered from another. Use cores that do nothing else.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.report import timed
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import load_dataset

CASES = "1000:quick,1000:standard,10000:quick,10000:standard,100000:quick,100000:standard"


def main() -> None:
    """Diagnose, and print the seconds and the verdict of each file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.diagnosis", description=__doc__)
    parser.add_argument("--cases", default=CASES, help="ROWS:BUDGET,…")
    cases = [case.split(":") for case in parser.parse_args().cases.split(",")]
    rows = load_dataset("nsmc", Workspace.at(Path()))
    order = np.random.default_rng(0).permutation(rows.open_rows)
    for count, budget in cases:
        chosen = order[: int(count)]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "reviews.csv"
            with file.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(("document", "label"))
                writer.writerows((rows.texts[row], rows.label_names[rows.labels[row]]) for row in chosen.tolist())
            print(f"{int(count):>8,} rows, {budget:8} {diagnosed(file, budget)}", flush=True)


def diagnosed(file: Path, budget: str) -> str:
    """Diagnose a file in an interpreter of its own, and return a line of what it took and said."""
    run, cache = file.with_name("run"), file.with_name("cache")
    asked = ("--text", "document", "--label", "label", "--budget", budget, "--out", str(run), "--quiet")
    try:
        wall, processor = timed(
            ["-m", "triage_bench", "diagnose", str(file), *asked], {**os.environ, "XDG_CACHE_HOME": str(cache)}
        )
    except subprocess.CalledProcessError as error:
        return f"exit code {error.returncode}"
    told = json.loads((run / "report.json").read_text(encoding="utf-8"))
    said = [f"{one['cause']} {one['confidence']:.2f}" for one in told["verdicts"] if one["dataset"] == file.stem]
    return (
        f"{wall:7.1f} s of the clock, {processor:7.1f} s of processors, {told['run']['jobs']['planned']:,} jobs: "
        f"{', '.join(said)}"
    )


if __name__ == "__main__":
    main()
