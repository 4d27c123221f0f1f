"""Temporary names: a file is written aside under its writer's process id, then renamed into its place.

A process that is killed while it writes cannot clean up. The name says whose the file is, so that a later one can.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

_ASIDE = re.compile(r"\..+\.(?P<pid>\d+)\.tmp")


def aside_of(path: Path) -> str:
    """Return the name under which this process writes a file before it is renamed to `path`.

    A string: for a small file, making paths of names takes half as long as making the file.
    """
    folder, name = os.path.split(path)
    return f"{folder or '.'}/.{name}.{os.getpid()}.tmp"


def clear_aside(folder: Path) -> int:
    """Delete what dead processes left half-written in a folder, and return how many files that were.

    Parameters
    ----------
    folder
        Looked at without its subfolders; one that is not there holds nothing. What cannot be deleted stays:
        it is never read.
    """
    cleared = 0
    with suppress(OSError):
        for path in folder.iterdir():
            match = _ASIDE.fullmatch(path.name)
            if match is not None and (int(match["pid"]) == os.getpid() or not is_running(int(match["pid"]))):
                with suppress(OSError):
                    path.unlink()
                    cleared += 1
    return cleared


def is_running(pid: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
