"""Stored files cut off at every byte, with flipped bits, and processes that end in the middle of writing them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reliability.judging import finished, leftovers, numbers, workspace_of
from benchmarks.reliability.result import Result
from benchmarks.reliability.system_calls import CRASHED, Count, Crash, forked, install
from benchmarks.reliability.tiny import Place, recipes, rows, warm
from triage_bench.core.errors import InputError, RecordError
from triage_bench.core.seeds import generator_for
from triage_bench.executors.base import Limits
from triage_bench.executors.serial import SerialExecutor
from triage_bench.report.write import write_report
from triage_bench.running.budget import Budget
from triage_bench.running.planning import Planned, plan_run
from triage_bench.running.sweep import sweep
from triage_bench.store import Store, read_sealed

FLIPS, QUICK_FLIPS = 2_000, 200
QUICK_STRIDE = 41
"""In a quick campaign only every so manieth byte and event is tried."""


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Damage every kind of stored file, and end the process at every step of writing."""
    warm()
    stride = QUICK_STRIDE if quick else 1
    with TemporaryDirectory(prefix="triage-bench-records-") as folder:
        sound = Place.under(Path(folder) / "sound")
        planned = _planned(sound)
        _swept(planned, sound)
        report = _report_of(sound)
        return [
            _truncated(sound, stride),
            _flipped(sound, QUICK_FLIPS if quick else FLIPS, seed),
            _crashed("sweep", Path(folder), sound, stride, lambda place: _swept(planned, place), _judge_sweep(planned)),
            _crashed("report", Path(folder), sound, stride, report, _judge_report(sound)),
        ]


def _planned(place: Place) -> Planned:
    size = Budget("tiny", folds=3, repeats=1, inner_folds=2, searches={}, job_seconds=60)
    return plan_run("tiny", [rows()], recipes()[:2], (), size, seed=0, workspace=workspace_of(place))


def _swept(planned: Planned, place: Place) -> None:
    store = Store(workspace_of(place))
    sweep(planned.plan, planned.datasets, workspace_of(place), SerialExecutor(), Limits())
    for one in planned.datasets.values():
        store.write_rows(one)


def _files(sound: Place) -> list[tuple[Path, Callable[[Path], object]]]:
    """Return one stored file of each kind with what reads it: it must refuse a damaged one."""
    store = Store(workspace_of(sound))
    key = min(store.keys())
    digest = rows().digest
    records = store.workspace.records
    return [
        (records / f"{key}.json", lambda _: store.read(key)),
        (store.workspace.plan, lambda _: store.read_run()),
        (sound.run / "rows" / f"{digest}.npz", lambda _: store.read_rows(digest)),
        *((path, read_sealed) for path in (store.workspace.cache / "facts").glob("*.json")),
    ]


def _refused(path: Path, content: bytes, read: Callable[[Path], object]) -> bool:
    path.write_bytes(content)
    try:
        read(path)
    except (RecordError, InputError):
        return True
    except Exception as error:
        sys.stderr.write(f"{path.name}: {type(error).__name__}: {error}\n")
        return False
    sys.stderr.write(f"{path.name}: {len(content)} bytes were accepted\n")
    return False


def _truncated(sound: Place, stride: int) -> Result:
    tried = survived = 0
    for path, read in _files(sound):
        whole = path.read_bytes()
        for length in range(0, len(whole), stride):
            tried += 1
            survived += _refused(path, whole[:length], read)
        path.write_bytes(whole)
        read(path)
    note = "record, predictions, plan, rows and cached facts; damaged files that were believed: 0"
    return Result("a stored file cut off at every byte", tried, survived, note if tried == survived else "")


def _flipped(sound: Place, flips: int, seed: int) -> Result:
    draw = generator_for("flips", seed)
    survived = 0
    files = [(path, read, path.read_bytes()) for path, read in _files(sound)]
    for number in range(flips):
        path, read, whole = files[number % len(files)]
        at = int(draw.integers(len(whole) * 8))
        damaged = bytearray(whole)
        damaged[at // 8] ^= 1 << at % 8
        survived += _refused(path, bytes(damaged), read)
        path.write_bytes(whole)
    return Result("one bit of a stored file flipped", flips, survived, "believed: 0" if survived == flips else "")


def _crashed(
    what: str,
    folder: Path,
    sound: Place,
    stride: int,
    work: Callable[[Place], object],
    judge: Callable[[Place], Iterator[str]],
) -> Result:
    """End the process at every single event of some work, do it again, and judge."""
    events = _events(lambda: work(Place.under(folder / f"{what}-count")), folder)
    cases = range(1, events + 1, stride)
    survived = 0
    for at in cases:
        place = Place.under(folder / f"{what}-{at}")

        def crash(place: Place = place, at: int = at) -> None:
            install(Crash(at))
            work(place)

        found = []
        if (code := forked(crash)) != CRASHED:
            found.append(f"ended with {code} and did not crash")
        before = finished(place) if (place.run / "records").is_dir() else {}
        if (code := forked(lambda place=place: work(place))) != 0:  # type: ignore[misc]
            found.append(f"the repetition ended with {code}")
        if before.items() - finished(place).items():
            found.append("finished jobs lost or done again")
        found += [*judge(place), *leftovers(place)]
        survived += not found
        if found:
            sys.stderr.write(f"{what}, event {at}: {'; '.join(found)}\n")
    note = "then repeated: equal, nothing left over" if survived == len(cases) else ""
    name = {"sweep": "a run's records", "report": "a report"}[what]
    return Result(f"the process ends at each write, fsync and rename of {name} in turn", len(cases), survived, note)


def _events(work: Callable[[], object], folder: Path) -> int:
    counted = folder / "count"

    def count() -> None:
        counter = Count()
        install(counter)
        work()
        seen = len(counter.events)
        descriptor = os.open(counted, os.O_WRONLY | os.O_CREAT)
        os.write(descriptor, str(seen).encode())

    if forked(count) != 0:
        raise RuntimeError("the work fails without any fault")
    return int(counted.read_text())


def _judge_sweep(planned: Planned) -> Callable[[Place], Iterator[str]]:
    wanted: list[object] = []

    def judge(place: Place) -> Iterator[str]:
        if not wanted:
            with TemporaryDirectory() as folder:
                whole = Place.under(Path(folder))
                _swept(planned, whole)
                wanted.append(numbers(whole))
        if numbers(place) != wanted[0]:
            yield "other numbers than without the crash"

    return judge


def _report_of(sound: Place) -> Callable[[Place], object]:
    run = Store(workspace_of(sound)).read_run()
    return lambda place: write_report(run, workspace_of(place), seconds=1.0)


def _judge_report(sound: Place) -> Callable[[Place], Iterator[str]]:
    (sound.home / "whole").mkdir(parents=True, exist_ok=True)
    whole = Place.under(sound.home / "whole")
    forked(lambda: _report_of(sound)(whole))
    wanted = {path.name: path.stat().st_size for path in whole.run.iterdir()}

    def judge(place: Place) -> Iterator[str]:
        if {path.name: path.stat().st_size for path in place.run.iterdir()} != wanted:
            yield "another report than without the crash"

    return judge
