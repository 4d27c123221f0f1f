"""``vectors``: word vectors from texts without labels, for the networks to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from triage_bench.cli import names, options


def vectors(
    file: Annotated[Path, typer.Argument(help="Texts without labels: CSV, TSV, TXT, JSON Lines, Parquet or XLSX.")],
    save: Annotated[Path, typer.Option(help="File for the vectors; it must not exist.")],
    text: Annotated[str | None, typer.Option(help="Column of the texts, where there are several.")] = None,
    tokenizer: Annotated[
        str, typer.Option(autocompletion=names.tokenizers, help="The unit of the network that will use them.")
    ] = "mecab",
    dimensions: Annotated[int, typer.Option(min=2, max=1_000, help="Numbers per word: the network's embedding.")] = 128,
    seed: options.Seed = 0,
    lang: options.Language = "ko",
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Learn word vectors from texts without labels, for `tune --vectors` and `fit --vectors`.

    The texts must not be those of a test set. Words that they hold five times or more can be read in the file.

    Example:  triage-bench vectors calls.csv --text 증상 --save calls.vec
    """
    import time

    from triage_bench.cli.plain import print_lines
    from triage_bench.cli.told import say_notices
    from triage_bench.core.workspace import Workspace
    from triage_bench.running.answer import read_new_texts
    from triage_bench.running.transfer import vectors_of_texts

    start = time.monotonic()
    found = read_new_texts(file, text, None)
    say_notices(found.notices, lang, quiet)
    words = vectors_of_texts(found.texts, tokenizer, dimensions, save, Workspace.at(save.parent), seed)
    line = {
        "texts": str(len(found.texts)),
        "words": str(words),
        "dimensions": str(dimensions),
        "seconds": f"{time.monotonic() - start:.1f}",
        "file": str(save),
    }
    print_lines([line], json=json)
