"""``--model``: what cannot work is said before anything runs, and never executed in the driver."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import InputError
from triage_bench.core.job import Job
from triage_bench.core.protocol import Protocol
from triage_bench.core.workspace import Workspace
from triage_bench.executors.base import Limits
from triage_bench.executors.local import LocalExecutor
from triage_bench.models import MODELS
from triage_bench.running.brought import brought_recipe
from triage_bench.running.examination.plan import examination_jobs
from triage_bench.running.job import JobRunner

SOUND = """
import neighbour
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

def model(C=10.0):
    return make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3)), LogisticRegression(C=C))

class Hangs:
    def fit(self, X, y):
        while True:
            pass
    def predict(self, X):
        return []

class Dies(Hangs):
    def fit(self, X, y):
        import os
        os._exit(3)

class Half:
    def fit(self, X, y):
        return self
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    monkeypatch.setattr(MODELS, "_files", {})
    (tmp_path / "neighbour.py").write_text("", "utf-8")
    path = tmp_path / "brought_by_a_test.py"
    path.write_text(SOUND, "utf-8")
    yield path
    for name in ("brought_by_a_test", "neighbour"):
        sys.modules.pop(name, None)
    sys.path[:] = [one for one in sys.path if one != str(tmp_path)]


def test_a_recipe_is_plain_values_and_the_driver_executes_nothing(file: Path) -> None:
    recipe = brought_recipe(f"{file}:model", '{"C": 2.0}')
    assert recipe.brought
    assert recipe.name == "model (C=2.0)"
    assert "brought_by_a_test" not in sys.modules
    assert str(file.parent) not in repr(recipe.to_dict())


@pytest.mark.parametrize(
    ("model", "params", "message"),
    [
        ("nothing", None, "expected FILE.py:NAME"),
        ("missing.py:Model", None, "there is no model file"),
        ("{file}:model", "[1]", "must be a JSON object"),
        ("{file}:model", "{C: 1}", "is no JSON"),
        ("{file}:model", '{"D": 1}', r"cannot be made with D=1.*It takes \(C=10.0\)"),
        ("{file}:Half", None, "Half, which has no predict"),
        ("{file}:modal", None, "Did you mean 'model'"),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(file: Path, model: str, params: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        brought_recipe(model.format(file=file), params)


def test_a_file_that_ends_its_process_is_reported(file: Path) -> None:
    file.write_text("import os\nos._exit(7)\n", "utf-8")
    with pytest.raises(InputError, match="ended its process with code 7"):
        brought_recipe(f"{file}:model")


def test_another_content_is_another_job(file: Path) -> None:
    first = MODELS.bring(file, "model").version
    file.write_text(SOUND + "\n", "utf-8")
    assert MODELS.bring(file, "model").version != first


def _jobs(sentences: Dataset, file: Path, name: str) -> list[Job]:
    from triage_bench.core.job import Recipe

    entry = MODELS.bring(file, name)
    return examination_jobs(sentences, Recipe(entry.name, version=entry.version), Protocol("stratified"), 0)


def test_a_sound_model_is_examined_in_a_worker(file: Path, sentences: Dataset, workspace: Workspace) -> None:
    jobs = [job for job in _jobs(sentences, file, "model") if job.protocol.probes in ("answers", "small")]
    runner = JobRunner({sentences.digest: sentences}, None)
    done = {one.item.protocol.probes: one.value for one in LocalExecutor(1).map(runner, jobs, Limits(60.0))}  # type: ignore[union-attr]
    assert done["answers"].status == done["small"].status == "ok", [one.reason for one in done.values()]
    assert done["answers"].facts["twice.moved"] == done["answers"].facts["alone.moved"] == 0.0
    assert done["small"].facts["small.right"] == 32.0
    assert "brought_by_a_test" not in sys.modules


def test_a_model_that_hangs_or_dies_leaves_its_record(file: Path, sentences: Dataset) -> None:
    for name, kind, seconds in (("Hangs", "timeout", 5.0), ("Dies", "killed", 120.0)):
        job = _jobs(sentences, file, name)[:1]
        lost = list(LocalExecutor(1).map(JobRunner({sentences.digest: sentences}, None), job, Limits(seconds)))
        assert [one.kind for one in lost] == [kind]  # type: ignore[union-attr]


def test_probes_are_part_of_the_key_and_their_absence_is_not(sentences: Dataset, file: Path) -> None:
    keys = {job.key for job in _jobs(sentences, file, "model")}
    assert len(keys) == 4
    assert "probes" not in Protocol("stratified").to_dict()
    assert np.all([job.protocol.purpose == "examination" for job in _jobs(sentences, file, "model")])
