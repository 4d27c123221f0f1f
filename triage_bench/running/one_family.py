"""Tuning one family: its defaults, its tuned form, the majority beside it, and parameters to keep."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from triage_bench.core.dataset import Dataset, Scale
from triage_bench.core.errors import InputError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import load_dataset, read_file
from triage_bench.datasets.beside import NOTHING, Beside, with_columns
from triage_bench.datasets.rare_classes import without_rare_classes
from triage_bench.models import MODELS
from triage_bench.running.asked_columns import settled
from triage_bench.running.beside import side_by_side
from triage_bench.running.budget import Budget, Search
from triage_bench.running.planning import Planned, plan_run
from triage_bench.running.pretrained import needs_pretrained
from triage_bench.running.suite import recipe
from triage_bench.store import write_whole

FINAL = "final-parameters"
"""Purpose of the job that tunes on all rows: nested folds each find their own parameters, and the
ones to keep come from the same search over everything. Its score is never shown as a result."""


LEAST_AHEAD = 8
"""Trials of a shared search that may be under way at once; a long search allows an eighth of its own."""


def tuning_data(
    workspace: Workspace,
    dataset: str | None,
    file: Path | None,
    text: str | None,
    label: str | None,
    group: str | None,
    beside: Beside = NOTHING,
    scale: Scale | None = None,
) -> Dataset:
    """Return the data set to tune on: a public one by name, or a file of the user's own.

    Parameters
    ----------
    workspace, dataset, file, text, label, group
        As the options of `tune` say.
    beside
        The columns that models may read beside the text.
    scale
        What the labels of a file are; None where the column tells.

    Raises
    ------
    InputError
        If neither or both are given, the file's columns are not named, or a scale is given for what has its own.
    """
    if (dataset is None) == (file is None):
        raise InputError("name either --dataset NAME or --data FILE; see `list datasets` for the names.")
    if dataset is not None:
        if scale is not None:
            raise InputError(f"--scale {scale} is for a file of your own; {dataset!r} says what its labels are.")
        return with_columns(load_dataset(dataset, workspace), settled(dataset, beside))
    assert file is not None
    if text is None or label is None:
        raise InputError("--data needs the columns as well: --text COLUMN --label COLUMN.")
    return with_columns(read_file(file, text=text, label=label, group=group, scale=scale, also=beside.wanted), beside)


def plan_tuning(
    dataset: Dataset,
    chosen: Recipe,
    trials: int,
    timeout: float | None,
    folds: int,
    seed: int,
    workspace: Workspace,
    command: tuple[str, ...],
    *,
    shared: bool = False,
) -> tuple[Planned, Budget]:
    """Lay out the jobs: majority and defaults, then the tuned folds, then the search over all rows.

    With `shared`, many workers may do the trials of one search at once.

    Raises
    ------
    InputError
        If such a search is to end at a time: what it then found would depend on how many took part.
    """
    if shared and timeout is not None:
        raise InputError(f"--timeout {timeout:g} cannot be used with --storage; say how much by --trials.")
    ahead = max(LEAST_AHEAD, trials // LEAST_AHEAD) if shared else 0
    dataset = without_rare_classes(dataset)
    entry = MODELS.entry(chosen.model)
    compared = side_by_side([chosen], dataset)
    size = Budget(f"{trials} trials", folds, 1, 3, {tag: Search(trials) for tag in entry.tags}, 6 * 3_600)
    planned = plan_run(
        f"tune {chosen.name}",
        [dataset],
        [recipe("majority"), *_beside(chosen), *compared],
        ["fit-32"],
        size,
        seed=seed,
        workspace=workspace,
        command=command,
        insist=True,
    )
    jobs = tuple(_searched(job, timeout, ahead) for job in planned.plan.jobs)
    tuning = Tuning(trials=trials, folds=size.inner_folds, timeout=timeout, ahead=ahead)
    everything = Protocol("none", purpose=FINAL, folds=1, scored_rows="train", tuning=tuning)
    final = Job(dataset.name, dataset.digest, compared[-1], everything, seed=seed)
    return replace(planned, plan=replace(planned.plan, jobs=(*jobs, final))), size


def _beside(chosen: Recipe) -> list[Recipe]:
    """Return what a family is measured against besides the majority: a pre-trained model against TF-IDF."""
    return [recipe("tfidf-lr")] if needs_pretrained(chosen) else []


def best_parameters(run: Run, workspace: Workspace) -> str:
    """Write the parameters to keep as JSON beside the report, and return a line that says so."""
    outcome = next(run.where(purpose=FINAL))
    if not outcome.complete:
        return f"no final parameters: {outcome.reason}"
    record = outcome.records[0]
    chosen = {"model": outcome.recipe.model, "params": dict(record.params), "inner_score": record.inner_score}
    path = workspace.run / "best_parameters.json"
    write_whole(path, (json.dumps(chosen, ensure_ascii=False, indent=1) + "\n").encode())
    return f"parameters to keep: {path}"


def _searched(job: Job, timeout: float | None, ahead: int) -> Job:
    if not job.protocol.tuning.trials:
        return job
    tuning = replace(job.protocol.tuning, timeout=timeout, ahead=ahead)
    return replace(job, protocol=replace(job.protocol, tuning=tuning))
