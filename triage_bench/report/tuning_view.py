"""What tuning was worth: trials and their fate, tuned against default, values at the edge of their space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from typing import Any

import numpy as np

from triage_bench.core.command import options
from triage_bench.core.record import RunRecord, Trial
from triage_bench.core.run import Outcome, Run
from triage_bench.core.space import Choice, Dimension
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.paired import error_of_difference
from triage_bench.metrics import METRICS
from triage_bench.report.format import shell

FINAL = "final-parameters"
"""Purpose of the search on all rows."""

Z95 = 1.959964

EDGE = 0.02
"""A value this share of the range away from its end counts as at the edge."""
LOG_FROM = 50.0
"""A tried range that spans this factor is measured on a log scale where the space itself is not known."""


def tuning_of(outcome: Outcome) -> dict[str, Any] | None:
    """Return the search of an outcome, or None where nothing was searched.

    Returns
    -------
    dict
        ``trials`` by state; ``parameters`` with the value chosen in every fold, the range and
        whether a chosen value lies at its edge; ``best_so_far``: the best complete inner score
        after each trial, averaged over the folds that have one.
    """
    searched = [record for record in outcome.records if record.trials]
    if not searched:
        return None
    trials = [trial for record in searched for trial in record.trials]
    states = Counter(trial.state for trial in trials)
    return {
        "folds": len(searched),
        "trials": {
            "total": len(trials),
            "complete": states["complete"],
            "pruned": states["pruned"],
            "failed": states["failed"],
        },
        "first_failure": next((trial.reason for trial in trials if trial.state == "failed"), None),
        "seconds": float(sum(trial.seconds for trial in trials)),
        "parameters": _parameters(outcome, searched, trials),
        "best_so_far": _best_so_far(searched),
        "tried": _tried(searched),
    }


def _parameters(outcome: Outcome, searched: Sequence[RunRecord], trials: Sequence[Trial]) -> list[dict[str, Any]]:
    names = list(dict.fromkeys(name for trial in trials for name in trial.params))
    space = outcome.space
    found = []
    for name in names:
        chosen = [record.params[name] for record in searched if name in record.params]
        tried = [trial.params[name] for trial in trials if name in trial.params]
        dimension = space.dimensions.get(name) if space else None
        low, high = _range(dimension, tried)
        found.append(
            {
                "name": name,
                "chosen": chosen,
                "low": low,
                "high": high,
                "range": "tried" if dimension is None else "space",
                "log": _is_log(dimension, low, high),
                "importance": _importance(name, searched),
                "at_edge": any(_at_edge(value, low, high, _is_log(dimension, low, high)) for value in chosen),
            }
        )
    return found


def _tried(searched: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Return every scored trial: its fold, its score, whether it was stopped early, and its parameters."""
    return [
        {"fold": record.job.fold, "score": trial.score, "state": trial.state, "params": dict(trial.params)}
        for record in searched
        for trial in record.trials
        if trial.score is not None
    ]


def _importance(name: str, searched: Sequence[RunRecord]) -> float | None:
    """Return the share of the scores' variance that one parameter alone accounts for.

    Omega squared (Hays 1963) of the inner score, each fold's mean taken off, between options of a choice or
    quarters of a range; None with too few trials. Trials of a search are not drawn at random: a lead,
    not a measurement.
    """
    values, scores = [], []
    for record in searched:
        own = [t for t in record.trials if t.score is not None and name in t.params and t.state != "failed"]
        mean = float(np.mean([t.score for t in own if t.score is not None])) if own else 0.0
        values += [t.params[name] for t in own]
        scores += [float(t.score or 0.0) - mean for t in own]
    groups = _groups(values)
    count = len(set(groups))
    if len(scores) < 8 or count < 2 or len(scores) <= count:
        return None
    all_scores, places = np.asarray(scores), np.asarray(groups)
    total = float(((all_scores - all_scores.mean()) ** 2).sum())
    within = sum(float(((mine - mine.mean()) ** 2).sum()) for g in set(groups) for mine in (all_scores[places == g],))
    noise = within / (len(scores) - count)
    return max(0.0, (total - within - (count - 1) * noise) / (total + noise)) if total + noise > 0 else 0.0


def _groups(values: Sequence[Any]) -> list[int]:
    """Return a number for each value: its option of a choice, or its quarter of a range by rank."""
    if all(_is_number(value) for value in values) and len(set(values)) > 4:
        order = np.argsort(np.argsort(np.asarray(values, dtype=np.float64), kind="stable"), kind="stable")
        return [int(place) for place in order * 4 // len(values)]
    options = list(dict.fromkeys(map(repr, values)))
    return [options.index(repr(value)) for value in values]


def _range(dimension: Dimension | None, tried: Sequence[Any]) -> tuple[float | None, float | None]:
    """Return the ends of a numeric parameter; without its space, those of the values that were tried."""
    if isinstance(dimension, Choice) or not all(_is_number(value) for value in tried):
        return None, None
    if dimension is not None:
        return dimension.low, dimension.high
    return (min(tried), max(tried)) if len(set(tried)) > 2 else (None, None)


def _is_log(dimension: Dimension | None, low: float | None, high: float | None) -> bool:
    if dimension is not None and not isinstance(dimension, Choice):
        return dimension.log
    return low is not None and high is not None and low > 0 and high / low >= LOG_FROM


def _at_edge(value: Any, low: float | None, high: float | None, is_log: bool) -> bool:
    if low is None or high is None or not _is_number(value) or not low < high:
        return False
    place = log(value / low) / log(high / low) if is_log else (value - low) / (high - low)
    return bool(place <= EDGE or place >= 1 - EDGE)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _best_so_far(searched: Sequence[RunRecord]) -> list[dict[str, float]]:
    curves = [_running_best(record.trials) for record in searched]
    means = []
    for at in range(max(map(len, curves))):
        known = [curve[at] for curve in curves if at < len(curve) and curve[at] is not None]
        if known:
            means.append({"trial": at + 1, "score": float(np.mean([value for value in known if value is not None]))})
    return means


def _running_best(trials: Sequence[Trial]) -> list[float | None]:
    best: float | None = None
    curve: list[float | None] = []
    for trial in trials:
        if trial.state == "complete" and trial.score is not None and (best is None or trial.score > best):
            best = trial.score
        curve.append(best)
    return curve


def against_default(
    row: Mapping[str, Any], measured: Sequence[tuple[Mapping[str, Any], Outcome]]
) -> dict[str, float | None]:
    """Return tuned and default score of the same recipe on the same split, and what tuning gained.

    Returns
    -------
    dict
        ``tuned_score``, ``default_score``, ``gain`` and its 95 % interval ``gain_low``, ``gain_high`` from the
        paired difference on the same rows; None where there is no default to compare with.
    """
    empty: dict[str, float | None] = dict.fromkeys(("default_score", "gain", "gain_low", "gain_high"))
    own = next((outcome for entry, outcome in measured if entry["id"] == row["id"]), None)
    for other, outcome in measured:
        same = all(other[k] == row[k] for k in ("dataset", "name", "split"))
        if same and not other["tuned"] and own is not None and outcome.complete and own.complete:
            mine, theirs = Answers.of(own), Answers.of(outcome)
            gain = row["score"] - other["score"]
            reach = Z95 * error_of_difference(mine, theirs, METRICS[row["metric"]])
            empty = {
                "default_score": other["score"],
                "gain": gain,
                "gain_low": gain - reach,
                "gain_high": gain + reach,
            }
    return {"tuned_score": row["score"], **empty}


def final_of(run: Run) -> list[dict[str, Any]]:
    """Return the parameters to keep: those of a search on all rows, with the command that fits a model by them."""
    return [
        {
            "dataset": outcome.dataset.name,
            "model": outcome.recipe.name,
            "params": dict(outcome.records[0].params),
            "inner_score": outcome.records[0].inner_score,
            "command": f"triage-bench fit {_quoted(outcome)} {_data(run, outcome)}"
            f"--params {_parameters_file(run)} --save models/mine",
        }
        for outcome in run.where(purpose=FINAL)
        if outcome.complete
    ]


def _quoted(outcome: Outcome) -> str:
    unit = outcome.recipe.tokenizer
    return shell(f"{outcome.recipe.model}[{unit}]" if unit else outcome.recipe.model)


def _parameters_file(run: Run) -> str:
    """Return where `tune` put the parameters, as far as its command says so."""
    folder = dict(options(run.plan.command)).get("--out")
    return shell("best_parameters.json" if folder is None else f"{folder.rstrip('/')}/best_parameters.json")


def _data(run: Run, outcome: Outcome) -> str:
    """Return the words of the run's command that name its data."""
    wanted = ("--data", "--text", "--label", "--dataset", "--numeric", "--categorical", "--columns")
    named = [f"{option} {shell(given)} " for option, given in options(run.plan.command) if option in wanted]
    return "".join(named) or f"--dataset {outcome.dataset.name} "
