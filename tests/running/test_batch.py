"""Jobs that share a worker call leave the records they would have left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from triage_bench.core.dataset import TEST, TRAIN, Dataset
from triage_bench.core.job import Job
from triage_bench.core.workspace import Workspace
from triage_bench.executors.base import Limits
from triage_bench.executors.choose import executor
from triage_bench.running.batch import BatchRunner, batches_of
from triage_bench.running.diagnosis import plan_diagnosis
from triage_bench.running.job import JobRunner
from triage_bench.running.sweep import sweep


def asked(dataset: Dataset, workspace: Workspace) -> list[Job]:
    """Return every control of a quick diagnosis but most permutations and repeats."""
    jobs = plan_diagnosis(dataset, "quick", 0, workspace).plan.jobs
    kept = [job for job in jobs if job.repeat < 2 and job.recipe.model in ("char-ridge", "token-ridge")]
    return list({job.key: job for job in kept}.values())


def test_a_batch_gives_the_numbers_of_the_straight_line(sentences: Dataset, workspace: Workspace) -> None:
    official = np.where(np.arange(len(sentences)) % 4 == 0, TEST, TRAIN).astype(np.int8)
    sources = tuple("가나다"[row % 3] for row in range(len(sentences)))
    dataset = replace(sentences, official=official, sources=sources)
    jobs = asked(dataset, workspace)
    purposes = {job.protocol.purpose for job in plan_diagnosis(dataset, "quick", 0, workspace).plan.jobs}
    assert {"benchmark", "random-split", "topic-held-out", "source-held-out", "one-source", "drift"} <= purposes
    assert {"merged", "ladder", "prefix-10", "words-shuffled", "strongest-token", "shuffled-labels"} <= purposes
    alone, together = (
        JobRunner({dataset.digest: dataset}, None),
        BatchRunner(JobRunner({dataset.digest: dataset}, None)),
    )
    found = {record.job.key: record for batch in batches_of(jobs) for record in together(batch)}
    for job in jobs:
        one, other = alone(job), found[job.key]
        assert one.ok and other.ok, (job.name, one.reason, other.reason)
        assert one.predictions is not None and other.predictions is not None
        assert (one.train_rows, one.params, one.notices, one.facts) == (
            other.train_rows,
            other.params,
            other.notices,
            other.facts,
        )
        np.testing.assert_allclose(one.predictions.probabilities, other.predictions.probabilities, atol=1e-6)
        for name in ("rows", "labels", "predicted", "units"):
            np.testing.assert_array_equal(getattr(one.predictions, name), getattr(other.predictions, name), job.name)


def test_what_shares_no_work_stays_alone(sentences: Dataset, workspace: Workspace) -> None:
    jobs = plan_diagnosis(sentences, "quick", 0, workspace).plan.jobs
    batches = batches_of(jobs)
    assert sum(map(len, batches)) == len(jobs)
    assert all(len(batch) == 1 for batch in batches if batch[0].recipe.model in ("majority", "tfidf-lr"))
    assert max(map(len, batches)) > 100 and len(batches) < 40


def test_a_job_that_fails_costs_its_neighbours_nothing(sentences: Dataset) -> None:
    from triage_bench.core.protocol import Protocol
    from triage_bench.running.controls_splits import YARDSTICK

    def at(fold: int) -> Job:
        return Job(sentences.name, sentences.digest, YARDSTICK, Protocol("stratified", folds=3), 0, fold)

    good, bad = BatchRunner(JobRunner({sentences.digest: sentences}, None))((at(0), at(7)))
    assert good.ok and bad.status == "failed" and "no fold 7" in (bad.reason or "")


def test_a_diagnosis_is_swept_and_repeated_for_nothing(sentences: Dataset, workspace: Workspace) -> None:
    planned = plan_diagnosis(sentences, "quick", 0, workspace)
    first = sweep(planned.plan, planned.datasets, workspace, executor("serial"), Limits())
    keys = {job.key for job in planned.plan.jobs}
    assert first.reused == 0 and {record.job.key for record in first.run.records.values() if record.ok} == keys
    again = plan_diagnosis(sentences, "quick", 0, workspace)
    assert sweep(again.plan, again.datasets, workspace, executor("serial"), Limits()).reused == len(keys)
