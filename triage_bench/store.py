"""The store: one sealed file per finished job, one writer, nothing half-written ever readable.

A record is ``records/KEY.json``: a line of canonical JSON, a line with the digest, and the answers as
an ``npz`` archive, in one file because making a file costs more than all that is written to it. It is
written under a temporary name in the same folder, synchronised and renamed; a file whose seal does not
match is put aside in ``records/quarantine`` and its job counts as not done. Earlier versions kept the answers
in ``records/KEY.npz``, with their digest inside the JSON; such records are read as ever.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.aside import clear_aside, is_running
from triage_bench.core.dataset import Dataset
from triage_bench.core.digest import digest_bytes, word_digests
from triage_bench.core.errors import InputError, RecordError, RunLockedError, UnreadableError
from triage_bench.core.exhibit import EXHIBIT_SCHEMA, Exhibit
from triage_bench.core.packed import pack, unpack
from triage_bench.core.plan import PLAN_SCHEMA, Plan
from triage_bench.core.record import RECORD_SCHEMA, RunRecord
from triage_bench.core.record_form import form_of, record_of
from triage_bench.core.run import Run
from triage_bench.core.sealed import bytes_of, read_sealed, read_with_tail, unsealed, write_sealed, write_whole
from triage_bench.core.workspace import Workspace

__all__ = ["Store", "read_sealed", "refuse_held", "run_lock", "write_sealed", "write_whole"]

QUARANTINE = "quarantine"

CHEAP_SECONDS = 0.5
"""A record that was made faster is cheaper to make again than to force to the disk (20 ms on a busy one)."""


LOCK_TRIES, LOCK_WAIT = 20, 0.02


class Store:
    """The records of one run directory.

    Parameters
    ----------
    workspace
        Where the run keeps its things. Nothing is created before the first write.

    Attributes
    ----------
    put_aside : list of str
        Keys of the damaged records that were met and put aside.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.put_aside: list[str] = []
        self._read: dict[str, tuple[tuple[int, ...], RunRecord]] = {}

    def keys(self) -> set[str]:
        """Return the keys of all jobs that have a record, without opening any."""
        return {path.stem for path in self.workspace.records.glob("*.json")}

    def write(self, record: RunRecord) -> None:
        """Keep a record; an older one under the same key is replaced.

        What took less than `CHEAP_SECONDS` is not forced to the disk: a power cut may cost it, its seal
        tells, and its job runs again in less time than the disk needs.

        Raises
        ------
        TypeError, ValueError
            If the record holds something that JSON cannot say: an object, a NaN. Nothing was written then.
        """
        lasting = record.timings.get("total", CHEAP_SECONDS) >= CHEAP_SECONDS
        path, (plain, answers) = self._file(record.job.key), form_of(record)
        try:
            write_sealed(path, plain, answers, lasting=lasting)
        except FileNotFoundError:  # the first one; asking before every one costs a twentieth of what it takes to write
            path.parent.mkdir(parents=True, exist_ok=True)
            write_sealed(path, plain, answers, lasting=lasting)

    def read(self, key: str) -> RunRecord:
        """Return one record.

        Raises
        ------
        RecordError
            If the file is damaged or was written by a newer version.
        """
        data, archive = read_with_tail(self._file(key))
        if data.get("schema", 0) > RECORD_SCHEMA:
            raise RecordError(f"record {key} has schema {data['schema']}; this version reads up to {RECORD_SCHEMA}.")
        record = record_of(data, archive or self._beside(key, data.get("predictions")))
        if record.job.key != key:
            raise RecordError(f"record {key} describes another job; it was renamed or written by another version.")
        return record

    def read_all(self) -> dict[str, RunRecord]:
        """Return every sound record by key; damaged ones are put aside.

        A file that this object has read and that nobody has touched since is not read again: a run looks what is
        there to show its plan, and again once it holds the lock.

        Raises
        ------
        UnreadableError
            If a file cannot be read at all: that says nothing of what is in it.
        """
        found = {}
        for key in sorted(self.keys()):
            stamp = self._stamp(key)
            if key in self._read and self._read[key][0] == stamp:
                found[key] = self._read[key][1]
                continue
            try:
                found[key] = self.read(key)
                self._read[key] = (stamp, found[key])
            except UnreadableError:
                raise
            except RecordError:
                self.quarantine(key)
        return found

    def _stamp(self, key: str) -> tuple[int, ...]:
        """Return what changes when one of a record's files is written: its number, size and time."""
        stamp: list[int] = []
        for path in (self._file(key), self._arrays(key)):
            with suppress(OSError):
                found = path.stat()
                stamp += (found.st_ino, found.st_size, found.st_mtime_ns)
        return tuple(stamp)

    def quarantine(self, key: str) -> None:
        """Put a damaged record aside: its job will run again, and the evidence stays."""
        folder = self.workspace.records / QUARANTINE
        folder.mkdir(exist_ok=True)
        self.put_aside.append(key)
        for path in (self._file(key), self._arrays(key)):
            if path.exists():
                path.replace(folder / path.name)

    def clear_leftovers(self) -> None:
        """Delete the temporary files of processes that were killed while they wrote here or to the cache."""
        run, cache = self.workspace.run, self.workspace.cache
        events = self.workspace.tensorboard.glob("*/") if self.workspace.tensorboard.is_dir() else ()
        trained = [folder for event in events for folder in (event, *event.glob("*/"))]
        for folder in (run, self.workspace.records, *run.glob("*/"), *trained, *cache.glob("*/")):
            clear_aside(folder)

    def write_plan(self, plan: Plan) -> None:
        """Keep what the run set out to do."""
        self.workspace.run.mkdir(parents=True, exist_ok=True)
        write_sealed(self.workspace.plan, plan.to_dict())

    def read_run(self) -> Run:
        """Return plan and records together.

        Raises
        ------
        InputError
            If there is no run in this directory, or a newer version wrote it.
        """
        if not self.workspace.plan.is_file():
            raise InputError(
                f"{str(self.workspace.run)!r} holds no run (no plan.json). "
                "Name the directory that `run` or `diagnose` printed last."
            )
        try:
            data = read_sealed(self.workspace.plan)
        except UnreadableError:
            raise
        except RecordError as error:
            raise RecordError(
                f"{error} The records are unharmed: repeat the run's command, it is written anew."
            ) from error
        if data["schema"] > PLAN_SCHEMA:
            raise InputError(f"plan.json has schema {data['schema']}; this version reads up to {PLAN_SCHEMA}.")
        return Run(Plan.from_dict(data), self.read_all())

    def write_rows(self, dataset: Dataset) -> None:
        """Keep by what each row of a data set is recognised, and its label: no text, 9 bytes or more per row."""
        path = self._rows(dataset.digest)
        with suppress(InputError):
            self.read_rows(dataset.digest)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        data = pack({"texts": word_digests(dataset.texts), "labels": dataset.labels.astype(np.int16)})
        write_whole(path, data + digest_bytes(data).encode(), lasting=False)

    def read_rows(self, dataset_digest: str) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Return the 64-bit digest of every text and the label code of every row, both of shape (rows,).

        Raises
        ------
        InputError
            If they were not kept: the run was made before they were, or skipped the data set.
        """
        try:
            arrays = unpack(unsealed(self._rows(dataset_digest)))
            return arrays["texts"], arrays["labels"].astype(np.int64)
        except (OSError, RecordError, ValueError, KeyError) as error:
            raise InputError(
                f"{str(self.workspace.run)!r} keeps no digests of the rows of data set {dataset_digest[:8]}; "
                "repeat its command: what is done is not done again, and the digests are written."
            ) from error

    def write_exhibit(self, dataset_digest: str, exhibit: Exhibit) -> None:
        """Keep the rows of a data set that the report shows."""
        self._exhibits.mkdir(parents=True, exist_ok=True)
        write_sealed(self._exhibits / f"{dataset_digest}.json", exhibit.to_dict(), lasting=False)

    def read_exhibits(self) -> dict[str, Exhibit]:
        """Return what the report shows of every data set's rows, by the data set's name; damaged files are left out."""
        found = {}
        for path in sorted(self._exhibits.glob("*.json")):
            try:
                data = read_sealed(path)
            except RecordError:
                continue
            if data.get("schema", 0) <= EXHIBIT_SCHEMA:
                found[data["dataset"]] = Exhibit.from_dict(data)
        return found

    @property
    def _exhibits(self) -> Path:
        return self.workspace.run / "exhibits"

    def _rows(self, dataset_digest: str) -> Path:
        return self.workspace.run / "rows" / f"{dataset_digest}.npz"

    def _file(self, key: str) -> Path:
        return self.workspace.records / f"{key}.json"

    def _arrays(self, key: str) -> Path:
        return self.workspace.records / f"{key}.npz"

    def _beside(self, key: str, seal: str | None) -> bytes:
        """Return the answers of a record of schema 1."""
        if seal is None:
            return b""
        archive = bytes_of(self._arrays(key))
        if digest_bytes(archive) != seal:
            raise RecordError(f"{key}.npz is damaged: its seal does not match its content.")
        return archive


@contextmanager
def run_lock(workspace: Workspace) -> Iterator[None]:
    """Hold a run directory for writing; the kernel lets go of it when the process dies.

    Raises
    ------
    RunLockedError
        If another process holds it; the message names that process.
    OSError
        If the file system cannot hold it.
    """
    workspace.run.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(workspace.lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _hold(descriptor, workspace)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def refuse_held(workspace: Workspace) -> None:
    """Stop at once where another process writes to a run directory, before anything is read or planned for it.

    Raises
    ------
    RunLockedError
        As `run_lock`; but nothing is made or held here.
    """
    with suppress(OSError):
        descriptor = os.open(workspace.lock, os.O_RDWR)
        try:
            _hold(descriptor, workspace)
        finally:
            os.close(descriptor)


def _hold(descriptor: int, workspace: Workspace) -> None:
    holder = ""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:  # any other error says that this place knows no locks, not that somebody holds one
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            if holder.isdecimal() and is_running(int(holder)):
                break
            time.sleep(LOCK_WAIT)  # someone only looks, or has not written its number over an older one yet
    raise RunLockedError(
        f"another run (process {holder or 'unknown'}) is writing to {str(workspace.run)!r}. "
        "Wait for it, end it, or give this run a directory of its own with --out."
    )
