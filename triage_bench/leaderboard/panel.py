"""The members of an ensemble and their stored answers, row beside row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.job import BASELINES, Job
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.run import Outcome


def members_of(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Choose who votes among outcomes that are compared with each other: each complete recipe that reads, once.

    The tuned one where there is one, else the default: by the protocol, never by the score, which
    would be a choice on the rows that are scored.
    """
    chosen: dict[str, Outcome] = {}
    for outcome in outcomes:
        if not outcome.complete or outcome.recipe.model in BASELINES:
            continue
        if outcome.recipe.name not in chosen or (outcome.tuned and not chosen[outcome.recipe.name].tuned):
            chosen[outcome.recipe.name] = outcome
    return tuple(chosen.values())


@dataclass(frozen=True, eq=False)
class Panel:
    """What M members answered on the n scored rows of one repeat.

    Attributes
    ----------
    rows, labels, units, fold : ndarray of int64, shape (n,)
        As in `Predictions`, and the outer fold in which each row was scored.
    predicted : ndarray of int64, shape (M, n)
        The members' answers.
    cube : ndarray of float32, shape (M, n, k)
        The members' probabilities.
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    units: NDArray[np.int64]
    fold: NDArray[np.int64]
    predicted: NDArray[np.int64]
    cube: NDArray[np.float32]

    @classmethod
    def of(cls, members: Sequence[Outcome], repeat: int) -> Panel:
        """Stack the answers of members that share one split.

        Raises
        ------
        ValueError
            If the members did not score the same rows in the same folds.
        """
        stacked = [_in_order(member, repeat) for member in members]
        (first, fold), *others = stacked
        for member, (answers, own_fold) in zip(members[1:], others, strict=True):
            if not (np.array_equal(answers.rows, first.rows) and np.array_equal(own_fold, fold)):
                raise ValueError(
                    f"{member.recipe.name!r} and {members[0].recipe.name!r} scored different rows or folds of "
                    f"{member.dataset.name!r}; an ensemble needs members of one split"
                )
        return cls(
            first.rows,
            first.labels,
            first.units,
            fold,
            np.stack([answers.predicted for answers, _ in stacked]),
            np.stack([answers.probabilities for answers, _ in stacked]),
        )

    def where(self, chosen: NDArray[np.bool_]) -> Panel:
        """Return the part of the panel that a mask over the rows selects."""
        return Panel(
            self.rows[chosen],
            self.labels[chosen],
            self.units[chosen],
            self.fold[chosen],
            self.predicted[:, chosen],
            self.cube[:, chosen],
        )

    @property
    def given(self) -> NDArray[np.float64]:
        """Probability that each member gave to each row's own label, shape (M, n)."""
        return self.cube[:, np.arange(len(self.rows)), self.labels].astype(np.float64)


def records_at(members: Sequence[Outcome], job: Job) -> tuple[RunRecord, ...]:
    """Return the members' records of a job's repeat and fold."""
    place = (job.repeat, job.fold)
    return tuple(r for one in members for r in one.records if (r.job.repeat, r.job.fold) == place)


def _in_order(member: Outcome, repeat: int) -> tuple[Predictions, NDArray[np.int64]]:
    """Return a member's pooled answers of one repeat, ordered by fold and row, and the fold of each."""
    records = [r for r in member.records if r.job.repeat == repeat and r.predictions is not None]
    parts = [record.predictions for record in records if record.predictions is not None]
    fold = np.repeat([record.job.fold for record in records], [len(part) for part in parts])
    found = Predictions.joined(parts)
    order = np.lexsort((found.rows, fold))
    return found.take(order), fold[order]
