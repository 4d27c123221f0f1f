"""Models that misbehave: each leaves its right state, and every other job is as if it had not been there."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from multiprocessing.resource_tracker import ensure_running
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reliability.judging import numbers, workspace_of
from benchmarks.reliability.result import Result
from benchmarks.reliability.tiny import (
    HERE,
    MARK,
    Driver,
    Place,
    brought,
    marked,
    offer,
    recipes,
    rows,
    run_command,
)
from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import RunRecord
from triage_bench.executors.base import Limits
from triage_bench.executors.local import LocalExecutor
from triage_bench.running.sweep import sweep

STATES: Mapping[str, tuple[str, str]] = {
    "Meddles": ("ok", ""),
    "Allocates": ("out-of-memory", "MiB"),
    "Hangs": ("timeout", "took longer"),
    "IgnoresSigterm": ("timeout", "took longer"),
    "HoldsTheLock": ("timeout", "took longer"),
    "ForksChildren": ("ok", ""),
    "DiesBesideItsChild": ("killed", "exit code 3"),
    "Segfaults": ("killed", "SIGSEGV"),
    "ExitsWithZero": ("killed", "exit code 0"),
    "Talks": ("ok", ""),
    "RaisesWhenMade": ("failed", "cannot be made"),
    "RaisesInFit": ("failed", "cannot be fitted"),
    "RaisesInPredict": ("failed", "cannot answer"),
    "RaisesInProba": ("failed", "cannot be sure"),
    "Leaves": ("failed", "SystemExit"),
    "Unpicklable": ("failed", "cannot be pickled"),
    "Unspeakable": ("failed", "Mute"),
    "TenMegabytes": ("failed", "ValueError"),
    "Ansi": ("failed", "red"),
    "NotANumber": ("invalid-output", "not finite"),
    "WrongShape": ("invalid-output", "shape"),
    "LacksClasses": ("ok", ""),
    "Constant": ("ok", ""),
    "Undecided": ("ok", ""),
    "LossIsNaN": ("ok", ""),
}
"""Class in `wild_models` → the state its job must have, and a word its reason must hold."""

QUICK = (
    "Meddles",
    "ForksChildren",
    "DiesBesideItsChild",
    "RaisesInProba",
    "Leaves",
    "Unpicklable",
    "Unspeakable",
    "Ansi",
)
SECONDS, MEMORY = 20.0, 400 * 2**20
LONGEST_REASON = 400


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Run the wild models among sound ones, and kill a supervisor over the two wildest."""
    with TemporaryDirectory(prefix="triage-bench-models-") as folder:
        base = Path(folder)
        orphans = [] if quick else [_orphaned(base, name) for name in ("HoldsTheLock", "ForksChildren")]
        return [*_states(base, QUICK if quick else tuple(STATES), seed), *orphans]


def _states(base: Path, names: Sequence[str], seed: int) -> Iterator[Result]:
    mark = f"models-{os.getpid()}-{time.monotonic_ns()}"
    sound = [Job("tiny", rows().digest, recipes()[0], Protocol("stratified", folds=3), 0, fold) for fold in range(3)]
    wild = {name: _job(name, seed) for name in names}
    plain = _run(Place.under(base / "plain"), sound, mark)
    others = [job for name, job in wild.items() if name != "Meddles"]
    # The sound ones, of one owner, come together: right after what would reach them in a process they shared.
    jobs = [*others[::2], wild["Meddles"], *sound, *others[1::2]]
    mixed = _run(Place.under(base / "mixed"), jobs, mark)
    wrong = [said for name, job in wild.items() for said in _complaint(name, mixed.get(job.key))]
    for said in wrong:
        sys.stderr.write(f"models: {said}\n")
    yield Result(
        "misbehaving models: each its right state and reason",
        len(names),
        len(names) - len(wrong),
        wrong[0] if wrong else ", ".join(dict.fromkeys(STATES[name][0] for name in names)),
    )
    of_sound = [numbers(Place.under(base / which)) for which in ("plain", "mixed")]
    same = sum(of_sound[0][job.key] == of_sound[1].get(job.key) for job in sound)
    yield Result("the sound jobs among them: as without them", len(sound), same, f"{len(plain)} records, bit by bit")
    deadline = time.monotonic() + 5
    while (left := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.1)
    yield Result("their processes and their children's are gone", 1, not left, f"{len(left)} left after five seconds")


def _job(name: str, seed: int) -> Job:
    entry = brought(HERE / "wild_models.py", name)
    return Job(
        "tiny", rows().digest, Recipe(entry.name, version=entry.version), Protocol("stratified", folds=3), seed=seed
    )


def _run(place: Place, jobs: Sequence[Job], mark: str) -> Mapping[str, RunRecord]:
    plan = Plan("wild", "quick", 0, (), (DatasetSummary("tiny"),), tuple(jobs))
    ensure_running()  # multiprocessing's own, which lives as long as this process: it must not carry the mark
    before = os.environ.get(MARK)
    os.environ[MARK] = mark
    main = sys.modules["__main__"]
    sys.modules["__main__"] = type(sys)("__main__")
    try:
        limits = Limits(SECONDS, MEMORY)
        return sweep(plan, {rows().digest: rows()}, workspace_of(place), LocalExecutor(1), limits).run.records
    finally:
        sys.modules["__main__"] = main
        del os.environ[MARK]
        if before is not None:
            os.environ[MARK] = before


def _complaint(name: str, record: RunRecord | None) -> Iterator[str]:
    status, word = STATES[name]
    if record is None:
        yield f"{name} left no record"
        return
    reason = record.reason or ""
    if record.status != status:
        yield f"{name} is {record.status!r} ({reason[:200]}), expected {status!r}"
    elif word not in reason:
        yield f"{name}: {reason[:200]!r} lacks {word!r}"
    elif len(reason) > LONGEST_REASON or not reason.isprintable():
        yield f"{name}: a reason of {len(reason)} characters, printable: {reason.isprintable()}"


def _orphaned(base: Path, name: str) -> Result:
    """Kill the supervisor while such a model is at work: what it started has to go with it."""
    place = Place.under(base / f"orphaned-{name}")
    sign = base / f"{name}.sign"
    entry = brought(HERE / "wild_models.py", name)
    wild = Recipe(entry.name, {"sign": str(sign)}, version=entry.version)
    driver = Driver(place, run_command(place), partial(offer, (wild,)))
    deadline = time.monotonic() + 120
    while not sign.exists() and driver.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    started = len(marked(driver.mark))
    driver.signal(signal.SIGKILL)
    driver.wait()
    left = driver.strays()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return Result(
        f"SIGKILL of the supervisor while a model {'holds the lock' if name == 'HoldsTheLock' else 'has children'}",
        1,
        not left and sign.exists(),
        f"{started} processes; {len(left)} left after five seconds",
    )
