"""``--fail-on``: conditions on the difference between two runs, for continuous integration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from triage_bench.core.errors import InputError
from triage_bench.core.run import Run
from triage_bench.leaderboard.between import between
from triage_bench.metrics import Metric, find

_LIMIT = re.compile(r"\s*(?P<metric>\w+)\s*(?P<sign>[<>])\s*(?P<value>[+-]?\d*\.?\d+)\s*")


@dataclass(frozen=True)
class Limit:
    """A condition under which a difference (after minus before) fails.

    Attributes
    ----------
    metric, sign, value
        ``macro_f1<-0.01`` fails where macro-F1 fell by more than 0.01.
    """

    metric: Metric
    sign: str
    value: float

    def met(self, difference: float) -> bool:
        """Whether a difference meets the condition."""
        return difference < self.value if self.sign == "<" else difference > self.value


def limits_of(words: Iterable[str]) -> tuple[Limit, ...]:
    """Read conditions as people write them.

    Raises
    ------
    InputError
        If one has another form, or its metric cannot be compared.
    UnknownNameError
        If there is no such metric.
    """
    return tuple(map(_limit, words))


def broken(limits: Sequence[Limit], runs: tuple[Run, Run]) -> list[str]:
    """Return, in one line each, the differences that fail.

    Raises
    ------
    InputError
        If a model cannot be judged because data, split or metric differ between the runs.
    """
    return [line for limit in limits for line in _broken(limit, runs)]


def _limit(word: str) -> Limit:
    match = _LIMIT.fullmatch(word)
    if match is None:
        raise InputError(f"cannot read --fail-on {word!r}; expected METRIC<NUMBER or METRIC>NUMBER: macro_f1<-0.01.")
    metric = find(match["metric"])
    if metric.from_counts is None:
        raise InputError(f"--fail-on {word!r}: {metric.name} is no metric of the answers; use macro_f1 or accuracy.")
    return Limit(metric, match["sign"], float(match["value"]))


def _broken(limit: Limit, runs: tuple[Run, Run]) -> Iterator[str]:
    found = between(*runs, limit.metric)
    unjudged = [one for one in found.refused if one.what != "status"]
    if unjudged:
        one = unjudged[0]
        raise InputError(f"--fail-on cannot be judged on {one.dataset} · {one.model}: {one.reason}.")
    for pair in found.pairs:
        if limit.met(pair.difference.value):
            kind = "tuned" if pair.tuned else "default"
            yield (
                f"failed: {pair.dataset} · {pair.model} · {kind}: {limit.metric.name} differs by "
                f"{pair.difference.value:+.4f}, limit {limit.sign}{limit.value:g}"
            )
