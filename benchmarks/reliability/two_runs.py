"""Several processes on one directory: two runs at once, a report while a run writes, eight cold ones on one cache."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reliability.disk import one_line, serial
from benchmarks.reliability.judging import finished, kept_count, leftovers, numbers, reference, told
from benchmarks.reliability.result import Result
from benchmarks.reliability.system_calls import forked
from benchmarks.reliability.tiny import JOBS, Driver, Place, offer, recipes, report_command, rows
from triage_bench.text.cache import TokenCache
from triage_bench.text.tokenizers import TOKENIZERS

STARTS, QUICK_STARTS = 100, 1
REPORTED, QUICK_REPORTED = 5, 1
CACHES, QUICK_CACHES = 10, 1
COLD = 8
PAUSE = 0.2
QUICKLY = 2.0
"""Seconds of processor time within which the second run has to give up; by the clock a busy machine adds its own."""


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Let processes meet."""
    with TemporaryDirectory(prefix="triage-bench-two-") as folder:
        base = Path(folder)
        sound = reference(base / "sound")
        slow = reference(base / "slow", slowed)
        return [
            _two_runs(base, slow, QUICK_STARTS if quick else STARTS),
            _reported(base, sound, QUICK_REPORTED if quick else REPORTED),
            _one_cache(base, QUICK_CACHES if quick else CACHES),
        ]


def slowed() -> None:
    """Let jobs pause, at no cost: two runs that are started at once shall meet, however busy the machine is."""
    offer([replace(one, params={**one.params, "pause": PAUSE}) for one in recipes()])


def _two_runs(base: Path, sound: Place, starts: int) -> Result:
    wrong, clock = [], 0.0
    for number in range(starts):
        place = Place.under(base / f"two-{number}")
        both = [Driver(place, serial(place), slowed) for _ in range(2)]
        codes = [driver.wait() for driver in both]
        found = list(_one_winner(place, both, codes, sound))
        if found:
            wrong.append(f"#{number}: {'; '.join(found)}")
            sys.stderr.write(f"two runs {wrong[-1]}\n")
        else:
            clock = max(clock, both[codes.index(2)].seconds)
        shutil.rmtree(base / f"two-{number}")
    note = wrong[0] if wrong else f"the other stops after {clock:.1f} s at the longest, and names the holder"
    return Result("two runs started at once on one directory: one winner", starts, starts - len(wrong), note)


def _one_winner(place: Place, both: Sequence[Driver], codes: Sequence[int], sound: Place) -> Iterator[str]:
    if sorted(codes) != [0, 2]:
        yield f"exit codes {codes}: {both[0].said()[-200:]} / {both[1].said()[-200:]}"
        return
    winner, loser = both[codes.index(0)], both[codes.index(2)]
    yield from one_line(loser, f"(process {winner.pid})", "--out")
    if loser.processor > QUICKLY:
        yield f"the second run took {loser.processor:.1f} s to stop"
    if numbers(place) != numbers(sound) or told(place) != told(sound):
        yield "other numbers than alone"
    yield from leftovers(place)


def _reported(base: Path, sound: Place, tries: int) -> Result:
    wrong, rendered = [], 0
    for number in range(tries):
        place = Place.under(base / f"reported-{number}")
        run = Driver(place)
        found = []
        while kept_count(run.said()) < 1 and run.poll() is None:
            time.sleep(0.01)
        while run.poll() is None and kept_count(run.said()) < JOBS:
            report = Driver(place, report_command(place))
            rendered += 1
            if report.wait() != 0:
                found.append(f"report ended with {report.code}: {report.said()[-200:]}")
        if run.wait() != 0:
            found.append(f"the run ended with {run.code}: {run.said()[-200:]}")
        before = finished(place)
        again = Driver(place)
        if again.wait() != 0 or told(place) != told(sound) or numbers(place) != numbers(sound):
            found.append("other numbers than without the reports")
        if finished(place) != before or (place.run / "records" / "quarantine").exists():
            found.append("the reports touched the records")
        found += leftovers(place)
        if found:
            wrong.append(f"#{number}: {'; '.join(found)}")
            sys.stderr.write(f"report while run {wrong[-1]}\n")
    note = wrong[0] if wrong else f"{rendered} reports rendered meanwhile"
    return Result("`report` while `run` writes", tries, tries - len(wrong), note)


def _one_cache(base: Path, rounds: int) -> Result:
    texts = [f"{text} {number}" for number in range(200) for text in rows().texts]
    tokenizer = TOKENIZERS.load("char")()
    wanted = tokenizer.tokenize(texts)
    wrong = []
    for number in range(rounds):
        folder = base / f"cold-{number}"
        folder.mkdir()
        start = time.monotonic() + 0.3
        pids = [_cold(folder, texts, wanted, start) for _ in range(COLD)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        cache = TokenCache(folder)
        cache.tokens(texts, tokenizer)
        found = [] if not any(codes) else [f"exit codes {codes}"]
        if cache.hits != 1:
            found.append("what they left cannot be used")
        if left := [path.name for path in folder.rglob("*") if path.is_file() and path.suffix != ".npz"]:
            found.append(f"left {left[0]}")
        if found:
            wrong.append("; ".join(found))
            sys.stderr.write(f"one cache {wrong[-1]}\n")
    note = wrong[0] if wrong else "each gets the right tokens, one whole file remains"
    return Result("one cold cache, eight processes at once", rounds, rounds - len(wrong), note)


def _cold(folder: Path, texts: Sequence[str], wanted: Sequence[Sequence[str]], start: float) -> int:
    pid = os.fork()
    if pid:
        return pid

    def work() -> None:
        while time.monotonic() < start:
            time.sleep(0.001)
        found = TokenCache(folder).tokens(texts, TOKENIZERS.load("char")())
        if [found.row(at) for at in range(len(found))] != [list(one) for one in wanted]:
            raise ValueError("other tokens")

    os._exit(forked(work))
