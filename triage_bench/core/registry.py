"""One registry for models, tokenizers, checks and data sets: lazy targets, loud failures.

A name maps to an import path that is followed only when the thing is used, so that listing
everything imports nothing. Other packages register through entry points.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from triage_bench.core.errors import DuplicateNameError, InputError, MissingExtraError, UnknownNameError

PLUGIN = "plugin"
"""Tag of what another package registered."""


@dataclass(frozen=True)
class Entry:
    """What is known of a registered thing without importing it.

    Attributes
    ----------
    name
        The word a user types.
    target
        ``"package.module:attribute"``.
    summary
        One line for ``list``.
    version
        Raised when the thing's numbers change; part of every job key that uses it.
    tags
        Free words for filters (``"network"``, ``"classical"``, ``"baseline"`` …).
    extra
        The optional dependency group the target needs, if any.
    """

    name: str
    target: str
    summary: str
    version: int = 1
    tags: frozenset[str] = frozenset()
    extra: str | None = None


class Registry:
    """Names of one kind, in the order in which they were registered.

    Parameters
    ----------
    kind
        The singular noun used in messages.
    group
        The entry-point group through which other packages add theirs.
    """

    def __init__(self, kind: str, group: str) -> None:
        self.kind, self.group = kind, group
        self._entries: dict[str, Entry] = {}
        self._plugins_read = False

    def register(self, entry: Entry) -> None:
        """Add an entry.

        Raises
        ------
        DuplicateNameError
            If the name stands for another target already.
        """
        known = self._entries.get(entry.name)
        if known is not None and known != entry:
            raise DuplicateNameError(
                f"{self.kind} {entry.name!r} is registered twice: {known.target!r} and {entry.target!r}. "
                "Rename one of them or uninstall the package that brings it."
            )
        self._entries[entry.name] = entry

    def entry(self, name: str) -> Entry:
        """Return what is known of a name; an unknown one names its nearest neighbour."""
        if name not in self._entries:
            self._read_plugins()
        if name not in self._entries:
            raise UnknownNameError(self.kind, name, self._entries)
        return self._entries[name]

    def load(self, name: str) -> Any:
        """Import and return what a name stands for.

        Raises
        ------
        MissingExtraError
            If the target's optional dependency is not installed.
        InputError
            If a plugin's target cannot be imported.
        """
        entry = self.entry(name)
        module, _, attribute = entry.target.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            if entry.extra is None:
                raise InputError(f"{self.kind} {name!r} needs {error.name!r}, which is not installed.") from error
            raise MissingExtraError(
                f'{self.kind} {name!r} needs {error.name!r}. Install it with: pip install "triage-bench[{entry.extra}]"'
            ) from error
        except AttributeError as error:
            raise InputError(f"{self.kind} {name!r}: {module!r} has no {attribute!r}.") from error

    def __iter__(self) -> Iterator[Entry]:
        self._read_plugins()
        return iter(tuple(self._entries.values()))

    def __contains__(self, name: object) -> bool:
        if name not in self._entries:
            self._read_plugins()
        return name in self._entries

    def _read_plugins(self) -> None:
        if self._plugins_read:
            return
        self._plugins_read = True
        if not _named_by_a_package(self.group):
            return
        from importlib.metadata import entry_points  # a quarter of the command line's start-up

        for point in entry_points(group=self.group):
            source = point.dist.name if point.dist else "another package"
            self.register(Entry(point.name, point.value, f"from {source}", tags=frozenset({PLUGIN})))


def _named_by_a_package(group: str) -> bool:
    """Tell whether what is installed may bring entry points of a group; False only where it brings none."""
    heading = f"[{group}]".encode()
    for place in map(Path, sys.path):
        if place.is_file():
            return True  # a packed library: left to those who can read it
        for written in place.glob("*.*-info/entry_points.txt"):
            if heading in written.read_bytes():
                return True
    return False
