"""Every error the package raises on purpose, as one tree.

An error says what came, what was expected and what to do next; ``exit_code`` is what the
command line ends with when it reaches the top.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class TriageBenchError(Exception):
    """Base of all errors that triage_bench raises itself."""

    exit_code: ClassVar[int] = 1


class InputError(TriageBenchError):
    """What the user gave (a file, a column, a name, an option) cannot work as it is."""

    exit_code: ClassVar[int] = 2


class DataError(InputError):
    """A data file or its content cannot be used: encoding, columns, labels, texts."""


class RunLockedError(InputError):
    """Another process holds the run directory."""


class MissingExtraError(InputError):
    """An optional dependency is needed; the message names the install command."""


class ModelFileError(InputError):
    """A kept model cannot be loaded: damaged, tampered with, of another kind, or from a newer version."""


class UnavailableError(TriageBenchError):
    """A public data set is neither here nor to be downloaded now: its jobs are skipped."""


class RecordError(TriageBenchError):
    """A stored file is damaged: its seal does not match its content."""


class InvalidOutputError(TriageBenchError):
    """A model answered something that is no prediction: NaN, a wrong shape, rows not summing to 1."""


class DuplicateNameError(TriageBenchError):
    """Two things registered themselves under one name."""


class UnknownNameError(InputError):
    """A name that nothing is known under.

    Parameters
    ----------
    kind
        What was looked for, in the singular: ``"model"``, ``"column"`` …
    name
        What the user typed.
    known
        Every name that would have worked.
    hint
        A sentence that says what to do; the default names the nearest match.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        near = difflib.get_close_matches(name, self.known, n=1, cutoff=0.5)
        did_you_mean = f" Did you mean {near[0]!r}?" if near else ""
        listed = ", ".join(map(repr, self.known)) or "none"
        super().__init__(f"unknown {kind} {name!r}.{did_you_mean} Known: {listed}.{' ' + hint if hint else ''}")
