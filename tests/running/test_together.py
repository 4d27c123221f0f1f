"""One search by many workers: the same trials as by one, none lost or done twice, whoever is killed on the way."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cluster.database import database, programs
from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import InputError, TriageBenchError, UnavailableError
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.record import RunRecord, Trial
from triage_bench.core.space import Choice, Float, Int, Space
from triage_bench.core.workspace import Workspace
from triage_bench.executors.base import Limits
from triage_bench.executors.choose import executor
from triage_bench.executors.serial import SerialExecutor
from triage_bench.running.budget import Budget, Search
from triage_bench.running.one_family import plan_tuning
from triage_bench.running.planning import Planned, plan_run
from triage_bench.running.suite import recipe
from triage_bench.running.sweep import sweep
from triage_bench.tuning import SharedStorage, TogetherSearch, Tuned, tune_together

SPACE = Space({"x": Float(-5, 5), "n": Int(1, 9, step=2), "kind": Choice(("a", "b", None))})
DEFAULTS = {"x": 3.0, "n": 3, "kind": "a", "not searched": 1}
HERE = SharedStorage(None)


def hill(params: Mapping[str, Any], fold: int) -> float:
    return -abs(params["x"] - 1) / 10 - (params["kind"] == "a") / 10 + fold / 1_000


def search(trials: int, score: Callable[[Mapping[str, Any], int], float] = hill, ahead: int = 8) -> TogetherSearch:
    return TogetherSearch(SPACE, DEFAULTS, score, Tuning(trials=trials, ahead=ahead), 3, seed=4)


def found(*words: Any, **more: Any) -> Tuned:
    tuned = tune_together(*words, **more)
    assert tuned is not None
    return tuned


def outcomes(trials: tuple[Trial, ...]) -> list[tuple[Any, ...]]:
    return [(dict(trial.params), trial.score, trial.state, trial.reason) for trial in trials]


def test_one_worker_alone_finds_as_good_a_point_and_begins_with_the_defaults() -> None:
    tuned = found(search(40), HERE, "study")
    assert dict(tuned.trials[0].params) == {"x": 3.0, "n": 3, "kind": "a"}
    assert len(tuned.trials) == 40
    assert tuned.score == max(t.score for t in tuned.trials if t.state == "complete" and t.score is not None)
    assert abs(tuned.params["x"] - 1) < 1 and tuned.params["kind"] != "a"
    assert {trial.state for trial in tuned.trials} == {"complete", "pruned"}
    assert outcomes(found(search(40), HERE, "study").trials) == outcomes(tuned.trials)


def test_what_fails_is_kept_with_its_reason_and_nothing_is_tried_twice() -> None:
    calls: Counter[tuple[Any, ...]] = Counter()

    def score(params: Mapping[str, Any], fold: int) -> float:
        calls[params["kind"], fold] += 1
        if params["kind"] == "b":
            raise ValueError("no")
        return 0.5

    few = replace(search(30, score, ahead=1), space=Space({"kind": Choice(("a", "b"))}))
    tuned = found(few, HERE, "study")
    assert Counter(trial.state for trial in tuned.trials).keys() == {"complete", "failed"}
    assert {trial.reason for trial in tuned.trials} == {None, "ValueError: no"}
    assert calls == {("a", 0): 1, ("a", 1): 1, ("a", 2): 1, ("b", 0): 1}
    with pytest.raises(TriageBenchError, match="all 3 trials failed; the first: ZeroDivisionError"):
        tune_together(search(3, lambda params, fold: 1 / 0), HERE, "study")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if programs() is None:
        pytest.skip("no PostgreSQL is installed here (Debian: apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="needs the extra [postgres]")
    with database() as address:
        yield address


def asked(url: str, question: str) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return connection.execute(question).fetchall()


SEARCHER = """
import os, signal, sys, time
from triage_bench.core.protocol import Tuning
from triage_bench.core.space import Choice, Float, Int, Space
from triage_bench.tuning import SharedStorage, TogetherSearch, tune_together

dies_at, url = int(sys.argv[1]), os.environ["URL"]
calls = 0

def hill(params, fold):
    global calls
    calls += 1
    if calls == dies_at:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return -abs(params["x"] - 1) / 10 - (params["kind"] == "a") / 10 + fold / 1_000

space = Space({"x": Float(-5, 5), "n": Int(1, 9, step=2), "kind": Choice(("a", "b", None))})
defaults = {"x": 3.0, "n": 3, "kind": "a", "not searched": 1}
search = TogetherSearch(space, defaults, hill, Tuning(trials=50, ahead=8), 3, seed=4)
tune_together(search, SharedStorage(url, beat=1), "two workers", helping=True)
"""


def places(url: str, study: str) -> list[tuple[int, str, bool]]:
    """Return place, state and whether it counts as ended, of every trial there ever was."""
    rows = asked(
        url,
        "select t.trial_id, t.state, a.key, a.value_json from trials t join studies s using (study_id) "
        f"join trial_user_attributes a using (trial_id) where s.study_name = '{study}'",
    )
    trials: dict[int, dict[str, str]] = {}
    for trial, state, key, value in rows:
        trials.setdefault(trial, {"is": state})[key] = value
    return [(int(one["place"]), one["is"], one["is"] == "COMPLETE" or "reason" in one) for one in trials.values()]


@pytest.mark.slow
def test_two_workers_do_fifty_trials_and_one_that_is_killed_loses_none_and_doubles_none(
    url: str, tmp_path: Path
) -> None:
    storage = SharedStorage(url, beat=1)
    storage.check()
    (tmp_path / "searcher.py").write_text(SEARCHER)
    environment = {**os.environ, "URL": url}
    workers = [
        subprocess.Popen([sys.executable, tmp_path / "searcher.py", dies_at], env=environment)
        for dies_at in ("30", "0")
    ]
    assert [worker.wait(600) for worker in workers] == [-9, 0]
    tuned = found(search(50), storage, "two workers")
    ever = places(url, "two workers")
    # One whose heart stood still because the machine was busy elsewhere is given up as well: once told, never counted.
    assert any(state == "FAIL" for _, state, _ in ever), "the killed one's trial was done again"
    assert sorted(place for place, state, _ in ever if state == "COMPLETE") == list(range(50))
    assert outcomes(tuned.trials) == outcomes(found(search(50), HERE, "alone").trials)


@pytest.mark.slow
def test_a_worker_that_died_between_giving_up_a_trial_and_laying_it_out_again_leaves_no_gap(url: str) -> None:
    import optuna

    storage = SharedStorage(url, beat=1)
    with storage.opened() as opened:
        study = optuna.create_study(storage=opened, study_name="gap", direction="maximize")
        for place in (0, 1, 3):
            study.add_trial(optuna.create_trial(state=optuna.trial.TrialState.WAITING, user_attrs={"place": place}))
    assert outcomes(found(search(6), storage, "gap").trials) == outcomes(found(search(6), HERE, "gap").trials)
    assert sorted(place for place, *_ in places(url, "gap")) == list(range(6))


@pytest.mark.slow
def test_an_interrupted_trial_waits_for_the_next_worker(url: str) -> None:
    def score(params: Mapping[str, Any], fold: int) -> float:
        if params["x"] != 3.0:
            raise UnavailableError("nothing here")
        return hill(params, fold)

    storage = SharedStorage(url)
    with pytest.raises(UnavailableError, match="nothing here"):
        tune_together(search(10, score), storage, "interrupted")
    tuned = found(search(10), storage, "interrupted")
    assert outcomes(tuned.trials) == outcomes(found(search(10), HERE, "alone").trials)


def planned(dataset: Dataset, workspace: Workspace, trials: int) -> Planned:
    size = Budget("test", 2, 1, 2, {"linear": Search(trials)}, 300)
    plan = plan_run("test", [dataset], [recipe("tfidf-lr[char_wb]")], [], size, seed=0, workspace=workspace)
    job = next(job for job in plan.plan.jobs if job.protocol.tuning.trials)
    protocol = replace(job.protocol, tuning=replace(job.protocol.tuning, ahead=8))
    return replace(plan, plan=replace(plan.plan, jobs=(replace(job, protocol=protocol),)))


here_and_on_dask = pytest.mark.parametrize(
    "where",
    ["local", pytest.param("dask", marks=pytest.mark.skipif(not find_spec("distributed"), reason="needs [dask]"))],
)


def record_of(plan: Planned, workspace: Workspace, where: Any, storage: SharedStorage | None, name: str) -> RunRecord:
    place = replace(workspace, run=workspace.run / name)
    run = sweep(plan.plan, plan.datasets, place, where, Limits(120.0), storage=storage).run
    (record,) = run.records.values()
    assert record.ok, record.reason
    return record


def kill_one_worker(url: str, study: str, after: int) -> None:
    """Kill one of this process's workers once so many trials of a study have ended."""
    while True:
        (count,) = asked(
            url,
            "select count(*) from trials join studies using (study_id) "
            f"where state = 'COMPLETE' and study_name = '{study}'",
        )[0]
        if count >= after:
            break
        time.sleep(0.02)
    next(child for child in multiprocessing.active_children() if child.name == "triage-bench-worker").kill()


@pytest.mark.slow
@here_and_on_dask
def test_a_familys_record_is_that_of_one_worker_alone_on_dask_and_here_with_one_killed(
    sentences: Dataset, workspace: Workspace, url: str, where: str
) -> None:
    plan = planned(replace(sentences, name=where), workspace, 16 if where == "local" else 8)
    alone = record_of(plan, workspace, SerialExecutor(), None, "alone")
    storage = SharedStorage(url, beat=1)
    storage.check()
    (job,) = plan.plan.jobs
    if where == "local":
        killer = threading.Thread(target=kill_one_worker, args=(url, job.key, 4), daemon=True)
        killer.start()
    together = record_of(plan, workspace, executor(where, 2), storage, "together")
    assert outcomes(together.trials) == outcomes(alone.trials)
    assert together.params == alone.params and together.inner_score == alone.inner_score
    assert together.predictions is not None and alone.predictions is not None
    assert together.predictions.predicted.tolist() == alone.predictions.predicted.tolist()
    ended = sorted(place for place, _, told in places(url, job.key) if told)
    assert ended == list(range(job.protocol.tuning.trials))


@pytest.mark.slow
@here_and_on_dask
def test_the_password_stands_nowhere_in_what_a_run_leaves_or_says(
    url: str, sentences: Dataset, tmp_path: Path, where: str
) -> None:
    password = url.partition("bench:")[2].partition("@")[0]
    file, out = tmp_path / "data.csv", tmp_path / "out"
    lines = [f"{text},{label}" for text, label in zip(sentences.texts, sentences.labels, strict=True)]
    file.write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    words = [
        "tune",
        "char-ridge",
        "--data",
        file,
        "--text",
        "text",
        "--label",
        "label",
        "--trials",
        "3",
        "--folds",
        "2",
        "--executor",
        where,
    ]
    run = subprocess.run(
        [sys.executable, "-m", "triage_bench", *words, "--workers", "2", "--out", out, "--storage", url],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stderr
    assert password not in run.stdout + run.stderr
    left = [path for path in out.rglob("*") if path.is_file()]
    assert any(path.name == "plan.json" and "--storage" in path.read_text() for path in left)
    assert not [path for path in left if password.encode() in path.read_bytes()]


def test_a_storage_that_cannot_be_used_is_said_without_its_password(url: str) -> None:
    from triage_bench.cli.session import shared_storage, without_storage

    wrong = url.replace("bench:", "bench:not-")
    for address in (wrong, url.replace("127.0.0.1:", "127.0.0.1:1"), "postgresql+nothing://a:secret@h/d"):
        with pytest.raises(InputError) as error:
            shared_storage(address)
        assert not any(
            part in str(error.value) for part in (address, "secret", "not-", url.split(":")[2].split("@")[0])
        )
    with pytest.raises(InputError, match="needs a PostgreSQL"):
        shared_storage("sqlite:///secret.db")
    assert list(without_storage(["tune", "--storage", url, f"--storage={url}", "x"])) == [
        "tune", "--storage", "…", "--storage=…", "x",
    ]  # fmt: skip
    assert url not in repr(SharedStorage(url))


def test_a_search_by_many_has_a_key_of_its_own_and_leaves_older_keys_alone(
    sentences: Dataset, workspace: Workspace
) -> None:
    assert "ahead" not in Protocol("stratified").to_dict()["tuning"]
    together = Protocol("stratified", tuning=Tuning(trials=5, ahead=8))
    assert Protocol.from_dict(together.to_dict()) == together
    shared, _ = plan_tuning(sentences, recipe("char-ridge"), 100, None, 2, 0, workspace, (), shared=True)
    assert {job.protocol.tuning.ahead for job in shared.plan.jobs} == {0, 12}
    with pytest.raises(InputError, match="--trials"):
        plan_tuning(sentences, recipe("char-ridge"), 3, 9.0, 2, 0, workspace, (), shared=True)
