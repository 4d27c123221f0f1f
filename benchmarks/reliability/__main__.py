"""Faults are injected and counted; the README's table of them is written from the stored results, never by hand.

    python -m benchmarks.reliability [--only kills,records] [--quick] [--seed N] [--out results.jsonl] [--again]

Campaigns that stand in ``--out`` with this seed are not run again, unless ``--again``. With ``--quick`` every
campaign is tried on a few cases and nothing is stored or written.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.reliability.table import RESULTS, Line, read_lines, rendered, replaced, write_lines

CAMPAIGNS = (
    "kills",
    "records",
    "disk",
    "two_runs",
    "models",
    "command_line",
    "model_files",
    "encodings",
    "reader",
    "privacy",
    "load",
)
"""Modules of this package with ``campaign(seed, quick)``, in the order of the table."""

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"


def main() -> None:
    """Run the campaigns that are missing, store each as it ends, and write the table."""
    wanted = _arguments()
    lines = [] if wanted.quick else read_lines(wanted.out)
    for name in wanted.only or CAMPAIGNS:
        done = [line for line in lines if line.campaign == name and line.seed == wanted.seed]
        if done and not wanted.again:
            sys.stderr.write(f"{name}: stands in {wanted.out.name} already\n")
            continue
        found = _run(name, wanted.seed, wanted.quick)
        lines = [line for line in lines if line.campaign != name] + found
        if not wanted.quick:
            lines.sort(key=lambda line: CAMPAIGNS.index(line.campaign))
            write_lines(wanted.out, lines)
    print(rendered(lines))
    if not wanted.quick and wanted.out.resolve() == RESULTS:
        README.write_text(replaced(README.read_text("utf-8"), lines), "utf-8")
    sys.exit(any(line.survived < line.tried for line in lines))


def _run(name: str, seed: int, quick: bool) -> list[Line]:
    begin = time.monotonic()
    results = importlib.import_module(f"benchmarks.reliability.{name}").campaign(seed, quick)
    seconds = time.monotonic() - begin
    commit = _commit()
    sys.stderr.write(f"{name}: {seconds:.0f} s\n")
    return [Line(name, one.fault, one.tried, int(one.survived), one.note, seed, commit) for one in results]


def _commit() -> str:
    """Return the commit that was tried; ``+`` where the tree held changes."""

    def said(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = said("status", "--porcelain", "--", "triage_bench", "benchmarks/reliability/*.py")
    return f"{said('rev-parse', '--short', 'HEAD') or 'unknown'}{'+' if changed else ''}"


def _arguments() -> argparse.Namespace:
    def names(text: str) -> Sequence[str]:
        found = text.split(",")
        if unknown := set(found) - set(CAMPAIGNS):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(CAMPAIGNS)}")
        return found

    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", type=names, help="campaigns, separated by commas")
    parser.add_argument("--quick", action="store_true", help="a few cases each; stores nothing")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS, help="JSON lines; what stands there is not run again")
    parser.add_argument("--again", action="store_true", help="run again what stands there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
