"""A whole suite on one machine and over a cluster: the records have to be the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cluster.processes import cluster
from triage_bench.core.record import RunRecord
from triage_bench.core.workspace import Workspace
from triage_bench.store import Store

TIMED = ("seconds", "speed", "_per_second", "device")
"""Facts that say how fast or on what a model ran."""


def records(folder: Path, suite: str = "triage", budget: str = "quick") -> None:
    """Run a suite twice as a user would, and print in how many records the two differ."""
    here = _ran(folder / "local", suite, budget)
    place = folder / "cluster"
    place.mkdir()
    with cluster(place, 2) as found:
        there = _ran(folder / "dask", suite, budget, "--executor", "dask", "--address", found.address)
    different = [key for key in here if key not in there or not same(here[key], there[key])]
    print(f"{suite} {budget}: {len(here)} records here, {len(there)} over the cluster, {len(different)} differ")
    for key in different[:20]:
        print(f"  {here[key].job.name}: {differing(here[key], there.get(key))}")


def _ran(out: Path, suite: str, budget: str, *more: str) -> dict[str, RunRecord]:
    command = [sys.executable, "-m", "triage_bench", "run", "--suite", suite, "--budget", budget, "--out", str(out)]
    start = time.monotonic()
    ended = subprocess.run([*command, "--quiet", *more], env=os.environ, stdout=subprocess.DEVNULL, check=False)
    print(f"  {' '.join(more[:2]) or 'local'}: exit {ended.returncode} after {time.monotonic() - start:.0f} s")
    return Store(Workspace.at(out)).read_all()


def same(one: RunRecord, other: RunRecord | None) -> bool:
    """Whether two records say the same of a job, times and host apart."""
    return not differing(one, other)


def differing(one: RunRecord, other: RunRecord | None) -> list[str]:
    """Return in which parts two records differ."""
    if other is None:
        return ["missing"]
    here, there = _plain(one), _plain(other)
    return [name for name in here if here[name] != there[name]]


def _plain(record: RunRecord) -> dict[str, Any]:
    arrays = {} if record.predictions is None else vars(record.predictions)
    return {
        "arrays": {name: (values.dtype.str, np.asarray(values).tobytes()) for name, values in arrays.items()},
        "status": (record.status, record.reason),
        "params": json.dumps(dict(record.params), sort_keys=True),
        "trials": [(dict(one.params), one.score, one.state, one.reason) for one in record.trials],
        "inner score": record.inner_score,
        "history": [{k: v for k, v in one.items() if not _timed(k)} for one in record.history],
        "facts": {name: fact for name, fact in record.facts.items() if not _timed(name)},
        "notices": [notice.to_dict() for notice in record.notices],
        "explanation": None if record.explanation is None else record.explanation.to_dict(),
    }


def _timed(name: str) -> bool:
    return any(word in name for word in TIMED)
