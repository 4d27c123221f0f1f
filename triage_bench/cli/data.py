"""``data``: public data sets, their licences, and bringing them here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage_bench.cli import names, options
from triage_bench.core.workspace import Workspace

if TYPE_CHECKING:
    from triage_bench.datasets.public import FileState

app = typer.Typer(help="Public data sets: list, fetch, verify, export.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Show every file of the public data sets with licence, size and whether it is here.

    Example:  triage-bench data list
    """
    from triage_bench.datasets.public import verify as look

    _print(look(_workspace()), json=json)


@app.command()
def fetch(
    names: Annotated[list[str], typer.Argument(autocompletion=names.datasets, help="Data sets, e.g. nsmc ynat.")],
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Download data sets into the data home, with checksum; exit 1 if one cannot be had.

    Example:  triage-bench data fetch nsmc ynat
    """
    from triage_bench.datasets.public import fetch as fetch_data

    states = fetch_data(names, _workspace())
    _print(states, json=json)
    _exit_unless(all(state.status == "ok" for state in states))


@app.command()
def verify(quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Check every file in the data home against its checksum; exit 1 if one is wrong.

    Example:  triage-bench data verify
    """
    from triage_bench.datasets.public import verify as verify_data

    states = verify_data(_workspace())
    _print(states, json=json)
    _exit_unless(all(state.status != "wrong checksum" for state in states))


@app.command()
def export(
    name: Annotated[str, typer.Argument(autocompletion=names.datasets, help="A data set, see `list datasets`.")],
    file: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    rows: Annotated[int | None, typer.Option(help="A stratified sample of so many rows; all if not given.")] = None,
    seed: options.Seed = 0,
    quiet: options.Quiet = False,
) -> None:
    """Write a data set as CSV (columns text, label …): something to try the other commands on.

    Example:  triage-bench data export kobill kobill.csv
    """
    from triage_bench.core.errors import InputError
    from triage_bench.datasets import load_dataset
    from triage_bench.datasets.written import as_csv
    from triage_bench.store import write_whole

    if file.exists():
        raise InputError(f"{str(file)!r} is there already; name another file, or remove it first.")
    write_whole(file, as_csv(load_dataset(name, _workspace()), rows, seed))
    if not quiet:
        typer.echo(f"written: {file}")


def _print(states: Iterable[FileState], *, json: bool) -> None:
    from triage_bench.cli.plain import print_lines

    print_lines(
        [
            {
                "data set": state.dataset,
                "file": state.path,
                "status": state.status,
                "MB": f"{state.bytes / 1e6:.1f}" if state.bytes else "–",
                "licence": state.licence,
                "reason": state.reason or "",
            }
            for state in states
        ],
        json=json,
    )


def _exit_unless(good: bool) -> None:
    if not good:
        raise typer.Exit(1)


def _workspace() -> Workspace:
    return Workspace.at(".")
