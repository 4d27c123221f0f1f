"""``tune``: one family, nested cross-validation, tuned against its defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from triage_bench.cli import names, options


def tune(
    family: Annotated[
        str,
        typer.Argument(
            autocompletion=names.families, help="A model, e.g. tfidf-lr or 'tfidf-lr[mecab]'; see `list models`."
        ),
    ],
    dataset: Annotated[
        str | None, typer.Option(autocompletion=names.datasets, help="A data set by name; see `list datasets`.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A file of your own: CSV, TSV, JSON Lines, Parquet or XLSX.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Column of the texts in --data.")] = None,
    label: Annotated[str | None, typer.Option(help="Column of the labels in --data.")] = None,
    group: Annotated[str | None, typer.Option(help="Column of --data whose equal values stay together.")] = None,
    scale: options.ScaleName = None,
    numeric: options.Numeric = None,
    categorical: options.Categorical = None,
    columns: options.Columns = None,
    trials: Annotated[int, typer.Option(min=1, help="Trials per outer fold.")] = 30,
    timeout: Annotated[float | None, typer.Option(min=0.0, help="Seconds of search per outer fold.")] = None,
    search: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARAM[=RANGE]",
            help="Search this parameter as well: optimiser, hidden=32..256:log, C=1,10,100; repeat the option.",
        ),
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Outer folds.")] = 5,
    pretrain: options.Pretrain = None,
    vectors: options.Vectors = None,
    out: options.Out = None,
    workers: options.Workers = None,
    executor: options.ExecutorName = "local",
    storage: Annotated[
        str | None,
        typer.Option(
            envvar="TRIAGE_BENCH_STORAGE",
            show_envvar=True,
            help="Let all workers do the trials of one search: a PostgreSQL database, "
            "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE.",
        ),
    ] = None,
    address: options.Address = None,
    seed: options.Seed = 0,
    lang: options.Language = "ko",
    show_texts: options.ShowTexts = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Tune one model and show what tuning is worth against its defaults.

    Example:  triage-bench tune tfidf-lr --data my.csv --text 증상 --label KTAS
    """
    from triage_bench.cli.session import Session, run_folder, shared_storage
    from triage_bench.cli.told import known_scale
    from triage_bench.core.workspace import Workspace
    from triage_bench.datasets.beside import Beside
    from triage_bench.running.one_family import best_parameters, plan_tuning, tuning_data
    from triage_bench.running.searched import searched
    from triage_bench.running.suite import recipe
    from triage_bench.running.transfer import decided_by, started

    chosen = recipe(family)
    chosen = searched(chosen, search or (), decided_by(chosen, pretrain, vectors))
    workspace = Workspace.at(out or run_folder("tune", chosen.name))
    beside = Beside.asked(numeric, categorical, columns)
    rows = tuning_data(workspace, dataset, data, text, label, group, beside, known_scale(scale))
    session = Session(
        workspace,
        executor,
        workers,
        language=lang,
        quiet=quiet,
        json=json,
        show_texts=show_texts,
        address=address,
        storage=shared_storage(storage),
    )
    chosen = started(chosen, pretrain, vectors, rows, workspace, seed, session.say)
    shared = storage is not None
    planned, size = plan_tuning(rows, chosen, trials, timeout, folds, seed, workspace, session.command, shared=shared)
    code = session.conduct(planned, size)
    session.say(best_parameters(session.read(), workspace))
    raise typer.Exit(code)
