"""Writing the list of labels to look at again: where what was measured and the rows themselves meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import TEST, Dataset
from triage_bench.core.digest import digest_texts
from triage_bench.core.identifiers import redacted
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.datasets.files import ROW_COLUMN
from triage_bench.datasets.neighbours import Nearest, nearest, neighbour_answers
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.labels import assumed_noise, judge_of
from triage_bench.diagnosis.worklist import Suspect, worklist
from triage_bench.report.review import Review, review_csv
from triage_bench.store import write_whole

FILE = "labels_to_review.csv"

NEIGHBOURS = 10
"""Nearest texts among which one with another label is looked for."""

VOTERS = "nearest texts"
"""Who gives the probabilities where no model answered training rows: the rows' own neighbours."""

LARGEST_VOTE = 5_000
"""Training rows of an official split beyond which their neighbours are not compared all with all."""


def write_reviews(
    run: Run, datasets: Mapping[str, Dataset], workspace: Workspace, *, show_texts: bool = False
) -> list[Review]:
    """Write ``labels_to_review.csv`` of a run, and return its rows.

    Parameters
    ----------
    run
        Plan and records.
    datasets
        The rows, by digest.
    workspace
        Where the run keeps its things.
    show_texts
        Whether texts of the user's own may stand in the file beside their digests. Those of a public
        data set always do.
    """
    reviews = [
        one
        for summary in run.plan.datasets
        if summary.status == "ok" and summary.digest in datasets and summary.provenance.role == "target"
        for one in reviews_of(Case(run, summary), datasets[summary.digest], show_texts=show_texts)
    ]
    workspace.run.mkdir(parents=True, exist_ok=True)
    write_whole(workspace.run / FILE, review_csv(reviews).encode("utf-8", "replace"))
    return reviews


def reviews_of(case: Case, dataset: Dataset, *, show_texts: bool = False) -> list[Review]:
    """Return the rows of one data set to look at again; none of an official test side is ever among them.

    Under an official split the models answered test rows only. What speaks about the training rows
    then is their nearest neighbours on the training side.
    """
    may_enter = dataset.open_rows
    judge = judge_of(case)
    if judge is None:
        return []
    if dataset.official is None:
        suspects, by = worklist(judge.predictions, case.classes, assumed_noise(judge)), judge.recipe.name
    elif len(may_enter) <= LARGEST_VOTE:
        answers = neighbour_answers(dataset.texts, dataset.labels, may_enter, case.classes)
        suspects, by = worklist(answers, case.classes, assumed_noise(judge)), VOTERS
    else:
        return []
    allowed = set(may_enter.tolist())
    assert all(one.row in allowed and not _is_test(dataset, one.row) for one in suspects)
    near = nearest(dataset.texts, np.array([one.row for one in suspects], dtype=np.int64), may_enter, NEIGHBOURS)
    return list(_reviews(dataset, suspects, near, by, show_texts or not dataset.provenance.private))


def _reviews(
    dataset: Dataset, suspects: Iterable[Suspect], near: Nearest, by: str, show_texts: bool
) -> Iterator[Review]:
    places: Sequence[int] = dataset.columns.get(ROW_COLUMN, range(len(dataset)))
    for at, one in enumerate(suspects):
        text = dataset.texts[one.row]
        yield Review(
            dataset=dataset.name,
            row=int(places[one.row]),
            text_digest=digest_texts([text]),
            text=(redacted(text) if dataset.provenance.private else text) if show_texts else "",
            given=dataset.label_names[one.given],
            suggested=dataset.label_names[one.suggested],
            neighbour=_against(dataset, one, near.neighbours[at], near.cosines[at], places),
            probability_given=one.given_probability,
            probability_suggested=one.suggested_probability,
            wrong=one.wrong,
            worth=one.worth,
            by=by,
        )


def _against(
    dataset: Dataset,
    suspect: Suspect,
    neighbours: NDArray[np.int64],
    cosines: NDArray[np.float64],
    places: Sequence[int],
) -> tuple[int, float, str] | None:
    """Return the nearest text that carries another label than the given one."""
    for row, cosine in zip(neighbours.tolist(), cosines.tolist(), strict=True):
        if dataset.labels[row] != suspect.given and cosine > 0:
            return int(places[row]), float(cosine), dataset.label_names[dataset.labels[row]]
    return None


def _is_test(dataset: Dataset, row: int) -> bool:
    return dataset.official is not None and int(dataset.official[row]) == TEST
