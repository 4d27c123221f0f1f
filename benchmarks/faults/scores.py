"""How right the verdicts of a campaign are: pure functions over its result lines."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any

BINS = (0.0, 0.5, 0.65, 0.75, 0.85, 0.95, 1.0)
"""Edges of the reliability bins: the scale of `triage_bench.diagnosis.rule` falls into one bin each."""
HEALTHY, UNDECIDED = "healthy", "undecided"
BESIDE = "data beside a model"


@dataclass(frozen=True)
class Judged:
    """One verdict against the truth.

    Attributes
    ----------
    kind, origin, size
        Of the case; the data's verdict in a case about a model is of the kind `BESIDE`.
    fault, strength
        What was planted.
    accepted
        The right headlines, the planted cause first.
    headline, confidence
        What the verdict said; ``"none"`` where there was no verdict.
    listed
        All causes of the verdict.
    """

    kind: str
    origin: str
    size: int
    fault: str
    strength: float
    accepted: tuple[str, ...]
    headline: str
    confidence: float
    listed: tuple[str, ...]

    @property
    def area_right(self) -> bool:
        """Whether the headline lies in the area of a right headline."""
        return area(self.headline) in {area(cause) for cause in self.accepted}

    @property
    def cause_right(self) -> bool:
        """Whether the headline is right."""
        return self.headline in self.accepted

    @property
    def is_listed(self) -> bool:
        """Whether the planted cause stands in the list."""
        return self.accepted[0] in self.listed

    @property
    def is_false_alarm(self) -> bool:
        """Whether something is announced that is not there; no verdict is no alarm."""
        return not self.cause_right and area(self.headline) != "none"


@dataclass(frozen=True)
class Share:
    """So many of so many, with its 95 % Wilson interval."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.count / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson score interval (Wilson 1927) at 95 %."""
        return wilson(self.count, self.of)


def wilson(count: int, of: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the Wilson score interval of a share; (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, spread = count / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def area(cause: str) -> str:
    """Return the area of a cause: what stands before the dot."""
    return cause.partition(".")[0] if "." in cause else "none"


def judged(lines: Iterable[Mapping[str, Any]]) -> list[Judged]:
    """Return every verdict of the cases with one fault or none, against the truth."""
    found = []
    for line in lines:
        if line["kind"] == "two faults":
            continue
        planted = line["planted"][0]
        found.append(_judged(line, line["kind"], planted, _verdict(line, planted["in_model"])))
        if planted["in_model"]:
            sound = {"name": "untouched", "strength": 0.0, "accepted": [HEALTHY]}
            found.append(_judged(line, BESIDE, sound, _verdict(line, False)))
    return found


def both_listed(lines: Iterable[Mapping[str, Any]]) -> dict[str, Share]:
    """Return, by pair of faults, how often each of the two stands in the list of its verdict."""
    pairs: dict[str, list[bool]] = {}
    for line in lines:
        if line["kind"] == "two faults":
            name = " + ".join(f"{one['name']} {one['strength']:g}" for one in line["planted"])
            pairs.setdefault(name, []).append(all(_stands(line, one) for one in line["planted"]))
    return {name: Share(sum(found), len(found)) for name, found in sorted(pairs.items())}


def shares(
    verdicts: Iterable[Judged], by: Callable[[Judged], Hashable], right: Callable[[Judged], bool]
) -> dict[Hashable, Share]:
    """Return the share of right ones by some property, in the order in which its values first occur."""
    found: dict[Hashable, list[bool]] = {}
    for one in verdicts:
        found.setdefault(by(one), []).append(right(one))
    return {key: Share(sum(values), len(values)) for key, values in found.items()}


def reliability(verdicts: Sequence[Judged]) -> list[tuple[float, float, float, Share]]:
    """Return, per bin that holds a verdict, its edges, the mean confidence and the share of right headlines."""
    found = []
    for low, high in pairwise(BINS):
        inside = [one for one in verdicts if low <= one.confidence < high or (high == BINS[-1] == one.confidence)]
        if inside:
            mean = sum(one.confidence for one in inside) / len(inside)
            found.append((low, high, mean, Share(sum(one.cause_right for one in inside), len(inside))))
    return found


def calibration_error(verdicts: Sequence[Judged]) -> float:
    """Return the expected calibration error: the mean gap of confidence and truth over the bins, by their size."""
    gaps = [(right.of, abs(mean - right.value)) for _, _, mean, right in reliability(verdicts)]
    return sum(of * gap for of, gap in gaps) / max(1, sum(of for of, _ in gaps))


def _judged(line: Mapping[str, Any], kind: str, planted: Mapping[str, Any], said: Mapping[str, Any] | None) -> Judged:
    return Judged(
        kind,
        line["origin"],
        line["size"],
        planted["name"],
        planted["strength"],
        tuple(planted["accepted"]),
        said["cause"] if said else "none",
        said["confidence"] if said else 0.0,
        tuple(cause for cause, *_ in said["causes"]) if said else (),
    )


def _verdict(line: Mapping[str, Any], in_model: bool) -> Mapping[str, Any] | None:
    return next((one for one in line["verdicts"] if (one["model"] is not None) == in_model), None)


def _stands(line: Mapping[str, Any], planted: Mapping[str, Any]) -> bool:
    said = _verdict(line, planted["in_model"])
    return said is not None and planted["accepted"][0] in {cause for cause, *_ in said["causes"]}
