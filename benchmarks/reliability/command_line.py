"""Every way in which a command is typed, piped and read: exit codes, streams, encodings, narrow and closed ones."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reliability.judging import kept_count
from benchmarks.reliability.result import Result
from benchmarks.reliability.tiny import HERE, Driver, Place, Tamper, brought, offer
from triage_bench.core.job import Recipe

PROGRAM = f"{sys.executable} -m triage_bench"


@dataclass(frozen=True)
class Typed:
    """A shell line and what must come of it.

    Attributes
    ----------
    group
        The row of the table.
    line
        What is typed; ``{}`` is the program.
    code
        The exit code that it must have.
    environment
        Set for it.
    says
        What must stand in its output.
    """

    group: str
    line: str
    code: int = 0
    environment: Mapping[str, str] | None = None
    says: str = ""


PLAIN = {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
ASCII, CP949 = {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp949"}
LINES = (
    Typed("exit code 0", "{} list models", says="tfidf-lr"),
    Typed("exit code 0", "{} data list --json", says='"nsmc"'),
    Typed("exit code 2", "{} run --suite al", 2, says="Did you mean 'all'?"),
    Typed("exit code 2", "{} validate no-such.csv", 2, says="no-such.csv"),
    Typed("`| head -1`", "{} list models | head -1; exit ${{PIPESTATUS[0]}}"),
    Typed("`| head -1`", "{} list checks --json | head -c 1; exit ${{PIPESTATUS[0]}}"),
    Typed("`| head -1`", "{} --help | true; exit ${{PIPESTATUS[0]}}"),
    Typed("closed standard streams", "{} list models <&-", says="tfidf-lr"),
    Typed("closed standard streams", "{} list models >&-"),
    Typed("closed standard streams", "{} list models 2>&-", says="tfidf-lr"),
    Typed("closed standard streams", "{} predict no-such-model - <&-", 2),
    Typed("LANG=C", "{} list datasets", environment=PLAIN),
    Typed("LANG=C", "{} diagnose --help", environment=PLAIN, says="Example:"),
    Typed("LANG=C", "{} validate 없는.csv", 2, PLAIN),
    Typed("20 columns", "{} --help", environment={"COLUMNS": "20"}),
    Typed("20 columns", "{} list models", environment={"COLUMNS": "20"}, says="tfidf-lr"),
    Typed("ASCII and CP949 consoles", "{} list checks", environment=ASCII),
    Typed("ASCII and CP949 consoles", "{} diagnose --help", environment=ASCII, says="Example:"),
    Typed("ASCII and CP949 consoles", "{} validate 없는🩺.csv", 2, ASCII),
    Typed("ASCII and CP949 consoles", "{} list checks", environment=CP949),
    Typed("ASCII and CP949 consoles", "{} diagnose --help", environment=CP949, says="Example:"),
    Typed("ASCII and CP949 consoles", "{} validate 없는🩺.csv", 2, CP949),
)
QUICK = (0, 2, 5, 8, 17)
"""Which of the lines a quick campaign types."""


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Type every line, and run the tiny suite under every condition."""
    lines = [LINES[at] for at in QUICK] if quick else LINES
    groups: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    with TemporaryDirectory(prefix="triage-bench-typed-") as folder:
        for typed in lines:
            counts[typed.group] = counts.get(typed.group, 0) + 1
            groups.setdefault(typed.group, []).extend(_typed(typed, Path(folder)))
        for group, found in _runs(Path(folder), quick):
            counts[group] = counts.get(group, 0) + 1
            groups.setdefault(group, []).extend(found)
    return [
        Result(group, counts[group], counts[group] - min(len(wrong), counts[group]), wrong[0][:200] if wrong else "")
        for group, wrong in groups.items()
    ]


def _typed(typed: Typed, folder: Path) -> list[str]:
    """Return what is wrong with how a line ended, at most one complaint."""
    here = os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        ["bash", "-c", typed.line.format(PROGRAM)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": here, "XDG_CACHE_HOME": str(folder), **(typed.environment or {})},
        timeout=300,
        check=False,
    )
    said = (ended.stdout + ended.stderr).decode("utf-8", "replace")
    if ended.returncode != typed.code:
        wrong = f"exit code {ended.returncode}, expected {typed.code}: {said[-200:]}"
    elif any(sign in said for sign in ("Traceback", "Exception ignored", "UnicodeEncodeError", "Broken pipe")):
        wrong = f"noise: {said[-300:]}"
    elif typed.says not in said:
        wrong = f"lacks {typed.says!r}: {said[-200:]}"
    else:
        return []
    sys.stderr.write(f"{typed.line}: {wrong}\n")
    return [f"{typed.line.format('triage-bench')}: {wrong}"]


def _runs(folder: Path, quick: bool) -> Iterator[tuple[str, list[str]]]:
    cases: list[tuple[str, str, int, Tamper | None, bool]] = [
        ("exit code 1", "a model fails", 1, _fails("RaisesInFit"), False),
        ("exit code 1", "every model dies", 1, _fails("ExitsWithZero"), False),
        ("exit code 130", "interrupted", 130, None, True),
        ("exit code 130", "interrupted again", 130, None, True),
        ("closed standard streams", "a run without any", 0, _close_streams, False),
        ("descriptors limited to 64", "one worker", 0, _few_descriptors, False),
        ("descriptors limited to 64", "again", 0, _few_descriptors, False),
    ]
    for number, (group, what, code, tamper, interrupt) in enumerate(cases[::2] if quick else cases):
        driver = Driver(Place.under(folder / f"run-{number}"), None, tamper)
        while interrupt and kept_count(driver.said()) < 2 + number and driver.poll() is None:
            time.sleep(0.005)
        if interrupt:
            driver.signal(signal.SIGINT)
        found = [] if driver.wait() == code else [f"{what}: exit code {driver.code}: {driver.said()[-300:]}"]
        if "Traceback" in driver.said():
            found = [f"{what}: {driver.said()[-400:]}"]
        if not (driver.place.run / "index.html").is_file():
            found = [*found, f"{what}: no report"][:1]
        if driver.strays():
            found = [*found, f"{what}: processes left"][:1]
        for one in found:
            sys.stderr.write(f"{group}, {one}\n")
        yield group, found


def _fails(name: str) -> Tamper:
    entry = brought(HERE / "wild_models.py", name)
    return partial(offer, (Recipe(entry.name, version=entry.version),))


def _close_streams() -> None:
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        os.close(descriptor)
        setattr(sys, name, None)


def _few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
