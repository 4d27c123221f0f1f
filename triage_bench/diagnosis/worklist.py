"""Which labels to look at again first: the rows whose label the other rows contradict most.

A ranking, not a sentence: nothing is deleted or changed by it. Under planted noise of 20 % most of the
listed labels are wrong; on sound data most are right, and the list is short work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.record import Predictions
from triage_bench.metrics.counts import confusion, macro_f1

SHARE = 0.05
"""Share of the rows that is listed: down to there the ranking was measured."""

FEWEST, MOST = 20, 500
"""Rows that are listed at least, where there are that many contradictions, and at most: a day's work."""

LEAST_NOISE = 0.02
"""Share of wrong labels that is assumed where no noise was found: no data is free of slips."""

TEMPER = 0.5
"""How far the odds of a model are believed: those of models trained on few rows are too sure."""

SUREST = 0.95
"""Share of the differing rows that can be wrong at most."""


@dataclass(frozen=True)
class Suspect:
    """A row whose label should be looked at again.

    Attributes
    ----------
    row
        Its number in the data set.
    given, suggested
        Label codes: what stands there, and what a model trained without this row answers.
    given_probability, suggested_probability
        What that model gives the two.
    wrong
        The chance that the given label is wrong: over all rows these add up to the noise assumed.
    worth
        Expected gain of the measured macro-F1 when this row is looked at and, if wrong, corrected,
        every answer staying as it is. What cleaner training rows add comes on top.
    """

    row: int
    given: int
    suggested: int
    given_probability: float
    suggested_probability: float
    wrong: float
    worth: float


def worklist(answers: Predictions, classes: int, noise: float) -> tuple[Suspect, ...]:
    """Return the rows to look at again, most doubtful first.

    Parameters
    ----------
    answers
        Out-of-fold answers. Rows of an official test side must not be among them: whoever corrects
        labels by this list would choose the rows that the score is measured on.
    classes
        How many labels there are.
    noise
        Share of wrong labels to reckon with (`labels.assumed_noise`).

    Returns
    -------
    tuple of Suspect
        By normalised margin (Northcutt et al. 2021, "Confident learning", section 3.2): probability of the
        given label less that of the likeliest other. Only rows that are answered differently.
    """
    margin, other = _margins(answers)
    doubtful = np.flatnonzero(margin < 0)
    doubtful = doubtful[np.lexsort((answers.rows[doubtful], margin[doubtful]))][: list_length(len(answers))]
    wrong = _chances_wrong(answers, margin, noise)
    gains = _gains(answers.labels, answers.predicted, other, doubtful, classes)
    return tuple(
        Suspect(
            row=int(answers.rows[at]),
            given=int(answers.labels[at]),
            suggested=int(other[at]),
            given_probability=float(answers.probabilities[at, answers.labels[at]]),
            suggested_probability=float(answers.probabilities[at, other[at]]),
            wrong=float(wrong[at]),
            worth=float(wrong[at] * gain),
        )
        for at, gain in zip(doubtful.tolist(), gains, strict=True)
    )


def list_length(rows: int) -> int:
    """Return how many of so many rows are listed at most."""
    return min(MOST, max(FEWEST, round(SHARE * rows)))


def _margins(answers: Predictions) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    probabilities = answers.probabilities.astype(np.float64)
    every = np.arange(len(answers))
    given = probabilities[every, answers.labels]
    probabilities[every, answers.labels] = -1.0
    other = probabilities.argmax(axis=1)
    return given - probabilities[every, other], other


def _chances_wrong(answers: Predictions, margin: NDArray[np.float64], noise: float) -> NDArray[np.float64]:
    """Return P(given label wrong), as many in all as the noise says and as surely as the answers rank them.

    A row answered as labelled gets 0. The others get ``sigmoid(a + TEMPER ln(p other / p given))``, with the
    one `a` for which the chances add up to the wrong labels expected. Taken at their word, the probabilities
    of a model of few rows would make nearly every listed row wrong, on sound data as well.
    """
    given = np.maximum(answers.probabilities[np.arange(len(answers)), answers.labels].astype(np.float64), 1e-6)
    chances = np.zeros(len(answers))
    differing = np.flatnonzero(margin < 0)
    if not len(differing):
        return chances
    evidence = TEMPER * np.log((given - margin)[differing] / given[differing])
    wanted = min(max(noise, LEAST_NOISE) * len(answers), SUREST * len(differing))
    low, high = -60.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _sigmoid(middle + evidence).sum() < wanted else (low, middle)
    chances[differing] = _sigmoid(low + evidence)
    return chances


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -500, 500))))


def _gains(
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    other: NDArray[np.int64],
    rows: NDArray[np.int64],
    classes: int,
) -> list[float]:
    """Return how much macro-F1 gains by each single correction, the answers staying as they are."""
    table = confusion(labels, predicted, classes)
    before = float(macro_f1(table))
    moves: dict[tuple[int, int, int], float] = {}
    gains = []
    for at in rows.tolist():
        move = (int(labels[at]), int(other[at]), int(predicted[at]))
        if move not in moves:
            moved = table.copy()
            moved[move[0], move[2]] -= 1
            moved[move[1], move[2]] += 1
            moves[move] = float(macro_f1(moved)) - before
        gains.append(moves[move])
    return gains
