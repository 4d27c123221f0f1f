"""The store: one sealed file per finished job, one writer, nothing half-written ever readable.

A record is ``records/KEY.json`` (canonical JSON and a line with its digest) with its predictions
in ``records/KEY.npz`` beside it, whose digest stands inside the sealed JSON. Files are written
under a temporary name in the same folder, synchronised and renamed; a file whose seal does not
match is put aside in ``records/quarantine`` and its job counts as not done.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from triage_bench.core.digest import canonical_json, digest_bytes
from triage_bench.core.errors import InputError, RecordError, RunLockedError
from triage_bench.core.job import Job
from triage_bench.core.plan import PLAN_SCHEMA, Plan
from triage_bench.core.record import RECORD_SCHEMA, Predictions, RunRecord, Trial
from triage_bench.core.run import Run
from triage_bench.core.sentence import Notice
from triage_bench.core.space import Space
from triage_bench.core.workspace import Workspace

QUARANTINE = "quarantine"

CHEAP_SECONDS = 0.5
"""A record that was made faster is cheaper to make again than to force to the disk (20 ms on a busy one)."""


class Store:
    """The records of one run directory.

    Parameters
    ----------
    workspace
        Where the run keeps its things. Nothing is created before the first write.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def keys(self) -> set[str]:
        """Return the keys of all jobs that have a record, without opening any."""
        return {path.stem for path in self.workspace.records.glob("*.json")}

    def write(self, record: RunRecord) -> None:
        """Keep a record; an older one under the same key is replaced.

        What took less than `CHEAP_SECONDS` is not forced to the disk: a power cut may cost it, its seal
        tells, and its job runs again in less time than the disk needs.
        """
        self.workspace.records.mkdir(parents=True, exist_ok=True)
        lasting = record.timings.get("total", CHEAP_SECONDS) >= CHEAP_SECONDS
        data = _record_to_dict(record)
        if record.predictions is not None:
            arrays = _pack(record.predictions)
            data["predictions"] = digest_bytes(arrays)
            write_whole(self._arrays(record.job.key), arrays, lasting=lasting)
        write_sealed(self._file(record.job.key), data, lasting=lasting)

    def read(self, key: str) -> RunRecord:
        """Return one record.

        Raises
        ------
        RecordError
            If the file is damaged or was written by a newer version.
        """
        data = read_sealed(self._file(key))
        if data.get("schema", 0) > RECORD_SCHEMA:
            raise RecordError(f"record {key} has schema {data['schema']}; this version reads up to {RECORD_SCHEMA}.")
        predictions = None
        if data["predictions"] is not None:
            predictions = _unpack(self._arrays(key), data["predictions"])
        record = _record_from_dict(data, predictions)
        if record.job.key != key:
            raise RecordError(f"record {key} describes another job; it was renamed or written by another version.")
        return record

    def read_all(self) -> dict[str, RunRecord]:
        """Return every sound record by key; damaged ones are put aside."""
        found = {}
        for key in sorted(self.keys()):
            try:
                found[key] = self.read(key)
            except RecordError:
                self.quarantine(key)
        return found

    def quarantine(self, key: str) -> None:
        """Put a damaged record aside: its job will run again, and the evidence stays."""
        folder = self.workspace.records / QUARANTINE
        folder.mkdir(exist_ok=True)
        for path in (self._file(key), self._arrays(key)):
            if path.exists():
                path.replace(folder / path.name)

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
        data = read_sealed(self.workspace.plan)
        if data["schema"] > PLAN_SCHEMA:
            raise InputError(f"plan.json has schema {data['schema']}; this version reads up to {PLAN_SCHEMA}.")
        return Run(Plan.from_dict(data), self.read_all())

    def _file(self, key: str) -> Path:
        return self.workspace.records / f"{key}.json"

    def _arrays(self, key: str) -> Path:
        return self.workspace.records / f"{key}.npz"


@contextmanager
def run_lock(workspace: Workspace) -> Iterator[None]:
    """Hold a run directory for writing; the kernel lets go of it when the process dies.

    Raises
    ------
    RunLockedError
        If another process holds it; the message names that process.
    """
    workspace.run.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(workspace.lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            raise RunLockedError(
                f"another run (process {holder}) is writing to {str(workspace.run)!r}. "
                "Wait for it, end it, or give this run a directory of its own with --out."
            ) from error
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def write_sealed(path: Path, data: Mapping[str, Any], *, lasting: bool = True) -> None:
    """Write plain data as canonical JSON with a line that holds its digest."""
    body = canonical_json(data).encode("utf-8", "surrogatepass")
    write_whole(path, body + b"\n" + digest_bytes(body).encode() + b"\n", lasting=lasting)


def read_sealed(path: Path) -> dict[str, Any]:
    """Read what `write_sealed` wrote.

    Raises
    ------
    RecordError
        If a byte is missing, added or changed.
    """
    try:
        body, seal, rest = path.read_bytes().split(b"\n")
    except (OSError, ValueError) as error:
        raise RecordError(f"{path.name} is incomplete or cannot be read.") from error
    if rest or digest_bytes(body).encode() != seal:
        raise RecordError(f"{path.name} is damaged: its seal does not match its content.")
    data: dict[str, Any] = json.loads(body.decode("utf-8", "surrogatepass"))
    return data


def write_whole(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write a file so that at every moment it is there as a whole or not at all.

    Parameters
    ----------
    path, data
        Where, and what.
    lasting
        Wait until the disk has it, so that even a power cut leaves it whole.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            if lasting:
                os.fsync(stream.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    if not lasting:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _pack(predictions: Predictions) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **vars(predictions))
    return buffer.getvalue()


def _unpack(path: Path, seal: str) -> Predictions:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path.name} is missing or cannot be read.") from error
    if digest_bytes(raw) != seal:
        raise RecordError(f"{path.name} is damaged: its seal does not match its content.")
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        return Predictions(**{name: arrays[name] for name in Predictions.__dataclass_fields__})


def _record_to_dict(record: RunRecord) -> dict[str, Any]:
    return {
        "schema": RECORD_SCHEMA,
        "job": record.job.to_dict(),
        "status": record.status,
        "reason": record.reason,
        "predictions": None,
        "train_rows": record.train_rows,
        "params": dict(record.params),
        "space": None if record.space is None else record.space.to_dict(),
        "trials": [{**asdict(trial), "params": dict(trial.params)} for trial in record.trials],
        "inner_score": record.inner_score,
        "history": [dict(epoch) for epoch in record.history],
        "facts": dict(record.facts),
        "timings": dict(record.timings),
        "environment": dict(record.environment),
        "notices": [notice.to_dict() for notice in record.notices],
    }


def _record_from_dict(data: Mapping[str, Any], predictions: Predictions | None) -> RunRecord:
    return RunRecord(
        job=Job.from_dict(data["job"]),
        status=data["status"],
        reason=data["reason"],
        predictions=predictions,
        train_rows=data["train_rows"],
        params=data["params"],
        space=None if data["space"] is None else Space.from_dict(data["space"]),
        trials=tuple(Trial(**trial) for trial in data["trials"]),
        inner_score=data["inner_score"],
        history=tuple(data["history"]),
        facts=data["facts"],
        timings=data["timings"],
        environment=data["environment"],
        notices=tuple(Notice.from_dict(notice) for notice in data["notices"]),
    )
