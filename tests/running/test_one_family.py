"""What one family is tuned on."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage_bench.core.errors import InputError
from triage_bench.core.workspace import Workspace
from triage_bench.running.one_family import tuning_data
from triage_bench.testing import easy_sentences


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Sentences with labels in a column whose name says nothing of an order."""
    texts, labels = easy_sentences(40)
    levels = {label: level for level, label in enumerate(sorted(set(labels)), start=1)}
    path = tmp_path / "mine.csv"
    path.write_text(
        "\n".join(["text,answer", *(f"{text},{levels[label]}" for text, label in zip(texts, labels, strict=True)), ""]),
        encoding="utf-8",
    )
    return path


def test_the_user_says_what_labels_are_where_their_column_does_not(file: Path, tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path / "run")
    told = tuning_data(workspace, None, file, "text", "answer", None, scale="triage")
    plain = tuning_data(workspace, None, file, "text", "answer", None)
    assert told.scale == "triage" and plain.scale == "nominal"
    assert told.digest != plain.digest


def test_a_data_set_of_the_project_says_it_itself(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--scale ordinal is for a file of your own; 'ktas-sim' says"):
        tuning_data(Workspace.at(tmp_path / "run"), "ktas-sim", None, None, None, None, scale="ordinal")
