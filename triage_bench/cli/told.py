"""What a person is told beside the data: lines on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, cast, get_args

from triage_bench.cli.plain import tell
from triage_bench.core.command import options
from triage_bench.core.errors import DataError, UnknownNameError
from triage_bench.core.sentence import LANGUAGES, Notice

if TYPE_CHECKING:
    from triage_bench.core.dataset import Scale

MOST_REFUSALS = 5
"""Problems of a file that are said when a command refuses it."""


def say(line: str, quiet: bool) -> None:
    """Write one line, unless nothing is to be said."""
    if not quiet:
        tell(line)


def check_language(language: str) -> None:
    """Refuse what is none of `LANGUAGES`.

    Raises
    ------
    UnknownNameError
        If it is neither ``"ko"`` nor ``"en"``.
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)


def refusals(error: DataError, words: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with a file: in Korean where a command's words ask for it, else in English as all errors.

    `validate` tells all of it; here the first few problems have to do.
    """
    korean = ("--lang", "ko") in options(words)
    for one in (error, *error.also)[:MOST_REFUSALS]:
        yield one.ko if korean else str(one)


def known_scale(name: str | None) -> Scale | None:
    """Return a scale by its name; None where none is asked for, and the labels tell.

    Raises
    ------
    UnknownNameError
        If there is no such scale.
    """
    from triage_bench.core.dataset import Scale

    if name is not None and name not in get_args(Scale):
        raise UnknownNameError("scale", name, get_args(Scale))
    return cast("Scale | None", name)


def say_notices(notices: Iterable[Notice], language: str, quiet: bool) -> None:
    """Write notices in one language.

    Raises
    ------
    UnknownNameError
        If it is neither ``"ko"`` nor ``"en"``.
    """
    check_language(language)
    for notice in notices:
        say(f"  {notice.text.said_in(language)}", quiet)
