"""How often the verdict is right: faults are planted, the verdict is asked, the truth is known.

    TRIAGE_BENCH_DATA=… python -m benchmarks.faults --part setting|untouched [--sizes 200,500,1000,2000]
        [--only copies,ReadsPadding] [--kinds data,"healthy data"] [--limit N] [--per-place N] [--workers N]
        [--out FILE.jsonl] [--keep DIR]

Thresholds may be set by looking at the part ``setting``. The part ``untouched`` is for the figures that are
reported; whoever looks at one of its cases and changes a threshold has used it up. See ``origins.py`` for the
rule that parts them and ``catalogue.py`` for what counts as right. Result lines are appended to ``--out``; the
same command goes on where it stopped. With ``--keep`` the records stay, and a later campaign with another
``--out`` only judges them again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

from benchmarks.faults.cases import SIZES, Case, cases  # noqa: E402  after the threads are fixed
from benchmarks.faults.conduct import conducted  # noqa: E402
from benchmarks.faults.origins import Origin, origins  # noqa: E402
from benchmarks.faults.tables import printed  # noqa: E402
from triage_bench.core.digest import digest  # noqa: E402
from triage_bench.core.workspace import Workspace  # noqa: E402


def main() -> None:
    """Run what is missing and print the tables."""
    wanted = _arguments()
    chosen = _chosen(wanted)
    done = _read(wanted.out)
    missing = [case for case in chosen if case.name not in done]
    sys.stderr.write(f"{len(chosen)} cases of the part {wanted.part}, {len(missing)} to do\n")
    if not wanted.list:
        for line in _run(missing, wanted.workers, wanted.keep):
            done[line["case"]] = line
            _append(wanted.out, line)
    else:
        print("\n".join(case.name for case in missing))
    print(printed([done[case.name] for case in chosen if case.name in done]))


def _chosen(wanted: argparse.Namespace) -> Sequence[Case]:
    found = cases(wanted.part, _origins(), wanted.sizes, wanted.per_place)
    if wanted.only:
        found = tuple(case for case in found if {one.name for one in case.planted} & set(wanted.only))
    if wanted.kinds:
        found = tuple(case for case in found if case.kind in wanted.kinds)
    if wanted.origins:
        found = tuple(case for case in found if case.origin in wanted.origins)
    return found[: wanted.limit]


def _run(missing: Sequence[Case], workers: int, keep: Path | None) -> Iterator[Mapping[str, Any]]:
    if workers == 1:
        yield from (_one(case, keep) for case in missing)
        return
    with ProcessPoolExecutor(workers) as pool:
        for future in as_completed([pool.submit(_one, case, keep) for case in missing]):
            yield future.result()


def _one(case: Case, keep: Path | None) -> Mapping[str, Any]:
    warnings.simplefilter("ignore")
    with TemporaryDirectory() as folder:
        place = Path(folder) if keep is None else keep / digest(case.name)
        workspace = Workspace.at(place / "run", cache=place / "cache")
        line = conducted(case, _origins()[case.origin], workspace)
    verdict = line["verdicts"][-1] if line["verdicts"] else {"cause": line["error"], "confidence": 0.0}
    sys.stderr.write(f"{line['seconds']:7.1f} s  {case.name}: {verdict['cause']} {verdict['confidence']:.2f}\n")
    return line


@lru_cache(maxsize=1)
def _origins() -> Mapping[str, Origin]:
    with TemporaryDirectory() as folder:
        return origins(Workspace.at(folder))


def _read(path: Path | None) -> dict[str, Mapping[str, Any]]:
    if path is None or not path.is_file():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    return {line["case"]: line for line in lines}


def _append(path: Path | None, line: Mapping[str, Any]) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def _arguments() -> argparse.Namespace:
    def names(text: str) -> tuple[str, ...]:
        return tuple(text.split(","))

    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("setting", "untouched"), required=True)
    parser.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES)
    parser.add_argument("--only", type=names, help="names of faults and models")
    parser.add_argument("--kinds", type=names, help="data, model, healthy data, healthy model, two faults")
    parser.add_argument("--origins", type=names, help="data sets")
    parser.add_argument("--limit", type=int, help="only so many cases, a fair sample")
    parser.add_argument("--per-place", type=int, default=1, help="cases for each fault, strength and size")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path, help="JSON lines; the same file resumes")
    parser.add_argument("--keep", type=Path, help="keep the records here")
    parser.add_argument("--list", action="store_true", help="only name the cases")
    return parser.parse_args()


if __name__ == "__main__":
    main()
