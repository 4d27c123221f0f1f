"""What more rows would bring: a power law through scores at several numbers of rows.

``score(n) = a - b n^-c``, the form learning curves of classifiers follow over a wide range (Hestness
et al. 2017; Viering and Loog 2023). Four numbers of rows do not pin three parameters down, so the
forecast is a range: the exponent is searched over what is seen in practice, and the scores are
drawn again within their errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.digest import digest_array
from triage_bench.core.memo import recalled
from triage_bench.core.seeds import generator_for

Numbers = NDArray[np.float64]

EXPONENTS = np.concatenate(([0.01, 0.05], np.linspace(0.1, 1.0, 19)))
"""From a curve that rises by the same amount with every doubling to one that bends at once."""
DRAWS = 400
LEAST_ERROR = 0.004
"""No score is known better: repeats on the same rows hide part of their error."""
MODEL_ERROR = 0.015
"""Standard deviation of what came out around what such a law had said, over doublings of 320 and 800 rows of
nsmc, ynat, ktas_symptom and ktas-sim: which rows come next is luck, and no curve is a power law exactly."""
RANGE = (10, 90)
"""Percentiles of the forecast that are quoted: one future in five lies outside."""


@dataclass(frozen=True)
class Forecast:
    """The expected gain of a number of rows over the present one.

    Attributes
    ----------
    low, middle, high
        The 10th, 50th and 90th percentile; never below 0: more rows of the same kind do not harm.
    """

    low: float
    middle: float
    high: float


def forecast(rows: Sequence[float], scores: Sequence[float], errors: Sequence[float], times: float) -> Forecast:
    """Forecast the gain at `times` the largest number of rows.

    Parameters
    ----------
    rows, scores, errors
        At least three numbers of rows, the score at each (at most 1), and its standard error.
    times
        How many times the largest of `rows`; 2 is as far as four points carry.

    Raises
    ------
    ValueError
        With fewer than three points.
    """
    if len(rows) < 3:
        raise ValueError(f"a power law needs at least 3 numbers of rows, got {len(rows)}")
    n, seen, spread = (np.asarray(values, dtype=np.float64) for values in (rows, scores, errors))
    of = [*map(digest_array, (n, seen, spread)), times]
    return Forecast(**recalled("forecast", of, lambda: asdict(_forecast(n, seen, spread, times))))


def _forecast(n: Numbers, seen: Numbers, spread: Numbers, times: float) -> Forecast:
    spread = np.maximum(spread, LEAST_ERROR)
    rng = generator_for("forecast", *map(repr, n.tolist()))
    gains = np.empty(DRAWS)
    for draw in range(DRAWS):
        found, loss = _curves(n, seen + spread * rng.standard_normal(len(n)), spread, times)
        likely = np.exp(-(loss - loss.min()) / 2)
        gains[draw] = rng.choice(found, p=likely / likely.sum()) + MODEL_ERROR * rng.standard_normal()
    gains = np.clip(gains, 0.0, max(0.0, 1.0 - float(seen[np.argmax(n)])))
    low, middle, high = np.percentile(gains, (RANGE[0], 50, RANGE[1]))
    return Forecast(float(low), float(middle), float(high))


def _curves(n: Numbers, scores: Numbers, errors: Numbers, times: float) -> tuple[Numbers, Numbers]:
    """Return, for every exponent, the gain by the curve that fits best, and how badly it fits (chi squared).

    The plateau is at most 1, and no curve falls.
    """
    weights = 1 / errors**2
    falling = (n / n.max()) ** -EXPONENTS[:, None]
    middle = np.average(falling, axis=1, weights=np.broadcast_to(weights, falling.shape))
    level = float(np.average(scores, weights=weights))
    away = falling - middle[:, None]
    b = np.maximum(0.0, -(weights * away * (scores - level)).sum(axis=1) / (weights * away**2).sum(axis=1))
    plateau = level + b * middle
    perfect = plateau > 1
    below = np.maximum(0.0, (weights * falling * (1 - scores)).sum(axis=1) / (weights * falling**2).sum(axis=1))
    b, plateau = np.where(perfect, below, b), np.where(perfect, 1.0, plateau)
    loss = (weights * (scores - plateau[:, None] + b[:, None] * falling) ** 2).sum(axis=1)
    return b * (1 - times**-EXPONENTS), loss
