"""The processes in which one worker of a cluster does its items: kept between items, watched, ended with it.

An item runs in a child and not in the worker itself, so that one that hangs, outgrows the memory or crashes costs
its child. A worker that died of it would take the data with it, and Dask would try the item on three others first.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.reduction import ForkingPickler
from multiprocessing.util import Finalize
from types import ModuleType
from typing import Any

from triage_bench.executors.base import Done, Limits, Lost
from triage_bench.executors.process import TRIES, WATCH_SECONDS, WorkerProcess, hired
from triage_bench.executors.undertaker import Undertaker
from triage_bench.executors.worker import ONE_THREAD


class Packed:
    """A function as bytes: it is unpacked where it is called, so that a worker in between pays for no import.

    The bytes are what `multiprocessing` itself sends to a process; they come from the driver, never from a file.

    Parameters
    ----------
    function
        Picklable, as for any other process.
    """

    def __init__(self, function: Callable[[Any], Any] | bytes) -> None:
        self.content = function if isinstance(function, bytes) else bytes(ForkingPickler.dumps(function))
        self._function: Callable[[Any], Any] | None = None

    def __call__(self, item: Any) -> Any:
        """Call the function."""
        if self._function is None:
            self._function = ForkingPickler.loads(self.content)
        return self._function(item)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Packed, (self.content,))


class Children:
    """As many child processes as items are given at once.

    Parameters
    ----------
    function
        What is done to an item.
    limits
        What each item may use up.
    folder
        Where temporary files of the items go; None for the system's own place.
    """

    def __init__(self, function: Callable[[Any], Any], limits: Limits, folder: str | None = None) -> None:
        self.function, self.limits = function, limits
        self._environment: Mapping[str, str] = {**ONE_THREAD, **({"TMPDIR": folder} if folder else {})}
        self._lock = threading.Lock()
        self._idle: list[WorkerProcess] = []
        self._undertaker: Undertaker | None = None
        self._ended = False
        # Before multiprocessing joins what still runs at the end of this process: that would wait for ever.
        self._last = Finalize(self, self.end, exitpriority=10)

    def do(self, item: Any, wanted: Callable[[], bool] = lambda: True, owner: str | None = None) -> Done | Lost:
        """Do an item in a child process and wait for it; several threads may do so at once.

        Parameters
        ----------
        item
            What is done.
        wanted
            Asked about five times a second; once it says no, the child is ended and the item lost.
        owner
            As of `owner_of`: asked by the driver, who has the function unpacked.
        """
        lost = Lost(item, "killed", "the worker is closing")
        for attempt in range(1, TRIES + 1):
            if self._ended or not wanted():
                break
            try:
                child = self._child(owner)
            except OSError as error:
                return Lost(item, "killed", f"no process could be started: {error.strerror or type(error).__name__}")
            child.give(0, attempt, (item,), owner)
            outcome = self._awaited(child, item, wanted)
            if isinstance(outcome, Done):
                self._take_back(child)
                return outcome
            child.end()
            lost = outcome
            if lost.kind != "killed":
                break
        return lost

    def end(self) -> None:
        """End every child; what is under way is lost."""
        with self._lock:
            self._ended = True
            idle, self._idle = self._idle, []
            for child in idle:
                child.connection.close()
            for child in idle:
                child.end()
            if self._undertaker is not None:  # those that are still busy end with it
                self._undertaker.close()

    def _awaited(self, child: WorkerProcess, item: Any, wanted: Callable[[], bool]) -> Done | Lost:
        while True:
            ready = child.connection.poll(WATCH_SECONDS)
            outcome = child.outcome((item,), self.limits, ready=ready)
            if outcome is not None:
                return outcome
            if self._ended or not wanted():
                return Lost(item, "killed", "nobody waits for it any more")

    def _child(self, owner: str | None) -> WorkerProcess:
        with self._lock:
            child = next((one for one in reversed(self._idle) if one.alive and one.suits(owner)), None)
            if child is not None:
                self._idle.remove(child)
                return child
            if self._idle:
                self._idle.pop().end()  # a new one takes its place
            if self._undertaker is None:
                self._undertaker = Undertaker()
            with _free_to_start():
                return hired(self.function, self._undertaker, self._environment)

    def _take_back(self, child: WorkerProcess) -> None:
        with self._lock:
            if not self._ended:
                self._idle.append(child)
                return
        child.end()


@contextmanager
def _free_to_start() -> Iterator[None]:
    """Let a process start children that its starter forbade, and keep them from running its main script again.

    Dask's nannies start their workers as daemons, which may have no children in multiprocessing's eyes; the reason
    (children that stay behind) is taken care of here.
    """
    config: dict[str, Any] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    daemon, main = config.pop("daemon", None), sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if daemon is not None:
            config["daemon"] = daemon
