"""``list``: what there is.

One subcommand per kind rather than an argument: coercing an argument loads pydantic, which costs
as much as everything else together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from triage_bench.cli import options
from triage_bench.core.registry import Registry

Line = dict[str, str]

Thresholds = Annotated[bool, typer.Option("--thresholds", help="Say of each check what it claims, why, and its line.")]

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
def checks(
    thresholds: Thresholds = False,
    lang: options.Language = "en",
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Show every check; with --thresholds what each claims, why, and where its line is drawn for what reason.

    Example:  triage-bench list checks --thresholds --lang ko
    """
    from triage_bench.diagnosis import CHECKS

    if not thresholds:
        _print(_entries(CHECKS), json=json)
        return
    from triage_bench.cli.plain import safe, write, write_json
    from triage_bench.cli.told import check_language

    check_language(lang)
    found = [CHECKS.load(entry.name) for entry in CHECKS]
    if json:
        write_json([check.to_dict() for check in found])
        return
    for check in found:
        causes = f"  ({', '.join(check.causes)})" if check.causes else ""
        write(safe(f"{check.code}  {check.title.said_in(lang)}{causes}"))
        for sentence in (check.why, check.threshold):
            write(safe(f"       {sentence.said_in(lang)}"))


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
