"""From several members to one answer, decided on what they say of training rows that they have not learnt from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from triage_bench.leaderboard.greedy import greedy_weights
from triage_bench.leaderboard.stacking import Stacker
from triage_bench.leaderboard.voting import soft_vote, weighted_vote

Codes = NDArray[np.int64]
Table = NDArray[np.float64]
Vote = Callable[[Table], Table]
"""Members' probabilities, shape (M, n, k), to one table of shape (n, k)."""
Maker = Callable[[Table, Codes], Vote]
"""Members' probabilities and right codes to a vote."""

FOLDS = 5
STRONG = 0.002
"""A stacker's strength where rows are few for its weights: a tenth of the package's default."""
MARGIN = 0.005
"""By how much a single member has to be better: about a standard error of the difference on a few thousand rows."""


@dataclass(frozen=True, eq=False)
class Slice:
    """What the members answered of rows held out, and what is right.

    Attributes
    ----------
    cube
        Probabilities, shape (M, n, k).
    codes
        Label codes, shape (n,).
    groups
        Rows of one group are judged by weights that saw none of it; None where there are no groups.
    metric
        ``"accuracy"`` or ``"macro_f1"``.
    """

    cube: Table
    codes: Codes
    groups: Codes | None
    metric: str


@dataclass(frozen=True, eq=False)
class Blend:
    """A way from the members to an answer: its name, its score on rows held out, and the vote itself."""

    name: str
    score: float
    vote: Vote


def decided(known: Slice, in_time: Callable[[], bool] = lambda: True) -> Blend:
    """Return the ensemble that answers best, or the best member if that is better by `MARGIN`.

    Each is judged on rows its weights were not fitted on. For macro-F1 each ensemble is tried as it is and with its
    probabilities divided by the classes' shares, which counts a rare class like a frequent one.

    Parameters
    ----------
    known
        What it is judged on.
    in_time
        Whether there is time to judge one more; the quick ones come first.
    """
    makers: dict[str, Maker] = {
        "soft": lambda cube, codes: soft_vote,
        "greedy": _greedy,
        "stacked": lambda cube, codes: Stacker.fitted(cube, codes).vote,
        "stacked strongly": lambda cube, codes: Stacker.fitted(cube, codes, STRONG).vote,
    }
    shares = np.maximum(np.bincount(known.codes, minlength=known.cube.shape[2]), 1) / len(known.codes)
    readings = {"": np.ones_like(shares)} | ({" / shares": shares} if known.metric == "macro_f1" else {})
    folds = _folds(known)
    judged: dict[tuple[str, str], float] = {}
    for name, maker in makers.items():
        if not judged or in_time():
            answers = _held_out(maker, known, folds)
            judged |= {(name, by): score_of(known.codes, answers / readings[by], known.metric) for by in readings}
    name, by = max(judged, key=lambda one: judged[one])
    single = max((_alone(place, known) for place in range(len(known.cube))), key=lambda one: one.score)
    if single.score > judged[name, by] + MARGIN:
        return single
    vote, divisor = makers[name](known.cube, known.codes), readings[by]
    return Blend(f"{name}{by}", judged[name, by], lambda asked: vote(asked) / divisor)


def score_of(codes: Codes, table: Table, metric: str) -> float:
    """Return accuracy or macro-F1 of the most probable classes."""
    answers = table.argmax(axis=1)
    if metric == "accuracy":
        return float(accuracy_score(codes, answers))
    return float(f1_score(codes, answers, average="macro"))


def _held_out(maker: Maker, known: Slice, folds: Sequence[tuple[Codes, Codes]]) -> Table:
    """Return what a vote answers of each row, its weights fitted on the other folds; shape (n, k)."""
    answers = np.empty(known.cube.shape[1:])
    for learnt, asked in folds:
        answers[asked] = maker(known.cube[:, learnt], known.codes[learnt])(known.cube[:, asked])
    return answers


def _folds(known: Slice) -> list[tuple[Codes, Codes]]:
    splitter = (StratifiedKFold if known.groups is None else StratifiedGroupKFold)(FOLDS, shuffle=True, random_state=0)
    return list(splitter.split(known.codes, known.codes, known.groups))


def _greedy(cube: Table, codes: Codes) -> Vote:
    weights = greedy_weights(cube[:, np.arange(len(codes)), codes])
    return lambda asked: weighted_vote(asked, weights)


def _alone(place: int, known: Slice) -> Blend:
    return Blend(f"member {place}", score_of(known.codes, known.cube[place], known.metric), lambda asked: asked[place])
