"""The leaderboard: one row per benchmarked recipe, ranked within its data set and split.

The score of cross-validation is the metric over the pooled out-of-fold predictions of a repeat,
averaged over repeats; it is not the mean of the folds' scores, which is biased for F1 where a
fold holds few rows of a class (Forman & Scholz 2010, *Apples-to-Apples in Cross-Validation
Studies*).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import isnan

import numpy as np

from triage_bench.core.dataset import Scale
from triage_bench.core.errors import InputError
from triage_bench.core.record import RunRecord, Status
from triage_bench.core.run import Outcome, Run
from triage_bench.core.sentence import Sentence
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.ensembles import Ensemble, rankings
from triage_bench.leaderboard.intervals import interval
from triage_bench.leaderboard.paired import Comparison, compare, holm
from triage_bench.leaderboard.words import describe, describe_ensemble
from triage_bench.metrics import METRICS, Metric, all_scores, find, score

ALPHA = 0.05
"""Two models are tied where Holm's corrected p is at least this."""


@dataclass(frozen=True)
class Row:
    """One recipe, or one ensemble of them, on one data set under one protocol.

    Attributes
    ----------
    dataset, scale
        The data set and what the order of its labels means.
    model, tokenizer, name
        The estimator, the unit it reads (or an empty string), and both with the fixed parameters.
    tuned
        Whether parameters were searched; the default configuration has a row of its own.
    split, words
        The split's kind, and how rows were used in a few words (see `protocol`).
    metric, score, ci_low, ci_high
        The metric ranked by, its value and the 95 % interval; None where not complete.
    rank
        1 is best, equal scores share a rank; None for what is not complete or failed.
    tied_with_best
        Whether the difference to the best may be chance (Holm-corrected p of at least 0.05).
        True for the best itself, False for unranked rows.
    p_value_vs_best, p_value_raw
        Two-sided p against the best on identical rows, corrected by Holm within the ranking and
        as it came; None for the best itself and for unranked rows.
    difference_to_best
        Own score minus the best's.
    detectable
        The smallest difference to the best that these rows show with 80 % power; None for the best.
    scores
        Every metric that fits the scale, by name; undefined ones are missing.
    inner_score, optimism
        The best inner score of tuning, averaged over folds, and by how much it promises more than
        the same metric on the outer folds gives; positive is optimistic.
    fit_seconds, tune_seconds
        Mean per outer fold: the final fit, and the search.
    predict_rows_per_second
        Rows predicted by the time it took, all folds together.
    rows, units
        How many rows were scored, and how many independent units (groups, clusters) they form.
    status, reason
        ``"ok"`` or the first thing that went wrong, and why.
    keys
        Keys of the jobs it rests on; those of its members for an ensemble, which has none of its own.
    members
        Names of an ensemble's members; empty for a model.
    weights
        Their weights, averaged over folds, where the ensemble has any.
    """

    dataset: str
    scale: Scale
    model: str
    tokenizer: str
    name: str
    tuned: bool
    split: str
    words: Sentence
    metric: str
    score: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    rank: int | None = None
    tied_with_best: bool = False
    p_value_vs_best: float | None = None
    p_value_raw: float | None = None
    difference_to_best: float | None = None
    detectable: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    inner_score: float | None = None
    optimism: float | None = None
    fit_seconds: float | None = None
    tune_seconds: float | None = None
    predict_rows_per_second: float | None = None
    rows: int = 0
    units: int = 0
    status: Status = "ok"
    reason: str | None = None
    keys: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def protocol(self) -> str:
        """How rows were used, e.g. ``"5-fold near-duplicate-grouped CV, tuned 20 trials"``."""
        return self.words.en


@lru_cache(maxsize=4)  # the terminal and the page ask for the same one
def leaderboard(run: Run, metric: str = "macro_f1", *, ensembles: bool = True) -> tuple[Row, ...]:
    """Rank every benchmarked recipe of a run, and the ensembles of them.

    Parameters
    ----------
    run
        Plan and records.
    metric
        What to rank by: a metric of the confusion counts.
    ensembles
        Whether the ensembles compete too (see `triage_bench.leaderboard.ensembles`).

    Returns
    -------
    tuple of Row
        Data sets in the plan's order; within each, ranked rows from the best on, then what failed
        or is not complete, unranked, with its reason.

    Raises
    ------
    UnknownNameError
        If there is no such metric.
    InputError
        If the metric is not a function of the confusion counts: it has no fast interval.
    """
    chosen = _rankable(metric)
    rows: list[Row] = []
    for competitors in rankings(run):
        rows.extend(_ranking([one for one in competitors if ensembles or not isinstance(one, Ensemble)], chosen))
    return tuple(rows)


def detectable(run: Run, dataset: str, metric: str = "macro_f1") -> float | None:
    """Return the smallest difference between two models that a data set can show.

    The median over its comparisons with the best, at 80 % power and a two-sided alpha of 0.05
    for a single comparison. None where fewer than two recipes are complete.
    """
    found = [row.detectable for row in leaderboard(run, metric) if row.dataset == dataset]
    return median_detectable(found)


def median_detectable(values: Iterable[float | None]) -> float | None:
    """Return the median of the smallest detectable differences that are known, or None."""
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def _rankable(name: str) -> Metric:
    metric = find(name)
    if metric.from_counts is None:
        usable = ", ".join(repr(m.name) for m in METRICS.values() if m.from_counts is not None)
        raise InputError(
            f"the leaderboard cannot rank by {name!r}: it needs a metric of the confusion counts: {usable}."
        )
    return metric


def _ranking(outcomes: Sequence[Outcome], metric: Metric) -> list[Row]:
    if not metric.fits(outcomes[0].dataset.scale):
        metric = METRICS["macro_f1"]
    complete = [outcome for outcome in outcomes if outcome.complete]
    answers = {id(outcome): Answers.of(outcome) for outcome in complete}
    rows = [_scored(outcome, answers[id(outcome)], metric) for outcome in complete]
    order = sorted(range(len(rows)), key=lambda i: _from_best(rows[i].score, metric))
    ranked = _against_best([rows[i] for i in order], [answers[id(complete[i])] for i in order], metric)
    return ranked + [_blank(outcome, metric) for outcome in outcomes if not outcome.complete]


def _from_best(value: float | None, metric: Metric) -> float:
    if value is None:
        return float("inf")
    return -value if metric.higher_is_better else value


def _against_best(rows: list[Row], answers: list[Answers], metric: Metric) -> list[Row]:
    """Give rows that are sorted from the best on their ranks, tests and ties."""
    if not rows:
        return []
    best = rows[0]
    comparisons = [
        compare(other, answers[0], metric, coordinates=(*best.keys, *row.keys))
        for row, other in zip(rows[1:], answers[1:], strict=True)
    ]
    corrected = holm([comparison.p_value for comparison in comparisons])
    first = {score_: rank for rank, score_ in reversed(list(enumerate((row.score for row in rows), start=1)))}
    ranked = [replace(best, rank=1, tied_with_best=True, difference_to_best=0.0)]
    for row, comparison, p_value in zip(rows[1:], comparisons, corrected, strict=True):
        ranked.append(_compared(row, comparison, p_value, first[row.score]))
    return ranked


def _compared(row: Row, comparison: Comparison, p_value: float, rank: int) -> Row:
    return replace(
        row,
        rank=rank,
        tied_with_best=p_value >= ALPHA,
        p_value_vs_best=p_value,
        p_value_raw=comparison.p_value,
        difference_to_best=comparison.difference,
        detectable=comparison.detectable,
    )


def _scored(outcome: Outcome, answers: Answers, metric: Metric) -> Row:
    found = interval(answers, metric, coordinates=outcome.keys)
    inner = outcome.mean(lambda record: record.inner_score)
    return replace(
        _blank(outcome, metric),
        score=found.value,
        ci_low=found.low,
        ci_high=found.high,
        scores=_all_scores(outcome, answers),
        inner_score=inner,
        optimism=_optimism(outcome),
        rows=answers.rows,
        units=answers.units,
    )


def _blank(outcome: Outcome, metric: Metric) -> Row:
    """Return what is known of an outcome whether or not it is complete."""
    return Row(
        dataset=outcome.dataset.name,
        scale=outcome.dataset.scale,
        model=outcome.recipe.family,
        tokenizer=outcome.recipe.tokenizer,
        name=outcome.recipe.name,
        tuned=outcome.tuned,
        split=outcome.protocol.split,
        words=_words(outcome),
        metric=metric.name,
        fit_seconds=outcome.mean(lambda record: record.timings.get("fit")),
        tune_seconds=outcome.mean(lambda record: record.timings.get("tune")),
        predict_rows_per_second=_predicted_per_second(outcome.records),
        status=outcome.status,
        reason=outcome.reason,
        keys=outcome.keys,
        members=tuple(one.recipe.name for one in outcome.members) if isinstance(outcome, Ensemble) else (),
        weights=outcome.weights if isinstance(outcome, Ensemble) else {},
    )


def _words(outcome: Outcome) -> Sentence:
    if not isinstance(outcome, Ensemble):
        return describe(outcome.protocol)
    return describe_ensemble(outcome.protocol, outcome.kind.words, [one.recipe.name for one in outcome.members])


def _all_scores(outcome: Outcome, answers: Answers) -> dict[str, float]:
    """Average every metric over the repeats in which it is defined."""
    classes, scale = len(outcome.dataset.classes), outcome.dataset.scale
    repeats = [all_scores(repeat, classes, scale) for repeat in answers.repeats]
    names = [name for name in METRICS if any(name in scores for scores in repeats)]
    return {name: float(np.mean([scores[name] for scores in repeats if name in scores])) for name in names}


def _optimism(outcome: Outcome) -> float | None:
    """Mean over folds of best inner score minus outer score, on the metric that was tuned for."""
    metric, classes = find(outcome.protocol.tuning.metric), len(outcome.dataset.classes)
    gaps = [
        record.inner_score - score(metric.name, record.predictions, classes)
        for record in outcome.records
        if record.inner_score is not None and record.predictions is not None
    ]
    defined = [gap for gap in gaps if not isnan(gap)]
    if not defined:
        return None
    return float(np.mean(defined)) * (1.0 if metric.higher_is_better else -1.0)


def _predicted_per_second(records: Iterable[RunRecord]) -> float | None:
    timed = [
        (len(record.predictions), record.timings["predict"])
        for record in records
        if record.predictions is not None and "predict" in record.timings
    ]
    seconds = sum(taken for _, taken in timed)
    return sum(rows for rows, _ in timed) / seconds if seconds > 0 else None
