"""One item after the other in this process: for tests, debuggers and notebooks. No limits apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from triage_bench.executors.base import Done, Limits, Lost


class SerialExecutor:
    """Runs everything here and now."""

    def map(
        self, function: Callable[[Any], Any], items: Sequence[Any], limits: Limits | None = None
    ) -> Iterator[Done | Lost]:
        """Yield one `Done` per item, in order."""
        for item in items:
            yield Done(item, function(item))
