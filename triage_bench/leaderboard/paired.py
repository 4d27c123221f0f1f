"""Paired comparison of two recipes on identical rows.

Approximate randomisation (Noreen 1989; Yeh 2000, *More accurate tests for the statistical
significance of result differences*): if both models are equally good, swapping their answers in
any unit changes nothing but chance. Units are swapped as a whole, because rows of one group or
near-duplicate cluster do not err independently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from triage_bench.core.errors import InputError
from triage_bench.core.memo import recalled
from triage_bench.core.seeds import generator_for
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.kinds import half_of, kinds_of
from triage_bench.metrics import Metric

SWAPS = 4999
"""Random swaps per test: the smallest p is 1/5000."""

POWER = 0.8
ALPHA = 0.05

_REACH = NormalDist().inv_cdf(1 - ALPHA / 2) + NormalDist().inv_cdf(POWER)
"""How many standard errors a difference must have to be seen with that power: 2.80."""


@dataclass(frozen=True)
class Comparison:
    """One recipe against another on the same rows.

    Attributes
    ----------
    difference
        Its score minus the other's.
    p_value
        Two-sided, not corrected for several comparisons.
    error
        Standard error of the difference over units (paired jackknife).
    detectable
        The smallest true difference that rows like these show with 80 % power at alpha 0.05;
        None where both gave the same answers.
    """

    difference: float
    p_value: float
    error: float
    detectable: float | None


def compare(
    own: Answers, other: Answers, metric: Metric, *, coordinates: tuple[str, ...], swaps: int = SWAPS
) -> Comparison:
    """Compare two recipes.

    Parameters
    ----------
    own, other
        Their answers, for identical rows in identical units.
    metric
        A metric of the confusion counts.
    coordinates
        What the seeds derive from: the keys of both recipes' jobs.
    swaps
        Random swaps of the randomisation test.

    Raises
    ------
    InputError
        If rows, labels or units differ.
    """
    check_same_rows(own, other)
    of = [own.digest, other.digest, metric.name, coordinates, swaps]
    return Comparison(**recalled("comparison", of, lambda: asdict(_compared(own, other, metric, coordinates, swaps))))


def _compared(own: Answers, other: Answers, metric: Metric, coordinates: tuple[str, ...], swaps: int) -> Comparison:
    difference = float(own.score(own.counts, metric) - own.score(other.counts, metric))
    error = error_of_difference(own, other, metric)
    p_value = _p_value(own, other, metric, coordinates, swaps)
    return Comparison(difference, p_value, error, _REACH * error if error > 0 else None)


def check_same_rows(own: Answers, other: Answers) -> None:
    """Refuse a comparison of answers for different questions.

    Raises
    ------
    InputError
        If repeats, rows, labels or units differ.
    """
    if len(own.repeats) != len(other.repeats):
        raise InputError(
            f"a paired test needs the same repeats, got {len(own.repeats)} and {len(other.repeats)}; "
            "run both recipes under the same protocol."
        )
    for ours, theirs in zip(own.repeats, other.repeats, strict=True):
        for name in ("rows", "labels", "units"):
            if not np.array_equal(getattr(ours, name), getattr(theirs, name)):
                shared = len(np.intersect1d(ours.rows, theirs.rows))
                raise InputError(
                    f"a paired test needs identical {name}, got {len(ours)} and {len(theirs)} rows of which {shared} "
                    "are shared; run both recipes on the same data with the same split."
                )


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for being several, after Holm (1979); the order is kept."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in corrected]


def _p_value(own: Answers, other: Answers, metric: Metric, coordinates: tuple[str, ...], swaps: int) -> float:
    units = np.concatenate([own.unit_of_entry, other.unit_of_entry])
    cells = np.concatenate([own.cell_of_entry, other.cell_of_entry])
    weights = np.repeat(np.array([-1, 1]), len(own.unit_of_entry))
    change = half_of(
        kinds_of(units, cells, own.cells, weights), swaps, generator_for("swaps", metric.name, *coordinates)
    )
    swapped = own.score(own.counts + change, metric) - own.score(other.counts - change, metric)
    seen = abs(float(own.score(own.counts, metric) - own.score(other.counts, metric)))
    # Differences that are equal on paper differ in the last bits.
    as_large = int(np.count_nonzero(np.abs(swapped) >= seen - 1e-12))
    return (as_large + 1) / (swaps + 1)


def error_of_difference(own: Answers, other: Answers, metric: Metric) -> float:
    """Return the delete-one-unit jackknife's standard error of the difference; 0 for a single unit."""
    units = np.concatenate([own.unit_of_entry, other.unit_of_entry])
    cells = np.concatenate([own.cell_of_entry, own.cells + other.cell_of_entry])
    kinds = kinds_of(units, cells, 2 * own.cells)
    left = kinds.total - kinds.contents
    values = own.score(left[:, : own.cells], metric) - own.score(left[:, own.cells :], metric)
    defined = np.isfinite(values)
    if not defined.any():
        return 0.0
    values, members = values[defined], kinds.members[defined]
    spread = float((members * (values - np.average(values, weights=members)) ** 2).sum())
    return sqrt(spread * (kinds.units - 1) / kinds.units)
