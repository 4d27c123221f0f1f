"""On a cluster: the same records as here, rows once per worker, and a lost scheduler costs nothing that was done."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triage_bench.cli.doctor import _workers
from triage_bench.core.dataset import Dataset, Provenance
from triage_bench.core.errors import ClusterError, InputError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.record import RunRecord
from triage_bench.core.workspace import Workspace
from triage_bench.datasets.shelf import shelve, take
from triage_bench.executors.base import Limits
from triage_bench.executors.choose import executor
from triage_bench.executors.local import LocalExecutor
from triage_bench.models import MODELS
from triage_bench.running.budget import budget
from triage_bench.running.delivery import Parcel, Rows, arrived, delivered
from triage_bench.running.environment import versions
from triage_bench.running.planning import Planned, jobs_of, plan_run
from triage_bench.running.suite import recipe
from triage_bench.running.sweep import sweep
from triage_bench.running.workplace import Workplace, workplace

pytest.importorskip("distributed", reason="needs the extra [dask]")

from benchmarks.cluster.processes import Cluster, cluster
from triage_bench.executors.dask import DaskExecutor, Letter, own_versions, unfit

MODEL_FILE = """
import numpy as np

class Mine:
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.array([self.classes_[len(x) % len(self.classes_)] for x in X])
"""


class Apart(DaskExecutor):
    """A cluster whose workers share no folder with this machine."""

    def sees(self, folder: Path) -> bool:
        return False


@pytest.fixture(autouse=True)
def _own_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    monkeypatch.setattr(MODELS, "_files", dict(MODELS._files))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("two"), 2) as found:
        yield found


def planned(dataset: Dataset, workspace: Workspace, *more: Recipe) -> Planned:
    recipes = [recipe("majority"), recipe("tfidf-lr[mecab]"), *more]
    found = plan_run("test", [dataset], recipes, ["fit-32"], budget("quick"), seed=0, workspace=workspace)
    jobs = tuple(job for job in found.plan.jobs if not job.protocol.tuning.trials or job.fold == 0)
    return replace(found, plan=replace(found.plan, jobs=jobs))


def swept(plan: Planned, workspace: Workspace, where: Any, name: str) -> dict[str, dict[str, Any]]:
    place = replace(workspace, run=workspace.run / name)
    run = sweep(plan.plan, plan.datasets, place, where, Limits(120.0)).run
    assert all(record.ok for record in run.records.values()), [record.reason for record in run.records.values()]
    return {key: measured(record) for key, record in run.records.items()}


def measured(record: RunRecord) -> dict[str, Any]:
    """Return all of a record but its timings and its host, as plain values that can be compared."""
    predictions = {} if record.predictions is None else vars(record.predictions)
    arrays = {name: (values.dtype.str, values.tolist()) for name, values in predictions.items()}
    trials = [(dict(trial.params), trial.score, trial.state, trial.reason) for trial in record.trials]
    return {
        **arrays,
        "trials": trials,
        **{
            name: repr(getattr(record, name))
            for name in ("status", "reason", "train_rows", "params", "space", "inner_score", "history", "notices")
        },
        "facts": dict(record.facts),
    }


@pytest.mark.slow
def test_records_are_those_of_the_local_run_whether_rows_lie_in_a_folder_or_travel(
    sentences: Dataset, workspace: Workspace, two: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "my_model.py"
    file.write_text(MODEL_FILE)
    entry = MODELS.bring(file, "Mine")
    plan = planned(sentences, workspace, Recipe(entry.name, version=entry.version))
    here = swept(plan, workspace, LocalExecutor(2), "local")
    apart = replace(workspace, cache=tmp_path / "elsewhere")
    assert swept(plan, workspace, DaskExecutor(two.address), "shared") == here
    assert (workspace.cache / "rows" / f"{sentences.digest}.json").is_file()
    assert swept(plan, apart, Apart(two.address), "apart") == here
    assert not (tmp_path / "elsewhere").exists(), "what is not shared is written to on no worker"


def test_a_job_travels_as_a_small_value_without_a_word_of_the_rows(sentences: Dataset) -> None:
    protocol = planned(sentences, Workspace.at("x", cache=Path("/nonexistent"))).plan.jobs[-1].protocol
    (job, *_) = jobs_of(sentences, recipe("tfidf-lr[char_wb+mecab]"), protocol, 0)
    sent = bytes(ForkingPickler.dumps(Letter(0, (job,))))
    assert len(sent) < 2_000
    assert not any(text.encode() in sent for text in sentences.texts)


def test_the_function_carries_rows_only_where_no_folder_is_shared(sentences: Dataset, tmp_path: Path) -> None:
    long = replace(sentences, texts=tuple(text * 20 for text in sentences.texts))
    own = replace(long, provenance=Provenance(private=True))
    local = executor("dask", 1)
    apart = Apart(workers=1)

    def size(dataset: Dataset, where: Any) -> int:
        return len(ForkingPickler.dumps(delivered({dataset.digest: dataset}, tmp_path, (), where)))

    rows = len("".join(long.texts).encode())
    assert size(long, local) < 2_000 < rows < size(long, apart)
    assert size(own, local) > rows, "texts of the user's own are written to no shared folder"
    assert all("private" not in path.read_text() or path.stem == long.digest for path in tmp_path.rglob("*.json"))


def test_of_the_models_that_were_brought_only_those_that_will_run_travel(sentences: Dataset, tmp_path: Path) -> None:
    names = ("asked_for.py", "left_at_home.py")
    for name in names:
        (tmp_path / name).write_text(MODEL_FILE)
    asked, _ = (MODELS.bring(tmp_path / name, "Mine") for name in names)
    one = Recipe(asked.name, version=asked.version)
    job = Job(sentences.name, sentences.digest, one, _protocol(sentences, tmp_path))
    parcel = delivered({sentences.digest: sentences}, tmp_path, [job], executor("dask", 1))
    sent = bytes(ForkingPickler.dumps(parcel))
    assert [name.encode() in sent for name in names] == [True, False]


def test_tokens_that_are_there_travel_with_rows_that_do(sentences: Dataset, tmp_path: Path) -> None:
    from triage_bench.text.corpus import Corpus

    Corpus(sentences.texts, cache=tmp_path).tokens("mecab")
    (kept,) = (tmp_path / "tokens").iterdir()
    job = Job(sentences.name, sentences.digest, recipe("tfidf-lr[char_wb+mecab]"), _protocol(sentences, tmp_path))
    parcel = delivered({sentences.digest: sentences}, tmp_path, [job], Apart(workers=1))
    assert isinstance(parcel, Parcel)
    assert kept.read_bytes() in bytes(ForkingPickler.dumps(parcel))


def test_a_model_file_that_is_not_on_the_worker_comes_with_the_runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    arrived({}, None, {"tokens.npz": b"tokens"}, [(Path("/nowhere/my_own.py"), "Mine", MODEL_FILE.encode())])
    assert (tmp_path / "triage-bench" / "tokens" / "tokens.npz").read_bytes() == b"tokens"
    ((path, name),) = [one for one in MODELS.brought if one[0].name == "my_own.py"]
    assert name == "Mine" and path.is_relative_to(tmp_path) and path.read_text() == MODEL_FILE


def test_the_shelf_gives_back_the_very_rows_and_refuses_others(sentences: Dataset, tmp_path: Path) -> None:
    rich = replace(
        sentences,
        columns={"나이": tuple(range(120)), "도착": ("도보", None) * 60},
        numeric=("나이",),
        categorical=("도착",),
        groups=np.arange(120) // 2,
        official=np.zeros(120, dtype=np.int8),
    )
    rich.memo["near-duplicates"] = np.arange(120)
    assert shelve(tmp_path, rich)
    back = take(tmp_path, rich.digest)
    assert back.digest == rich.digest and back.texts == rich.texts and back.side is not None
    assert back.memo["near-duplicates"].tolist() == list(range(120))
    assert not shelve(tmp_path, replace(rich, provenance=Provenance(private=True)))
    path = tmp_path / "rows" / f"{rich.digest}.json"
    path.write_bytes(path.read_bytes().replace("도보".encode(), "도망".encode(), 1))
    with pytest.raises(InputError, match="no usable data set"):
        Rows({}, tmp_path, [rich.digest])[rich.digest]
    with pytest.raises(InputError, match="no usable data set"):
        take(tmp_path, "0" * 32)


@pytest.mark.slow
def test_after_a_lost_scheduler_the_same_command_goes_on(
    sentences: Dataset, workspace: Workspace, tmp_path: Path
) -> None:
    plan = planned(sentences, workspace)
    seen: list[RunRecord] = []
    with cluster(tmp_path, 1) as found:

        def on_record(record: RunRecord) -> None:
            seen.append(record)
            if len(seen) == 3:
                os.killpg(found.scheduler.pid, signal.SIGKILL)

        with pytest.raises(ClusterError, match="the same command goes on from here"):
            sweep(plan.plan, plan.datasets, workspace, DaskExecutor(found.address), Limits(60.0), on_record)
    again = sweep(plan.plan, plan.datasets, workspace, executor("serial"), Limits())
    assert again.reused == len(seen) < len(again.run.records)
    assert all(record.ok for record in again.run.records.values())


@pytest.fixture(scope="module")
def adaptive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a cluster that starts up to two workers when there is work, and ends them after it."""
    from distributed import LocalCluster

    folder = str(tmp_path_factory.mktemp("adaptive"))
    with LocalCluster(
        n_workers=0,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        local_directory=folder,
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    ) as found:
        found.adapt(minimum=0, maximum=2)
        yield found.scheduler_address


def unmanned(address: str) -> DaskExecutor:
    """Return the cluster once it has no worker: those of the test before leave after a while."""
    deadline = time.monotonic() + 60
    while (found := DaskExecutor(address)).workers:
        assert time.monotonic() < deadline, "the workers do not leave"
        time.sleep(0.5)
    return found


@pytest.mark.slow
def test_of_an_adaptive_cluster_the_first_worker_is_waited_for_before_it_is_said_what_it_sees(
    adaptive: str, tmp_path: Path
) -> None:
    there = unmanned(adaptive)
    assert there.everywhere(os.getpid) == {}
    assert there.sees(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.slow
def test_a_run_on_an_adaptive_cluster_without_a_worker_does_every_job_and_reads_rows_from_the_folder(
    sentences: Dataset, workspace: Workspace, adaptive: str
) -> None:
    plan = planned(sentences, workspace)
    found = swept(plan, workspace, unmanned(adaptive), "adaptive")
    assert len(found) == len({job.key for job in plan.plan.jobs})
    assert (workspace.cache / "rows" / f"{sentences.digest}.json").is_file(), "the rows do not travel"


class Answering:
    """A cluster of one worker that answers as it is told to; the rest is as here."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def sees(self, folder: Path) -> bool:
        return True

    def everywhere(self, function: Any) -> dict[str, Any]:
        name = getattr(function, "__name__", "workplace")
        found = self.answers.get(name)
        return {"tcp://one:1": function() if found is None else found}


def examined(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> dict[str, tuple[str, str]]:
    """Return state and finding of what the doctor says of such a worker."""
    monkeypatch.setattr("triage_bench.executors.choose.executor", lambda *_, **__: Answering(**answers))
    return {line["what"].removeprefix("tcp://one:1: "): (line["state"], line["found"]) for line in _workers("one")}


SEEN = Workplace(versions(), data=True, cache=True, free=2**30)


@pytest.mark.parametrize("name", ["triage-bench", "Python", "distributed"])
def test_doctor_calls_a_problem_what_a_run_refuses_and_nothing_else(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert examined(monkeypatch, workplace=SEEN)["versions"] == ("ok", "as here")
    state, said = examined(monkeypatch, workplace=SEEN, own_versions={**own_versions(), name: "0.1"})["versions"]
    assert state == "problem" and said.startswith("runs ") and f"{name} 0.1" in said
    assert unfit({**own_versions(), name: "0.1"}, own_versions()) == said


@pytest.mark.parametrize("name", ["python", "numpy"])
def test_doctor_notes_another_patch_level_or_library_that_a_run_accepts(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    other = replace(SEEN, versions={**SEEN.versions, name: "3.99.1"})
    assert examined(monkeypatch, workplace=other)["versions"] == (
        "note", f"{name} 3.99.1 (here {SEEN.versions[name]})",
    )  # fmt: skip


def test_doctor_calls_a_worker_without_room_to_write_a_problem_and_notes_missing_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    seen = workplace(tmp_path / "no data", tmp_path)
    assert (seen.data, seen.cache, seen.free) == (False, True, None)
    found = examined(monkeypatch, workplace=seen)
    assert found["temporary files"] == ("problem", "not writable; set TMPDIR there")
    assert found["data home"] == ("note", "not seen; rows travel")


def test_a_worker_that_finds_no_folder_for_temporary_files_at_all_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def none() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    assert workplace(tmp_path, tmp_path).free is None


def test_doctor_says_of_a_worker_that_cannot_answer_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = examined(monkeypatch, workplace=ModuleNotFoundError("No module named 'triage_bench'"))
    assert found["versions"] == ("problem", "ModuleNotFoundError; install the same triage-bench there")


@pytest.mark.slow
def test_doctor_looks_at_every_worker(two: Cluster) -> None:
    command = [sys.executable, "-m", "triage_bench", "doctor", "--address", two.address, "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = {line["what"]: line["state"] for line in json.loads(ended.stdout)}
    assert ended.returncode == 0, ended.stdout
    assert sum(what.endswith(": versions") for what in lines) == 2
    assert {state for what, state in lines.items() if what.endswith((": versions", ": temporary files"))} == {"ok"}


def _protocol(dataset: Dataset, cache: Path) -> Any:
    return planned(dataset, Workspace.at("x", cache=cache)).plan.jobs[0].protocol
