"""Processes killed at random moments, then the same command again.

A kill is survived if no finished job is lost or done again, the resumed run ends with exactly the numbers and the
leaderboard of an uninterrupted one, and neither a lock, a process (after five seconds) nor a temporary file is left.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.reliability.judging import (
    Finished,
    complaints,
    finished,
    kept_count,
    leftovers,
    numbers,
    reference,
    told,
)
from benchmarks.reliability.result import Result
from benchmarks.reliability.tiny import JOBS, Driver, Place, report_command
from triage_bench.core.seeds import generator_for

KILLS, QUICK_KILLS = 200, 1
SIGNALS, QUICK_SIGNALS = 10, 1
DRAWS = 6
"""How often a moment is drawn anew where the run was over before it came."""

LONG = ("SIGKILL of the run and again of its resumption", "SIGKILL while the report is rendered", "SIGINT", "SIGHUP")
"""Faults that a quick campaign leaves out: each is like another one with more runs in it."""

Case = Callable[[Path, Place, np.random.Generator], Iterator[str]]
"""Conducts one case in a folder against an undisturbed run; yields what went wrong."""


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Kill runs, workers and reports, and resume them."""
    many, some = (QUICK_KILLS, QUICK_SIGNALS) if quick else (KILLS, SIGNALS)
    plan: list[tuple[str, Case, int]] = [
        ("SIGKILL of a running suite at a random moment, then resumed", killed_run, many),
        ("SIGKILL of the run and again of its resumption", killed_twice, some),
        ("SIGKILL while the report is rendered", killed_report, some),
        ("SIGKILL of a worker while it works", killed_worker, some),
        ("SIGINT", _interrupted(signal.SIGINT), some),
        ("SIGINT twice", _interrupted(signal.SIGINT, signal.SIGINT), some),
        ("SIGTERM", _interrupted(signal.SIGTERM), some),
        ("SIGHUP", _interrupted(signal.SIGHUP), some),
    ]
    plan = [one for one in plan if not quick or one[0] not in LONG]
    with TemporaryDirectory(prefix="triage-bench-kills-") as folder:
        sound = reference(Path(folder) / "sound")
        return [_conducted(fault, case, tries, seed, Path(folder), sound) for fault, case, tries in plan]


def _conducted(fault: str, case: Case, tries: int, seed: int, folder: Path, sound: Place) -> Result:
    wrong: list[str] = []
    for number in range(tries):
        with TemporaryDirectory(dir=folder) as place:
            try:
                found = list(case(Path(place), sound, generator_for("kills", fault, number, seed)))
            except TimeoutError as error:
                found = [str(error)]
        if found:
            wrong.append(f"#{number}: {'; '.join(found)}")
            sys.stderr.write(f"{fault} {wrong[-1]}\n")
    note = f"{JOBS} jobs each; finished jobs lost or done again: 0" if not wrong else wrong[0][:200]
    return Result(fault, tries, tries - len(wrong), note)


def killed_run(folder: Path, sound: Place, draw: np.random.Generator) -> Iterator[str]:
    """Kill the supervisor at a random moment of the run."""
    driver = _killed(folder, sound, draw)
    yield from _died(driver)
    before = finished(driver.place)
    yield from _lost(driver, len(before))
    yield from _resumed(driver.place, before, sound)


def killed_twice(folder: Path, sound: Place, draw: np.random.Generator) -> Iterator[str]:
    """Kill the run, then what resumes it."""
    driver = _killed(folder, sound, draw)
    place, first = driver.place, finished(driver.place)
    again = Driver(place)
    _strike(again, float(draw.random()) * _length(sound))
    yield from _died(again)
    before = finished(place)
    if first.items() - before.items():
        yield "the killed resumption lost or repeated finished jobs"
    yield from _resumed(place, before, sound)


def killed_report(folder: Path, sound: Place, draw: np.random.Generator) -> Iterator[str]:
    """Kill ``report`` at a random moment; records must be untouched, and rendered again the report is right."""
    place = Place.under(folder)
    if Driver(place).wait() != 0:
        yield "the run itself failed"
    before = finished(place)
    whole = Driver(place, report_command(place))
    whole.wait()
    _strike(killed := Driver(place, report_command(place)), float(draw.random()) * whole.seconds)
    yield from _died(killed)
    if finished(place) != before:
        yield "the report changed records"
    again = Driver(place, report_command(place))
    if again.wait() != 0:
        yield f"report ended with {again.code}: {again.said()[-300:]}"
    if told(place) != told(sound):
        yield "another report"
    yield from leftovers(place)


def killed_worker(folder: Path, sound: Place, draw: np.random.Generator) -> Iterator[str]:
    """Kill a worker: the run replaces it, and nobody sees a difference."""
    driver = Driver(Place.under(folder))
    wanted = int(draw.integers(0, JOBS - 2))
    while kept_count(driver.said()) < wanted and driver.poll() is None:
        time.sleep(0.002)
    while not (workers := driver.workers()) and driver.poll() is None:
        time.sleep(0.002)
    for pid in workers:
        _kill(pid)
    if driver.wait() != 0:
        yield f"exit code {driver.code}: {driver.said()[-300:]}"
        return
    if numbers(driver.place) != numbers(sound) or told(driver.place) != told(sound):
        yield "other numbers than without the kill"
    yield from _died(driver)
    yield from leftovers(driver.place)


def _interrupted(*signals: signal.Signals) -> Case:
    def case(folder: Path, sound: Place, draw: np.random.Generator) -> Iterator[str]:
        driver = Driver(Place.under(folder))
        wanted = int(draw.integers(1, JOBS - 1))
        while kept_count(driver.said()) < wanted and driver.poll() is None:
            time.sleep(0.002)
        for number in signals:
            driver.signal(number)
            time.sleep(float(draw.random()) * 0.3)
        if driver.wait() != 130:
            yield f"exit code {driver.code}, expected 130: {driver.said()[-300:]}"
        if "Traceback" in driver.said():
            yield f"a traceback: {driver.said()[-500:]}"
        if len(signals) == 1 and "what was finished is kept" not in driver.said():
            yield "it does not say that what was finished is kept"
        yield from _died(driver)
        before = finished(driver.place)
        yield from _lost(driver, len(before))
        yield from _resumed(driver.place, before, sound)

    return case


def _killed(folder: Path, sound: Place, draw: np.random.Generator) -> Driver:
    """Return a run that was killed before it was over, at a moment drawn from the time a whole one takes."""
    for number in range(DRAWS):
        driver = Driver(Place.under(folder / str(number)))
        _strike(driver, float(draw.random()) * _length(sound))
        if driver.wait() == -signal.SIGKILL:
            break
    return driver


def _strike(driver: Driver, moment: float) -> None:
    while time.monotonic() - driver.started < moment and driver.poll() is None:
        time.sleep(0.001)
    driver.signal(signal.SIGKILL)
    driver.wait()


@cache
def _length(sound: Place) -> float:
    """Return how long a whole run takes here and now."""
    again = Driver(Place.under(sound.home / "again"))
    again.wait()
    return again.seconds


def _died(driver: Driver) -> Iterator[str]:
    if left := driver.strays():
        yield f"{len(left)} processes outlived the run by five seconds"


def _lost(driver: Driver, count: int) -> Iterator[str]:
    if kept_count(driver.said()) > count:
        yield f"{kept_count(driver.said())} jobs were said to be kept, {count} are there"


def _resumed(place: Place, before: Mapping[str, Finished], sound: Place) -> Iterator[str]:
    resumed = Driver(place)
    resumed.wait()
    yield from complaints(place, before, sound, resumed)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
