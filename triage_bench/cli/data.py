"""``data``: public data sets, their licences, and bringing them here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from triage_bench.cli import options
from triage_bench.core.workspace import Workspace

if TYPE_CHECKING:
    from triage_bench.datasets.public import FileState

app = typer.Typer(help="Public data sets: list, fetch, verify.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(json: options.Json = False) -> None:
    """Show every file of the public data sets with licence, size and whether it is here.

    Example:  triage-bench data list
    """
    from triage_bench.datasets.public import verify as look

    _print(look(_workspace()), json=json)


@app.command()
def fetch(
    names: Annotated[list[str], typer.Argument(help="Data sets, e.g. nsmc ynat.")],
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
def verify(json: options.Json = False) -> None:
    """Check every file in the data home against its checksum; exit 1 if one is wrong.

    Example:  triage-bench data verify
    """
    from triage_bench.datasets.public import verify as verify_data

    states = verify_data(_workspace())
    _print(states, json=json)
    _exit_unless(all(state.status != "wrong checksum" for state in states))


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
