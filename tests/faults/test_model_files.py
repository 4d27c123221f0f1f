"""A folder that somebody sent instead of a model gets an error, never a chance to run."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from benchmarks.reliability.attacks import ATTACKS, Canary, copied
from benchmarks.reliability.model_files import FAMILIES, keep_models
from triage_bench.core.errors import ModelFileError
from triage_bench.models.keeping import load_model


@pytest.fixture(scope="module")
def kept_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    keep_models(folder)
    return folder


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_folder_is_refused_and_nothing_of_it_runs(attack: str, kept_folders: Path, tmp_path: Path) -> None:
    name, change, message = ATTACKS[attack]
    nest = tmp_path / "canary"
    folder = copied(kept_folders / name, tmp_path)
    change(folder, nest)
    with pytest.raises(ModelFileError, match=message) as caught:
        load_model(folder)
    assert caught.value.exit_code == 2 and "\n" not in str(caught.value)
    assert not nest.exists()


@pytest.mark.parametrize("name", FAMILIES)
def test_the_same_folders_unchanged_are_models(name: str, kept_folders: Path) -> None:
    assert load_model(kept_folders / name).description.model == name


def test_the_canary_would_sing(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Canary(tmp_path / "canary")))  # noqa: S301
    assert (tmp_path / "canary").exists()
