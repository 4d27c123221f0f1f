"""``fit``: a model to keep, fitted on all rows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from triage_bench.cli import names, options
from triage_bench.cli.ends import INTERRUPTED


def fit(
    family: Annotated[
        str,
        typer.Argument(
            autocompletion=names.families, help="A model, e.g. tfidf-lr or 'tfidf-lr[mecab]'; see `list models`."
        ),
    ],
    save: Annotated[Path, typer.Option(help="Folder for the model; it must not hold one already.")],
    dataset: Annotated[
        str | None, typer.Option(autocompletion=names.datasets, help="A data set by name; see `list datasets`.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A file of your own: CSV, TSV, JSON Lines, Parquet or XLSX.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Column of the texts in --data.")] = None,
    label: Annotated[str | None, typer.Option(help="Column of the labels in --data.")] = None,
    scale: options.ScaleName = None,
    numeric: options.Numeric = None,
    categorical: options.Categorical = None,
    columns: options.Columns = None,
    params: Annotated[
        str | None, typer.Option(help="Parameters as JSON, or a file: the best_parameters.json of `tune`.")
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(autocompletion=names.tokenizers, help="The unit the model reads; see `list tokenizers`."),
    ] = None,
    pretrain: options.Pretrain = None,
    vectors: options.Vectors = None,
    seed: options.Seed = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was interrupted.")] = False,
    lang: options.Language = "ko",
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Fit one model on all rows and keep it: a folder of plain data with a card, for `predict`.

    Example:  triage-bench fit tfidf-lr --data my.csv --text 증상 --label KTAS --save models/ktas
    """
    from dataclasses import replace
    from functools import partial

    from triage_bench.cli.told import known_scale, say, say_notices
    from triage_bench.core.workspace import Workspace
    from triage_bench.datasets.beside import Beside
    from triage_bench.running import keep
    from triage_bench.running.beside import with_side
    from triage_bench.running.one_family import tuning_data
    from triage_bench.running.suite import recipe
    from triage_bench.running.transfer import started

    chosen = recipe(family)
    if tokenizer is not None:
        chosen = replace(chosen, params={**chosen.params, "tokenizer": tokenizer})
    given = keep.read_params(params, chosen.model)
    keep.check_folder(save, resume)
    workspace = Workspace.at(save)
    beside = Beside.asked(numeric, categorical, columns)
    rows = tuning_data(workspace, dataset, data, text, label, None, beside, known_scale(scale))
    chosen = with_side(chosen, given.params, rows)
    chosen = started(chosen, pretrain, vectors, rows, workspace, seed, partial(say, quiet=quiet))
    model = keep.build(chosen, given, rows, seed)
    say(f"{rows.name}: {len(rows):,} rows, {len(rows.label_names)} classes", quiet)
    say_notices(rows.notices, lang, quiet)
    about = keep.describe(rows, text, seed, chosen, given, model)
    start = time.monotonic()
    try:
        keep.fit_and_keep(
            model, rows, save, about, cache=workspace.cache, on_epoch=lambda entry: say(_epoch(entry), quiet)
        )
    except KeyboardInterrupt as error:
        say("interrupted; the same command with --resume goes on after the last finished epoch", quiet)
        raise typer.Exit(INTERRUPTED) from error
    say_notices(model.notices_, lang, quiet)
    seconds = time.monotonic() - start
    _print(
        {
            "model": chosen.name,
            "data set": rows.name,
            "rows": str(len(rows)),
            "classes": str(len(about.classes)),
            "seconds": f"{seconds:.1f}",
            "folder": str(save),
        },
        json=json,
    )


def _epoch(entry: Mapping[str, float]) -> str:
    parts = [f"epoch {entry['epoch']:.0f}: loss {entry['train_loss']:.3f}"]
    if "validation_loss" in entry:
        parts.append(f"validation {entry['validation_loss']:.3f}, macro-F1 {entry['validation_score']:.3f}")
    return "  " + ", ".join(parts)


def _print(line: dict[str, str], *, json: bool) -> None:
    from triage_bench.cli.plain import print_lines

    print_lines([line], json=json)
