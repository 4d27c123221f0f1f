"""The ways in which a command ends early: interrupted, its reader gone, or let down by the disk."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from triage_bench.cli.plain import tell

INTERRUPTED = 130
SHOW_ALL = "TRIAGE_BENCH_TRACEBACK"
_ASKED_TO_END = ("SIGTERM", "SIGHUP")  # what `kill`, a batch system, and a terminal that is closed send

_FULL = {errno.ENOSPC, errno.EDQUOT}
_CROWDED = {errno.EMFILE, errno.ENFILE}
_WRONG_PLACE = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
}


@contextmanager
def interruptible() -> Iterator[None]:
    """Let a request to end do what Ctrl-C does: workers end, what was finished is kept and shown.

    A signal that is ignored (``nohup``) stays ignored; outside the main thread nothing changes.
    """
    _open_closed_streams()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in _ASKED_TO_END:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def failed(error: OSError) -> int:
    """Say in one line what the system refused and what helps; return the exit code.

    2 where the place that the user named cannot work, 1 where the same command may work later.
    """
    place = f"{str(error.filename)!r}: " if error.filename is not None else ""
    what = f"{place}{error.strerror or type(error).__name__}"
    if error.errno in _FULL:
        complain(f"{what}. What was finished is kept; free some space and repeat the command.")
    elif error.errno in _CROWDED:
        complain(f"{what}. What was finished is kept; allow more (ulimit -n 1024) or use fewer --workers.")
    elif error.errno in _WRONG_PLACE:
        complain(f"{what}. Name another place, or change its rights.")
        return 2
    else:
        complain(f"{what}. What was finished is kept; see to the disk and repeat the command.")
    return 1


def unexpected(error: Exception) -> int:
    """Say where a fault of the program's own came up; return the exit code 1.

    No message and no source line: libraries quote what they stumble over, and that may be a patient's words.
    `SHOW_ALL` in the environment brings the whole traceback.
    """
    if os.environ.get(SHOW_ALL):
        raise error
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    complain(
        f"unexpected {type(error).__name__} at {places}: a fault of triage_bench. What was finished is kept. "
        f"{SHOW_ALL}=1 shows the whole traceback, which may hold words of your texts."
    )
    return 1


def complain(message: str) -> None:
    """Write the one line with which a command gives up."""
    tell(f"error: {message}")


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _open_closed_streams() -> None:
    """Give a command that was started without its standard streams (``>&-``) something to write to."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:  # else the next file or pipe would get its number, and a worker silences these numbers
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(descriptor, "w" if descriptor else "r", encoding="utf-8", closefd=False))
