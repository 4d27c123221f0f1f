"""A wall-clock budget, and an alarm that ends what would overrun it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN_SECONDS = 1.0
"""The alarm rings again so often: raised inside a destructor or a callback, an exception is swallowed."""


class TimeIsUp(BaseException):
    """Raised in the middle of a fit; no `Exception`, so that nothing on the way takes it for a failed model."""


class Clock:
    """Counts down from its making; to be made and used in the main thread.

    Parameters
    ----------
    seconds
        The budget.
    reserve
        Seconds of it that no fit may use: for the votes, and for calls that no alarm can end.
    """

    def __init__(self, seconds: float, reserve: float = 0.0) -> None:
        self.seconds, self.reserve = seconds, reserve
        self._end = time.monotonic() + seconds
        self._armed = False
        signal.signal(signal.SIGALRM, self._ring)

    def left(self) -> float:
        """Return the seconds that are left, not below 0."""
        return max(0.0, self._end - time.monotonic())

    @contextmanager
    def until(self, left: float) -> Iterator[None]:
        """End the block when no more than `left` seconds of the budget are left.

        Raises
        ------
        TimeIsUp
            At that moment; a call into compiled code returns first.
        """
        seconds = self.left() - left
        if seconds <= 0.0:
            raise TimeIsUp
        self._armed = True
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
        try:
            yield
        finally:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    def _ring(self, *_: Any) -> None:
        if self._armed:
            raise TimeIsUp
