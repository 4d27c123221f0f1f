"""What must hold after a fault: nothing finished is lost or done again, the end is the same, nothing is left over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reliability.tiny import Driver, Place, Tamper, run_command
from triage_bench.core.digest import digest_array, digest_bytes
from triage_bench.core.errors import RecordError, RunLockedError
from triage_bench.core.record import RunRecord
from triage_bench.core.workspace import Workspace
from triage_bench.store import Store, refuse_held

Numbers = Mapping[str, tuple[str, ...]]
"""Key → what a record says that may not depend on when it was made."""


@dataclass(frozen=True)
class Finished:
    """A job's files as they lie: content and time of both."""

    digest: str
    written: tuple[int, ...]


def workspace_of(place: Place) -> Workspace:
    """Return the workspace of a place, as the command would."""
    return Workspace(place.run, place.home / "data", place.home / "triage_bench")


def finished(place: Place) -> dict[str, Finished]:
    """Return every job with a sound record; nothing is changed by looking."""
    store = Store(workspace_of(place))
    found = {}
    for key in sorted(store.keys()):
        try:
            store.read(key)
        except RecordError:
            continue
        files = sorted(store.workspace.records.glob(f"{key}.*"))
        content = b"".join(file.read_bytes() for file in files)
        found[key] = Finished(digest_bytes(content), tuple(file.stat().st_mtime_ns for file in files))
    return found


def numbers(place: Place) -> Numbers:
    """Return what every record says, without its times."""
    return {key: _said(record) for key, record in Store(workspace_of(place)).read_run().records.items()}


def _said(record: RunRecord) -> tuple[str, ...]:
    arrays = () if record.predictions is None else tuple(map(digest_array, vars(record.predictions).values()))
    params = json.dumps(dict(record.params), sort_keys=True)
    return (record.status, record.reason or "", str(record.train_rows), params, *arrays)


def told(place: Place) -> list[tuple[Any, ...]]:
    """Return the leaderboard of the report: names, scores, intervals, ranks."""
    report = json.loads((place.run / "report.json").read_text("utf-8"))
    columns = ("dataset", "model", "metric", "score", "ci_low", "ci_high", "rank", "tied_with_best", "status")
    return [tuple(row[name] for name in columns) for row in report["leaderboard"]]


def reference(folder: Path, tamper: Tamper | None = None) -> Place:
    """Return the place of a run that nothing happened to.

    Raises
    ------
    RuntimeError
        If it does not even end well so.
    """
    place = Place.under(folder)
    driver = Driver(place, run_command(place), tamper)
    if driver.wait() != 0:
        raise RuntimeError(f"the run fails without any fault:\n{driver.said()}")
    return place


def complaints(place: Place, before: Mapping[str, Finished], sound: Place, driver: Driver) -> Iterator[str]:
    """Yield what is wrong after a run was resumed.

    Parameters
    ----------
    place
        The run that a fault befell and that was resumed.
    before
        What was finished when the fault had passed.
    sound
        A run without a fault.
    driver
        The process that resumed it.
    """
    after = finished(place)
    if lost := before.keys() - after.keys():
        yield f"{len(lost)} finished jobs lost"
    if again := [key for key, one in before.items() if key in after and after[key] != one]:
        yield f"{len(again)} finished jobs done again"
    if driver.code != 0:
        yield f"resumed with exit code {driver.code}: {driver.said()[-600:]}"
        return
    if f"{len(before)} done already" not in driver.said():
        yield f"the resumed run does not say that {len(before)} jobs were done already"
    if numbers(place) != numbers(sound):
        yield "the numbers are not those of the uninterrupted run"
    if told(place) != told(sound):
        yield "the report is not that of the uninterrupted run"
    yield from leftovers(place)
    if left := driver.strays():
        yield f"{len(left)} processes left"


def leftovers(place: Place) -> Iterator[str]:
    """Yield the temporary files and the lock that a run left behind."""
    for path in sorted([*place.run.rglob(".*"), *place.home.rglob(".*"), *place.home.rglob("*.part")]):
        if path.name != ".lock":
            yield f"left {path.name}"
    try:
        refuse_held(workspace_of(place))
    except RunLockedError as error:
        yield f"still locked: {error}"


def kept_count(said: str) -> int:
    """Return how many jobs a run said it had kept."""
    lines = [line for line in said.splitlines() if line.startswith("[")]
    return max((int(line[1 : line.index("/")]) for line in lines if "/" in line), default=0)
