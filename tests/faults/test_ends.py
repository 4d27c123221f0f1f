"""How a command ends early: what it says, with which code, and what it leaves."""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from triage_bench.cli.app import main
from triage_bench.cli.ends import failed, interruptible
from triage_bench.cli.plain import write
from triage_bench.core.aside import aside_of, clear_aside
from triage_bench.core.errors import RecordError, RunLockedError, UnreadableError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.packed import pack, unpack
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import RunRecord
from triage_bench.core.workspace import Workspace
from triage_bench.running.sweep import _kept
from triage_bench.store import Store, refuse_held, run_lock

JOB = Job("d", "digest", Recipe("majority"), Protocol("grouped"))
DEAD = 2**22 + 1  # above every process number the kernel gives


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "run", tmp_path / "data", tmp_path / "cache")


@pytest.mark.parametrize(
    ("number", "code", "cure"),
    [
        (errno.ENOSPC, 1, "free some space and repeat the command"),
        (errno.EMFILE, 1, "ulimit -n"),
        (errno.EIO, 1, "see to the disk and repeat the command"),
        (errno.EROFS, 2, "Name another place"),
        (errno.ENOTDIR, 2, "Name another place"),
    ],
)
def test_what_the_system_refuses_is_one_line_with_cause_and_cure(
    number: int, code: int, cure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failed(OSError(number, os.strerror(number), "/some/file")) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert os.strerror(number) in line and "'/some/file'" in line and cure in line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_is_an_interruption_and_the_handler_is_put_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_reader_that_has_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = os.pipe()
    os.close(ends[0])
    with os.fdopen(ends[1], "w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        for _ in range(3):
            write("a line")


def test_a_second_command_is_refused_before_anything_is_read(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse_held(workspace)
    assert not workspace.run.exists()
    with run_lock(workspace):
        with pytest.raises(RunLockedError, match=f"process {os.getpid()}"):
            refuse_held(workspace)
        assert main(["run", "--suite", "smoke", "--out", str(workspace.run)]) == 2
    assert f"(process {os.getpid()})" in capsys.readouterr().err


def test_a_place_without_locks_is_not_taken_for_one_that_somebody_holds(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(OSError, match="No locks available"), run_lock(workspace):
        pass


def test_half_written_files_of_dead_processes_are_cleared_and_those_of_living_ones_stay(workspace: Workspace) -> None:
    folder = workspace.records
    folder.mkdir(parents=True)
    mine, dead, living = Path(aside_of(folder / "a.json")), folder / f".b.json.{DEAD}.tmp", folder / ".c.json.1.tmp"
    for path in (mine, dead, living, folder / "d.json"):
        path.write_text("half")
    assert clear_aside(folder) == 2
    assert {path.name for path in folder.iterdir()} == {".c.json.1.tmp", "d.json"}
    assert clear_aside(folder / "not there") == 0
    for place in (workspace.run, workspace.records, workspace.cache / "facts", workspace.tensorboard / "job" / "train"):
        place.mkdir(parents=True, exist_ok=True)
        (place / f".x.{DEAD}.tmp").write_text("half")
    Store(workspace).clear_leftovers()
    assert not [path for place in (workspace.run, workspace.cache) for path in place.rglob(f"*{DEAD}*")]


def test_a_record_that_cannot_be_read_is_not_taken_for_damaged(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(workspace)
    store.write(RunRecord(JOB, "failed", "no"))
    with monkeypatch.context() as patched:
        patched.setattr(
            Path, "read_bytes", lambda self: (_ for _ in ()).throw(OSError(errno.EMFILE, "Too many open files"))
        )
        with pytest.raises(UnreadableError, match=r"Too many open files\. Nothing was changed"):
            store.read_all()
    assert set(store.read_all()) == {JOB.key} and not store.put_aside


def test_a_record_that_changed_is_read_again(workspace: Workspace) -> None:
    store = Store(workspace)
    store.write(RunRecord(JOB, "failed", "no"))
    assert store.read_all()[JOB.key].reason == "no"
    Store(workspace).write(RunRecord(JOB, "failed", "not so"))
    assert store.read_all()[JOB.key].reason == "not so"
    (workspace.records / f"{JOB.key}.json").write_text("damaged")
    assert store.read_all() == {} and store.put_aside == [JOB.key]


def test_what_is_no_plain_data_is_refused_before_anything_is_written(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        Store(workspace).write(RunRecord(JOB, "failed", "no", facts={"loss": float("nan")}))
    assert not workspace.records.exists()


def test_a_damaged_plan_says_that_the_records_are_unharmed(workspace: Workspace) -> None:
    workspace.run.mkdir()
    workspace.plan.write_text("half")
    with pytest.raises(RecordError, match="records are unharmed: repeat the run's command"):
        Store(workspace).read_run()


def test_packed_arrays_come_back_as_numpy_reads_them() -> None:
    arrays = {
        "whole": np.arange(7),
        "wide": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
        "none": np.zeros((0, 3), dtype=np.int64),
    }
    found = unpack(pack(arrays))
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)
        assert found[name].flags.writeable


def test_packed_objects_are_never_unpickled() -> None:
    with pytest.raises(ValueError, match="unpickled"):
        unpack(pack({"x": np.array([{}], dtype=object)}))
    with pytest.raises(ValueError, match="no npz file"):
        unpack(b"half")


def test_a_record_that_holds_no_plain_data_leaves_one_that_says_so(workspace: Workspace) -> None:
    store = Store(workspace)
    kept = _kept(store, RunRecord(JOB, "failed", "no", facts={"loss": float("nan")}))
    assert store.read(JOB.key).status == kept.status == "invalid-output"
    assert "cannot be kept" in (kept.reason or "")
