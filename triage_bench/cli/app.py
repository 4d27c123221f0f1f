"""The commands, and how each of them ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from triage_bench.cli import data, diagnose, doctor, fit, lists, predict, report, run, tune, vectors
from triage_bench.core.errors import TriageBenchError

app = typer.Typer(
    name="triage-bench",
    help="Benchmark and diagnose small-data Korean text classification.\n\n"
    "Start with:  python -m triage_bench run --suite all",
    no_args_is_help=True,
    rich_markup_mode=None,  # importing rich costs more than the whole help text
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("diagnose")(diagnose.diagnose)
app.command("tune")(tune.tune)
app.command("fit")(fit.fit)
app.command("vectors")(vectors.vectors)
app.command("predict")(predict.predict)
app.command("report")(report.report)
app.add_typer(lists.app, name="list")
app.add_typer(data.app, name="data")
app.command("doctor")(doctor.doctor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 some jobs failed, 2 wrong input, 130 interrupted.

    Parameters
    ----------
    arguments
        Without the program's name; by default those of this process.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="triage-bench")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except TriageBenchError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0
