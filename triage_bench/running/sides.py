"""What a job stands on: rows, labels and texts, cut and treated as its protocol says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Job
from triage_bench.core.seeds import seed_for
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.interventions import scored_side, training_side
from triage_bench.datasets.readings import readings
from triage_bench.datasets.splits import Split, split_rows
from triage_bench.text.corpus import Corpus


@dataclass(frozen=True, eq=False)
class Sides:
    """The rows of a job.

    Attributes
    ----------
    rows, labels : ndarray of int64, shape (n,)
        What is trained on.
    scored, given : ndarray of int64, shape (m,)
        What is scored, and against which labels.
    units : ndarray of int64, shape (rows of the data set,)
        Which rows stay together.
    notices
        What had to be changed, and what is odd about this cut.
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    scored: NDArray[np.int64]
    given: NDArray[np.int64]
    units: NDArray[np.int64]
    notices: tuple[Notice, ...]


def cut_by(job: Job) -> tuple[object, ...]:
    """Return what of a job decides its cut: jobs on one data set in which this is equal share a `Split`."""
    protocol = job.protocol
    drawing = 0 if protocol.labels == "shuffled" else job.repeat
    return (protocol.split, protocol.parts, protocol.folds, protocol.labels == "side", drawing, job.fold, job.seed)


def sides_of(job: Job, dataset: Dataset, split: Split | None = None) -> Sides:
    """Cut and treat a job's rows.

    Parameters
    ----------
    job, dataset
        What is measured, and the rows.
    split
        The cut, where a job with the same `cut_by` has had it.
    """
    place = (job.repeat, job.fold, job.seed)
    split = split or split_rows(dataset, job.protocol, *place)
    rows, labels = training_side(dataset, job.protocol, split, *place)
    scored, given = scored_side(dataset, job.protocol, split, rows, labels)
    return Sides(rows, labels, scored, given, split.units, (*split.notices, *_fewer_rows(len(rows), len(split.train))))


def read_by(job: Job, corpus: Corpus, sides: Sides) -> Corpus:
    """Return the texts as the job's model is given them: the corpus itself where they are left as they are."""
    seed = seed_for(job.seed, job.dataset_digest, "texts", job.protocol.texts, job.repeat)
    found = readings(corpus, job.protocol, sides.rows, sides.labels, seed)
    return corpus if found is corpus else Corpus(found, side=corpus.side)


def _fewer_rows(rows: int, of: int) -> tuple[Notice, ...]:
    if rows == of:
        return ()
    said = Sentence(
        ko=f"학습에 쓸 수 있는 {of:,}행 가운데 클래스 비율을 지켜 뽑은 {rows:,}행으로 학습했습니다.",
        en=f"Trained on {rows:,} of {of:,} training rows, drawn so that the classes keep their shares.",
    )
    return (Notice("train.rows", rows, of, said),)
