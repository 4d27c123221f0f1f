"""What a person is told beside the data: lines on standard error."""

from __future__ import annotations

from collections.abc import Iterable

from triage_bench.cli.plain import tell
from triage_bench.core.errors import UnknownNameError
from triage_bench.core.sentence import LANGUAGES, Notice


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


def say_notices(notices: Iterable[Notice], language: str, quiet: bool) -> None:
    """Write notices in one language.

    Raises
    ------
    UnknownNameError
        If it is neither ``"ko"`` nor ``"en"``.
    """
    check_language(language)
    for notice in notices:
        say(f"  {notice.text.ko if language == 'ko' else notice.text.en}", quiet)
