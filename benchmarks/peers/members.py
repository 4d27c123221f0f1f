"""Members of an ensemble: each is held out fold by fold and fitted on all rows, as the clock allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from benchmarks.families.classical import Rows
from benchmarks.peers.clock import Clock, TimeIsUp
from triage_bench.models import MODELS
from triage_bench.text.corpus import Corpus

Table = NDArray[np.float64]
Codes = NDArray[np.int64]
Fold = tuple[Codes, Codes]
"""Numbers of the rows to learn from, and of those held out."""

FOLDS = 4
SEEDS = 20
"""Networks of one family at most: more hardly move their mean."""

_QUICK = {"refit": False, "validation_share": 0.05, "patience": 3}
"""A network that is trained once: the second training on all rows is worth less here than another seed."""


@dataclass(frozen=True)
class Family:
    """A member before it is fitted.

    Attributes
    ----------
    name, params
        As `triage_bench.models.MODELS` knows it.
    seeded
        Whether models of other seeds answer differently enough to be averaged.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seeded: bool = False

    def fitted(self, rows: Rows, learnt: Codes, **more: Any) -> Any:
        """Return a model that has learnt from these rows."""
        return MODELS.load(self.name)(**{**self.params, **more}).fit(rows.corpus[learnt], rows.labels[learnt])


FAMILIES = (
    Family("nb-svm"),
    Family("linear-svm"),
    Family("tfidf-lr", {"tokenizer": "char_wb+mecab"}),
    Family("nb-svm", {"tokenizer": "char:1-5+mecab:1-2"}),
    Family("fasttext", {**_QUICK, "epochs": 10}, seeded=True),
    Family("lightgbm"),
    Family("textcnn", {**_QUICK, "epochs": 8}, seeded=True),
    Family("mlp", {**_QUICK, "epochs": 10}, seeded=True),
)
"""In the order in which they are tried: what is cheap for what it adds comes first."""


@dataclass(frozen=True, eq=False)
class Member:
    """A fitted member.

    Attributes
    ----------
    family
        What it is.
    seconds
        What its fit on all rows took.
    held_out
        Its probabilities for every row, by a model that has not learnt from the row's fold, shape (n, k).
    models
        Fitted on all rows; their probabilities are averaged.
    """

    family: Family
    seconds: float
    held_out: Table
    models: tuple[Any, ...]

    def answers(self, corpus: Corpus) -> Table:
        """Return probabilities, shape (n, k)."""
        found: Table = np.mean([model.predict_proba(corpus) for model in self.models], axis=0)
        return found


def folds_of(rows: Rows) -> list[Fold]:
    """Part the rows; a group stays on one side."""
    splitter = (StratifiedKFold if rows.groups is None else StratifiedGroupKFold)(FOLDS, shuffle=True, random_state=0)
    return list(splitter.split(rows.labels, rows.labels, rows.groups))


def members_of(families: Sequence[Family], rows: Rows, folds: Sequence[Fold], clock: Clock) -> list[Member]:
    """Make members of families, in their order; of one that the clock does not allow nothing is kept.

    A family is given up in its first fold already if at that pace its folds and the fit on all rows would overrun the
    budget. The first family of all is not: it has to be there.

    Raises
    ------
    SystemExit
        If there is no member at all.
    """
    found: list[Member] = []
    for family in families:
        member = member_of(family, rows, folds, clock, given_up=bool(found))
        found += [member] if member is not None else []
    if not found:
        raise SystemExit(f"not even {families[0].name} was fitted in {clock.seconds:.0f} s")
    return found


def member_of(
    family: Family, rows: Rows, folds: Sequence[Fold], clock: Clock, *, given_up: bool = True
) -> Member | None:
    """Return a family as a member, None where the clock does not allow it."""
    share = 1.0 - 1.0 / len(folds)
    fits = len(folds) + 1.0 / share  # in fits of a fold's size
    held_out = np.zeros((len(rows.labels), len(np.unique(rows.labels))))
    MODELS.load(family.name)  # before the alarm is set: a module whose import is cut short stays broken
    try:
        for place, (learnt, asked) in enumerate(folds):
            left = clock.reserve if place or not given_up else clock.left() - (clock.left() - clock.reserve) / fits
            with clock.until(left):
                held_out[asked] = family.fitted(rows, learnt).predict_proba(rows.corpus[asked])
        begin = clock.left()
        with clock.until(clock.reserve):
            model = family.fitted(rows, rows.train)
    except TimeIsUp:
        return None
    return Member(family, begin - clock.left(), held_out, (model,))


def more_seeds(members: Sequence[Member], rows: Rows, clock: Clock) -> list[Member]:
    """Fit networks with other seeds on all rows, in turn, while there is time for another one."""
    found = list(members)
    for seed in range(1, SEEDS):
        for place, member in enumerate(found):
            if not member.family.seeded or clock.left() - clock.reserve < member.seconds:
                continue
            try:
                with clock.until(clock.reserve):
                    model = member.family.fitted(rows, rows.train, random_state=seed)
            except TimeIsUp:
                return found
            found[place] = replace(member, models=(*member.models, model))
    return found
