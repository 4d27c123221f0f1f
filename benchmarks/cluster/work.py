"""Items for the throughput of a cluster; a module of its own because workers import it by name."""

from __future__ import annotations

import time


def nothing(item: int) -> int:
    return item


def answer(item: int) -> bytes:
    """A job that is over at once and answers with as much as one of 200 scored rows."""
    return bytes(10_000)


def wait(seconds: float) -> float:
    """A job that waits, as one on a graphics processor does: it needs no core of this machine."""
    time.sleep(seconds)
    return seconds


def compute(seconds: float) -> float:
    """A job of so much processor time: a neighbour on the same core makes it take longer."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(i * i for i in range(1_000))
    return seconds
