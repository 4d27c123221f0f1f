"""Functions that workers run in tests; a module of its own because workers import them by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any


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


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def where(seconds: float) -> str:
    """Say on which worker this runs: its folder for temporary files is the worker's own."""
    time.sleep(seconds)
    return str(Path(os.environ["TMPDIR"]).parent.parent)


class Owned:
    """Says in which process it was done; an item such as ``"a.1"`` is owned by what stands before the point."""

    def __call__(self, item: str) -> int:
        return os.getpid()

    def owner(self, item: str) -> str | None:
        return item.partition(".")[0] or None


def pid(_: object) -> int:
    return os.getpid()


def desks(dask_worker: Any = None) -> list[str]:
    """On a worker, which Dask names: which drivers' functions it holds."""
    return [name for name in dask_worker.plugins if name.startswith("triage-bench")]


def busy() -> bool:
    """On a worker: whether a child of it works for `slow`."""
    children = [
        child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return any(b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes() for child in children)


class Heavy:
    """Notes every time that it is unpacked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ballast = folder, b"x" * 2_000_000

    def __call__(self, item: int) -> int:
        return item + 1

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        with (self.folder / f"unpacked-{os.getpid()}").open("a") as file:
            file.write("once\n")


class Placed:
    """Says where it was called; items that are networks like a graphics processor."""

    def __call__(self, item: str) -> str:
        return where(0.3)

    def likes_gpu(self, item: str) -> bool:
        return item.startswith("network")
