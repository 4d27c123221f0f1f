"""How much memory a process and what it started hold, from ``/proc``; 0 where there is none."""

from __future__ import annotations

import os
from pathlib import Path


def resident_bytes(pid: int) -> int:
    """Return the resident bytes of a process and all its descendants.

    Parameters
    ----------
    pid
        Process id. A process that is gone counts 0.
    """
    return sum(_resident(process) for process in family(pid))


def started_at(pid: int) -> str | None:
    """Return when a process started, in the kernel's ticks: with its number it names a process for good."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def family(pid: int) -> list[int]:
    """Return a process and all its descendants, itself first."""
    found = [pid]
    for process in found:
        try:
            threads = list(Path(f"/proc/{process}/task").iterdir())
            for thread in threads:
                found += [int(child) for child in (thread / "children").read_text().split()]
        except OSError:
            continue
    return found


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
