"""``validate``: what is wrong with a file before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage_bench.cli import options
from triage_bench.core.sentence import Sentence

if TYPE_CHECKING:
    from triage_bench.datasets.validation import Problem, Validation

UNUSABLE = 2


def validate(
    file: Annotated[Path, typer.Argument(help="Your data: CSV, TSV, JSON Lines, Parquet or XLSX.")],
    text: Annotated[str | None, typer.Option(help="Column of the texts; guessed if not given.")] = None,
    label: Annotated[str | None, typer.Option(help="Column of the labels; guessed if not given.")] = None,
    lang: options.Language = "ko",
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Say what is wrong with a file: each problem with file:row:column and the way on; exit 2 if it cannot be used.

    Example:  triage-bench validate my.csv --text 증상 --label KTAS
    """
    from triage_bench.cli.plain import write_json
    from triage_bench.cli.told import check_language
    from triage_bench.datasets.validation import validate_file

    check_language(lang)
    found = validate_file(file, text, label)
    if json:
        write_json(found.to_dict())
    else:
        _print(found, lang, quiet)
    if not found.usable:
        raise typer.Exit(UNUSABLE)


def _print(found: Validation, lang: str, quiet: bool) -> None:
    """Write a line per problem; under --quiet only what makes the file unusable."""
    from triage_bench.cli.plain import safe, write

    for problem in found.problems:
        if problem.level == "refused" or not quiet:
            write(safe(_line(problem, lang)))
    if not quiet:
        for line in _summary(found, lang):
            write(safe(line))


def _line(problem: Problem, lang: str) -> str:
    level = _LEVELS[problem.level].said_in(lang)
    said = problem.text.said_in(lang).removeprefix(f"{problem.place}: ")
    more = f" [{_ROWS.said_in(lang)} {_listed(problem)}]" if len(problem.rows) > 1 else ""
    return f"{problem.place}: {level} {problem.code}: {said}{more}"


def _listed(problem: Problem) -> str:
    shown = ", ".join(map(str, problem.rows[:10]))
    return shown + (", …" if problem.count > min(len(problem.rows), 10) else "")


def _summary(found: Validation, lang: str) -> list[str]:
    counts = {level: sum(problem.level == level for problem in found.problems) for level in _LEVELS}
    told = ", ".join(f"{_LEVELS[level].said_in(lang)} {count}" for level, count in counts.items() if count) or "0"
    classes = ", ".join(f"{name} {rows:,}" for name, rows in list(found.classes.items())[:20])
    lines = [f"{found.file}: {_PROBLEMS.said_in(lang)}: {told}"]
    if found.classes:
        counted = f"{sum(found.classes.values()):,}"
        lines.append(f"{_USABLE_ROWS.said_in(lang)} {counted}/{found.rows:,}; {classes}")
    return [*lines, (_USABLE if found.usable else _UNUSABLE).said_in(lang)]


_LEVELS = {
    "refused": Sentence("오류", "error"),
    "changed": Sentence("변경", "changed"),
    "warning": Sentence("경고", "warning"),
    "note": Sentence("참고", "note"),
}
_ROWS, _PROBLEMS, _USABLE_ROWS = (
    Sentence("행", "rows"),
    Sentence("문제", "problems"),
    Sentence("쓸 수 있는 행", "usable rows"),
)
_USABLE = Sentence("사용할 수 있습니다.", "The file can be used.")
_UNUSABLE = Sentence(
    "사용할 수 없습니다. 오류를 고친 뒤 다시 실행하십시오.",
    "The file cannot be used; mend the errors and run again.",
)
