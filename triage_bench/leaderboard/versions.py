"""Two versions of one data set: which rows came, went or changed label, and what that did to the models.

Rows are recognised by a digest of their text, never by the text. Splits are drawn anew for each version, so a
difference holds the luck of the split besides what the rows did.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.errors import InputError
from triage_bench.core.record import Predictions
from triage_bench.core.run import Outcome, Run
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.between import Difference, difference
from triage_bench.metrics import Metric, score


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one version.

    Attributes
    ----------
    texts : ndarray of uint64, shape (n,)
        Digests.
    labels
        Label names.
    """

    texts: NDArray[np.uint64]
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Change:
    """What became of the rows.

    Attributes
    ----------
    kept : ndarray of int64, shape (m, 2)
        Row numbers in the first and in the second version, of rows with the same text and label.
    relabelled : ndarray of int64, shape (r, 2)
        The same for rows whose label changed.
    went, came : ndarray of int64
        Row numbers in the first, in the second version.
    """

    kept: NDArray[np.int64]
    relabelled: NDArray[np.int64]
    went: NDArray[np.int64]
    came: NDArray[np.int64]


@dataclass(frozen=True)
class Effect:
    """What the change did to one model.

    Attributes
    ----------
    model, tuned, metric
        Which, and by which metric.
    first, second
        Its score on all rows of each version.
    on_kept
        The paired difference on the rows that are in both with the same label; None where too few were scored.
    kept_rows
        How many those are.
    accuracy_kept, accuracy_came, accuracy_went
        Share of right answers on kept and new rows (second run) and on those that went (first run).
    """

    model: str
    tuned: bool
    metric: str
    first: float
    second: float
    on_kept: Difference | None
    kept_rows: int
    accuracy_kept: float | None
    accuracy_came: float | None
    accuracy_went: float | None


def change_of(first: Rows, second: Rows) -> Change:
    """Match the rows of two versions; of equal texts, those with equal labels first."""
    waiting: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in reversed(range(len(first.labels))):
        waiting[int(first.texts[row]), first.labels[row]].append(row)
    kept, left = [], []
    for row, key in enumerate(zip(second.texts.tolist(), second.labels, strict=True)):
        found = waiting[key].pop() if waiting.get(key) else None
        left.append(row) if found is None else kept.append((found, row))
    by_text: dict[int, list[int]] = defaultdict(list)
    for (text, _), rows in waiting.items():
        by_text[text].extend(rows)
    relabelled, came = [], []
    for row in left:
        rows = by_text[int(second.texts[row])]
        relabelled.append((rows.pop(), row)) if rows else came.append(row)
    went = sorted(row for rows in by_text.values() for row in rows)
    return Change(_pairs(kept), _pairs(relabelled), _numbers(went), _numbers(came))


def relabellings(change: Change, first: Rows, second: Rows) -> Mapping[tuple[str, str], int]:
    """Count the changes of labels as (from, to) → rows, the commonest first."""
    counted = Counter((first.labels[a], second.labels[b]) for a, b in change.relabelled.tolist())
    return dict(counted.most_common())


def effects(first: Run, second: Run, before: str, after: str, change: Change, metric: Metric) -> tuple[Effect, ...]:
    """Return what the change did to every benchmarked model that both runs completed.

    Parameters
    ----------
    first, second
        The runs.
    before, after
        What the data set is called in each.
    change
        What became of its rows.
    metric
        A metric of the confusion counts.

    Raises
    ------
    InputError
        If there is none.
    """
    ours = {(one.recipe.name, one.tuned): one for one in first.where(dataset=before, purpose="benchmark")}
    theirs = {(one.recipe.name, one.tuned): one for one in second.where(dataset=after, purpose="benchmark")}
    both = [name for name in ours if name in theirs and ours[name].complete and theirs[name].complete]
    if not both:
        raise InputError(f"no model is complete on {after!r} in both runs; run the same models on both versions.")
    return tuple(_effect(ours[name], theirs[name], change, metric) for name in both)


def _effect(ours: Outcome, theirs: Outcome, change: Change, metric: Metric) -> Effect:
    names = tuple(dict.fromkeys([*ours.dataset.classes, *theirs.dataset.classes]))
    before, after = ours.predictions, theirs.predictions
    at_first, at_second = _places(before), _places(after)
    shared = [(a, b) for a, b in change.kept.tolist() if a in at_first and b in at_second]
    first = _answered(before, [at_first[a] for a, _ in shared], ours.dataset.label_names, names, None)
    second = _answered(after, [at_second[b] for _, b in shared], theirs.dataset.label_names, names, first)
    return Effect(
        model=ours.recipe.name,
        tuned=ours.tuned,
        metric=metric.name,
        first=score(metric.name, before, len(ours.dataset.classes)),
        second=score(metric.name, after, len(theirs.dataset.classes)),
        on_kept=difference(first, second, metric) if len(shared) > 1 else None,
        kept_rows=len(shared),
        accuracy_kept=_accuracy(after, [b for _, b in shared], at_second),
        accuracy_came=_accuracy(after, change.came.tolist(), at_second),
        accuracy_went=_accuracy(before, change.went.tolist(), at_first),
    )


def _answered(
    predictions: Predictions, at: Sequence[int], own: Sequence[str], names: Sequence[str], like: Answers | None
) -> Answers:
    """Return some of the answers in codes of `names`, under the row and unit numbers of `like` where it is given."""
    code = np.array([names.index(one) for one in own], dtype=np.int64)
    places = np.array(at, dtype=np.int64)
    units = predictions.units[places] if like is None else like.repeats[0].units
    chosen = Predictions(
        rows=np.arange(len(places)),
        labels=code[predictions.labels[places]],
        predicted=code[predictions.predicted[places]],
        probabilities=predictions.probabilities[places],
        units=units,
    )
    return Answers((chosen,), len(names))


def _accuracy(predictions: Predictions, rows: Sequence[int], places: Mapping[int, int]) -> float | None:
    at = [places[row] for row in rows if row in places]
    return float(np.mean(predictions.predicted[at] == predictions.labels[at])) if at else None


def _places(predictions: Predictions) -> dict[int, int]:
    return {row: place for place, row in enumerate(predictions.rows.tolist())}


def _pairs(found: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _numbers(found: Sequence[int]) -> NDArray[np.int64]:
    return np.array(found, dtype=np.int64)
