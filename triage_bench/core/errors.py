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
    """A data file or its content cannot be used: encoding, columns, labels, texts.

    Parameters
    ----------
    message
        What came, what was expected and what to do, after ``file:row:column`` where there is a place.
    ko
        The same in Korean; the message itself where it was not translated.
    also
        More faults of the kind, found on the way.
    """

    def __init__(self, message: str, ko: str = "", also: Iterable[DataError] = ()) -> None:
        super().__init__(message)
        self.ko, self.also = ko or message, tuple(also)


class NoColumnsError(DataError):
    """No column is left that a model may read beside the text."""


class RunLockedError(InputError):
    """Another process holds the run directory."""


class MissingExtraError(InputError):
    """An optional dependency is needed; the message names the install command."""


class ModelFileError(InputError):
    """A kept model cannot be loaded: damaged, tampered with, of another kind, or from a newer version."""


class UnavailableError(TriageBenchError):
    """A public data set is neither here nor to be downloaded now: its jobs are skipped."""


class ClusterError(TriageBenchError):
    """The cluster that does the work is gone or unfit. What was finished is kept; the same command goes on."""


class RecordError(TriageBenchError):
    """A stored file is damaged: its seal does not match its content."""


class UnreadableError(RecordError):
    """A stored file cannot be read just now: rights, a disk's fault, too many open files. It may well be sound."""


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
        self.near = next(iter(difflib.get_close_matches(name, self.known, n=1, cutoff=0.5)), None)
        did_you_mean = f" Did you mean {self.near!r}?" if self.near else ""
        listed = ", ".join(map(repr, self.known)) or "none"
        super().__init__(f"unknown {kind} {name!r}.{did_you_mean} Known: {listed}.{' ' + hint if hint else ''}")
