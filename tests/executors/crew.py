"""Functions that workers run in tests; a module of its own because workers import them by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(item: int) -> int:
    return item * item


def misbehave(item: str) -> str:
    """Do what the item says."""
    kind, _, rest = item.partition(":")
    if kind == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
    if kind == "exit":
        os._exit(int(rest))
    if kind == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if kind == "grow":
        hoard = [bytearray(1 << 20) for _ in range(2_000)]
        time.sleep(30)
        return str(len(hoard))
    if kind == "once":
        marker = Path(rest)
        if not marker.exists():
            marker.write_text("x")
            os._exit(9)
    if kind == "print":
        print("x" * 1_000_000)  # noqa: T201 - must not reach the terminal nor block
    return f"did {kind}"


def threads(_: object) -> str:
    return os.environ["OMP_NUM_THREADS"]


def slow(item: int) -> int:
    time.sleep(30)
    return item
