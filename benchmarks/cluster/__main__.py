"""Several machines: the same records, what a second worker brings, and what 100,000 jobs cost the driver.

    python -m benchmarks.cluster [throughput] [driver] [records] [--suite triage] [--jobs 100000]

Each part prints its figures beside what they have to be. All processes run on this machine, on loopback.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.cluster.driver import JOBS, drive
from benchmarks.cluster.records import records
from benchmarks.cluster.throughput import throughput

PARTS = ("throughput", "driver", "records")


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which; all by default")
    parser.add_argument("--suite", default="triage", help="the suite of `records`")
    parser.add_argument("--jobs", type=int, default=JOBS, help="the jobs of `driver`")
    wanted = parser.parse_args()
    for part in wanted.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            if part == "throughput":
                throughput(Path(folder))
            elif part == "driver":
                drive(Path(folder), wanted.jobs)
            else:
                records(Path(folder), wanted.suite)


if __name__ == "__main__":
    main()
