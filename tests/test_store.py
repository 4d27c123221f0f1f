"""Nothing half-written is readable, nothing damaged is believed, and one process writes."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.digest import digest_bytes
from triage_bench.core.errors import InputError, RecordError, RunLockedError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.packed import pack, unpack
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import Predictions, RunRecord, Trial
from triage_bench.core.record_form import form_of
from triage_bench.core.sealed import read_with_tail
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.space import Choice, Float, Space
from triage_bench.core.workspace import Workspace
from triage_bench.store import Store, read_sealed, run_lock, write_sealed, write_whole

JOB = Job("d", "digest", Recipe("majority"), Protocol("grouped"))


def good_record(fold: int = 0) -> RunRecord:
    predictions = Predictions(
        rows=np.array([0, 2]),
        labels=np.array([0, 1]),
        predicted=np.array([0, 0]),
        probabilities=np.array([[0.75, 0.25], [0.5, 0.5]], dtype=np.float32),
        units=np.array([0, 1]),
    )
    return RunRecord(
        Job("d", "digest", Recipe("majority"), Protocol("grouped"), fold=fold),
        "ok",
        predictions=predictions,
        train_rows=3,
        params={"C": 1.5},
        space=Space({"C": Float(1.0, 2.0), "k": Choice(("a", None))}),
        trials=(Trial({"C": 1.5}, 0.5, "complete", 0.1), Trial({"C": 2.5}, None, "failed", 0.1, "ValueError: x")),
        inner_score=0.5,
        history=({"epoch": 1, "train_loss": 0.3},),
        facts={"vocabulary": 12.0},
        timings={"fit": 0.1},
        environment={"numpy": "2"},
        notices=(Notice("n", 1, 2, Sentence("하나", "one")),),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Workspace(tmp_path / "run 실행 🩺", tmp_path / "data", tmp_path / "cache"))


def test_a_record_comes_back_as_it_was(store: Store) -> None:
    written = good_record()
    store.write(written)
    read = store.read(written.job.key)
    assert {k: v for k, v in vars(read).items() if k not in ("predictions", "job")} == {
        k: v for k, v in vars(written).items() if k not in ("predictions", "job")
    }
    assert read.job.key == written.job.key
    assert read.predictions is not None and written.predictions is not None
    for name, array in vars(written.predictions).items():
        np.testing.assert_array_equal(getattr(read.predictions, name), array)
        assert getattr(read.predictions, name).dtype == array.dtype


def test_a_failure_is_a_record_too(store: Store) -> None:
    store.write(RunRecord(JOB, "failed", "ValueError: no"))
    assert store.read(JOB.key).reason == "ValueError: no"


def test_a_file_cut_off_at_any_byte_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for tail in (b"", b"a\x00\ntail"):
        write_sealed(path, {"a": [1, "가"], "b": None}, tail)
        whole = path.read_bytes()
        assert read_with_tail(path) == ({"a": [1, "가"], "b": None}, tail)
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            with pytest.raises(RecordError):
                read_with_tail(path)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_flipped_bit_is_not_believed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("flip") / "x.json"
    write_sealed(path, {"score": 0.875, "text": "호흡곤란"}, data.draw(st.binary(max_size=9)))
    whole = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[place // 8] ^= 1 << place % 8
    path.write_bytes(whole)
    with pytest.raises(RecordError):
        read_with_tail(path)


def test_a_damaged_record_is_put_aside_and_counts_as_not_done(store: Store) -> None:
    good, bad = good_record(0), good_record(1)
    store.write(good)
    store.write(bad)
    path = store.workspace.records / f"{bad.job.key}.json"
    path.write_bytes(path.read_bytes()[:-5])
    assert set(store.read_all()) == {good.job.key}
    assert store.keys() == {good.job.key}
    assert (store.workspace.records / "quarantine" / path.name).exists()


def as_an_earlier_version_kept_it(store: Store, record: RunRecord) -> tuple[Path, Path]:
    """Write a record of schema 1: the answers in a file of their own, whose digest stands in the first."""
    plain, _ = form_of(record)
    archive = b"" if record.predictions is None else pack(vars(record.predictions))
    files = store.workspace.records / f"{record.job.key}.json", store.workspace.records / f"{record.job.key}.npz"
    store.workspace.records.mkdir(parents=True, exist_ok=True)
    write_sealed(files[0], {**plain, "schema": 1, "predictions": digest_bytes(archive) if archive else None})
    if archive:
        write_whole(files[1], archive)
    return files


def test_a_record_of_an_earlier_version_is_read_as_ever(store: Store) -> None:
    good = good_record()
    as_an_earlier_version_kept_it(store, good)
    read = store.read(good.job.key)
    assert read.predictions is not None and good.predictions is not None
    np.testing.assert_array_equal(read.predictions.probabilities, good.predictions.probabilities)
    failed = RunRecord(JOB, "failed", "ValueError: no")
    as_an_earlier_version_kept_it(store, failed)
    assert store.read(JOB.key).reason == "ValueError: no"


@pytest.mark.parametrize("damaged", [0, 1])
def test_a_damaged_record_of_an_earlier_version_is_put_aside_whole(store: Store, damaged: int) -> None:
    files = as_an_earlier_version_kept_it(store, good_record())
    files[damaged].write_bytes(files[damaged].read_bytes()[:-5])
    assert store.read_all() == {}
    assert {path.name for path in (store.workspace.records / "quarantine").iterdir()} == {one.name for one in files}


def test_data_with_a_tail_is_not_read_as_data_without(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_sealed(path, {"a": 1}, b"tail\nof\nlines")
    assert read_with_tail(path) == ({"a": 1}, b"tail\nof\nlines")
    with pytest.raises(RecordError, match="follows"):
        read_sealed(path)


def test_a_record_under_another_name_is_not_believed(store: Store) -> None:
    store.write(RunRecord(JOB, "failed", "x"))
    (store.workspace.records / f"{JOB.key}.json").rename(store.workspace.records / "0123.json")
    assert store.read_all() == {}


def test_plan_and_records_come_back_as_a_run(store: Store) -> None:
    jobs = tuple(good_record(fold).job for fold in (0, 1))
    store.write_plan(Plan("s", "quick", 0, (), (DatasetSummary("d", classes={"a": 2, "b": 1}),), jobs))
    store.write(good_record(0))
    run = store.read_run()
    (outcome,) = run.outcomes
    assert not outcome.complete
    assert outcome.status == "skipped"
    assert outcome.reason == "1 of 2 folds did not run"
    assert outcome.predictions.rows.tolist() == [0, 2]


def test_a_plan_tells_a_recipe_once_and_comes_back_whole(store: Store) -> None:
    """Equal recipes and protocols need not be the same objects, and 5 is not 5.0 in a key."""
    recipes = [Recipe("tfidf-lr", {"C": value}) for value in (5, 5.0, 5, 1)]
    jobs = tuple(
        Job("d", "digest", recipe, Protocol("grouped", repeats=2), repeat, fold, seed=7)
        for recipe in recipes
        for repeat in (0, 1)
        for fold in (0, 1)
    )
    plan = Plan("s", "quick", 7, ("run", "--seed", "7"), (DatasetSummary("d", classes={"a": 2, "b": 1}),), jobs)
    plain = plan.to_dict()
    assert len(plain["recipes"]) == 3 and len(plain["protocols"]) == 1
    store.write_plan(plan)
    read = store.read_run().plan
    assert [job.key for job in read.jobs] == [job.key for job in jobs]
    assert read == plan


def test_a_plan_of_an_earlier_version_is_read_as_ever(store: Store) -> None:
    jobs = tuple(good_record(fold).job for fold in (0, 1))
    plan = Plan("s", "quick", 0, (), (DatasetSummary("d", classes={"a": 2, "b": 1}),), jobs)
    plain = {**plan.to_dict(), "schema": 1, "jobs": [job.to_dict() for job in jobs]}
    store.workspace.run.mkdir(parents=True)
    write_sealed(store.workspace.plan, plain)
    assert store.read_run().plan == plan


def test_a_directory_without_a_run_says_what_to_name_instead(store: Store) -> None:
    with pytest.raises(InputError, match=r"holds no run \(no plan.json\). Name the directory"):
        store.read_run()


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    write_whole(path, b"old")
    monkeypatch.setattr("os.fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_second_run_in_one_directory_stops_at_once_and_names_the_holder(store: Store) -> None:
    with run_lock(store.workspace):
        code = (
            "import sys, time; from pathlib import Path; from triage_bench.core.workspace import Workspace;"
            "from triage_bench.store import run_lock; p = Path(sys.argv[1]); start = time.monotonic()\n"
            "try:\n    run_lock(Workspace(p, p, p)).__enter__()\nexcept Exception as e:\n"
            "    print(e, time.monotonic() - start)"
        )
        other = subprocess.run(
            [sys.executable, "-c", code, str(store.workspace.run)], capture_output=True, text=True, check=True
        )
        assert float(other.stdout.split()[-1]) < 2
    import os

    assert f"(process {os.getpid()}) is writing" in other.stdout
    with run_lock(store.workspace), pytest.raises(RunLockedError), run_lock(store.workspace):
        pass
    with run_lock(store.workspace):
        pass  # released


@pytest.mark.parametrize(
    "array",
    [
        np.arange(200),
        np.zeros((0, 3), dtype=np.float32),
        np.random.default_rng(0).random((20, 5)).astype(np.float32),
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.array([True, False]),
        np.array("가나다"),
        np.array(3.5),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_packed_arrays_are_what_numpy_reads(array: np.ndarray) -> None:
    packed = pack({"one": array, "other": np.arange(3)})
    with np.load(io.BytesIO(packed), allow_pickle=False) as found:
        for read in (found["one"], unpack(packed)["one"]):
            assert read.dtype == array.dtype and read.shape == array.shape and (read == array).all()
