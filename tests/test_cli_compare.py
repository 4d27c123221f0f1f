"""`compare` as it is typed: what is printed, what is refused, and what a build server sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triage_bench.cli.app import main
from triage_bench.cli.limits import limits_of
from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.store import Store

Maker = Callable[..., Run]


def kept(run: Run, folder: Path) -> str:
    store = Store(Workspace.at(folder))
    store.write_plan(run.plan)
    for record in run.records.values():
        store.write(record)
    return str(folder)


@pytest.fixture
def two(make_run: Maker, tmp_path: Path) -> tuple[str, str]:
    before = make_run({"tfidf-lr": 0.8, "lightgbm": 0.7, "majority": 0.3})
    after = make_run({"tfidf-lr": 0.6, "lightgbm": 0.7, "lstm": 0.5})
    after = Run(replace(after.plan, budget="standard"), after.records)
    return kept(before, tmp_path / "before"), kept(after, tmp_path / "after")


def test_only_what_differs_is_shown_and_that_first(two: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *two]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["setting", "before", "after"]
    assert lines[1].split() == ["budget", "quick", "standard"]
    assert any(line.startswith("only before: ktas-sim · majority") for line in lines)
    (told,) = [line for line in lines if "tfidf-lr[char_wb]" in line and "only" not in line]
    assert "-0." in told and not any("lightgbm" in line for line in lines)
    assert lines[-1] == "1 of 2 models gave every row the same answer in both runs"


def test_json_holds_all_of_it(two: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *two, "--json", "--quiet"]) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert found["schema"] == 1 and found["metric"] == "macro_f1" and shown.err == ""
    assert [pair["model"] for pair in found["pairs"]] == ["tfidf-lr[char_wb]", "lightgbm[char_wb]"]
    assert len(found["pairs"][0]["folds"]) == 5
    assert found["pairs"][0]["difference"]["high"] < 0


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (["macro_f1<-0.01"], 1),
        (["macro_f1 < -0.5"], 0),
        (["macro_f1<-0.5", "accuracy<-0.01"], 1),
        (["mae>0.05"], 1),
        (["mae<-0.05"], 0),
    ],
)
def test_a_build_fails_on_a_difference_that_was_ruled_out(
    two: tuple[str, str], limits: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *two, "-q", *(word for limit in limits for word in ("--fail-on", limit))]) == code
    assert capsys.readouterr().err.startswith("failed: ktas-sim · tfidf-lr") == bool(code)


def test_a_model_that_is_no_longer_complete_fails_a_build(
    make_run: Maker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept(make_run({"tfidf-lr": 0.8, "lightgbm": 0.7}), tmp_path / "a")
    after = kept(make_run({"tfidf-lr": 0.8, "lightgbm": "failed"}), tmp_path / "b")
    assert main(["compare", before, after]) == 0
    assert "lightgbm[char_wb]: not compared, second run: failed, it broke" in capsys.readouterr().err
    assert main(["compare", before, after, "--fail-on", "macro_f1<-0.01"]) == 1


@pytest.mark.parametrize(
    ("word", "error"), [("macro_f1=-1", InputError), ("f1<0", UnknownNameError), ("ece>0", InputError)]
)
def test_a_condition_that_means_nothing_is_refused(word: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        limits_of([word])


def test_runs_of_other_data_are_refused_with_the_way_on(
    make_run: Maker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = versions(make_run, tmp_path)
    assert main(["compare", before, after]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and "the data differ" in shown.err and "--data-versions" in shown.err


def test_two_versions_of_the_data_tell_which_rows_came_went_and_changed(
    make_run: Maker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = versions(make_run, tmp_path)
    assert main(["compare", before, after, "--data-versions"]) == 0
    shown = capsys.readouterr().out
    assert "300 rows before, 300 after; 10 came, 10 went, 2 changed label, 288 as before" in shown
    assert "tfidf-lr[char_wb]" in shown and "sentence" not in shown
    assert main(["compare", before, after, "--data-versions", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["datasets"]
    assert told["came"] == list(range(10)) and len(told["relabelled"]) == 2
    assert told["models"][0]["kept_rows"] == 288


def versions(make_run: Maker, folder: Path) -> tuple[str, str]:
    """Keep a run, and one of the data with ten other texts and two other labels."""
    run = make_run({"tfidf-lr": 0.8})
    labels = next(run.where()).predictions.labels
    texts = [f"sentence {i}" for i in range(300)]
    first = Dataset("ktas-sim", tuple(texts), labels, run.plan.datasets[0].label_names)
    changed = labels.copy()
    changed[[20, 21]] = (changed[[20, 21]] + 1) % 5
    second = replace(first, texts=tuple(f"new {t}" if i < 10 else t for i, t in enumerate(texts)), labels=changed)
    return _of(run, first, folder / "v1"), _of(run, second, folder / "v2")


def _of(run: Run, dataset: Dataset, folder: Path) -> str:
    summary = replace(run.plan.datasets[0], digest=dataset.digest, classes=dataset.classes)
    jobs = tuple(replace(job, dataset_digest=dataset.digest) for job in run.plan.jobs)
    records = {}
    for old, new in zip(run.plan.jobs, jobs, strict=True):
        predictions = run.records[old.key].predictions
        assert predictions is not None
        given = replace(predictions, labels=dataset.labels[predictions.rows].astype(np.int64))
        records[new.key] = replace(run.records[old.key], job=new, predictions=given)
    plan = replace(run.plan, datasets=(summary,), jobs=jobs)
    Store(Workspace.at(folder)).write_rows(dataset)
    return kept(Run(plan, records), folder)
