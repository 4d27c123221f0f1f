"""report.json, schema 1: what other programs rely on."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import factory
import numpy as np
import pytest

from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.run import Run
from triage_bench.report.tuning_view import FINAL, final_of
from triage_bench.report.view import build_view

NUMBER = (int, float)
OPTIONAL_NUMBER = (int, float, type(None))
RUN = {
    "id": str,
    "command": list,
    "started": str,
    "seconds": NUMBER,
    "versions": dict,
    "machine": dict,
    "seed": int,
    "jobs": dict,
}
DATASET = {
    "name": str,
    "rows": int,
    "classes": dict,
    "digest": str,
    "role": str,
    "status": str,
    "reason": (str, type(None)),
}
VERDICT = {
    "dataset": str,
    "model": (str, type(None)),
    "area": str,
    "cause": str,
    "confidence": NUMBER,
    "causes": list,
    "cleared": list,
    "summary": dict,
    "next_steps": list,
}
FINDING = {
    "code": str,
    "dataset": str,
    "model": (str, type(None)),
    "outcome": str,
    "title": dict,
    "text": dict,
    "numbers": dict,
    "records": list,
}
ROW = {
    "dataset": str,
    "model": str,
    "tokenizer": str,
    "protocol": str,
    "metric": str,
    "score": OPTIONAL_NUMBER,
    "ci_low": OPTIONAL_NUMBER,
    "ci_high": OPTIONAL_NUMBER,
    "rank": (int, type(None)),
    "tied_with_best": bool,
    "p_value_vs_best": OPTIONAL_NUMBER,
    "fit_seconds": OPTIONAL_NUMBER,
    "predict_rows_per_second": OPTIONAL_NUMBER,
    "status": str,
    "reason": (str, type(None)),
}


def check(entry: dict[str, Any], shape: dict[str, Any]) -> None:
    for key, kind in shape.items():
        assert isinstance(entry[key], kind), f"{key}: {entry[key]!r}"


def test_every_key_of_the_contract_is_there_with_its_type(view: dict[str, Any]) -> None:
    assert view["schema"] == 1
    check(view["run"], RUN)
    assert set(view["run"]["jobs"]) >= {"planned", "ok", "failed", "skipped", "reused"}
    for part, shape in (("datasets", DATASET), ("verdicts", VERDICT), ("findings", FINDING), ("leaderboard", ROW)):
        assert view[part]
        for entry in view[part]:
            check(entry, shape)


def test_words_with_a_fixed_choice_keep_to_it(view: dict[str, Any]) -> None:
    assert {row["status"] for row in view["leaderboard"]} <= {"ok", "failed", "skipped"}
    assert {one["role"] for one in view["datasets"]} == {"target", "reference"}
    assert {one["status"] for one in view["datasets"]} == {"ok", "skipped"}
    outcomes = {"issue", "tip", "passed", "not_applicable", "skipped", "muted"}
    assert {one["outcome"] for one in view["findings"]} <= outcomes
    for one in view["findings"]:
        assert set(one["title"]) == set(one["text"]) == {"ko", "en"}


def test_the_view_is_plain_json_without_nan(view: dict[str, Any]) -> None:
    written = json.dumps(view, ensure_ascii=False, allow_nan=False)
    assert json.loads(written) == json.loads(json.dumps(view))


def test_the_same_run_gives_the_same_view(run: Run, view: dict[str, Any]) -> None:
    again = build_view(run, exhibits=factory.exhibits(run), started=view["run"]["started"], seconds=312.4, reused=3)
    assert json.dumps(again) == json.dumps(view)


def test_jobs_are_counted_once_each(run: Run, view: dict[str, Any]) -> None:
    jobs = view["run"]["jobs"]
    assert jobs["planned"] == len({job.key for job in run.plan.jobs})
    assert jobs["ok"] + jobs["failed"] + jobs["skipped"] + jobs["not_run"] == jobs["planned"]
    assert jobs["failed"] == 2 * factory.FOLDS


def test_confusion_counts_agree_with_counting_row_by_row(run: Run, view: dict[str, Any]) -> None:
    voted = {one["id"] for one in view["leaderboard"] if "members" in one}
    first = next(one for one in view["errors"] if one["id"] not in voted)
    row = next(one for one in view["leaderboard"] if one["id"] == first["id"])
    outcome = next(one for one in run.outcomes if list(one.keys) == row["records"])
    matrix = np.zeros((len(first["labels"]),) * 2, dtype=int)
    for given, answered in zip(outcome.predictions.labels, outcome.predictions.predicted, strict=True):
        matrix[given, answered] += 1
    assert first["matrix"] == matrix.tolist()
    assert row["scores"]["accuracy"] == pytest.approx(first["right"] / first["rows"])
    f1 = [one["f1"] for one in first["per_class"]]
    assert row["scores"]["macro_f1"] == pytest.approx(float(np.mean(f1)))


def test_calibration_bins_hold_every_row_once(view: dict[str, Any]) -> None:
    for entry in view["calibration"]:
        errors = next(one for one in view["errors"] if one["id"] == entry["id"])
        assert sum(one["rows"] for one in entry["bins"]) == errors["rows"]
        assert all(one["low"] < one["confidence"] <= one["high"] + 1e-9 for one in entry["bins"])


def test_only_networks_have_learning_curves(view: dict[str, Any]) -> None:
    assert {entry["model"] for entry in view["learning"]} == {"lstm[mecab]"}
    for entry in view["learning"]:
        assert entry["curves"] == ["train_loss", "validation_loss", "validation_score"]
        assert entry["mean"][0]["folds"] == factory.FOLDS
        assert max(len(fold["epochs"]) for fold in entry["folds"]) == len(entry["mean"])


def test_tuning_counts_trials_by_state_and_names_what_lies_at_the_edge(view: dict[str, Any]) -> None:
    entry = next(one for one in view["tuning"] if one["model"] == "tfidf-lr[mecab]")
    trials = entry["trials"]
    assert trials["total"] == 20 * factory.FOLDS == trials["complete"] + trials["pruned"] + trials["failed"]
    by_name = {one["name"]: one for one in entry["parameters"]}
    assert by_name["C"]["at_edge"] and by_name["C"]["range"] == "space"
    assert not by_name["min_df"]["at_edge"]
    assert by_name["weight"]["low"] is None
    assert entry["gain"] == pytest.approx(entry["tuned_score"] - entry["default_score"])


def test_the_command_that_fits_a_model_reads_what_was_searched_on(make_run: Callable[..., Run]) -> None:
    everything = Protocol("none", purpose=FINAL, folds=1, scored_rows="train", tuning=Tuning(trials=2))
    run = make_run({"tfidf-lr": 0.8}, protocol=everything)
    read = ("--data", "a.csv", "--text", "t", "--label", "l", "--numeric", "age", "--columns", "auto")
    (found,) = final_of(replace(run, plan=replace(run.plan, command=("triage-bench", "tune", *read, "--trials", "2"))))
    begin, end = "triage-bench fit 'tfidf-lr[char_wb]' ", " --params best_parameters.json --save models/mine"
    assert found["command"] == begin + " ".join(read) + end
    spaced = ("triage-bench", "tune", "--data", "my file.csv", "--text", "증상", "--label", "l", "--out", "runs/a b/")
    joined = ("triage-bench", "tune", "--data=my file.csv", "--text=증상", "--label=l", "--out=runs/a b/")
    for command in (spaced, joined):
        (found,) = final_of(replace(run, plan=replace(run.plan, command=command)))
        assert shlex.split(found["command"])[3:] == [
            *("--data", "my file.csv", "--text", "증상", "--label", "l"),
            *("--params", "runs/a b/best_parameters.json", "--save", "models/mine"),
        ]


def test_a_parameter_without_a_known_space_is_held_against_what_was_tried(view: dict[str, Any]) -> None:
    entry = next(one for one in view["tuning"] if one["model"] == "lightgbm[char_wb]")
    assert {one["range"] for one in entry["parameters"]} == {"tried"}


def test_a_failure_is_listed_with_its_reason_and_a_cure(view: dict[str, Any]) -> None:
    failed = [one for one in view["failures"] if one["dataset"] == "ktas-sim"]
    assert {one["status"]: one["jobs"] for one in failed} == {"failed": factory.FOLDS - 1, "timeout": 1}
    assert all(one["cure"]["ko"] and one["cure"]["en"] for one in failed)
    row = next(one for one in view["leaderboard"] if one["model"] == "kept-out")
    assert row["status"] == "failed" and row["rank"] is None and row["score"] is None and row["reason"]


def test_a_run_of_which_nothing_was_done_yet_has_a_view(run: Run) -> None:
    view = build_view(Run(run.plan, {}))
    assert view["run"]["jobs"]["not_run"] == view["run"]["jobs"]["planned"]
    assert not view["errors"] and not view["learning"]
    assert all(row["rank"] is None for row in view["leaderboard"])
