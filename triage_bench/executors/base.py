"""What every executor promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

LossKind = Literal["timeout", "out-of-memory", "killed"]


@dataclass(frozen=True)
class Limits:
    """What one item may use up.

    Attributes
    ----------
    seconds
        Wall-clock time, or None for no deadline.
    memory
        Resident bytes of the worker with its children, or None. Checked about five times a second.
    """

    seconds: float | None = None
    memory: int | None = None


@dataclass(frozen=True)
class Done:
    """An item that was worked through; `value` is what the function returned."""

    item: Any
    value: Any


@dataclass(frozen=True)
class Lost:
    """An item that cost its worker, with one line that says how."""

    item: Any
    kind: LossKind
    reason: str


def likes_gpu(function: Callable[[Any], Any], item: Any) -> bool:
    """Whether an item is better off where there is a graphics processor: the function says so, if it can tell."""
    asked = getattr(function, "likes_gpu", None)
    return asked is not None and bool(asked(item))


def owner_of(function: Callable[[Any], Any], item: Any) -> str | None:
    """Return whose an item is, if the function can tell: no worker does items of two owners.

    What one leaves behind in its process (changed settings, memory, threads) must not reach another's results.
    """
    asked: Callable[[Any], str | None] | None = getattr(function, "owner", None)
    return None if asked is None else asked(item)


class Executor(Protocol):
    """Runs a function over items, in any order, anywhere."""

    def map(self, function: Callable[[Any], Any], items: Sequence[Any], limits: Limits = ...) -> Iterator[Done | Lost]:
        """Yield one `Done` or `Lost` per item as they finish.

        The function must return, not raise: what can go wrong inside an item is a result.
        Closing the iterator early ends what is under way.
        """
        ...


@runtime_checkable
class Remote(Protocol):
    """An executor whose workers may stand on other machines, and receive the function once each."""

    def sees(self, folder: Path) -> bool:
        """Whether every worker sees this machine's folder at the same place."""
        ...

    def everywhere(self, function: Callable[[], Any]) -> dict[str, Any]:
        """Call a function once on every worker; what it returned, or the exception it raised, by worker."""
        ...
