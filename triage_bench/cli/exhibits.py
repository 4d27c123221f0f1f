"""Keeping the few rows that a report shows: where what was measured and the rows themselves meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset, DatasetSummary
from triage_bench.core.exhibit import Doubt, Exhibit, Neighbour, Point, ShownRow
from triage_bench.core.identifiers import masked
from triage_bench.core.run import Outcome, Run
from triage_bench.core.seeds import generator_for
from triage_bench.datasets.cards import read_cards
from triage_bench.datasets.charvectors import char_vectors
from triage_bench.datasets.files import ROW_COLUMN
from triage_bench.datasets.neighbours import nearest
from triage_bench.leaderboard.table import Row, leaderboard
from triage_bench.report.examples import chosen, exhibited
from triage_bench.report.review import Review
from triage_bench.store import Store

NEIGHBOURS = 2
"""Nearest training rows shown beside an error."""

DOUBTS = 10
"""Rows of the worklist that the page shows; the file has all."""

MAPPED = 300
"""Rows on the map: more lie on top of each other, and their number makes the page heavy."""

AXES = 10
"""Principal axes that a point keeps, for TensorBoard's projector."""

FEWEST_MAPPED = 50
"""Rows below which a map shows nothing."""

SEARCHED = 6_000
"""Training rows among which neighbours are looked for; a sample beyond."""

HELPFUL = 1.25
"""How many times as often as by chance the nearest point must carry the same label for a map to be shown."""


def write_exhibits(
    run: Run,
    datasets: Mapping[str, Dataset],
    store: Store,
    reviews: Sequence[Review] = (),
    *,
    show_texts: bool = False,
) -> None:
    """Keep, for every data set at hand, the rows its report shows.

    Parameters
    ----------
    run
        Plan and records.
    datasets
        The rows, by digest.
    store
        Where they are kept.
    reviews
        The worklist of labels, most doubtful first.
    show_texts
        Whether texts of the user's own may be shown, their identifiers masked. Those of a public or
        simulated data set always are.
    """
    rows = leaderboard(run)
    for summary in run.plan.datasets:
        if summary.status == "ok" and summary.digest in datasets:
            dataset = datasets[summary.digest]
            mine = [row for row in rows if row.dataset == summary.name]
            doubts = [one for one in reviews if one.dataset == summary.name]
            exhibit = _exhibit(run, summary, dataset, mine, show_texts)
            first = tuple(_doubt(one, dataset.provenance.private) for one in doubts[:DOUBTS])
            store.write_exhibit(summary.digest, replace(exhibit, doubts=first, doubted=len(doubts)))


def _exhibit(run: Run, summary: DatasetSummary, dataset: Dataset, rows: Sequence[Row], show_texts: bool) -> Exhibit:
    outcome = exhibited(run.where(dataset=summary.name, purpose="benchmark"), rows)
    shows = show_texts or not dataset.provenance.private
    points, agreement, chance = _map(dataset, outcome, shows)
    helps = agreement is not None and chance is not None and agreement >= HELPFUL * chance
    return Exhibit(
        dataset=summary.name,
        texts=shows,
        shown=_shown(dataset, outcome, shows) if outcome is not None else (),
        points=points if helps else (),
        agreement=agreement,
        chance=chance,
        human=_human(dataset),
    )


def _doubt(one: Review, private: bool) -> Doubt:
    return Doubt(
        place=one.row,
        text=masked(one.text) if private else one.text,
        given=one.given,
        suggested=one.suggested,
        probability_given=round(one.probability_given, 4),
        probability_suggested=round(one.probability_suggested, 4),
        wrong=round(one.wrong, 4),
        worth=round(one.worth, 6),
    )


def _shown(dataset: Dataset, outcome: Outcome, shows: bool) -> tuple[ShownRow, ...]:
    rows = np.array([text.row for text, _, _ in chosen(outcome)], dtype=np.int64)
    if not len(rows):
        return ()
    among = dataset.open_rows
    if len(among) > SEARCHED:
        rng = generator_for(outcome.jobs[0].seed, dataset.digest, "neighbours shown")
        among = np.sort(rng.choice(among, SEARCHED, replace=False))
    units = _units(outcome)
    near = nearest(dataset.texts, rows, among, 4 * NEIGHBOURS)
    places: Sequence[int] = dataset.columns.get(ROW_COLUMN, range(len(dataset)))
    return tuple(
        ShownRow(
            row=row,
            place=int(places[row]),
            given=int(dataset.labels[row]),
            text=_text(dataset, row, shows),
            neighbours=tuple(
                Neighbour(
                    int(places[other]), int(dataset.labels[other]), round(cosine, 4), _text(dataset, other, shows)
                )
                for other, cosine in _trained_on(near.neighbours[at], near.cosines[at], row, units)
            ),
        )
        for at, row in enumerate(rows.tolist())
    )


def _text(dataset: Dataset, row: int, shows: bool) -> str:
    """Return a text as it may be shown: identifiers in a user's own are masked."""
    if not shows:
        return ""
    return masked(dataset.texts[row]) if dataset.provenance.private else dataset.texts[row]


def _units(outcome: Outcome) -> dict[int, int]:
    """Return which rows were kept together: a row's own cluster was never among its training rows."""
    if outcome.protocol.split == "official":
        return {}
    return dict(zip(outcome.predictions.rows.tolist(), outcome.predictions.units.tolist(), strict=True))


def _trained_on(
    neighbours: NDArray[np.int64], cosines: NDArray[np.float64], row: int, units: Mapping[int, int]
) -> list[tuple[int, float]]:
    found = [
        (other, cosine)
        for other, cosine in zip(neighbours.tolist(), cosines.tolist(), strict=True)
        if cosine > 0 and (not units or units.get(other) != units.get(row))
    ]
    return found[:NEIGHBOURS]


def _map(
    dataset: Dataset, outcome: Outcome | None, shows: bool
) -> tuple[tuple[Point, ...], float | None, float | None]:
    """Lay texts out in two dimensions, and say how often what lies nearest carries the same label.

    Principal axes of TF-IDF vectors of character n-grams, then t-SNE (van der Maaten and Hinton 2008).
    """
    from sklearn.manifold import TSNE

    answered = [] if outcome is None else outcome.predictions.rows.tolist()
    distinct = {dataset.texts[row]: row for row in reversed(answered) if dataset.texts[row].strip()}
    rng = generator_for(0, dataset.digest, "map")
    rows = np.sort(rng.permutation(np.array(sorted(distinct.values()), dtype=np.int64))[:MAPPED])
    if len(rows) < FEWEST_MAPPED:
        return (), None, None
    axes = _principal_axes(np.asarray(char_vectors([dataset.texts[row] for row in rows.tolist()]).todense()))
    flat = TSNE(2, perplexity=25, init=axes[:, :2] / (axes[:, 0].std() or 1.0) * 1e-4, max_iter=500).fit_transform(axes)
    spread = flat.max(axis=0) - flat.min(axis=0)
    places = np.round(1000 * (flat - flat.min(axis=0)) / np.where(spread > 0, spread, 1.0)).astype(np.int64)
    labels = dataset.labels[rows]
    apart = ((flat[:, None, :] - flat[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    agreement = float((labels[apart.argmin(axis=1)] == labels).mean())
    shares = np.bincount(labels) / len(labels)
    kept = np.round(axes[:, :AXES], 3)
    points = tuple(
        Point(row, x, y, _text(dataset, row, shows), tuple(along))
        for row, (x, y), along in zip(rows.tolist(), places.tolist(), kept.tolist(), strict=True)
    )
    return points, agreement, float((shares**2).sum())


def _principal_axes(vectors: NDArray[np.float64], count: int = 30) -> NDArray[np.float64]:
    """Return coordinates along the principal axes, shape (n, count); each axis' sign is that of its largest entry."""
    centred = vectors - vectors.mean(axis=0)
    values, axes = np.linalg.eigh(centred @ centred.T)
    order = np.argsort(-values)[:count]
    found = axes[:, order] * np.sqrt(np.maximum(values[order], 0.0))
    largest = np.abs(found).argmax(axis=0)
    signs = np.sign(found[largest, np.arange(found.shape[1])])
    turned: NDArray[np.float64] = found * np.where(signs == 0, 1.0, signs)
    return turned


def _human(dataset: Dataset) -> tuple[tuple[int, ...], ...]:
    """Return what people answered on the same rows, counted against the given labels."""
    known = read_cards().get(dataset.name)
    column = known.human_column if known is not None and not dataset.provenance.private else None
    if column is None or column not in dataset.columns:
        return ()
    classes = len(dataset.label_names)
    counts = np.zeros((classes, classes), dtype=np.int64)
    for value, given in zip(dataset.columns[column], dataset.labels.tolist(), strict=True):
        # Levels are counted from 1 in such columns.
        if isinstance(value, int | float) and value == value and 1 <= value <= classes:
            counts[given, int(value) - 1] += 1
    return tuple(tuple(row) for row in counts.tolist())
