"""What stands where on the page: the view's entries by data set, with the geometry of bars and shades.

Nothing is computed here that could be read as a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from triage_bench.core.job import BASELINES
from triage_bench.core.sentence import Sentence
from triage_bench.metrics import METRICS, Metric
from triage_bench.report import sections
from triage_bench.report.checked import checked_of, overview_of
from triage_bench.report.figures import Figure, calibration_figure, cost_figure, learning_figures, tuning_figure
from triage_bench.report.origin import short_id
from triage_bench.report.words import WORDS

BAR = 132
"""Width of an interval bar in its own units."""
SAID = 5
"""Models of which one check is told; with twenty of them the rest stands in findings.csv."""
MATRICES = 3
"""Models of a data set, one of each family and from the best on, whose confusion the page shows."""
LEARNERS = 2
"""Networks of a data set whose learning curves it shows: those an issue names, then from the best on; TensorBoard has
all."""
DECIDED = 3
"""Models of a data set, from the best on, whose decision rules the page shows; report.json has all."""
CROWDED = 8
"""Data sets beyond which these three parts show the best model of each only, the leaderboard its main metrics, and
a section is laid out when the reader comes to it, so that the page stays light."""
BESIDE: Mapping[str, tuple[str, ...]] = {
    "nominal": ("accuracy", "balanced_accuracy", "log_loss"),
    "ordinal": ("accuracy", "qwk", "mae"),
    "triage": ("accuracy", "qwk", "under_triage"),
}
"""Metrics in the leaderboard beside the one that ranks."""

MERGES = "TB224"
"""The check that says which classes would be learnt better as one."""

Entry = Mapping[str, Any]


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
    """A verdict with the best model of its data set, and its causes: what it names itself, and what it suspects."""

    verdict: Entry
    rests_on: tuple[Entry, ...]
    besides: tuple[Entry, ...]
    dataset: Entry
    best: Entry | None
    area: str
    state: str
    metric: Sentence | None


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
    crowded = len(names) > CROWDED
    boards = sorted(
        (_board(ranking, view, whole=not crowded) for ranking in view["rankings"]),
        key=lambda b: names.index(b.ranking["dataset"]),
    )
    browsed = sections.browsers(view, names)
    matrices, learners, decided = (1, 1, 1) if crowded else (MATRICES, LEARNERS, DECIDED)
    errors = [
        _errors(name, _shown(found, matrices), view, browsed) for name, found in _by_dataset(view["errors"], names)
    ]
    calibrated = _by_dataset(view["calibration"], names)
    checked = checked_of(view, datasets)
    curves = [
        Drawn(name, (one,), learning_figures(one))
        for name, found in _by_dataset(view["learning"], names)
        for one in _shown(_complained_of(found, view), learners)
    ]
    return {
        **_on_rows_and_models(view, datasets, errors, browsed, curves),
        "words": WORDS,
        "crowded": crowded,
        "datasets": datasets,
        "headlines": _headlines(view, datasets, boards),
        "checked": checked,
        "overview": overview_of(view, checked),
        "boards": boards,
        "errors": errors,
        "calibrations": [
            Drawn(name, found[:1], (calibration_figure(_not_blind(sections.best_of_each(found))),))
            for name, found in calibrated
        ],
        "decisions": [
            Drawn(name, found[:decided], tuple(filter(None, [cost_figure(found[0])])))
            for name, found in _by_dataset(view["decisions"], names)
        ],
        "curves": curves,
        "searches": [
            {
                **vars(Drawn(name, found, tuple(filter(None, [tuning_figure(found)])))),
                "slices": sections.slices_of(view, found),
                "final": sections.finals(view, name),
            }
            for name, found in _by_dataset(view["tuning"], names)
        ],
        "metrics": METRICS,
        "most_said": SAID,
        "urgent": {one["code"] for one in view["findings"] if one["outcome"] in ("issue", "tip")},
        "shade": shade,
        "anchor": short_id,
        "cell_id": sections.cell_id,
        "svg": Markup,  # drawings come from vl-convert, their texts escaped there
    }


def _on_rows_and_models(
    view: Entry,
    datasets: Sequence[Entry],
    errors: Sequence[Entry],
    browsed: Sequence[Entry],
    curves: Sequence[Drawn],
) -> dict[str, Any]:
    """Return what the parts on words, rows, models and data sets need."""
    names = [one["name"] for one in datasets]
    groups, grown = sections.explained_groups(view, names), sections.grown(view, names)
    links = sections.model_links(view, groups, errors, curves)
    shown: dict[str, Sequence[str]] = {
        **{part: [one["dataset"] for one in view[part]] for part in ("calibration", "decisions", "tuning", "review")},
        "checks": list(view["tally"]),
        "data": names,
    }
    for section, found in (("errors", errors), ("growth", grown), ("explanation", groups), ("examples", browsed)):
        shown[section] = [one["dataset"] for one in found]
    return {
        "explained": groups,
        "browsers": browsed,
        "grown": grown,
        "by_model": sections.by_model(view, [one["name"] for one in datasets if one["status"] == "ok"], links),
        "per_dataset": sections.per_dataset(view, shown, names),
        "offered": sections.offered(view),
    }


def _errors(dataset: str, entries: Sequence[Entry], view: Entry, browsed: Sequence[Entry]) -> dict[str, Any]:
    """Return the errors of a data set's models with what stands beside the best one's confusion matrix."""
    scores = {row["id"]: row["scores"] for row in view["leaderboard"]}
    shown = next((one for one in browsed if one["dataset"] == dataset), None)
    return {
        "dataset": dataset,
        "entries": [{**one, "scores": scores[one["id"]]} for one in entries],
        "scale": next(one["scale"] for one in view["datasets"] if one["name"] == dataset),
        "merges": [
            one
            for one in view["findings"]
            if one["dataset"] == dataset and one["code"] == MERGES and one["outcome"] in ("tip", "passed", "issue")
        ],
        "human": next((one for one in view["human"] if one["dataset"] == dataset), None),
        "browsed": shown,
        "browsed_id": shown
        and next((one["id"] for one in entries if all(one[key] == shown[key] for key in ("model", "tuned"))), None),
    }


def shade(rows: int, of: int) -> int:
    """Return how dark a confusion cell is, from 0 (empty) to 9 (the whole row)."""
    return 0 if not rows or not of else max(1, round(sections.SHADES * rows / of))


def _headlines(view: Entry, datasets: Sequence[Entry], boards: Sequence[Board]) -> list[Headline]:
    best: dict[str, Entry | None] = {}
    for board in boards:
        # Of single models, as the verdict's own sentence: an ensemble of them says nothing about a cause.
        single = (row for row, _ in board.rows if row["rank"] is not None and "members" not in row)
        best.setdefault(board.ranking["dataset"], next(single, None))
    headlines = []
    for dataset in datasets:
        for verdict in (one for one in view["verdicts"] if one["dataset"] == dataset["name"]):
            row = best.get(dataset["name"])
            undecided = verdict["cause"] == "undecided"
            headlines.append(
                Headline(
                    verdict=verdict,
                    rests_on=tuple(one for one in verdict["causes"] if one["cause"] == verdict["cause"]),
                    besides=tuple(one for one in verdict["causes"] if one["cause"] != verdict["cause"]),
                    dataset=dataset,
                    best=row,
                    area="undecided" if undecided else verdict["area"],
                    state="skipped" if undecided else "passed" if verdict["area"] == "none" else "issue",
                    metric=METRICS[row["metric"]].title if row else None,
                )
            )
    return headlines


def _board(ranking: Entry, view: Entry, *, whole: bool) -> Board:
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
        tuple(metric for metric in METRICS.values() if metric.name in known) if whole else (),
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


def _shown(entries: Sequence[Entry], most: int) -> tuple[Entry, ...]:
    """Keep the best of each estimator, so many of them, and the user's own model besides."""
    best = sections.best_of_each(entries)
    return (*best[:most], *(one for one in best[most:] if ".py:" in one["estimator"]))


def _complained_of(entries: Sequence[Entry], view: Entry) -> list[Entry]:
    """Put first what an issue names: its curves are what the reader of the issue looks for."""
    named = {(one["dataset"], one["model"]) for one in view["findings"] if one["outcome"] == "issue"}
    return sorted(entries, key=lambda one: (one["dataset"], one["model"]) not in named)


def _not_blind(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Leave out the baselines, whose confidence is a constant, where there is anything else."""
    return [one for one in entries if one["estimator"] not in BASELINES] or entries


def _by_dataset(entries: Sequence[Entry], names: Sequence[str]) -> list[tuple[str, tuple[Entry, ...]]]:
    grouped = ((name, tuple(entry for entry in entries if entry["dataset"] == name)) for name in names)
    return [(name, found) for name, found in grouped if found]
