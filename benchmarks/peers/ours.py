"""Ours within a wall-clock budget: several families, weighed by what they answer of rows they have not learnt from.

Everything is chosen on training rows, and ended by the clock:

1. Family after family is held out in four folds and fitted on all rows; paraphrases of one source are held out
   together. A family that the clock does not allow is left out.
2. Families that are fitted fast are tuned by `triage_bench.tuning.tune` on three of the folds and join a second time.
3. What the members answered of the rows held out decides between a stacked, a greedy and an equal vote and the
   members by themselves (`benchmarks.peers.blending`).
4. What time is left goes into networks of other seeds, whose answers are averaged.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.families.classical import Rows
from benchmarks.peers.blending import Blend, Slice, decided, score_of
from benchmarks.peers.clock import Clock, TimeIsUp
from benchmarks.peers.members import FAMILIES, Family, Fold, Member, folds_of, member_of, members_of, more_seeds
from benchmarks.peers.tools.measured import Given, Predict, measured
from triage_bench.core.protocol import Tuning
from triage_bench.models import MODELS
from triage_bench.text.corpus import Corpus
from triage_bench.tuning import tune

TUNED = ("linear-svm", "nb-svm")
"""Families that are tuned, the fastest first."""
TUNING_SHARE = 0.3
"""Of what is left of the budget, for each search; about as much again goes into making it a member."""
TUNING_FOLDS = 3
LEAST_RESERVE, RESERVE_SHARE = 3.0, 0.1
"""Seconds, and a share of the budget, that no fit may use."""


class Ensemble:
    """The members and the vote.

    Attributes
    ----------
    members
        The families that were fitted in time.
    blend
        How their answers become one.
    said
        Which vote was taken, with its score on the rows held out, and how many models of each family answer.
    """

    def __init__(self, members: Sequence[Member], blend: Blend, classes: Any) -> None:
        self.members, self.blend, self.classes = members, blend, classes
        fitted = ", ".join(f"{one.family.name} ×{len(one.models)}" for one in members)
        self.said = f"{blend.name}, {blend.score:.3f} on rows held out, of {fitted}"

    def __call__(self, texts: list[str]) -> Sequence[Any]:
        corpus = Corpus(texts)
        cube = np.stack([member.answers(corpus) for member in self.members])
        return list(self.classes[self.blend.vote(cube).argmax(axis=1)])


def fit(given: Given) -> Predict:
    """Fit within the budget."""
    warnings.simplefilter("ignore")
    clock = Clock(given.seconds, max(LEAST_RESERVE, RESERVE_SHARE * given.seconds))
    labels = np.array(given.labels, dtype=np.int64)
    groups = None if given.groups is None else np.array(given.groups, dtype=np.int64)
    rows = Rows(Corpus(given.texts), labels, np.arange(len(labels)), np.arange(0), groups)
    folds = folds_of(rows)
    members = members_of(FAMILIES, rows, folds, clock)
    for name in TUNED:
        member = _tuned(name, rows, folds, given.metric, clock)
        members += [member] if member is not None else []
    classes = np.unique(labels)
    cube = np.stack([one.held_out for one in members])
    known = Slice(cube, np.searchsorted(classes, labels), groups, given.metric)
    blend = decided(known, lambda: clock.left() > clock.reserve / 4.0)
    return Ensemble(more_seeds(members, rows, clock), blend, classes)


def _tuned(name: str, rows: Rows, folds: Sequence[Fold], metric: str, clock: Clock) -> Member | None:
    """Search a family's space and make what is found a member; None where the clock does not allow it."""
    model = MODELS.load(name)

    def score(params: Mapping[str, Any], fold: int) -> float:
        learnt, asked = folds[fold]
        table = model(**params).fit(rows.corpus[learnt], rows.labels[learnt]).predict_proba(rows.corpus[asked])
        return score_of(np.searchsorted(np.unique(rows.labels), rows.labels[asked]), table, metric)

    seconds = TUNING_SHARE * clock.left()
    tuning = Tuning(trials=1_000, timeout=seconds)
    try:
        with clock.until(clock.left() - 2.0 * seconds):  # a trial that began in time may end late
            found = tune(model.space, model().get_params(deep=False), score, tuning, TUNING_FOLDS, seed=0)
    except TimeIsUp:
        return None
    return member_of(Family(name, found.params), rows, folds, clock)


if __name__ == "__main__":
    measured(fit)
