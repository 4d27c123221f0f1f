"""How long a plan will take, before it starts: a rough figure from rows, folds and trials."""

from __future__ import annotations

from collections.abc import Iterable

from triage_bench.core.job import Job
from triage_bench.core.plan import Plan
from triage_bench.models import MODELS

# Seconds for one fit with its prediction: a start and a slope per 1,000 training rows, one thread
# of a 2020s server core. Measured on kobill, ktas-sim, ynat and nsmc with the defaults.
COST_BY_TAG = {
    "baseline": (0.01, 0.0),
    "ridge": (0.02, 0.05),
    "linear": (0.1, 0.3),
    "boosting": (0.8, 2.5),
    "network": (6.0, 5.0),
    # A model of 110 million weights reading 32 tokens: 4 s for a step on 16 rows, 1.5 s where nothing is learnt.
    "frozen": (10.0, 95.0),
    "pretrained": (600.0, 1_000.0),
}
UNKNOWN_COST = (6.0, 5.0)
WORKER_START = 4.0  # imports


def seconds(plan: Plan, jobs: Iterable[Job], workers: int) -> float:
    """Estimate the wall time of some jobs of a plan.

    Parameters
    ----------
    plan
        Knows how many rows each data set has.
    jobs
        What still has to run.
    workers
        How many jobs run at once; 0 where that is not known yet: then the time that one worker alone would need.
    """
    workers = max(workers, 1)
    sized = [(job, plan.dataset(job.dataset).rows) for job in jobs]
    if not sized:
        return 0.0
    work = sum(_job_seconds(job, rows, 1) for job, rows in sized)
    longest = max(_job_seconds(job, rows, workers) for job, rows in sized)
    return WORKER_START + max(work / workers, longest)


def _job_seconds(job: Job, dataset_rows: int, workers: int) -> float:
    protocol, tuning = job.protocol, job.protocol.tuning
    share = {"official": 0.75, "none": 1.0}.get(protocol.split, 1 - 1 / protocol.folds)
    rows = min(protocol.train_rows or dataset_rows, dataset_rows * share)
    inner_rows = min(tuning.rows or rows, rows) * (1 - 1 / tuning.folds)
    at_once = max(min(tuning.ahead, tuning.trials, workers), 1)  # of one search; without `ahead` it is one worker's
    return _fit_seconds(job, rows) + tuning.trials / at_once * tuning.folds * _fit_seconds(job, inner_rows)


def _fit_seconds(job: Job, rows: float) -> float:
    tags = MODELS.entry(job.recipe.model).tags
    start, slope = next((cost for tag, cost in COST_BY_TAG.items() if tag in tags), UNKNOWN_COST)
    return start + slope * rows / 1_000
