"""Text, columns and both stand side by side; without columns no job of a plan changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.space import Float, Space
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import read_file
from triage_bench.datasets.beside import Beside, with_columns
from triage_bench.models import MODELS
from triage_bench.models.keeping import load_model, save_model
from triage_bench.running.answer import answers, parse_new_texts, read_new_texts
from triage_bench.running.beside import reading, side_by_side, with_side
from triage_bench.running.diagnosis import plan_diagnosis
from triage_bench.running.job import JobRunner
from triage_bench.running.one_family import FINAL, plan_tuning
from triage_bench.running.suite import recipe
from triage_bench.text.corpus import Corpus

ASKED = Beside(("체온",), ("내원",))
PLANNED = """
import sys
from pathlib import Path

from triage_bench.core.workspace import Workspace
from triage_bench.datasets import read_file
from triage_bench.datasets.beside import Beside, with_columns
from triage_bench.running.diagnosis import plan_diagnosis

file, beside = Path(sys.argv[1]), Beside(("체온",), ("내원",))
print("torch" in sys.modules or "sklearn" in sys.modules)
rows = with_columns(read_file(file, text="글", label="등급", also=beside.wanted), beside)
jobs = plan_diagnosis(rows, "standard", 0, Workspace.at(file.parent / "run")).plan.jobs
print("torch" in sys.modules)
for name in {f"{job.recipe.name} {job.protocol.purpose}" for job in jobs}:
    print(name)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    label = rng.integers(1, 3, 60)
    lines = [
        f"{'열이 나요' if i % 3 else '배가 아파요'} {i},{one},{36 + one + rng.normal() / 5:.1f},{'ab'[i % 2]}"
        for i, one in enumerate(label.tolist())
    ]
    path = tmp_path / "my.csv"
    path.write_text("글,등급,체온,내원\n" + "\n".join(lines), encoding="utf-8")
    return path


def read(file: Path, beside: Beside = ASKED):  # type: ignore[no-untyped-def]
    return with_columns(read_file(file, text="글", label="등급", also=beside.wanted), beside)


def test_what_can_read_columns_stands_there_three_times_and_the_others_once(file: Path) -> None:
    readers = ("lightgbm", "lstm", "mlp")
    recipes = [recipe("majority"), recipe("tfidf-lr[mecab]"), recipe("nb-svm"), *map(recipe, readers)]
    found = [(one.model, one.params.get("columns", "text")) for one in side_by_side(recipes, read(file))]
    three = ["text", "columns", "both"]
    expected = [("majority", "text"), *(("tfidf-lr", w) for w in three), ("nb-svm", "text")]
    assert found == [*expected, *((name, w) for name in readers for w in three)]
    assert side_by_side(recipes, read(file, Beside())) == recipes


def test_the_default_of_every_estimator_that_reads_columns_lies_in_its_space() -> None:
    for name in ("tfidf-lr", "lightgbm", "lstm", "mlp"):
        defaults = MODELS.load(name)().get_params()
        for what in ("columns", "both"):
            space = reading(recipe(name), what).space
            assert space is not None
            for dimension in space.dimensions:
                assert dimension in defaults
        alone, both = (reading(recipe(name), what).space for what in ("columns", "both"))
        assert alone is not None and both is not None and set(alone) < set(both) and "tokenizer" in both


def test_networks_stand_side_by_side_before_torch_is_loaded(file: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", PLANNED, str(file)], capture_output=True, text=True, check=True)
    before, torch, *jobs = ran.stdout.splitlines()
    assert before == torch == "False"
    assert {"lstm benchmark", "lstm (columns=columns) benchmark", "lstm (columns=both) benchmark"} < set(jobs)
    assert {one for one in jobs if one.endswith("fit-32")} == {"lstm fit-32", "lstm (columns=both) fit-32"}


def test_a_tuning_compares_all_three_and_keeps_both(file: Path, tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path / "run")
    planned, _ = plan_tuning(read(file), recipe("tfidf-lr"), 2, None, 2, 0, workspace, ())
    tuned = {job.recipe.params.get("columns", "text") for job in planned.plan.jobs if job.protocol.tuning.trials}
    assert tuned == {"text", "columns", "both"}
    [final] = [job for job in planned.plan.jobs if job.protocol.purpose == FINAL]
    assert final.recipe.params["columns"] == "both"


def test_a_diagnosis_without_columns_plans_the_jobs_it_always_did(file: Path, tmp_path: Path) -> None:
    plans = [
        plan_diagnosis(read(file, beside), "quick", 0, Workspace.at(tmp_path / "run")) for beside in (Beside(), ASKED)
    ]
    named = [{(job.recipe.name, job.protocol.purpose) for job in planned.plan.jobs} for planned in plans]
    assert named[0] < named[1]
    assert all("columns" in name for name, _ in named[1] - named[0])


def test_a_job_with_columns_tunes_on_its_training_rows_and_leaves_a_record(file: Path) -> None:
    dataset = read(file)
    runner = JobRunner({dataset.digest: dataset}, None)
    protocol = Protocol("stratified", folds=3, tuning=Tuning(trials=2, folds=2))
    small = {"embedding": 4, "hidden": 4, "epochs": 20, "learning_rate": 2e-2}
    network = reading(Recipe("mlp", small, Space({"dropout": Float(0.0, 0.5)})), "both")
    for chosen in [*side_by_side([recipe("tfidf-lr")], dataset), network]:
        record = runner(Job(dataset.name, dataset.digest, chosen, protocol))
        assert record.status == "ok", record.reason
        assert "explanation.failed" not in {notice.code for notice in record.notices}
        assert (record.explanation is None) == (record.params["columns"] == "columns")
        assert record.params["columns"] == chosen.params.get("columns", "text")
        assert record.predictions is not None
        accuracy = (record.predictions.predicted == record.predictions.labels).mean()
        assert accuracy > 0.9 or record.params["columns"] == "text"


def test_a_kept_model_finds_its_columns_in_a_new_file(file: Path, tmp_path: Path) -> None:
    dataset = read(file)
    chosen = with_side(recipe("tfidf-lr"), {}, dataset)
    fitted = MODELS.load("tfidf-lr")(**chosen.params).fit(Corpus(dataset.texts, side=dataset.side), dataset.labels)
    kept = load_model(save_model(fitted, tmp_path / "model"))
    said = list(answers(kept, read_new_texts(file, "글", None), 1))
    assert [int(one.label or -1) for one in said] == fitted.predict(Corpus(dataset.texts, side=dataset.side)).tolist()
    with pytest.raises(UnknownNameError, match="체온"):
        list(answers(kept, parse_new_texts("글\n열이 나요\n".encode(), "글", None)))


def test_a_model_that_reads_texts_only_says_which_read_columns(file: Path) -> None:
    with pytest.raises(InputError, match="lightgbm"):
        with_side(recipe("nb-svm"), {}, read(file))
    assert with_side(Recipe("nb-svm"), {}, read(file, Beside())) == Recipe("nb-svm")
