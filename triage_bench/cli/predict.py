"""``predict``: what a kept model answers new texts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage_bench.cli import options

if TYPE_CHECKING:
    from triage_bench.running.answer import Answer, NewTexts

FORMATS = ("csv", "jsonl")
DIGITS = 6


def predict(
    model: Annotated[Path, typer.Argument(help="Folder that `fit --save` wrote.")],
    file: Annotated[str, typer.Argument(help="Texts: CSV, TSV, JSON Lines, Parquet or XLSX; - for standard input.")],
    text: Annotated[str | None, typer.Option(help="Column of the texts; by default that of the training file.")] = None,
    format: Annotated[str | None, typer.Option(help="csv or jsonl; by default by the name of --out, else csv.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; by default standard output.")] = None,
    explain: Annotated[int, typer.Option(min=0, help="Name so many n-grams that decided each answer.")] = 0,
    lang: options.Language = "ko",
    quiet: options.Quiet = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON array on standard output.")] = False,
) -> None:
    """Answer new texts: label, probabilities, and the share of the text that the model does not know.

    Texts are not repeated: `row` is the row of the file. A pipe without --text holds one text per line.

    Example:  triage-bench predict models/ktas new.csv --text 증상 --out answers.csv
    """
    from triage_bench.cli.told import say, say_notices
    from triage_bench.core.errors import InputError
    from triage_bench.models.keeping import load_model
    from triage_bench.running.answer import answers

    kind = _format(format, out)
    if json and out is not None:
        raise InputError("--json prints on standard output; leave it out, or leave out --out.")
    kept = load_model(model)
    say_notices(kept.notices, lang, quiet)
    new = _read(file, text, kept.description.about.text_column)
    say_notices(new.notices, lang, quiet)
    found = list(answers(kept, new, explain))
    lines = _as_array(found, kept.labels) if json else _WRITERS[kind](found, kept.labels, explain)
    _write(lines, out, kind)
    blank = sum(one.label is None for one in found)
    if blank:
        say(f"{blank:,} of {len(found):,} rows have no text and got no answer", quiet)
    if out is not None:
        say(f"{len(found):,} rows answered: {out}", quiet)


def _format(given: str | None, out: Path | None) -> str:
    from triage_bench.core.errors import UnknownNameError

    if given is None:
        return "jsonl" if out is not None and out.suffix.lower() in (".jsonl", ".ndjson") else "csv"
    if given not in FORMATS:
        raise UnknownNameError("format", given, FORMATS)
    return given


def _read(file: str, column: str | None, trained_on: str | None) -> NewTexts:
    from triage_bench.running.answer import parse_new_texts, read_new_texts

    if file != "-":
        return read_new_texts(Path(file), column, trained_on)
    return parse_new_texts(sys.stdin.buffer.read(), column, trained_on)


def _as_csv(found: Sequence[Answer], labels: Sequence[str], explain: int) -> Iterator[str]:
    import csv
    import io

    def line(cells: Sequence[Any]) -> str:
        stream = io.StringIO(newline="")
        csv.writer(stream, lineterminator="").writerow([_cell(cell) for cell in cells])
        return stream.getvalue()

    yield line(["row", "label", *(f"p_{name}" for name in labels), "unknown_share", *["explanation"] * bool(explain)])
    for one in found:
        probabilities: list[Any] = [round(p, DIGITS) for p in one.probabilities] or [""] * len(labels)
        share = "" if one.unknown_share is None else round(one.unknown_share, DIGITS)
        grams = [" | ".join(f"{gram} {weight:+.3f}" for gram, weight in one.explanation)] * bool(explain)
        yield line([one.row, one.label or "", *probabilities, share, *grams])


def _cell(cell: Any) -> Any:
    """Make a word harmless for spreadsheets; a label that is a number stays one."""
    from triage_bench.leaderboard.export import in_spreadsheet

    return cell if isinstance(cell, str) and _number(cell) else in_spreadsheet(cell)


def _number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _as_json_lines(found: Sequence[Answer], labels: Sequence[str], explain: int) -> Iterator[str]:
    from triage_bench.cli.plain import json_text

    for one in found:
        yield json_text(_plain(one, labels), indent=None)


def _as_array(found: Sequence[Answer], labels: Sequence[str]) -> Iterator[str]:
    from triage_bench.cli.plain import json_text

    yield json_text([_plain(one, labels) for one in found])


def _plain(one: Answer, labels: Sequence[str]) -> dict[str, Any]:
    rounded = (round(p, DIGITS) for p in one.probabilities)
    probabilities = dict(zip(labels, rounded, strict=True)) if one.probabilities else None
    return {
        "row": one.row,
        "label": one.label,
        "probabilities": probabilities,
        "unknown_share": None if one.unknown_share is None else round(one.unknown_share, DIGITS),
        "explanation": [{"gram": gram, "weight": round(weight, DIGITS)} for gram, weight in one.explanation],
    }


def _write(lines: Iterator[str], out: Path | None, kind: str) -> None:
    from triage_bench.cli.plain import write
    from triage_bench.core.errors import InputError
    from triage_bench.store import write_whole

    if out is None:
        for line in lines:
            write(line)
        return
    # Excel in Korea reads a CSV without the mark as CP949.
    begin, ending = ("\ufeff", "\r\n") if kind == "csv" else ("", "\n")
    try:
        write_whole(out, (begin + "".join(line + ending for line in lines)).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise InputError(f"{str(out)!r} cannot be written: {error.strerror}.") from error


_WRITERS = {"csv": _as_csv, "jsonl": _as_json_lines}
