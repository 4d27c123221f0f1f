"""``validate``: what is wrong with a file before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage_bench.cli import options

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

    korean = lang == "ko"
    for problem in found.problems:
        if problem.level == "refused" or not quiet:
            write(safe(_line(problem, korean)))
    if not quiet:
        for line in _summary(found, korean):
            write(safe(line))


def _line(problem: Problem, korean: bool) -> str:
    said = problem.text.ko if korean else problem.text.en
    level = _LEVELS[problem.level][0 if korean else 1]
    said = said.removeprefix(f"{problem.place}: ")
    more = f" [{'행' if korean else 'rows'} {_listed(problem)}]" if len(problem.rows) > 1 else ""
    return f"{problem.place}: {level} {problem.code}: {said}{more}"


def _listed(problem: Problem) -> str:
    shown = ", ".join(map(str, problem.rows[:10]))
    return shown + (", …" if problem.count > min(len(problem.rows), 10) else "")


def _summary(found: Validation, korean: bool) -> list[str]:
    counts = {level: sum(problem.level == level for problem in found.problems) for level in _LEVELS}
    told = ", ".join(f"{_LEVELS[level][0 if korean else 1]} {count}" for level, count in counts.items() if count) or "0"
    classes = ", ".join(f"{name} {rows:,}" for name, rows in list(found.classes.items())[:20])
    lines = [f"{found.file}: {'문제' if korean else 'problems'}: {told}"]
    if found.classes:
        counted = f"{sum(found.classes.values()):,}"
        lines.append(f"{'쓸 수 있는 행' if korean else 'usable rows'} {counted}/{found.rows:,}; {classes}")
    ending = ("사용할 수 있습니다.", "The file can be used.") if found.usable else _UNUSABLE
    return [*lines, ending[0 if korean else 1]]


_LEVELS = {
    "refused": ("오류", "error"),
    "changed": ("변경", "changed"),
    "warning": ("경고", "warning"),
    "note": ("참고", "note"),
}
_UNUSABLE = (
    "사용할 수 없습니다. 오류를 고친 뒤 다시 실행하십시오.",
    "The file cannot be used; mend the errors and run again.",
)
