"""A pre-trained model that a user names is known by its content; without one its jobs are skipped with the reason."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from triage_bench.core import workspace as places
from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import InputError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.workspace import Workspace
from triage_bench.executors.base import Limits
from triage_bench.executors.choose import executor
from triage_bench.executors.local import LocalExecutor
from triage_bench.models.neural import sources
from triage_bench.running.job import JobRunner
from triage_bench.running.one_family import plan_tuning
from triage_bench.running.pretrained import with_every_pretrained, with_pretrained
from triage_bench.running.suite import recipe
from triage_bench.running.sweep import missing_jobs, sweep
from triage_bench.running.transfer import started

TUNED = Protocol("stratified", folds=2, tuning=Tuning(trials=2, folds=2))


@pytest.fixture
def here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(places, "default_cache", lambda: workspace.cache)
    monkeypatch.setattr(sources, "default_cache", lambda: workspace.cache)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return workspace


def job(rows: Dataset, chosen: Recipe, protocol: Protocol = TUNED) -> Job:
    return Job(rows.name, rows.digest, chosen, protocol)


def test_the_job_key_tells_the_content_and_not_the_place(
    sentences: Dataset, here: Workspace, tiny_bert: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(tiny_bert, tmp_path / "elsewhere" / "tiny-bert")
    first, second = (
        started(Recipe("transformer"), str(one), None, sentences, here, 0, print) for one in (tiny_bert, other)
    )
    assert job(sentences, first).key == job(sentences, second).key
    assert str(first.params["pretrain"]).startswith("tiny-bert-") and "/" not in str(first.params["pretrain"])
    config = json.loads((other / "config.json").read_text("utf-8"))
    (other / "config.json").write_text(json.dumps({**config, "hidden_dropout_prob": 0.3}), "utf-8")
    changed = started(Recipe("transformer"), str(other), None, sentences, here, 0, print)
    assert job(sentences, changed).key != job(sentences, first).key


def test_a_suite_names_a_model_as_a_parameter(here: Workspace, tiny_bert: Path) -> None:
    named = recipe(f"transformer-lr[pretrain={tiny_bert}]")
    first, other = with_every_pretrained((named, recipe("tfidf-lr")), here, print)
    assert first == with_pretrained(Recipe("transformer-lr"), str(tiny_bert), here, print)
    assert other == recipe("tfidf-lr")


def test_a_path_that_leads_nowhere_and_word_vectors_are_the_users_error(sentences: Dataset, here: Workspace) -> None:
    with pytest.raises(InputError, match="no folder"):
        started(Recipe("transformer"), "./nowhere", None, sentences, here, 0, print)
    with pytest.raises(InputError, match="starts from no word vectors"):
        started(Recipe("transformer"), None, Path("words.vec"), sentences, here, 0, print)


@pytest.mark.parametrize("name", ["transformer", "transformer-lr"])
@pytest.mark.parametrize(
    ("source", "reason"), [(None, "no pre-trained model is named"), ("klue/bert-base", "HF_HUB_OFFLINE")]
)
def test_without_a_model_the_jobs_are_skipped_with_the_reason_and_tried_again(
    name: str, source: str | None, reason: str, sentences: Dataset, here: Workspace
) -> None:
    said: list[str] = []
    chosen = started(Recipe(name), source, None, sentences, here, 0, said.append)
    assert len(said) == (source is not None)
    record = JobRunner({sentences.digest: sentences}, None)(job(sentences, chosen))
    assert record.status == "skipped" and reason in str(record.reason)
    plan, _ = plan_tuning(sentences, chosen, 2, None, 2, 0, here, ())
    assert job(sentences, chosen) in missing_jobs(
        replace(plan.plan, jobs=(job(sentences, chosen),)), {record.job.key: record}
    )


@pytest.mark.slow
def test_tuning_measures_it_beside_tf_idf_and_no_record_tells_a_place(
    sentences: Dataset, here: Workspace, tiny_bert: Path
) -> None:
    chosen = started(Recipe("transformer-lr"), str(tiny_bert), None, sentences, here, 0, print)
    planned, _ = plan_tuning(sentences, chosen, 2, None, 2, 0, here, ())
    run = sweep(planned.plan, planned.datasets, here, executor("serial"), Limits()).run
    assert {record.status for record in run.records.values()} == {"ok"}
    assert {one.recipe.model for one in planned.plan.jobs} == {"majority", "tfidf-lr", "transformer-lr"}
    for path in (*here.records.rglob("*"), here.plan):
        if path.is_file():
            assert str(tiny_bert).encode() not in path.read_bytes()


@pytest.mark.slow
def test_a_model_over_its_memory_limit_leaves_a_record_and_within_it_an_answer(
    sentences: Dataset, here: Workspace, tiny_bert: Path
) -> None:
    # A worker process asks the platform for its cache, so that it is given the folder itself.
    chosen = Recipe("transformer", {"pretrain": str(tiny_bert), "epochs": 1})
    runner = JobRunner({sentences.digest: sentences}, None)
    plain = job(sentences, chosen, Protocol("stratified", folds=2))
    (lost,) = LocalExecutor(1).map(runner, [plain], Limits(60.0, 200 * 2**20))
    assert getattr(lost, "kind", None) == "out-of-memory"
    (done,) = LocalExecutor(1).map(runner, [plain], Limits(120.0, 4 * 2**30))
    assert done.value.status == "ok"  # type: ignore[union-attr]
