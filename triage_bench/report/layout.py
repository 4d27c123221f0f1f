"""What stands where on the page: the view's entries by data set, with the geometry of bars and shades.

Nothing is computed here that could be read as a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from triage_bench.core.sentence import Sentence
from triage_bench.metrics import METRICS, Metric
from triage_bench.report.figures import Figure, calibration_figure, learning_figures, tuning_figure
from triage_bench.report.origin import short_id

BAR = 132
"""Width of an interval bar in its own units."""
SHADES = 9
DECIDED = 3
"""Models of a data set, from the best on, whose decision rules the page shows; report.json has all."""
BESIDE: Mapping[str, tuple[str, ...]] = {
    "nominal": ("accuracy", "balanced_accuracy", "log_loss"),
    "ordinal": ("accuracy", "qwk", "mae"),
    "triage": ("accuracy", "qwk", "under_triage"),
}
"""Metrics in the leaderboard beside the one that ranks."""

Entry = Mapping[str, Any]
Together = tuple[Entry, ...]
"""Findings of one check with the same outcome, one per model."""


@dataclass(frozen=True)
class Bar:
    """Geometry of an interval: its ends, the score, and the best model's interval behind it; `beyond` the axis."""

    low: float
    high: float
    at: float
    band_low: float
    band_high: float
    beyond: bool


@dataclass(frozen=True)
class Board:
    """One ranking with its rows, their bars and the metrics that are shown."""

    ranking: Entry
    rows: tuple[tuple[Entry, Bar | None], ...]
    metric: Metric
    beside: tuple[Metric, ...]
    every: tuple[Metric, ...]


@dataclass(frozen=True)
class Headline:
    """A verdict with the best model of its data set."""

    verdict: Entry
    dataset: Entry
    best: Entry | None
    area: str
    state: str
    metric: Sentence | None


@dataclass(frozen=True)
class Checked:
    """The findings of one data set: what asks for attention, what passed, what could not be judged."""

    dataset: Entry
    urgent: tuple[Together, ...]
    passed: tuple[Together, ...]
    other: tuple[Together, ...]
    tally: Mapping[str, int]


@dataclass(frozen=True)
class Drawn:
    """Entries of one data set with their charts."""

    dataset: str
    entries: tuple[Entry, ...]
    figures: tuple[Figure, ...]


def lay_out(view: Entry) -> dict[str, Any]:
    """Return everything the templates need besides the view itself."""
    datasets = sorted(view["datasets"], key=lambda one: one["role"] != "target")
    names = [one["name"] for one in datasets]
    boards = sorted(
        (_board(ranking, view) for ranking in view["rankings"]), key=lambda b: names.index(b.ranking["dataset"])
    )
    return {
        "datasets": datasets,
        "headlines": _headlines(view, datasets, boards),
        "checked": [found for one in datasets if (found := _checked(one, view)) is not None],
        "boards": boards,
        "errors": [Drawn(name, _best_of_each(found), ()) for name, found in _by_dataset(view["errors"], names)],
        "calibrations": [
            Drawn(name, found[:1], (calibration_figure(_best_of_each(found)),))
            for name, found in _by_dataset(view["calibration"], names)
        ],
        "decisions": [Drawn(name, found[:DECIDED], ()) for name, found in _by_dataset(view["decisions"], names)],
        "curves": [
            Drawn(name, (one,), learning_figures(one))
            for name, found in _by_dataset(view["learning"], names)
            for one in _best_of_each(found)
        ],
        "searches": [
            Drawn(name, found, tuple(filter(None, [tuning_figure(found)])))
            for name, found in _by_dataset(view["tuning"], names)
        ],
        "metrics": METRICS,
        "shade": shade,
        "anchor": short_id,
        "svg": Markup,  # drawings come from vl-convert, their texts escaped there
    }


def shade(rows: int, of: int) -> int:
    """Return how dark a confusion cell is, from 0 (empty) to 9 (the whole row)."""
    return 0 if not rows or not of else max(1, round(SHADES * rows / of))


def _headlines(view: Entry, datasets: Sequence[Entry], boards: Sequence[Board]) -> list[Headline]:
    best: dict[str, Entry | None] = {}
    for board in boards:
        best.setdefault(board.ranking["dataset"], next((row for row, _ in board.rows if row["rank"] == 1), None))
    headlines = []
    for dataset in datasets:
        for verdict in (one for one in view["verdicts"] if one["dataset"] == dataset["name"]):
            row = best.get(dataset["name"])
            undecided = verdict["cause"] == "undecided"
            headlines.append(
                Headline(
                    verdict=verdict,
                    dataset=dataset,
                    best=row,
                    area="undecided" if undecided else verdict["area"],
                    state="skipped" if undecided else "passed" if verdict["area"] == "none" else "issue",
                    metric=METRICS[row["metric"]].title if row else None,
                )
            )
    return headlines


def _checked(dataset: Entry, view: Entry) -> Checked | None:
    own = [one for one in view["findings"] if one["dataset"] == dataset["name"]]
    if not own:
        return None
    return Checked(
        dataset,
        _together(own, ("issue", "tip", "muted")),
        _together(own, ("passed",)),
        _together(own, ("skipped", "not_applicable")),
        view["tally"][dataset["name"]],
    )


def _together(findings: Sequence[Entry], outcomes: Sequence[str]) -> tuple[Together, ...]:
    grouped: dict[tuple[int, str], list[Entry]] = {}
    for one in findings:
        if one["outcome"] in outcomes:
            grouped.setdefault((outcomes.index(one["outcome"]), one["code"]), []).append(one)
    return tuple(tuple(grouped[key]) for key in sorted(grouped))


def _board(ranking: Entry, view: Entry) -> Board:
    rows = {row["id"]: row for row in view["leaderboard"]}
    members = [rows[one] for one in ranking["ids"]]
    best = next((row for row in members if row["rank"] == 1), None)
    known = {name for row in members for name in row["scores"]}
    beside = [METRICS[name] for name in BESIDE[ranking["scale"]] if name in known and name != ranking["metric"]]
    return Board(
        ranking,
        tuple((row, _bar(row, best, ranking["axis"])) for row in members),
        METRICS[ranking["metric"]],
        tuple(beside),
        tuple(metric for metric in METRICS.values() if metric.name in known),
    )


def _bar(row: Entry, best: Entry | None, axis: Sequence[float]) -> Bar | None:
    if row["score"] is None or row["ci_low"] is None or best is None:
        return None
    low, high = axis

    def place(value: float) -> float:
        return round(BAR * min(max((value - low) / (high - low), 0.0), 1.0), 1)

    return Bar(
        low=place(row["ci_low"]),
        high=place(row["ci_high"]),
        at=place(row["score"]),
        band_low=place(best["ci_low"]),
        band_high=place(best["ci_high"]),
        beyond=row["score"] < low,
    )


def _best_of_each(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Keep the first entry of every estimator: with each of its tokenizers the page would show much of a kind."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry["estimator"], entry)
    return tuple(first.values())


def _by_dataset(entries: Sequence[Entry], names: Sequence[str]) -> list[tuple[str, tuple[Entry, ...]]]:
    grouped = ((name, tuple(entry for entry in entries if entry["dataset"] == name)) for name in names)
    return [(name, found) for name, found in grouped if found]
