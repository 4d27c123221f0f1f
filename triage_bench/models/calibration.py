"""From margins to probabilities, learnt on inner folds of the training rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, log_softmax, softmax

from triage_bench.core.errors import ModelFileError, UnknownNameError
from triage_bench.core.kept import Kept
from triage_bench.models.contract import Codes, Probabilities

Margins = NDArray[np.float64]
Rows = NDArray[np.int64]

METHODS = ("temperature", "sigmoid")

ENOUGH_ROWS = {"temperature": 500, "sigmoid": 3_000}
"""One number is learnt, or two per class: further folds would cost a fit each and change little."""

FEWEST_ROWS = 16
_DEFAULT_SLOPE = 2.0  # what margins of ±1 usually ask for; used where too few rows could be scored
_SLOPES = (np.log(1e-2), np.log(1e3))


@dataclass(frozen=True, eq=False)
class Calibration:
    """Margins → probabilities.

    ``temperature``: softmax of the margins times one slope (Guo et al. 2017); the most probable
    class stays the one with the largest margin. ``sigmoid``: one logistic curve per class
    (Platt 1999), normalised to sum to 1.

    Attributes
    ----------
    method
        ``"temperature"`` or ``"sigmoid"``.
    slopes, offsets : ndarray
        Shape (1,) or (k,).
    """

    method: str
    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]

    def __call__(self, margins: Margins) -> Probabilities:
        """Return probabilities, shape (n, k), of margins of that shape."""
        scaled = margins * self.slopes + self.offsets
        if self.method == "temperature":
            return np.asarray(softmax(scaled, axis=1))
        curves = expit(scaled) + 1e-12
        return np.asarray(curves / curves.sum(axis=1, keepdims=True))

    def kept(self) -> Kept:
        """Return what was learnt."""
        return Kept({"method": self.method}, {"slopes": self.slopes, "offsets": self.offsets})

    @classmethod
    def restored(cls, kept: Kept, classes: int) -> Calibration:
        """Read back what `kept` gave, for so many classes.

        Raises
        ------
        ModelFileError
            If something else stands there.
        """
        method = kept.value("method", str)
        if method not in METHODS:
            raise ModelFileError(f"the model file calibrates by {method!r:.40}; expected one of {', '.join(METHODS)}.")
        width = 1 if method == "temperature" else classes
        return cls(method, kept.array("slopes", "f", width), kept.array("offsets", "f", width))


def calibrated(margins: Margins, codes: Codes, method: str) -> Calibration:
    """Fit a calibration to margins of rows that their model has not seen.

    Parameters
    ----------
    margins
        Shape (n, k), larger meaning more likely.
    codes
        Labels in ``range(k)``, shape (n,).
    method
        ``"temperature"`` or ``"sigmoid"``.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    """
    if method not in METHODS:
        raise UnknownNameError("calibration", str(method), METHODS)
    classes = margins.shape[1]
    if len(codes) < FEWEST_ROWS:
        return Calibration("temperature", np.array([_DEFAULT_SLOPE]), np.zeros(1))
    if method == "temperature":
        return Calibration(method, np.array([_slope(margins, codes)]), np.zeros(1))
    curves = np.array([_curve(margins[:, label], codes == label) for label in range(classes)])
    return Calibration(method, curves[:, 0], curves[:, 1])


def _slope(margins: Margins, codes: Codes) -> float:
    """Return the slope with the highest likelihood; smoothed targets keep it finite if all rows are right."""
    rows, classes = margins.shape
    targets = np.full((rows, classes), 1.0 / (rows + classes))
    targets[np.arange(rows), codes] += rows / (rows + classes)

    def loss(log_slope: float) -> float:
        return float(-(targets * log_softmax(margins * np.exp(log_slope), axis=1)).sum())

    return float(np.exp(minimize_scalar(loss, bounds=_SLOPES, method="bounded").x))


def _curve(margin: Margins, positive: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and offset of Platt's curve, with his smoothed targets; the slope is never negative."""
    positives, negatives = int(positive.sum()), int((~positive).sum())
    target = np.where(positive, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, offset = np.exp(point[0]), point[1]
        linear = slope * margin + offset
        error = expit(linear) - target
        value = np.logaddexp(0.0, linear) - target * linear
        return float(value.sum()), np.array([slope * float(error @ margin), float(error.sum())])

    begin = np.array([np.log(_DEFAULT_SLOPE), np.log((positives + 1) / (negatives + 1))])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=[_SLOPES, (-30.0, 30.0)])
    return float(np.exp(found.x[0])), float(found.x[1])


def out_of_fold(
    texts: Sequence[str],
    codes: Codes,
    folds: int,
    rng: np.random.Generator,
    margins_of: Callable[[Rows, Rows], Margins],
    enough: int = 3_000,
) -> tuple[Margins, Codes]:
    """Score training rows by models that have not seen them, fold by fold until there are enough.

    Parameters
    ----------
    texts, codes
        The training rows and their labels in ``range(k)``.
    folds
        How many parts; rows with the same text stand in one.
    rng
        Decides which.
    margins_of
        ``(rows to learn from, rows to score) → margins``, shape (rows to score, k).
    enough
        Stop after the fold with which this many rows are scored.

    Returns
    -------
    margins, codes : ndarray
        Of the scored rows. There may be none: a class with one row cannot be held out.
    """
    part = _parts(texts, codes, folds, rng)
    classes = int(codes.max()) + 1
    scored, truth = [np.empty((0, classes))], [codes[:0]]
    for fold in range(folds):
        learn, score = np.flatnonzero(part != fold), np.flatnonzero(part == fold)
        if len(score) and len(np.unique(codes[learn])) == classes:
            scored.append(margins_of(learn, score))
            truth.append(codes[score])
        if sum(map(len, truth)) >= enough:
            break
    return np.concatenate(scored), np.concatenate(truth)


def _parts(texts: Sequence[str], codes: Codes, folds: int, rng: np.random.Generator) -> Rows:
    """Return each row's fold: class by class in turn, equal texts together, a class's only text in none (-1)."""
    seen: dict[str, int] = {}
    unit = np.array([seen.setdefault(text.strip(), len(seen)) for text in texts], dtype=np.int64)
    first = np.unique(unit, return_index=True)[1]
    part = np.full(len(first), -1, dtype=np.int64)
    begin = 0
    for label in np.unique(codes[first]):
        members = rng.permutation(np.flatnonzero(codes[first] == label))
        if len(members) > 1:
            part[members] = (begin + np.arange(len(members))) % folds
            begin += len(members)
    return part[unit]
