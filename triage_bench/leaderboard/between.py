"""Two runs side by side: what was set otherwise, and what that did to each model on identical rows.

A difference is only stated where both runs answered the same rows of the same data under the same
split; where they did not, the pair is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from triage_bench.core.errors import InputError
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.run import Outcome, Run
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.intervals import LEVEL, student
from triage_bench.leaderboard.paired import check_same_rows, compare, error_of_difference
from triage_bench.metrics import Metric


@dataclass(frozen=True)
class Difference:
    """A difference, second minus first, with its 95 % interval (paired jackknife over units, Student's t).

    Attributes
    ----------
    first, second
        Both scores.
    value, low, high
        The difference and the ends of its interval; None where there is a single unit.
    """

    first: float
    second: float
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Pair:
    """One model in both runs.

    Attributes
    ----------
    dataset, model, tuned, split
        What is compared.
    metric
        By which metric.
    difference
        Over the pooled out-of-fold answers, averaged over repeats.
    folds
        The same for every (repeat, fold) by itself.
    p_value
        Two-sided randomisation test over units, not corrected for several models.
    rows, changed
        How many rows were answered, and to how many the answers differ (in the first repeat).
    """

    dataset: str
    model: str
    tuned: bool
    split: str
    metric: str
    difference: Difference
    folds: tuple[Difference, ...]
    p_value: float
    rows: int
    changed: int

    @property
    def same(self) -> bool:
        """Whether both runs gave every row the same answer."""
        return self.changed == 0 and self.difference.value == 0.0


@dataclass(frozen=True)
class Refused:
    """A model that both runs have and that cannot be compared.

    Attributes
    ----------
    dataset, model, tuned
        Which.
    what
        ``"data"``, ``"split"``, ``"metric"`` or ``"status"``.
    reason
        Why not, in one line.
    """

    dataset: str
    model: str
    tuned: bool
    what: str
    reason: str


@dataclass(frozen=True)
class Between:
    """What lies between two runs.

    Attributes
    ----------
    settings
        ``(what, first, second)`` for everything that was set otherwise; None where a run has none of it.
    pairs
        Models in both runs, the largest difference first.
    refused
        Those that cannot be compared.
    only_first, only_second
        ``(data set, model)`` in one run only.
    """

    settings: tuple[tuple[str, str | None, str | None], ...]
    pairs: tuple[Pair, ...]
    refused: tuple[Refused, ...]
    only_first: tuple[tuple[str, str], ...]
    only_second: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4)  # the table and --fail-on ask for the same one
def between(first: Run, second: Run, metric: Metric) -> Between:
    """Compare two runs.

    Parameters
    ----------
    first, second
        Plan and records of each; differences are second minus first.
    metric
        A metric of the confusion counts.

    Raises
    ------
    InputError
        If the metric has no paired interval.
    """
    if metric.from_counts is None:
        raise InputError(f"runs cannot be compared by {metric.name!r}: it is no metric of the confusion counts.")
    ours, theirs = _benchmarked(first), _benchmarked(second)
    found = [_pair(ours[name], theirs[name], metric) for name in ours if name in theirs]
    pairs = [one for one in found if isinstance(one, Pair)]
    return Between(
        settings=tuple(_settings(first, second)),
        pairs=tuple(sorted(pairs, key=lambda pair: (pair.same, -abs(pair.difference.value)))),
        refused=tuple(one for one in found if isinstance(one, Refused)),
        only_first=_missing(ours, theirs),
        only_second=_missing(theirs, ours),
    )


Name = tuple[str, str, bool]


def _benchmarked(run: Run) -> dict[Name, Outcome]:
    found = run.where(purpose="benchmark")
    return {(one.dataset.name, one.recipe.name, one.tuned): one for one in found}


def _missing(here: dict[Name, Outcome], there: dict[Name, Outcome]) -> tuple[tuple[str, str], ...]:
    return tuple((name[0], f"{name[1]}{' (tuned)' if name[2] else ''}") for name in here if name not in there)


def _pair(ours: Outcome, theirs: Outcome, metric: Metric) -> Pair | Refused:
    what, reason = _obstacle(ours, theirs, metric)
    if reason:
        return Refused(ours.dataset.name, ours.recipe.name, ours.tuned, what, reason)
    first, second = Answers.of(ours), Answers.of(theirs)
    try:
        check_same_rows(second, first)
    except InputError as error:
        return Refused(ours.dataset.name, ours.recipe.name, ours.tuned, "split", str(error))
    tested = compare(second, first, metric, coordinates=(*ours.keys, *theirs.keys))
    return Pair(
        dataset=ours.dataset.name,
        model=ours.recipe.name,
        tuned=ours.tuned,
        split=ours.protocol.split,
        metric=metric.name,
        difference=difference(first, second, metric),
        folds=tuple(difference(a, b, metric) for a, b in _folds(ours, theirs)),
        p_value=tested.p_value,
        rows=first.rows,
        changed=int(np.count_nonzero(first.repeats[0].predicted != second.repeats[0].predicted)),
    )


def _obstacle(ours: Outcome, theirs: Outcome, metric: Metric) -> tuple[str, str]:
    """Return what keeps two outcomes from being compared, and why; empty where nothing does."""
    for outcome in (ours, theirs):
        if not metric.fits(outcome.dataset.scale):
            return "metric", f"{metric.name} needs ordered labels; this data set is {outcome.dataset.scale}"
    if ours.dataset.digest != theirs.dataset.digest:
        return "data", (
            f"the data differ ({ours.dataset.rows:,} rows, digest {ours.dataset.digest[:8]}; "
            f"{theirs.dataset.rows:,} rows, digest {theirs.dataset.digest[:8]})"
        )
    differing = _differing(_cut(ours), _cut(theirs))
    if differing:
        return "split", f"the rows were used otherwise: {differing}"
    aims = ours.protocol.tuning.metric, theirs.protocol.tuning.metric
    if ours.tuned and aims[0] != aims[1]:
        return "metric", f"one was tuned for {aims[0]}, the other for {aims[1]}"
    for place, outcome in (("first", ours), ("second", theirs)):
        if not outcome.complete:
            return "status", f"{place} run: {outcome.status}, {outcome.reason}"
    return "", ""


def _cut(outcome: Outcome) -> dict[str, Any]:
    """Return all that decides which rows are trained on and scored."""
    plain = replace(outcome.protocol, tuning=Tuning()).to_dict()
    return {**{name: value for name, value in plain.items() if name != "tuning"}, "seed": outcome.jobs[0].seed}


def _differing(first: dict[str, Any], second: dict[str, Any]) -> str:
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    return ", ".join(f"{name} {first.get(name)!r} and {second.get(name)!r}" for name in names)


def difference(first: Answers, second: Answers, metric: Metric) -> Difference:
    """Return a paired difference with its interval.

    Parameters
    ----------
    first, second
        Answers to identical rows in identical units.
    metric
        A metric of the confusion counts.
    """
    before, after = (float(one.score(one.counts, metric)) for one in (first, second))
    value, units = after - before, first.units
    if units < 2:
        return Difference(before, after, value, None, None)
    reach = student((1 + LEVEL) / 2, units - 1) * error_of_difference(second, first, metric)
    return Difference(before, after, value, value - reach, value + reach)


def _folds(ours: Outcome, theirs: Outcome) -> Iterator[tuple[Answers, Answers]]:
    """Yield both answers of every (repeat, fold)."""
    classes = len(ours.dataset.classes)
    other = {(record.job.repeat, record.job.fold): record for record in theirs.records}
    for record in ours.records:
        matching = other[record.job.repeat, record.job.fold]
        assert record.predictions is not None and matching.predictions is not None
        yield Answers((record.predictions,), classes), Answers((matching.predictions,), classes)


def _settings(first: Run, second: Run) -> Iterator[tuple[str, str | None, str | None]]:
    ours, theirs = _stated(first), _stated(second)
    for what in dict.fromkeys([*ours, *theirs]):
        if ours.get(what) != theirs.get(what):
            yield what, ours.get(what), theirs.get(what)


def _stated(run: Run) -> dict[str, str]:
    """Return what a run was set to and made with, by name."""
    plan = run.plan
    found = {"suite": plan.suite, "budget": plan.budget, "seed": str(plan.seed), "command": " ".join(plan.command)}
    for summary in plan.datasets:
        state = f"{summary.rows:,} rows, {summary.digest[:8]}" if summary.status == "ok" else "skipped"
        found[f"data set {summary.name}"] = state
    for outcome in run.where(purpose="benchmark"):
        found.setdefault(f"split of {outcome.dataset.name}", _split(outcome.protocol))
        found.setdefault(f"version of {outcome.recipe.model}", str(outcome.recipe.version))
        if outcome.tuned:
            tuning = outcome.protocol.tuning
            found[f"trials of {outcome.recipe.name} on {outcome.dataset.name}"] = str(tuning.trials)
    return found | _environment(list(run.records.values()))


def _split(protocol: Protocol) -> str:
    return f"{protocol.split}, {protocol.folds} folds, {protocol.repeats} repeats"


def _environment(records: Sequence[Any]) -> dict[str, str]:
    """Return what the records were made with; several values where a run was resumed elsewhere."""
    found: dict[str, set[str]] = {}
    for record in records:
        for name, value in record.environment.items():
            found.setdefault(name, set()).add(str(value))
    return {name: " / ".join(sorted(values)) for name, values in sorted(found.items())}
