"""``run``: the benchmark."""

from __future__ import annotations

from typing import Annotated

import typer

from triage_bench.cli import names, options


def run(
    suite: Annotated[str, typer.Option(autocompletion=names.suites, help="What to run; see `list suites`.")],
    numeric: options.Numeric = None,
    categorical: options.Categorical = None,
    columns: options.Columns = None,
    budget: options.Budget = "standard",
    out: options.Out = None,
    workers: options.Workers = None,
    executor: options.ExecutorName = "local",
    address: options.Address = None,
    seed: options.Seed = 0,
    lang: options.Language = "ko",
    show_texts: options.ShowTexts = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Plan, run what is not yet done, and write the report.

    Example:  triage-bench run --suite all --budget quick
    """
    from triage_bench.cli.session import Session, run_folder
    from triage_bench.core.workspace import Workspace
    from triage_bench.datasets.beside import Beside
    from triage_bench.running.asked_columns import with_asked_columns
    from triage_bench.running.budget import budget as budget_of
    from triage_bench.running.planning import load_datasets, plan_run
    from triage_bench.running.pretrained import with_every_pretrained
    from triage_bench.running.suite import read_suite

    size, chosen = budget_of(budget), read_suite(suite)
    workspace = Workspace.at(out or run_folder(suite, budget))
    session = Session(
        workspace, executor, workers, language=lang, quiet=quiet, json=json, show_texts=show_texts, address=address
    )
    asked = Beside.asked(numeric, categorical, columns)
    found = with_asked_columns(list(load_datasets(chosen.datasets, workspace)), asked, chosen.columns)
    planned = plan_run(
        suite,
        found,
        with_every_pretrained(chosen.recipes_for(size), workspace, session.say),
        chosen.controls,
        size,
        seed=seed,
        workspace=workspace,
        command=session.command,
    )
    raise typer.Exit(session.conduct(planned, size))
