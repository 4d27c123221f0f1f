"""Many jobs in one worker call, where their model shares work between them.

A diagnosis asks hundreds of cheap questions of one learner: permutations, repeated splits, merges.
Sent one by one, each would pay for features and a factor that its neighbour has just had. The
records are the same either way (a test holds the two against each other).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Job
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.registry import PLUGIN
from triage_bench.datasets.readings import reading_learns
from triage_bench.datasets.splits import Split, split_rows
from triage_bench.models import BROUGHT, MODELS, PRETRAINED
from triage_bench.models.shared import SHARES_WORK, Answer, Task
from triage_bench.running.environment import machine, versions
from triage_bench.running.job import JobRunner, build, plain_values
from triage_bench.running.sides import Sides, cut_by, read_by, sides_of
from triage_bench.running.unknown import unknown_tokens
from triage_bench.text.corpus import Corpus

Batch = tuple[Job, ...]


@dataclass(frozen=True)
class Help:
    """A hand for a job's search: trials of the study that workers share, and no record of its own."""

    job: Job


NETWORKS = frozenset({"network", PRETRAINED})
"""Tags of models that a graphics processor makes faster."""

OF_THE_USERS = frozenset({BROUGHT, PLUGIN})
"""Tags of models whose code is not this package's: what they do to their process is not known."""


def batches_of(jobs: Sequence[Job]) -> list[Batch]:
    """Put jobs together that share work; all others stay alone.

    Parameters
    ----------
    jobs
        What is to run, in order. A batch stands where its first job stood.
    """
    found: dict[Any, list[Job]] = {}
    for job in jobs:
        found.setdefault(_together(job), []).append(job)
    return [tuple(batch) for batch in found.values()]


def with_help(batches: Sequence[Batch]) -> list[Batch | Help]:
    """Put before every job whose search many may do at once as many hands as can be busy with it.

    That is more than there may be workers: a hand that finds nothing to do is gone at once, and a cluster may grow.
    """
    found: list[Batch | Help] = []
    for batch in batches:
        found += [Help(job) for job in batch for _ in range(_hands(job))]
        found.append(batch)
    return found


def _hands(job: Job) -> int:
    tuning = job.protocol.tuning
    return max(min(tuning.ahead, tuning.trials) - 1, 0)


def _together(job: Job) -> Any:
    """Return what the jobs of a batch have in common: the texts and, fold by fold, mostly the training rows."""
    protocol = job.protocol
    if protocol.tuning.trials or SHARES_WORK not in MODELS.entry(job.recipe.model).tags:
        return job.key
    kind = (protocol.split, protocol.parts, protocol.train_rows, protocol.scored_rows, protocol.labels == "side")
    return (job.dataset_digest, job.recipe.name, repr(job.recipe.space), protocol.texts, job.seed, *kind)


class BatchRunner:
    """Turns batches into records; made once per worker process.

    Parameters
    ----------
    runner
        Runs what stands alone, and every job whose batch failed as a whole.
    """

    def __init__(self, runner: JobRunner) -> None:
        self.runner = runner

    def __call__(self, batch: Batch | Help) -> tuple[RunRecord, ...]:
        """Run a batch; one record per job, in order. Help leaves none."""
        if isinstance(batch, Help):
            self.runner.help(batch.job)
            return ()
        if len(batch) == 1:
            return (self.runner(batch[0]),)
        first = batch[0]
        try:
            corpus = self.runner.corpus(first.dataset_digest)
            return run_together(batch, self.runner.datasets[first.dataset_digest], corpus)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException:  # one job's fault must not become its neighbours': each gets its own record
            return tuple(self.runner(job) for job in batch)

    def likes_gpu(self, batch: Batch | Help) -> bool:
        """Whether a batch trains a network: on a cluster it goes where there is a graphics processor."""
        jobs = (batch.job,) if isinstance(batch, Help) else batch
        return any(NETWORKS & MODELS.entry(job.recipe.model).tags for job in jobs)

    def owner(self, batch: Batch | Help) -> str | None:
        """Whose a batch is: a model of the user's own has workers of its own, the built-in ones share theirs."""
        job = batch.job if isinstance(batch, Help) else batch[0]  # all of a batch have one recipe
        entry = MODELS.entry(job.recipe.model)
        return entry.name if OF_THE_USERS & entry.tags else None

    def __reduce__(self) -> tuple[Any, ...]:
        return (BatchRunner, (self.runner,))


def run_together(batch: Batch, dataset: Dataset, corpus: Corpus) -> tuple[RunRecord, ...]:
    """Measure jobs of one recipe on one data set, all reading the texts in the same way.

    Raises
    ------
    DataError
        If the data set cannot be cut as one of the jobs asks.
    """
    start = time.monotonic()
    cuts: dict[Any, Split] = {}
    for job in batch:
        if cut_by(job) not in cuts:
            cuts[cut_by(job)] = split_rows(dataset, job.protocol, job.repeat, job.fold, job.seed)
    sides = [sides_of(job, dataset, cuts[cut_by(job)]) for job in batch]
    answers: dict[int, tuple[Answer, Corpus]] = {}
    model = build(batch[0], {}, 0)
    for numbers in _read_alike(batch):
        texts = read_by(batch[numbers[0]], corpus, sides[numbers[0]])
        tasks = [Task(sides[number].rows, sides[number].labels, sides[number].scored) for number in numbers]
        for place, answer in model.answers(texts, tasks):
            answers[numbers[place]] = (answer, texts)
    params = plain_values(model.get_params(deep=False))
    each = (time.monotonic() - start) / len(batch)
    return tuple(
        _record(job, sides[number], *answers[number], len(dataset.label_names), params, each)
        for number, job in enumerate(batch)
    )


def _read_alike(batch: Batch) -> Iterator[list[int]]:
    """Yield the numbers of the jobs whose model is given the very same texts."""
    found: dict[Any, list[int]] = {}
    for number, job in enumerate(batch):
        place = (job.repeat, job.fold) if reading_learns(job.protocol) else job.repeat
        found.setdefault(None if job.protocol.texts == "whole" else place, []).append(number)
    yield from found.values()


def _record(
    job: Job, sides: Sides, answer: Answer, texts: Corpus, classes: int, params: dict[str, Any], seconds: float
) -> RunRecord:
    probabilities: NDArray[np.float32] = np.zeros((len(sides.scored), classes), dtype=np.float32)
    probabilities[:, answer.classes] = answer.probabilities
    predicted = answer.classes[answer.probabilities.argmax(axis=1)].astype(np.int64)
    return RunRecord(
        job=job,
        status="ok",
        predictions=Predictions(sides.scored, sides.given, predicted, probabilities, sides.units[sides.scored]),
        train_rows=len(sides.rows),
        params=params,
        facts={**answer.facts, **unknown_tokens(job.recipe, texts[sides.rows], texts[sides.scored])},
        timings={"fit": seconds, "total": seconds},
        environment={**versions(), **machine()},
        notices=sides.notices,
    )
