"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from triage_bench.cli import names

Budget = Annotated[str, typer.Option(autocompletion=names.budgets, help="How much work: quick, standard or thorough.")]
Out = Annotated[Path | None, typer.Option(help="Directory of the run; by default reports/NAME-BUDGET.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes at once; by default one per core.")]
ExecutorName = Annotated[
    str, typer.Option("--executor", autocompletion=names.executors, help="Where jobs run: local, dask or serial.")
]
Address = Annotated[
    str | None, typer.Option(help="Scheduler of your own Dask cluster, e.g. tcp://host:8786; with --executor dask.")
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the run; every random draw derives from it.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")]
Json = Annotated[bool, typer.Option("--json", help="Print the table as JSON on standard output.")]
Pretrain = Annotated[
    str | None,
    typer.Option(
        help="Start a network from one trained on another data set: its name, or a folder of `fit`. "
        "Of a transformer: the pre-trained model's folder, or its name on the hub."
    ),
]
Vectors = Annotated[
    Path | None, typer.Option(help="Start a network from word vectors: fastText/word2vec text format, or of `vectors`.")
]
ScaleName = Annotated[
    str | None,
    typer.Option(
        "--scale",
        autocompletion=names.scales,
        help="What the labels are: nominal, ordinal or triage (1 is the most urgent); by default told by their column.",
    ),
]
Numeric = Annotated[
    list[str] | None,
    typer.Option(help="Columns of numbers to read beside the text: repeat the option, or separate by commas."),
]
Categorical = Annotated[list[str] | None, typer.Option(help="Columns of categories to read beside the text.")]
Columns = Annotated[
    str | None,
    typer.Option(help="auto: find such columns by their type. Mind those that are filled in after the label."),
]
Language = Annotated[
    str, typer.Option("--lang", autocompletion=names.languages, help="Language of what is said to people: ko or en.")
]
ShowTexts = Annotated[
    bool, typer.Option("--show-texts", help="Show example texts of your own file in the report, identifiers masked.")
]
