"""The words of a command, read again after it was typed: for refusals, and for the commands that a report proposes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each long option with what was given to it, as ``--name value`` or ``--name=value``.

    A switch, to which nothing is given, comes with whatever stands after it.
    """
    for word, after in zip(words, (*words[1:], ""), strict=False):
        if word.startswith("--"):
            name, given, value = word.partition("=")
            yield name, value if given else after
