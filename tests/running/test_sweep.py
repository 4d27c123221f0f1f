"""A repeated command does what is missing and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triage_bench.core.dataset import Dataset, DatasetSummary
from triage_bench.core.errors import TriageBenchError, UnknownNameError
from triage_bench.core.record import RunRecord
from triage_bench.core.workspace import Workspace
from triage_bench.executors.base import Limits
from triage_bench.executors.choose import executor
from triage_bench.running.budget import budget
from triage_bench.running.data_facts import kept_facts
from triage_bench.running.estimate import WORKER_START, seconds
from triage_bench.running.one_family import plan_tuning
from triage_bench.running.planning import Planned, plan_run
from triage_bench.running.suite import read_suite, recipe, suite_names
from triage_bench.running.sweep import missing_jobs, sweep
from triage_bench.store import Store


def planned(dataset: Dataset, workspace: Workspace, *models: str) -> Planned:
    recipes = [recipe(word) for word in models or ("majority", "tfidf-lr[char_wb]")]
    return plan_run(
        "test", [dataset], recipes, ["shuffled-labels"], budget("quick"), seed=0, workspace=workspace, command=("x",)
    )


def ran(plan: Planned, workspace: Workspace) -> list[RunRecord]:
    seen: list[RunRecord] = []
    sweep(plan.plan, plan.datasets, workspace, executor("serial"), Limits(), seen.append)
    return seen


def test_defaults_come_first_then_controls_then_what_is_tuned(sentences: Dataset, workspace: Workspace) -> None:
    jobs = planned(sentences, workspace).plan.jobs
    kinds = [(job.protocol.purpose, bool(job.protocol.tuning.trials)) for job in jobs]
    assert kinds == [("benchmark", False)] * 6 + [("shuffled-labels", False)] * 3 + [("benchmark", True)] * 3


def test_what_is_done_is_not_done_again(sentences: Dataset, workspace: Workspace) -> None:
    plan = planned(sentences, workspace)
    assert len(ran(plan, workspace)) == 12
    assert ran(plan, workspace) == []
    more = planned(sentences, workspace, "majority", "tfidf-lr[char_wb]", "stratified")
    assert {record.job.recipe.model for record in ran(more, workspace)} == {"stratified"}


def test_a_lost_or_damaged_record_is_made_again_with_the_same_answer(sentences: Dataset, workspace: Workspace) -> None:
    plan = planned(sentences, workspace)
    first = {record.job.key: record for record in ran(plan, workspace)}
    lost, damaged = sorted(first)[:2]
    (workspace.records / f"{lost}.json").unlink()
    (workspace.records / f"{damaged}.json").write_bytes(b"garbage")
    again = ran(plan, workspace)
    assert {record.job.key for record in again} == {lost, damaged}
    for record in again:
        before = first[record.job.key].predictions
        assert record.predictions is not None and before is not None
        np.testing.assert_array_equal(record.predictions.probabilities, before.probabilities)


@pytest.mark.parametrize("status", ["killed", "timeout", "out-of-memory"])
def test_what_the_surroundings_spoilt_is_tried_again(sentences: Dataset, workspace: Workspace, status: str) -> None:
    plan = planned(sentences, workspace)
    job = plan.plan.jobs[0]
    bad = RunRecord(job, status, "x")  # type: ignore[arg-type]
    assert missing_jobs(plan.plan, {job.key: bad})[0] == job
    assert job not in missing_jobs(plan.plan, {job.key: RunRecord(job, "failed", "x")})


def test_a_failing_model_leaves_the_others_alone(sentences: Dataset, workspace: Workspace, unruly: None) -> None:
    records = ran(planned(sentences, workspace, "majority", "raises", "exits"), workspace)
    by_model = {record.job.recipe.model: record.status for record in records}
    assert by_model == {"majority": "ok", "raises": "failed", "exits": "failed"}


def test_of_what_is_tuned_the_networks_go_first_so_that_workers_end_together(
    sentences: Dataset, workspace: Workspace
) -> None:
    recipes = [recipe(word) for word in ("tfidf-lr[char_wb]", "lightgbm", "lstm")]
    plan = plan_run("t", [sentences], recipes, [], budget("standard"), seed=0, workspace=workspace).plan
    tuned = [job.recipe.model for job in plan.jobs if job.protocol.tuning.trials]
    assert tuned == ["lstm"] * 5 + ["tfidf-lr"] * 5 + ["lightgbm"] * 5


def test_a_data_set_that_cannot_be_had_is_in_the_plan_with_its_reason(sentences: Dataset, workspace: Workspace) -> None:
    gone = DatasetSummary("nsmc", status="skipped", reason="no network")
    plan = plan_run("t", [gone, sentences], [recipe("majority")], [], budget("quick"), seed=0, workspace=workspace).plan
    assert plan.dataset("nsmc").reason == "no network"
    assert {job.dataset for job in plan.jobs} == {"sentences"}
    with pytest.raises(TriageBenchError, match="no data set of 't' can be had here: no network"):
        plan_run("t", [gone], [recipe("majority")], [], budget("quick"), seed=0, workspace=workspace)


def test_the_estimate_grows_with_the_work(sentences: Dataset, workspace: Workspace) -> None:
    plan = planned(sentences, workspace).plan
    assert seconds(plan, [], 2) == 0
    assert seconds(plan, plan.jobs[:3], 1) < seconds(plan, plan.jobs, 1)
    assert seconds(plan, plan.jobs, 2) <= seconds(plan, plan.jobs, 1)


def test_the_estimate_of_a_search_that_many_do_is_shorter_with_as_many_as_can_be_busy(
    sentences: Dataset, workspace: Workspace
) -> None:
    chosen = recipe("char-ridge")
    alone, shared = (
        plan_tuning(sentences, chosen, 100, None, 2, 0, workspace, (), shared=shared)[0].plan
        for shared in (False, True)
    )
    last = (shared.jobs[-1],)
    assert last[0].protocol.tuning.ahead == 12
    one, three, twelve, fifty = (seconds(shared, last, workers) - WORKER_START for workers in (1, 3, 12, 50))
    assert one / 3.1 < three < one / 2.8
    assert one / 12.1 < twelve == fifty < one / 9
    assert seconds(alone, alone.jobs[-1:], 50) == seconds(alone, alone.jobs[-1:], 1) == one + WORKER_START


def test_a_job_that_trains_on_all_rows_takes_longer_by_estimate_than_one_that_leaves_a_fold_out(
    sentences: Dataset, workspace: Workspace
) -> None:
    plan = plan_tuning(sentences, recipe("char-ridge"), 100, None, 2, 0, workspace, ())[0].plan
    *_, fold, everything = (job for job in plan.jobs if job.protocol.tuning.trials)
    assert (fold.protocol.folds, everything.protocol.split) == (2, "none")
    assert seconds(plan, [everything], 1) > seconds(plan, [fold], 1)


def test_where_the_number_of_workers_is_not_known_the_estimate_is_that_of_one(
    sentences: Dataset, workspace: Workspace
) -> None:
    plan = planned(sentences, workspace).plan
    assert seconds(plan, plan.jobs, 0) == seconds(plan, plan.jobs, 1) > 0


def test_every_suite_can_be_read_and_all_holds_the_others() -> None:
    assert set(suite_names()) >= {"smoke", "reference", "triage", "all"}
    parts, whole = [read_suite("reference"), read_suite("triage")], read_suite("all")
    assert set(whole.datasets) == {name for part in parts for name in part.datasets}
    assert len({one.name for one in whole.recipes}) == len(whole.recipes)


@pytest.mark.parametrize("wrong", ["al", "ALL"])
def test_an_unknown_suite_names_its_nearest(wrong: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown suite"):
        read_suite(wrong)


def test_a_recipe_is_read_as_people_write_it() -> None:
    assert recipe("tfidf-lr[mecab]").name == "tfidf-lr[mecab]"
    with pytest.raises(UnknownNameError, match="Did you mean 'tfidf-lr'"):
        recipe("tfidf-rl")


def _started(folder: Path, records: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start the smoke suite and return when it has kept some records."""
    process = subprocess.Popen(
        [*SMOKE, "--out", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and len(list(folder.glob("records/*.json"))) < records:
        time.sleep(0.02)
    return process


SMOKE = [sys.executable, "-m", "triage_bench", "run", "--suite", "smoke", "--budget", "quick", "--workers", "1"]


@pytest.mark.slow
def test_a_run_killed_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    """SIGKILL while jobs are under way, then the same command: nothing twice, same final numbers."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([*SMOKE, "--out", str(whole)], check=True, capture_output=True, env=environment)
    process = _started(killed, 3, environment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {path.name: path.stat().st_mtime_ns for path in killed.glob("records/*.json")}
    expected = Store(Workspace.at(whole)).read_all()
    assert 3 <= len(before) < len(expected)
    subprocess.run([*SMOKE, "--out", str(killed)], check=True, capture_output=True, env=environment)
    after = {path.name: path.stat().st_mtime_ns for path in killed.glob("records/*.json")}
    assert {name: after[name] for name in before} == before
    resumed = Store(Workspace.at(killed)).read_all()
    assert set(resumed) == set(expected)
    for key, record in expected.items():
        again = resumed[key].predictions
        assert record.predictions is not None and again is not None
        np.testing.assert_array_equal(record.predictions.probabilities, again.probabilities)
    assert not list(killed.rglob("*.tmp"))


@pytest.mark.slow
def test_an_interrupted_run_keeps_what_is_finished_and_reports_it(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    process = _started(tmp_path / "run", 2, environment)
    process.send_signal(signal.SIGINT)
    assert process.wait(300) == 130
    assert len(Store(Workspace.at(tmp_path / "run")).read_all()) >= 2
    assert (tmp_path / "run" / "index.html").is_file()


def test_facts_and_clusters_are_found_once_and_a_damaged_cache_only_costs_time(
    sentences: Dataset, workspace: Workspace
) -> None:
    found = kept_facts(sentences, workspace)
    clusters = sentences.memo["near-duplicates"]
    again = replace(sentences)
    assert not again.memo
    assert kept_facts(again, workspace) == found
    np.testing.assert_array_equal(again.memo["near-duplicates"], clusters)
    (path,) = (workspace.cache / "facts").iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    assert kept_facts(replace(sentences), workspace) == found
