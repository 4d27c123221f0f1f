"""Ensembles of benchmarked models, computed from their stored answers; no member is trained again.

What an ensemble learns (greedy weights, a stacker) is cross-fitted: for the answers of outer fold f
it is fitted on the out-of-fold answers of the rows outside f, never on a row of f. One dependence
remains: those answers come from members whose training rows included fold f's. The labels of f reach
the weights only through what such members say of other rows, which a few weights can hardly exploit;
a fully nested run would train every member again per pair of folds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.run import Outcome, Run
from triage_bench.core.sentence import Sentence
from triage_bench.leaderboard.greedy import greedy_weights
from triage_bench.leaderboard.panel import Panel, members_of, records_at
from triage_bench.leaderboard.stacking import Stacker
from triage_bench.leaderboard.voting import Matrix, hard_vote, soft_vote, weighted_vote

PURPOSE = "benchmark"
"""Protocols of another purpose are controls: never ranked, never members."""

FEWEST = 2
"""Members an ensemble needs."""

Voted = tuple[Matrix, NDArray[np.float64] | None]
"""Probabilities of the asked rows, shape (n, k), and the members' weights where the vote has any."""
Vote = Callable[[Panel, Panel], Voted]
"""Fit on the first panel, answer for the second."""


@dataclass(frozen=True)
class Kind:
    """One way to combine members: its name, the words for it, what it does, and whether it learns anything."""

    name: str
    words: Sentence
    vote: Vote
    learns: bool = False


@dataclass(frozen=True, eq=False)
class Ensemble(Outcome):
    """An outcome without jobs of its own: its answers are computed from its members'.

    It never stands among a run's outcomes, so that no check takes it for a model.

    Attributes
    ----------
    kind
        How the members are combined.
    members
        Whose answers, in the plan's order.
    """

    kind: Kind
    members: tuple[Outcome, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the members' jobs: what it rests on."""
        return tuple(key for member in self.members for key in member.keys)

    @property
    def weights(self) -> Mapping[str, float]:
        """The members' weights, averaged over the folds; nothing where the vote has none."""
        named = {name: [record.facts[name] for record in self.records] for name in self.records[0].facts}
        return {name: float(np.mean([float(one) for one in found])) for name, found in named.items()}


def _soft(_: Panel, asked: Panel) -> Voted:
    return soft_vote(asked.cube), None


def _hard(_: Panel, asked: Panel) -> Voted:
    return hard_vote(asked.predicted, asked.cube.shape[2]), None


def _greedy(known: Panel, asked: Panel) -> Voted:
    weights = greedy_weights(known.given)
    return weighted_vote(asked.cube, weights), weights


def _stacked(known: Panel, asked: Panel) -> Voted:
    return Stacker.fitted(known.cube, known.labels).vote(asked.cube), None


KINDS = (
    Kind("ensemble-soft", Sentence("확률 평균", "mean probability"), _soft),
    Kind("ensemble-hard", Sentence("다수결", "plurality vote"), _hard),
    Kind(
        "ensemble-greedy",
        Sentence("탐욕 선택 가중치(다른 폴드에서 정함)", "greedy weights fitted on the other folds"),
        _greedy,
        learns=True,
    ),
    Kind(
        "ensemble-stacked",
        Sentence("스태킹(다른 폴드에서 학습)", "stacking fitted on the other folds"),
        _stacked,
        learns=True,
    ),
)


@lru_cache(maxsize=4)  # the table and the page ask for the same ones
def rankings(run: Run) -> tuple[tuple[Outcome, ...], ...]:
    """Group what is compared with each other (same data set, same use of rows), ensembles after the models.

    Parameters
    ----------
    run
        Plan and records.

    Returns
    -------
    tuple of tuple of Outcome
        Data sets in the plan's order. A group has ensembles where two members or more are complete;
        those that learn weights only where there are several folds, because with one official
        split there is no other fold to fit them on.
    """
    grouped: dict[tuple[str, Protocol], list[Outcome]] = {}
    for outcome in run.where(purpose=PURPOSE):
        grouped.setdefault((outcome.dataset.name, comparable(outcome)), []).append(outcome)
    order = {summary.name: place for place, summary in enumerate(run.plan.datasets)}
    found = [grouped[key] for key in sorted(grouped, key=lambda key: order[key[0]])]
    return tuple((*outcomes, *_ensembles(members_of(outcomes))) for outcomes in found)


def comparable(outcome: Outcome) -> Protocol:
    """Return how an outcome used the rows, however its parameters were found: those compared have this equal."""
    return replace(outcome.protocol, tuning=Tuning())


def _ensembles(members: Sequence[Outcome]) -> list[Ensemble]:
    if len(members) < FEWEST:
        return []
    panels = {repeat: Panel.of(members, repeat) for repeat in sorted({job.repeat for job in members[0].jobs})}
    several = all(len(np.unique(panel.fold)) > 1 for panel in panels.values())
    return [_ensemble(kind, tuple(members), panels) for kind in KINDS if several or not kind.learns]


def _ensemble(kind: Kind, members: tuple[Outcome, ...], panels: Mapping[int, Panel]) -> Ensemble:
    first, protocol = members[0], comparable(members[0])
    jobs = tuple(replace(job, recipe=Recipe(kind.name), protocol=protocol) for job in first.jobs)
    records = tuple(_record(job, kind, members, panels[job.repeat]) for job in jobs)
    return Ensemble(first.dataset, Recipe(kind.name), protocol, jobs, records, kind, members)


def _record(job: Job, kind: Kind, members: Sequence[Outcome], panel: Panel) -> RunRecord:
    inside = panel.fold == job.fold
    asked = panel.where(inside)
    probabilities, weights = kind.vote(panel.where(~inside), asked)
    own = records_at(members, job)
    steps = dict.fromkeys(name for record in own for name in record.timings)
    named = () if weights is None else zip((member.recipe.name for member in members), weights, strict=True)
    return RunRecord(
        job,
        "ok",
        predictions=Predictions(
            asked.rows,
            asked.labels,
            probabilities.argmax(axis=1).astype(np.int64),
            probabilities.astype(np.float32),
            asked.units,
        ),
        train_rows=max(record.train_rows for record in own),
        facts={name: float(weight) for name, weight in named},
        timings={name: sum(record.timings.get(name, 0.0) for record in own) for name in steps},
    )
