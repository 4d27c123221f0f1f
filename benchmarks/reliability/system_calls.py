"""Faults between the program and the disk: at a chosen write, synchronisation or renaming, in one process.

The Python functions through which every file of a run is written are replaced; nothing outside the process notices.
"""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Event = Literal["write", "fsync", "rename"]
Fault = Callable[[Event, str], None]
"""Called before an event with its kind and its file; lets it pass by returning."""

CRASHED = 77
"""Exit code of a process that was ended in the middle."""


@dataclass
class Crash:
    """Ends the process at the n-th event, in the middle of it where it is a write."""

    at: int
    seen: int = 0

    def __call__(self, event: Event, name: str) -> None:
        """Count, and end."""
        self.seen += 1
        if self.seen == self.at:
            os._exit(CRASHED)


@dataclass
class Refusal:
    """Refuses the n-th event of a kind, and all after it if `lasting`, with a number of `errno`."""

    kind: Event
    at: int
    number: int
    lasting: bool = True
    seen: int = 0

    def __call__(self, event: Event, name: str) -> None:
        """Count, and refuse."""
        self.seen += event == self.kind
        if event == self.kind and (self.seen >= self.at if self.lasting else self.seen == self.at):
            raise OSError(self.number, os.strerror(self.number), name)


@dataclass
class Count:
    """Counts events and writes the number to a file when asked."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event, name: str) -> None:
        """Count."""
        self.events.append(event)


def install(fault: Fault) -> None:
    """Put a fault between this process and its files, for good: meant for a process that was forked for it."""
    real_fsync, real_replace, real_open = os.fsync, os.replace, io.open

    def fsync(descriptor: Any) -> None:
        fault("fsync", "")
        real_fsync(descriptor)

    def replace(source: Any, target: Any, **options: Any) -> None:
        fault("rename", str(target))
        real_replace(source, target, **options)

    def opened(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        stream = real_open(file, mode, *arguments, **options)
        return _Stream(stream, fault) if set(mode) & set("wax") and not isinstance(file, int) else stream

    put: tuple[tuple[Any, str, Any], ...] = (
        (os, "fsync", fsync),
        (os, "replace", replace),
        (builtins, "open", opened),
        (io, "open", opened),  # what pathlib calls
    )
    for place, name, value in put:
        setattr(place, name, value)


class _Stream:
    """A file whose writes the fault hears of; half of the data goes out before it does."""

    def __init__(self, stream: Any, fault: Fault) -> None:
        self._stream, self._fault = stream, fault

    def write(self, data: Any) -> int:
        half = len(data) // 2
        self._stream.write(data[:half])
        self._stream.flush()
        self._fault("write", str(self._stream.name))
        self._stream.write(data[half:])
        return len(data)

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *arguments: Any) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def forked(work: Callable[[], object]) -> int:
    """Do something in a forked process and return its exit code, 0 if it came to its end."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 70
    try:
        work()
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)
