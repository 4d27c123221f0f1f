"""An interrupted training goes on to the same weights, bit for bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triage_bench.core.errors import InputError
from triage_bench.models import MODELS
from triage_bench.testing import easy_sentences

TEXTS, LABELS = easy_sentences()
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "lstm": ("lstm", {}),
    "plateau, batch normalisation": (
        "gru",
        {"schedule": "plateau", "normalisation": "batch", "optimiser": "rmsprop", "patience": 2, "learning_rate": 0.1},
    ),
    "plateau, a reduced rate": ("gru", {"schedule": "plateau", "learning_rate": 0.08, "epochs": 20}),
    "bag, no refit": ("mlp", {"refit": False, "optimiser": "sgd"}),
    "no validation rows": ("textcnn", {"validation_share": 0.0, "schedule": "one-cycle"}),
}


class InterruptedTrainingError(Exception):
    pass


def network(case: str) -> Any:
    name, params = CASES[case]
    small = {"epochs": 6, "hidden": 4, "embedding": 8, "tokenizer": "eojeol", "batch_size": 16}
    return MODELS.load(name)(**{**small, **params})


@cache
def uninterrupted(case: str) -> Any:
    return network(case).fit(TEXTS, LABELS)


def weights(model: Any) -> dict[str, Any]:
    return {name: tensor.numpy() for name, tensor in model.network_.state_dict().items()}


def interrupted_after(model: Any, epochs: int) -> list[float]:
    """Return the rates of the epochs before the interruption."""
    seen = []

    def stop(entry: Mapping[str, float]) -> None:
        seen.append(entry["learning_rate"])
        if len(seen) == epochs:
            raise InterruptedTrainingError

    model.on_epoch = stop
    with pytest.raises(InterruptedTrainingError):
        model.fit(TEXTS, LABELS)
    model.on_epoch = None
    return seen


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("epochs", [2, 8])
def test_a_training_interrupted_after_any_epoch_ends_at_the_same_weights(
    case: str, epochs: int, tmp_path: Path
) -> None:
    whole = uninterrupted(case)
    total = len(whole.history_) + (int(whole.facts_["best_epoch"]) if whole.refit and whole.validation_share else 0)
    model = network(case)
    model.checkpoints = tmp_path
    interrupted_after(model, min(epochs, total))
    assert list(tmp_path.glob("*.json"))
    again = network(case)
    again.checkpoints = tmp_path
    again.fit(TEXTS, LABELS)
    assert again.history_ == whole.history_
    assert again.facts_ == whole.facts_
    for name, expected in weights(whole).items():
        np.testing.assert_array_equal(weights(again)[name], expected, err_msg=name)
    np.testing.assert_array_equal(again.predict_proba(TEXTS), whole.predict_proba(TEXTS))


def test_an_interrupted_refit_goes_on_at_the_reduced_rates_of_the_training_it_repeats(tmp_path: Path) -> None:
    case = "plateau, a reduced rate"
    whole = uninterrupted(case)
    rates = [entry["learning_rate"] for entry in whole.history_[: int(whole.facts_["best_epoch"])]]
    first = next(epoch for epoch, rate in enumerate(rates, 1) if rate == 0.04)
    seen: list[float] = []
    # Once at the last full rate, once within the reduced ones.
    for epochs in (len(whole.history_) + first - 1, 2):
        model = network(case)
        model.checkpoints = tmp_path
        seen += interrupted_after(model, epochs)
    again = network(case)
    again.checkpoints, again.on_epoch = tmp_path, lambda entry: seen.append(entry["learning_rate"])
    again.fit(TEXTS, LABELS)
    assert seen[len(whole.history_) + 1 :] == rates[1:]  # the first passes end within the warm-up
    for name, expected in weights(whole).items():
        np.testing.assert_array_equal(weights(again)[name], expected, err_msg=name)


def test_a_training_interrupted_again_and_again_ends_at_the_same_weights(tmp_path: Path) -> None:
    whole = uninterrupted("lstm")
    for _ in range(4):
        model = network("lstm")
        model.checkpoints = tmp_path
        interrupted_after(model, 2)
        assert len(list(tmp_path.glob("stopping-*.safetensors"))) == 1
        assert not list(tmp_path.glob(".*"))
    model = network("lstm")
    model.checkpoints = tmp_path
    model.fit(TEXTS, LABELS)
    for name, expected in weights(whole).items():
        np.testing.assert_array_equal(weights(model)[name], expected, err_msg=name)


@pytest.mark.parametrize(
    ("change", "fit"),
    [({"hidden": 5}, (TEXTS, LABELS)), ({"random_state": 1}, (TEXTS, LABELS)), ({}, (TEXTS[1:], LABELS[1:]))],
    ids=["parameters", "seed", "rows"],
)
def test_the_checkpoint_of_another_training_is_refused(change: dict[str, Any], fit: Any, tmp_path: Path) -> None:
    model = network("lstm")
    model.checkpoints = tmp_path
    interrupted_after(model, 1)
    other = network("lstm").set_params(**change)
    other.checkpoints = tmp_path
    with pytest.raises(InputError, match="another training"):
        other.fit(*fit)


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_a_damaged_checkpoint_is_refused_with_the_way_on(suffix: str, tmp_path: Path) -> None:
    model = network("lstm")
    model.checkpoints = tmp_path
    interrupted_after(model, 1)
    (path,) = tmp_path.glob(f"stopping*{suffix}")
    whole = path.read_bytes()
    for broken in (whole[:-1], b"", whole[:40] + b"x" + whole[41:]):
        path.write_bytes(broken)
        with pytest.raises(InputError, match="Delete"):
            model.fit(TEXTS, LABELS)


def test_keeping_checkpoints_changes_no_parameter_and_no_clone(tmp_path: Path) -> None:
    from sklearn.base import clone

    model = network("lstm")
    before = model.get_params()
    model.checkpoints = tmp_path
    assert model.get_params() == before
    assert clone(model).checkpoints is None


@pytest.mark.slow
def test_a_fit_that_was_killed_goes_on_to_the_same_files(tmp_path: Path) -> None:
    lines = [f'"{text} {i}",{label}' for i, (text, label) in enumerate(zip(*easy_sentences(200), strict=True))]
    (tmp_path / "my.csv").write_text("\n".join(["증상,KTAS", *lines, ""]), encoding="utf-8")
    params = '{"epochs": 15, "patience": 15, "hidden": 24, "embedding": 16, "tokenizer": "eojeol"}'
    command = [sys.executable, "-m", "triage_bench", "fit", "lstm", "--data", "my.csv", "--text", "증상"]
    command += ["--label", "KTAS", "--params", params, "--save"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    subprocess.run([*command, "whole"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    for phase, epoch in (("stopping", 3), ("refit", 1)):
        killed = subprocess.Popen(
            [*command, "killed", "--resume"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE
        )
        wait_for_epoch(killed, tmp_path / "killed" / "checkpoint", phase, epoch)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
    refused = subprocess.run([*command, "killed"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert refused.returncode == 2 and "--resume" in refused.stderr
    subprocess.run([*command, "killed", "--resume"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    found = {path.name: path.read_bytes() for path in (tmp_path / "killed").iterdir()}
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()}


def wait_for_epoch(process: subprocess.Popen[bytes], folder: Path, phase: str, epoch: int) -> None:
    for _ in range(60_000):
        if any(int(path.stem.rpartition("-")[2]) >= epoch for path in folder.glob(f"{phase}-*.safetensors")):
            return
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    raise AssertionError("no checkpoint within ten minutes")
