"""``report``: render a run again from its records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from triage_bench.cli import options


def report(
    run: Annotated[Path, typer.Argument(help="Directory of a run.")],
    costs: Annotated[
        Path | None,
        typer.Option(
            help="What wrong answers cost: a table with a row per given label and a column per answer. "
            "The decision rules are then judged by it."
        ),
    ] = None,
    lang: options.Language = "ko",
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Write the report of a run again, from its records only.

    Example:  triage-bench report reports/all-standard
    """
    from triage_bench.cli.result import print_result
    from triage_bench.core.memo import remembering
    from triage_bench.core.workspace import Workspace
    from triage_bench.datasets.costs import read_costs
    from triage_bench.report.tensorboard import write_event_files
    from triage_bench.report.write import write_report
    from triage_bench.store import Store

    workspace = Workspace.at(run)
    found = Store(workspace).read_run()
    labels = {name for one in found.plan.datasets for name in one.classes}
    told = None if costs is None else read_costs(costs, labels)
    with remembering(workspace.figures):
        write_report(found, workspace, language=lang, costs=told)
    write_event_files(found.records.values(), workspace)
    print_result(found, workspace, lang, json=json)
