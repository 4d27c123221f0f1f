"""What every executor promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

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


class Executor(Protocol):
    """Runs a function over items, in any order, anywhere."""

    def map(self, function: Callable[[Any], Any], items: Sequence[Any], limits: Limits = ...) -> Iterator[Done | Lost]:
        """Yield one `Done` or `Lost` per item as they finish.

        The function must return, not raise: what can go wrong inside an item is a result.
        Closing the iterator early ends what is under way.
        """
        ...
