"""Ends orphaned workers that cannot end themselves.

A worker looks after its driver in a thread. A model that holds the interpreter's lock stops that thread, and a
kernel signal at the parent's death would spare what the model had started. So one small process waits beside
the driver for the end of a pipe that only the driver holds, and then kills the groups that were named to it.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

_SCRIPT = """
import os, signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
alive = set()
for line in sys.stdin:
    (alive.add if line[0] == "+" else alive.discard)(int(line[1:]))
parents = {}
for name in os.listdir("/proc") if alive and os.path.isdir("/proc") else ():
    try:
        with open("/proc/" + name + "/stat") as stat:
            parents[int(name)] = int(stat.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        pass
for _ in parents:
    found = {pid for pid, parent in parents.items() if parent in alive} - alive
    if not found:
        break
    alive |= found
for _ in range(3):
    for pid in alive:
        for kill in (os.killpg, os.kill):
            try:
                kill(pid, signal.SIGKILL)
            except OSError:
                pass
    time.sleep(0.5 if alive else 0)
"""


class Undertaker:
    """Knows the process groups that must not outlive this process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def watch(self, pid: int | None) -> None:
        """Name a group that has to end with this process."""
        self._say("+", pid)

    def forget(self, pid: int | None) -> None:
        """Strike off a group that has ended."""
        self._say("-", pid)

    def close(self) -> None:
        """End the undertaker; groups that are still named end with it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _say(self, sign: str, pid: int | None) -> None:
        assert self._process.stdin is not None
        # Without the undertaker the workers still look after themselves.
        with suppress(OSError):
            self._process.stdin.write(f"{sign}{pid}\n")
