"""``list``: what there is.

One subcommand per kind rather than an argument: coercing an argument loads pydantic, which costs
as much as everything else together.
"""

from __future__ import annotations

from collections.abc import Iterable

import typer

from triage_bench.cli import options
from triage_bench.core.registry import Registry

Line = dict[str, str]

app = typer.Typer(help="Show what there is.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def models(quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Show every model.

    Example:  triage-bench list models
    """
    from triage_bench.models import MODELS

    _print(_entries(MODELS), json=json)


@app.command()
def tokenizers(quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Show every tokenizer.

    Example:  triage-bench list tokenizers
    """
    from triage_bench.text.tokenizers import TOKENIZERS

    _print(_entries(TOKENIZERS), json=json)


@app.command()
def checks(quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Show every check with its threshold and the reason for it.

    Example:  triage-bench list checks
    """
    from triage_bench.diagnosis import CHECKS

    _print(_entries(CHECKS), json=json)


@app.command()
def datasets(quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Show every data set that is known by name.

    Example:  triage-bench list datasets
    """
    from triage_bench.datasets.cards import read_cards

    _print(
        (
            {"name": card.name, "role": card.role, "summary": card.summary.en, "licence": card.licence}
            for card in read_cards().values()
        ),
        json=json,
    )


@app.command()
def suites(quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Show every suite with its data sets.

    Example:  triage-bench list suites
    """
    from triage_bench.running.suite import read_suite, suite_names

    found = map(read_suite, suite_names())
    _print(
        ({"name": one.name, "summary": one.title.en, "datasets": ", ".join(one.datasets)} for one in found), json=json
    )


def _entries(registry: Registry) -> Iterable[Line]:
    for entry in registry:
        yield {"name": entry.name, "summary": entry.summary, "tags": ", ".join(sorted(entry.tags))}


def _print(lines: Iterable[Line], *, json: bool) -> None:
    from triage_bench.cli.plain import print_lines

    print_lines(list(lines), json=json)
