"""``diagnose``: the designed experiment on a user's own data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from triage_bench.cli import options


def diagnose(
    file: Annotated[Path, typer.Argument(help="Your data: CSV, TSV, JSON Lines, Parquet or XLSX.")],
    text: Annotated[str, typer.Option(help="Column of the texts.")],
    label: Annotated[str, typer.Option(help="Column of the labels.")],
    group: Annotated[
        str | None, typer.Option(help="Column whose equal values stay together (a patient, a source sentence).")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Column that says who or what wrote the row.")] = None,
    scale: options.ScaleName = None,
    test: Annotated[Path | None, typer.Option(help="A file with the test rows, if they are apart.")] = None,
    numeric: options.Numeric = None,
    categorical: options.Categorical = None,
    columns: options.Columns = None,
    model: Annotated[
        str | None, typer.Option(help="A model of your own: FILE.py:NAME, a class with fit and predict over texts.")
    ] = None,
    params: Annotated[str | None, typer.Option(help="Its parameters as JSON, e.g. '{\"units\": 64}'.")] = None,
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
    """Run the designed experiment on your data and say what holds the score back.

    Example:  triage-bench diagnose my.csv --text 증상 --label KTAS --budget quick
    """
    from triage_bench.cli.session import Session, run_folder
    from triage_bench.cli.told import known_scale
    from triage_bench.core.workspace import Workspace
    from triage_bench.datasets import read_file, read_pair
    from triage_bench.datasets.beside import Beside, with_columns
    from triage_bench.running.diagnosis import diagnosis_budget, plan_diagnosis

    workspace = Workspace.at(out or run_folder("diagnose", file.stem, budget))
    session = Session(
        workspace, executor, workers, language=lang, quiet=quiet, json=json, show_texts=show_texts, address=address
    )
    beside, meant = Beside.asked(numeric, categorical, columns), known_scale(scale)
    if test is None:
        rows = read_file(file, text=text, label=label, group=group, source=source, scale=meant, also=beside.wanted)
    else:
        rows = read_pair(
            file, test, text=text, label=label, group=group, source=source, scale=meant, also=beside.wanted
        )
    rows = with_columns(rows, beside)
    own = None
    if model is not None:
        from triage_bench.running.brought import brought_recipe

        own = brought_recipe(model, params)
    size = diagnosis_budget(budget, rows)
    planned = plan_diagnosis(rows, budget, seed, workspace, session.command, own)
    raise typer.Exit(session.conduct(planned, size))
