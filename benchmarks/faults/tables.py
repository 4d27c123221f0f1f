"""What a campaign prints: figures with intervals, and the targets beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.faults.scores import (
    BESIDE,
    Judged,
    Share,
    both_listed,
    calibration_error,
    judged,
    reliability,
    shares,
)

Choice = Callable[[Judged], bool]

_LARGE, _SMALL = (lambda one: one.size >= 500), (lambda one: one.size < 500)
TARGETS: tuple[tuple[str, str, Choice, Choice, float, bool], ...] = (
    # what, kind, which of them, what is counted, target, whether the target is a floor
    ("500 rows or more: area right", "data", _LARGE, lambda one: one.area_right, 0.95, True),
    ("500 rows or more: cause right, top 1", "data", _LARGE, lambda one: one.cause_right, 0.90, True),
    ("500 rows or more: false alarms", "healthy data", _LARGE, lambda one: one.is_false_alarm, 0.03, False),
    ("200 rows or fewer: area right", "data", _SMALL, lambda one: one.area_right, 0.90, True),
    ("200 rows or fewer: cause right, top 1", "data", _SMALL, lambda one: one.cause_right, 0.85, True),
    ("200 rows or fewer: false alarms", "healthy data", _SMALL, lambda one: one.is_false_alarm, 0.05, False),
    ("faulty models: area right", "model", lambda one: True, lambda one: one.area_right, 0.95, True),
    ("faulty models: cause right, top 1", "model", lambda one: True, lambda one: one.cause_right, 0.85, True),
    ("sound models: false alarms", "healthy model", lambda one: True, lambda one: one.is_false_alarm, 0.03, False),
    ("the data's verdict beside a model: false alarms", BESIDE, _LARGE, lambda one: one.is_false_alarm, 0.03, False),
)
"""The targets of the project's plan; the last one is our own."""
BOTH_LISTED = 0.80


def printed(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return all tables of a campaign."""
    verdicts = judged(lines)
    faulty = [one for one in verdicts if one.kind in ("data", "model")]
    parts = [
        "\n".join(_against_targets(verdicts, lines)),
        "\n".join(_by("fault", faulty, lambda one: f"{one.kind}: {one.fault}")),
        "\n".join(_by("fault and strength", [one for one in faulty if one.strength], _fault_strength)),
        "\n".join(_by("rows", faulty, lambda one: f"{one.kind}: {one.size:,}")),
        "\n".join(_by("data set", faulty, lambda one: f"{one.kind}: {one.origin}")),
        "\n".join(_alarms(verdicts)),
        "\n".join(_pairs(lines)),
        "\n".join(_calibration(verdicts)),
        "\n".join(_confusions(faulty)),
        "\n".join(_effort(lines)),
    ]
    return "\n\n".join(part for part in parts if part)


def _against_targets(verdicts: Sequence[Judged], lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"{'':52}{'measured':>9}  {'95 % interval':>15}{'of':>6}{'target':>9}"
    for what, kind, which, counted, target, floor in TARGETS:
        chosen = [counted(one) for one in verdicts if one.kind == kind and which(one)]
        yield _target_line(what, Share(sum(chosen), len(chosen)), target, floor)
    pairs = both_listed(lines).values()
    both = Share(sum(one.count for one in pairs), sum(one.of for one in pairs))
    yield _target_line("two faults at once: both in the list", both, BOTH_LISTED, True)


def _target_line(what: str, share: Share, target: float, floor: bool) -> str:
    if not share.of:
        return f"{what:52}{'–':>9}  {'':>15}{0:>6}{'≥' if floor else '≤':>5}{target:4.2f}"
    met = share.value >= target if floor else share.value <= target
    return (
        f"{what:52}{share.value:9.3f}  {_interval(share):>15}{share.of:>6}{'≥' if floor else '≤':>5}{target:4.2f}"
        + ("  met" if met else "  MISSED")
    )


def _by(title: str, verdicts: Sequence[Judged], key: Callable[[Judged], Hashable]) -> Iterator[str]:
    if not verdicts:
        return
    yield f"by {title:41}{'cases':>6}  {'area right':>22}{'cause, top 1':>24}{'in the list':>24}"
    area, cause, listed = (
        shares(verdicts, key, right)
        for right in (lambda one: one.area_right, lambda one: one.cause_right, lambda one: one.is_listed)
    )
    for name in sorted(area, key=_natural):
        figures = "".join(f"{one[name].value:8.2f} {_interval(one[name]):>15}" for one in (area, cause, listed))
        yield f"  {name!s:42}{area[name].of:>6}{figures}"


def _alarms(verdicts: Sequence[Judged]) -> Iterator[str]:
    sound = [one for one in verdicts if one.kind.startswith("healthy") or one.kind == BESIDE]
    if not sound:
        return
    yield f"{'false alarms where nothing is wrong':44}{'cases':>6}"
    found = shares(sound, lambda one: f"{one.kind}: {one.fault}, {one.size:,} rows", lambda one: one.is_false_alarm)
    for name in sorted(found, key=str):
        yield f"  {name!s:42}{found[name].of:>6}{found[name].value:8.2f} {_interval(found[name]):>15}"


def _pairs(lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    found = both_listed(lines)
    if found:
        yield f"{'two faults: both in the list':44}{'cases':>6}"
    for name, share in found.items():
        yield f"  {name:42}{share.of:>6}{share.value:8.2f} {_interval(share):>15}"


def _calibration(verdicts: Sequence[Judged]) -> Iterator[str]:
    said = [one for one in verdicts if one.confidence > 0]
    if not said:
        return
    yield f"{'confidence of the headline':44}{'cases':>6}{'said':>8}{'right':>8}"
    for low, high, mean, right in reliability(said):
        yield f"  {f'{low:.2f} to {high:.2f}':42}{right.of:>6}{mean:8.2f}{right.value:8.2f} {_interval(right):>15}"
    yield f"  expected calibration error {calibration_error(said):.3f}"


def _confusions(verdicts: Sequence[Judged]) -> Iterator[str]:
    wrong = Counter((one.accepted[0], one.headline) for one in verdicts if not one.cause_right)
    if wrong:
        yield "planted → said, where the headline is wrong"
    for (planted, said), count in wrong.most_common():
        yield f"  {planted:24} → {said:24}{count:>4}"


def _effort(lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    broken = [line for line in lines if line["error"]]
    seconds = sorted(line["seconds"] for line in lines)
    if seconds:
        middle = seconds[len(seconds) // 2]
        yield f"{len(lines)} cases, {sum(seconds):.0f} s, median {middle:.1f} s; broken: {len(broken)}"
    for line in broken[:10]:
        yield f"  {line['case']}: {line['error']}"


def _fault_strength(one: Judged) -> str:
    return f"{one.fault} {one.strength:g}"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{low:.3f}–{high:.3f}"


def _natural(name: Hashable) -> tuple[str, float]:
    """Sort names that end in a number by that number."""
    head, _, tail = str(name).rpartition(" ")
    number = tail.replace(",", "")
    return (head, float(number)) if head and number.replace(".", "", 1).isdigit() else (str(name), 0.0)
