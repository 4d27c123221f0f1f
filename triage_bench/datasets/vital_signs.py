"""What is odd about side columns: impossible values, gaps that depend on the label, a test side unlike training."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, kolmogorov

from triage_bench.core.dataset import TEST, TRAIN, Dataset
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.side_columns import MISSING, SideColumns


@dataclass(frozen=True)
class Sign:
    """A vital sign, known by its column's name, and what a living patient can have.

    Attributes
    ----------
    name
        Pattern of the column's name in small letters.
    low, high
        Lowest and highest possible value: mmHg, beats and breaths a minute, °C, %, years, points.
    other, factor, offset
        Another unit in use, and what makes the usual one of it: ``value * factor + offset``.
    """

    name: str
    low: float
    high: float
    other: str = ""
    factor: float = 1.0
    offset: float = 0.0

    def possible(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which values a patient can have, or are missing."""
        return ~((values < self.low) | (values > self.high))


_KPA = ("kPa", 7.50062)
SIGNS = (
    Sign(r"\bsbp\b|systolic|수축기", 30, 350, *_KPA),
    Sign(r"\bdbp\b|diastolic|이완기", 15, 250, *_KPA),
    Sign(r"\bbp\b|blood.?pressure|혈압", 15, 350, *_KPA),
    Sign(r"\b(hr|pr)\b|heart.?rate|pulse|맥박|심박", 0, 350),
    Sign(r"\brr\b|resp|호흡", 0, 120),
    Sign(r"\bbt\b|temp|체온", 24, 46, "°F", 5 / 9, -160 / 9),
    Sign(r"sat|spo2|산소", 10, 100, "0–1", 100),
    Sign(r"\bage\b|나이|연령", 0, 125),
    Sign(r"\bnrs|\bvas\b|통증", 0, 10),
)
"""A value beyond is a slip, another unit (a temperature of 98 is °F), or a code for "not measured" (999; 0 where no
arrest can be meant). A pressure below 15 or 30 mmHg is not read from a cuff, and is an ordinary one in kPa."""

SURE = 1e-3
"""p-value, divided by the columns looked at, from which gaps or shifts count."""
LARGE = 0.1
"""And how large they must be besides: range of the share of gaps over the classes; Kolmogorov-Smirnov distance
between the two sides, of categories in the order of their names."""
FEWEST_OF_CLASS = 20
"""Rows of a class below which its share of gaps is not looked at."""


def odd_columns(dataset: Dataset) -> Iterator[Notice]:
    """Yield one notice of how many columns are read, and one for each kind of oddity that some of them have.

    Parameters
    ----------
    dataset
        With columns to read. The labels of an official test side are not looked at.
    """
    side = dataset.side
    if side is None:
        return
    names = (*side.numeric, *side.categorical)
    listed = ", ".join(names)
    read = Sentence(
        f"문장과 함께 읽는 열은 {len(names):,}개입니다({listed}).",
        f"{len(names):,} columns are read beside the text ({listed}).",
    )
    yield Notice("columns.read", len(names), len(dataset.columns), read)
    for code, ko, en, found in (
        ("columns.impossible", "있을 수 없는 값이 있습니다", "hold values that no patient has", _impossible(side)),
        (
            "columns.gaps",
            "빈 값의 비율이 라벨에 따라 다릅니다",
            "miss more values in some classes",
            _gaps(dataset, side),
        ),
        (
            "columns.drift",
            "평가 쪽 분포가 학습 쪽과 다릅니다",
            "differ between training and test",
            _drift(dataset, side),
        ),
    ):
        if found:
            which = ", ".join(f"{name} {how}" for name, how in found.items())
            said = Sentence(
                f"열 {len(names):,}개 가운데 {len(found):,}개에 해당합니다. {ko}: {which}.",
                f"{len(found):,} of {len(names):,} columns {en}: {which}.",
            )
            yield Notice(code, len(found), len(names), said)


def sign_of(name: str) -> Sign | None:
    """Return the vital sign that a column holds, by its name; None of any other column."""
    spelt = re.sub(r"[_\-.]", " ", name.lower())
    return next((sign for sign in SIGNS if re.search(sign.name, spelt)), None)


def _impossible(side: SideColumns) -> dict[str, str]:
    found = {}
    for name, values in side.numeric.items():
        sign = sign_of(name)
        if sign is not None and not (fine := sign.possible(values)).all():
            unit = _unit_of(values[~fine], sign)
            found[name] = f"({int((~fine).sum()):,}: < {sign.low:g} / > {sign.high:g}{unit})"
    return found


def _unit_of(wrong: NDArray[np.float64], sign: Sign) -> str:
    """Return the unit that would make sense of most of the impossible values, as a question."""
    sense = sign.possible(wrong * sign.factor + sign.offset)
    return f"; {sign.other}?" if sign.other and 2 * sense.sum() > len(wrong) else ""


def _gaps(dataset: Dataset, side: SideColumns) -> dict[str, str]:
    seen = np.ones(len(dataset), dtype=bool) if dataset.official is None else dataset.official == TRAIN
    rows = np.bincount(dataset.labels[seen], minlength=len(dataset.label_names))
    large = rows >= FEWEST_OF_CLASS
    gaps = {name: np.isnan(values) for name, values in side.numeric.items()}
    gaps |= {name: np.array([value == MISSING for value in values]) for name, values in side.categorical.items()}
    found = {}
    for name, missing in gaps.items():
        counts = np.bincount(dataset.labels[seen], weights=missing[seen], minlength=len(rows))[large]
        share = counts.sum() / max(rows[large].sum(), 1)
        if not 0 < share < 1 or large.sum() < 2:
            continue
        statistic = ((counts - rows[large] * share) ** 2 / (rows[large] * share * (1 - share))).sum()
        shares = counts / rows[large]
        if float(chdtrc(large.sum() - 1, statistic)) < SURE / len(gaps) and np.ptp(shares) >= LARGE:
            found[name] = f"({shares.min():.0%}-{shares.max():.0%})"
    return found


def _drift(dataset: Dataset, side: SideColumns) -> dict[str, str]:
    if dataset.official is None:
        return {}
    train, test = dataset.official == TRAIN, dataset.official == TEST
    found = {}
    ranks = dict(side.numeric)
    for name, categories in side.categorical.items():
        known = {value: float(place) for place, value in enumerate(sorted(set(categories)))}
        ranks[name] = np.array([known[value] for value in categories])
    for name, values in ranks.items():
        distance, p = _apart(values[train & ~np.isnan(values)], values[test & ~np.isnan(values)])
        if p < SURE / len(ranks) and distance >= LARGE:
            found[name] = f"({distance:.2f})"
    return found


def _apart(left: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov distance of two samples and its asymptotic p-value (conservative with ties)."""
    if not (len(left) and len(right)):
        return 0.0, 1.0
    points = np.concatenate((left, right))
    below = [np.searchsorted(np.sort(one), points, side="right") / len(one) for one in (left, right)]
    distance = float(np.abs(below[0] - below[1]).max())
    return distance, float(kolmogorov(distance * np.sqrt(len(left) * len(right) / (len(left) + len(right)))))
