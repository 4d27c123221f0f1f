"""A disk that is full, faulty, read-only, or no folder at all; odd names; a cache that is damaged or out of date.

Full disks are real ones where this process may mount: a tmpfs of the chosen size, enlarged afterwards. Elsewhere
writes are refused in the process after as many bytes. Which it was is said in the note.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reliability.judging import complaints, finished, leftovers, numbers, reference, told
from benchmarks.reliability.result import Result
from benchmarks.reliability.system_calls import Event, Refusal, install
from benchmarks.reliability.tiny import Driver, Place, Tamper, run_command

SIZES, QUICK_SIZES = 30, 1
SMALLEST, LARGEST = 8 * 1024, 560 * 1024
"""Bytes of the smallest and the largest disk; a whole run with its report takes about 600 KiB."""
NAMES = ("결과 실행", "실행🩺 é́", "a b\tc'\"$(x)", "-rf", "x" * 200)


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Let the disk fail in every way a run can meet."""
    with TemporaryDirectory(prefix="triage-bench-disk-") as folder:
        Path(folder).chmod(0o755)
        base = Path(folder)
        sound = reference(base / "sound")
        counts = QUICK_SIZES if quick else SIZES
        return [
            _full(base, sound, counts),
            *_faulty(base, sound, quick),
            _wrong_places(base),
            _names(base, sound, NAMES[:2] if quick else NAMES),
            _caches(base, sound, quick),
        ]


def serial(place: Place) -> list[str]:
    """Return the tiny suite's command line without worker processes: the disk is the driver's business."""
    return [*run_command(place), "--executor", "serial"]


@dataclass
class Full:
    """Refuses every write after so many bytes: a full disk for those who may not mount one."""

    room: int

    def __call__(self, event: Event, name: str) -> None:
        """Take away from the room, roughly one page per write."""
        self.room -= 4096
        if event == "write" and self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)


def _full(base: Path, sound: Place, count: int) -> Result:
    mounted = may_mount(base)
    wrong = []
    for number in range(count):
        size = SMALLEST + (LARGEST - SMALLEST) * number // max(1, count - 1)
        with _disk(base / f"full-{number}", size, mounted) as (place, tamper, free):
            found = list(_filled(place, sound, tamper, free))
        if found:
            wrong.append(f"{size // 1024} KiB: {'; '.join(found)}")
            sys.stderr.write(f"disk full, {wrong[-1]}\n")
    how = "tmpfs of 8 to 560 KiB" if mounted else "writes refused in the process"
    return Result("disk full at so many sizes, freed, resumed", count, count - len(wrong), wrong[0] if wrong else how)


def _filled(place: Place, sound: Place, tamper: Tamper | None, free: Callable[[], None]) -> Iterator[str]:
    driver = Driver(place, serial(place), tamper)
    if driver.wait() != 1:
        yield f"exit code {driver.code}, expected 1"
    yield from one_line(driver, "No space left on device", "free some space and repeat the command")
    before = finished(place) if (place.run / "records").is_dir() else {}
    free()
    resumed = Driver(place, serial(place))
    resumed.wait()
    yield from complaints(place, before, sound, resumed)


def one_line(driver: Driver, *words: str) -> Iterator[str]:
    """Yield what is wrong with how a command gave up: it must be one line, with cause and cure."""
    lines = [line for line in driver.said().splitlines() if line.startswith("error: ")]
    if "Traceback" in driver.said():
        yield f"a traceback: {driver.said()[-400:]}"
    elif len(lines) != 1:
        yield f"{len(lines)} error lines: {driver.said()[-300:]}"
    elif missing := [word for word in words if word not in lines[0]]:
        yield f"{lines[0]!r} lacks {missing}"


@contextmanager
def _disk(folder: Path, size: int, mounted: bool) -> Iterator[tuple[Place, Tamper | None, Callable[[], None]]]:
    folder.mkdir()
    place = Place(folder / "disk" / "run", folder / "home")
    place.run.parent.mkdir()
    if not mounted:
        yield place, lambda: install(Full(size)), lambda: None
        return
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place.run.parent))
    try:
        yield place, None, lambda: _mount("-o", "remount,size=64m", str(place.run.parent))
    finally:
        subprocess.run(["umount", "-l", str(place.run.parent)], check=False)


def may_mount(base: Path) -> bool:
    """Whether a small disk of one's own can be had."""
    probe = base / "may-mount"
    probe.mkdir(exist_ok=True)
    try:
        _mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", str(probe))
    except (OSError, subprocess.CalledProcessError):
        return False
    subprocess.run(["umount", str(probe)], check=True)
    return True


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


def _faulty(base: Path, sound: Place, quick: bool) -> Iterator[Result]:
    kinds: tuple[Event, ...] = ("write",) if quick else ("write", "fsync", "rename")
    moments = (9,) if quick else (1, 2, 9, 30, 45)
    for kind in kinds:
        wrong = []
        for at in moments:
            place = Place.under(base / f"faulty-{kind}-{at}")
            fault = Refusal(kind, min(at, 6) if kind == "fsync" else at, errno.EIO)
            driver = Driver(place, serial(place), lambda fault=fault: install(fault))  # type: ignore[misc]
            found = [] if driver.wait() == 1 else [f"exit code {driver.code}, expected 1"]
            found += one_line(driver, "Input/output error", "see to the disk and repeat the command")
            before = finished(place) if (place.run / "records").is_dir() else {}
            resumed = Driver(place, serial(place))
            resumed.wait()
            found += complaints(place, before, sound, resumed)
            if found:
                wrong.append(f"at {at}: {'; '.join(found)}")
                sys.stderr.write(f"EIO on {kind}, {wrong[-1]}\n")
        yield Result(
            f"input/output error on {kind}", len(moments), len(moments) - len(wrong), wrong[0] if wrong else ""
        )


def _wrong_places(base: Path) -> Result:
    """Try places that cannot work: exit code 2, one line, nothing made."""
    file = base / "a file"
    file.write_text("not a folder")
    with _locked(base) as locked:
        cases = [
            ("the folder is a file", file),
            ("the folder is inside a file", file / "run"),
            ("a name that is too long", base / ("x" * 300)),
            *([("a folder that may not be written to", locked / "run")] if locked is not None else []),
        ]
        wrong = []
        for number, (what, run) in enumerate(cases):
            place = Place(run, base / f"wrong-home-{number}")
            driver = Driver(place, serial(place))
            found = [] if driver.wait() == 2 else [f"exit code {driver.code}, expected 2: {driver.said()[-300:]}"]
            found += one_line(driver, "Name another place, or change its rights")
            if found:
                wrong.append(f"{what}: {'; '.join(found)}")
                sys.stderr.write(wrong[-1] + "\n")
        if file.read_text() != "not a folder" or (locked is not None and list(locked.iterdir())):
            wrong.append("something was written")
    return Result(
        "the run directory is a file, below a file, too long a name, read-only",
        len(cases),
        len(cases) - len(wrong),
        wrong[0] if wrong else "exit code 2 and one line with the way on",
    )


@contextmanager
def _locked(base: Path) -> Iterator[Path | None]:
    """Yield a folder that this process may not write to; root may write everywhere but to a read-only mount."""
    folder = base / "locked"
    folder.mkdir()
    if os.getuid() != 0:
        folder.chmod(0o555)
        yield folder
    elif may_mount(base):
        _mount("-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", str(folder))
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=False)
    else:
        yield None


def _names(base: Path, sound: Place, names: Sequence[str]) -> Result:
    wrong = []
    for number, name in enumerate(names):
        place = Place(base / f"named-{number}" / name, base / f"named-home-{number}")
        driver = Driver(place, serial(place))
        found = [] if driver.wait() == 0 else [f"exit code {driver.code}: {driver.said()[-300:]}"]
        if not found and (numbers(place) != numbers(sound) or told(place) != told(sound)):
            found.append("other numbers")
        if found:
            wrong.append(f"{name!r}: {found[0]}")
            sys.stderr.write(wrong[-1] + "\n")
    note = wrong[0] if wrong else "Hangul, spaces, emoji, quotes, a leading dash, 200 letters"
    return Result("odd names of the run directory", len(names), len(names) - len(wrong), note)


def _caches(base: Path, sound: Place, quick: bool) -> Result:
    """Damage, outdate, or forbid the cache of facts: it costs time, never the run."""
    damages: list[tuple[str, Callable[[Path], object]]] = [
        ("cut off", lambda path: path.write_bytes(path.read_bytes()[:-40])),
        ("empty", lambda path: path.write_bytes(b"")),
        ("a folder in its place", _a_folder),
        ("of another form", _resealed),
        ("not text", lambda path: path.write_bytes(os.urandom(500))),
    ]
    wrong = []
    chosen = damages[:2] if quick else damages
    for number, (what, damage) in enumerate(chosen):
        place = Place.under(base / f"cache-{number}")
        shutil.copytree(sound.home / "triage_bench", place.home / "triage_bench")
        for path in list((place.home / "triage_bench").rglob("*.json")):
            damage(path)
        driver = Driver(place, serial(place))
        found = [] if driver.wait() == 0 else [f"exit code {driver.code}: {driver.said()[-300:]}"]
        if not found and (numbers(place) != numbers(sound) or told(place) != told(sound)):
            found.append("other numbers")
        found += leftovers(place)
        if found:
            wrong.append(f"{what}: {found[0]}")
            sys.stderr.write(f"cache {wrong[-1]}\n")
    return Result("a damaged or outdated cache", len(chosen), len(chosen) - len(wrong), wrong[0] if wrong else "")


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _resealed(path: Path) -> None:
    from triage_bench.store import write_sealed

    write_sealed(path, {"facts": {}, "near": []})
