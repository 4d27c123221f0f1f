"""How rows, tokens and the user's own model files reach the workers: once each, never with a job."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from triage_bench.core.dataset import Dataset
from triage_bench.core.digest import digest_bytes, digest_texts
from triage_bench.core.errors import TriageBenchError
from triage_bench.core.job import Job
from triage_bench.core.record import RunRecord
from triage_bench.core.sealed import write_whole
from triage_bench.datasets.shelf import shelve, take
from triage_bench.executors.base import Executor, Remote
from triage_bench.models import MODELS
from triage_bench.running.batch import Batch, BatchRunner, Help
from triage_bench.running.job import JobRunner
from triage_bench.text.cache import TokenCache
from triage_bench.text.tokenizers import TOKENIZERS, tokenizer
from triage_bench.tuning import SharedStorage

ModelFile = tuple[Path, str, bytes]
"""Where the driver has a user's model, what it is called in it, and its content."""


def delivered(
    datasets: Mapping[str, Dataset],
    cache: Path,
    jobs: Sequence[Job],
    executor: Executor,
    storage: SharedStorage | None = None,
) -> BatchRunner | Parcel:
    """Return what runs batches of jobs, ready for the way to the executor's workers.

    Parameters
    ----------
    datasets
        The rows, by digest.
    cache
        The folder of tokens. Where every worker sees it, public data sets go there as well, by digest, and workers
        read both. Where not, rows and the tokens that are there travel with the runner, which a remote executor
        sends to each worker once. Rows of the user's own always do: they are written nowhere.
    jobs
        What will be run.
    executor
        Where.
    storage
        Where workers meet that search together.
    """
    here = BatchRunner(JobRunner(dict(datasets), cache, storage=storage))
    if not isinstance(executor, Remote):
        return here
    asked = {job.recipe.model for job in jobs}
    files = tuple((path, name, path.read_bytes()) for path, name in MODELS.brought if f"{path.name}:{name}" in asked)
    if executor.sees(cache):
        shelved = tuple(digest for digest, dataset in datasets.items() if shelve(cache, dataset))
        carried = {digest: dataset for digest, dataset in datasets.items() if digest not in shelved}
        return Parcel(here, Rows(carried, cache, shelved), cache, {}, files)
    return Parcel(here, Rows(datasets, cache, ()), None, _kept_tokens(datasets, cache, jobs), files)


class Rows(Mapping[str, Dataset]):
    """Data sets by digest; those on the shelf are read when they are first asked for.

    Parameters
    ----------
    carried
        Those that travel with this object.
    folder, shelved
        Where the others lie, and their digests.
    """

    def __init__(self, carried: Mapping[str, Dataset], folder: Path, shelved: Sequence[str]) -> None:
        self._carried, self._folder, self._shelved = dict(carried), folder, tuple(shelved)
        self._taken: dict[str, Dataset] = {}

    def __getitem__(self, digest: str) -> Dataset:
        if digest in self._carried or digest not in self._shelved:
            return self._carried[digest]
        if digest not in self._taken:
            self._taken[digest] = take(self._folder, digest)
        return self._taken[digest]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._carried, *self._shelved))

    def __len__(self) -> int:
        return len(self._carried) + len(self._shelved)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Rows, (self._carried, self._folder, self._shelved))


class Parcel:
    """A batch runner that can travel to a machine that shares nothing, or only a folder, with this one.

    Parameters
    ----------
    here
        The runner as it is on this machine.
    rows
        The data sets as they travel.
    cache
        The shared folder of tokens; None where there is none.
    tokens
        Files of the token cache that travel instead, by name.
    files
        The user's own models.
    """

    def __init__(
        self, here: BatchRunner, rows: Rows, cache: Path | None, tokens: Mapping[str, bytes], files: Sequence[ModelFile]
    ) -> None:
        self.here, self._way = here, (rows, cache, dict(tokens), tuple(files), here.runner.storage)

    def __call__(self, batch: Batch | Help) -> tuple[RunRecord, ...]:
        """Run a batch on this machine."""
        return self.here(batch)

    def likes_gpu(self, batch: Batch | Help) -> bool:
        """As the runner itself."""
        return self.here.likes_gpu(batch)

    def owner(self, batch: Batch | Help) -> str | None:
        """As the runner itself."""
        return self.here.owner(batch)

    def __reduce__(self) -> tuple[Any, ...]:
        return (arrived, self._way)


def arrived(
    rows: Mapping[str, Dataset],
    cache: Path | None,
    tokens: Mapping[str, bytes],
    files: Sequence[ModelFile],
    storage: SharedStorage | None = None,
) -> BatchRunner:
    """Unpack a parcel in a worker's process; what was not there already goes to its folder for temporary files."""
    place = Path(tempfile.gettempdir()) / "triage-bench"
    if cache is None:
        cache = place
        for name, content in tokens.items():
            _put(place / "tokens" / name, content)
    brought = [(_found(path, content, place), name) for path, name, content in files]
    return BatchRunner(JobRunner(rows, cache, brought, storage))


def _found(path: Path, content: bytes, place: Path) -> Path:
    """Return the model's file: the driver's where it is the same here, so that its neighbours are found as well."""
    with suppress(OSError):
        if path.read_bytes() == content:
            return path
    return _put(place / "models" / digest_bytes(content) / path.name, content)


def _put(path: Path, content: bytes) -> Path:
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, content, lasting=False)
    return path


def _kept_tokens(datasets: Mapping[str, Dataset], cache: Path, jobs: Iterable[Job]) -> dict[str, bytes]:
    """Return the token files that the jobs will ask for and that are there."""
    names = {part for job in jobs for part in job.recipe.tokenizer.split("+") if part in TOKENIZERS}
    found: dict[str, bytes] = {}
    for name in sorted(names):
        for dataset in datasets.values():
            with suppress(OSError, TriageBenchError):
                path = TokenCache(cache).path(digest_texts(dataset.texts), tokenizer(name))
                found[path.name] = path.read_bytes()
    return found
