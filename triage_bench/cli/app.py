"""The commands, and how each of them ends."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import ClassVar

import typer

from triage_bench.cli.ends import INTERRUPTED, complain, failed, interruptible, unexpected
from triage_bench.cli.lazy import LazyGroup, Target
from triage_bench.cli.plain import flush
from triage_bench.core.errors import DataError, TriageBenchError


class Commands(LazyGroup):
    """Every command, in the order in which people meet them."""

    targets: ClassVar[Mapping[str, Target]] = {
        "run": Target("triage_bench.cli.run:run", "Plan, run what is not yet done, and write the report."),
        "diagnose": Target("triage_bench.cli.diagnose:diagnose", "Say what holds the score back on your own data."),
        "tune": Target("triage_bench.cli.tune:tune", "Tune one model and show what tuning is worth."),
        "fit": Target("triage_bench.cli.fit:fit", "Fit one model on all rows and keep it, for `predict`."),
        "vectors": Target("triage_bench.cli.vectors:vectors", "Learn word vectors from texts without labels."),
        "predict": Target("triage_bench.cli.predict:predict", "Answer new texts with a model that `fit` kept."),
        "validate": Target(
            "triage_bench.cli.validate:validate",
            "Say what is wrong with a file: each problem with file:row:column and the way on; "
            "exit 2 if it cannot be used.",
        ),
        "report": Target("triage_bench.cli.report:report", "Write the report of a run again, from its records only."),
        "compare": Target("triage_bench.cli.compare:compare", "Show what differs between two runs, fold by fold."),
        "list": Target(
            "triage_bench.cli.lists:app", "Show what there is: models, tokenizers, data sets, suites, checks."
        ),
        "data": Target("triage_bench.cli.data:app", "Public data sets: list, fetch, verify, export."),
        "doctor": Target("triage_bench.cli.doctor:doctor", "Say what is here, what is missing, and try a small run."),
    }


app = typer.Typer(
    name="triage-bench",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # importing rich costs more than the whole help text
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def triage_bench() -> None:
    """Benchmark and diagnose small-data Korean text classification.

    Start with:  python -m triage_bench run --suite all
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 some jobs failed, 2 wrong input, 130 interrupted.

    Parameters
    ----------
    arguments
        Without the program's name; by default those of this process.
    """
    with interruptible():
        try:
            app(args=None if arguments is None else list(arguments), prog_name="triage-bench")
        except SystemExit as end:
            if isinstance(end.__context__, BrokenPipeError):  # `--help | head -1`: whoever read has seen enough
                return 0
            flush()
            return end.code if isinstance(end.code, int) else 1
        except KeyboardInterrupt:
            return INTERRUPTED
        except DataError as error:
            from triage_bench.cli.told import refusals  # only then: every command's start would wait for it

            for line in refusals(error, sys.argv[1:] if arguments is None else arguments):
                complain(line)
            return error.exit_code
        except TriageBenchError as error:
            complain(str(error))
            return error.exit_code
        except OSError as error:
            return failed(error)
        except Exception as error:
            return unexpected(error)
    return 0
