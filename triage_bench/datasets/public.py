"""Public data sets: found in the data home, else downloaded; never used with a wrong checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Literal

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import DataError, UnavailableError
from triage_bench.core.workspace import Workspace
from triage_bench.datasets.cards import Card, CardFile, card, read_cards
from triage_bench.datasets.download import Downloader, download, over_http

FileStatus = Literal["ok", "missing", "wrong checksum", "unavailable"]


@dataclass(frozen=True)
class FileState:
    """One file of a public data set as it stands in the data home.

    Attributes
    ----------
    dataset, path, licence, url, sha256
        From the card; `path` is relative to the data home.
    bytes
        Its size here, 0 where it is not.
    status
        ``ok``, ``missing``, ``wrong checksum`` or ``unavailable`` (the download did not work).
    reason
        What went wrong, in one line.
    """

    dataset: str
    path: str
    licence: str
    url: str
    sha256: str
    bytes: int
    status: FileStatus
    reason: str | None = None


def load(name: str, workspace: Workspace) -> Dataset:
    """Read a data set by its card's name, downloading its files if they are not in the data home.

    Raises
    ------
    UnknownNameError
        If no card has that name.
    UnavailableError
        If a file is missing and cannot be downloaded now.
    DataError
        If a file in the data home is not what the card says.
    """
    known = card(name)
    module, _, attribute = known.reader.partition(":")
    reader = getattr(import_module(module), attribute)
    if known.files:
        paths = {Path(file.path).name: obtain(file, known, workspace.data_home) for file in known.files}
        dataset = reader(known, paths, **known.options)
    else:
        dataset = reader(**known.options)
    assert isinstance(dataset, Dataset)
    return dataset


def fetch(names: Iterable[str], workspace: Workspace) -> tuple[FileState, ...]:
    """Download what is missing of the named data sets; a failure is a row, not an error.

    Raises
    ------
    UnknownNameError
        If no card has one of the names.
    """
    return tuple(_fetched(file, known, workspace.data_home) for known in map(card, names) for file in known.files)


def verify(workspace: Workspace) -> tuple[FileState, ...]:
    """Check every public file in the data home against its checksum; downloads nothing."""
    owners: dict[str, tuple[CardFile, Card]] = {}
    for known in read_cards().values():
        for file in known.files:
            owners.setdefault(file.path, (file, known))  # a variant shares its origin's files
    return tuple(_state(file, known, workspace.data_home) for file, known in owners.values())


def obtain(file: CardFile, known: Card, data_home: Path, downloader: Downloader | None = None) -> Path:
    """Return the verified path of a file, downloading it first if need be.

    Parameters
    ----------
    file, known
        The file and the card it belongs to.
    data_home
        Where it lies, or will.
    downloader
        How to download; over HTTP by default.

    Raises
    ------
    UnavailableError
        If it is not there and cannot be downloaded.
    DataError
        If what is there has another checksum.
    """
    place = data_home / file.path
    if not place.resolve().is_relative_to(data_home.resolve()):
        raise UnavailableError(
            f"the card of data set {known.name!r} names a place outside the data home: {file.path!r}."
        )
    if not place.is_file():
        download(file, known.name, place, downloader or over_http(file.max_bytes))
    elif _sha256(place) != file.sha256:
        raise DataError(
            f"{place.name!r} in the data home is not the file that data set {known.name!r} is made of "
            f"(sha256 {_sha256(place)}, expected {file.sha256}). Delete it; it will be downloaded again from {file.url}"
        )
    return place


def _fetched(file: CardFile, known: Card, data_home: Path) -> FileState:
    try:
        obtain(file, known, data_home)
    except UnavailableError as error:
        return _state(file, known, data_home, unavailable=str(error))
    except DataError:
        pass  # the state says so
    return _state(file, known, data_home)


def _state(file: CardFile, known: Card, data_home: Path, unavailable: str | None = None) -> FileState:
    place = data_home / file.path
    status: FileStatus = "missing"
    reason = unavailable
    if unavailable is not None:
        status = "unavailable"
    elif place.is_file():
        found = _sha256(place)
        status = "ok" if found == file.sha256 else "wrong checksum"
        reason = None if status == "ok" else f"sha256 {found}, expected {file.sha256}; delete the file and fetch again"
    size = place.stat().st_size if place.is_file() else 0
    return FileState(known.name, file.path, known.licence, file.url, file.sha256, size, status, reason)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
