"""TensorBoard reads what records hold of a training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import factory
import numpy as np
import pytest

from triage_bench.core.exhibit import Exhibit
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.workspace import Workspace
from triage_bench.report.tensorboard import folder_name, job_folder, write_event_files
from triage_bench.report.tensorboard_rows import write_row_files
from triage_bench.report.view import build_view

HISTORY = tuple(
    {
        "epoch": float(epoch),
        "train_loss": 1.0 / epoch,
        "train_score": 0.1 * epoch,
        "validation_loss": 1.1 / epoch,
        "validation_score": 0.09 * epoch,
        "learning_rate": 0.01,
        "grad_norm": 0.5,
    }
    for epoch in range(1, 5)
)


@pytest.fixture
def record() -> RunRecord:
    job = Job("내 자료/1", "digest", Recipe("lstm", {"tokenizer": "mecab"}), Protocol("near-duplicate"))
    rows = np.arange(4)
    labels = np.array([0, 1, 0, 1])
    answers = Predictions(rows, labels, labels, np.eye(2, dtype=np.float32)[labels], rows)
    params = {"hidden": 8, "dropout": 0.3, "refit": True, "max_length": None, "schedule": "cosine"}
    return RunRecord(job, "ok", predictions=answers, history=HISTORY, params=params, timings={"fit": 8.0})


def read(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder))
    found.Reload()
    return found


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    found = read(folder)
    return {tag: [(one.step, round(one.value, 5)) for one in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


@pytest.mark.filterwarnings("ignore")  # TensorBoard's reader meets a newer protobuf
def test_tensorboard_reads_every_number_of_the_history(record: RunRecord, tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path)
    assert write_event_files([record], workspace) == 1
    folder = workspace.tensorboard / job_folder(record)
    for rows in ("train", "validation"):
        found = scalars(folder / rows)
        for tag in ("loss", "score"):
            expected = [(int(one["epoch"]), round(one[f"{rows}_{tag}"], 5)) for one in HISTORY]
            assert found[tag] == expected
    found = scalars(folder)
    assert found["learning_rate"] == [(epoch, 0.01) for epoch in range(1, 5)]
    assert found["grad_norm"] == [(epoch, 0.5) for epoch in range(1, 5)]
    assert found["scored rows/macro_f1"] == [(4, 1.0)]


@pytest.mark.filterwarnings("ignore")
def test_tensorboard_reads_the_parameters(record: RunRecord, tmp_path: Path) -> None:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    write_event_files([record], Workspace.at(tmp_path))
    found = read(tmp_path / "tensorboard" / job_folder(record))
    content = found.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    given = HParamsPluginData.FromString(content).session_start_info.hparams
    assert given["hidden"].number_value == 8 and given["refit"].bool_value is True
    assert given["schedule"].string_value == "cosine" and given["max_length"].string_value == "None"
    assert given["data set"].string_value == "내 자료/1"


def test_what_is_there_is_not_written_again_and_what_was_deleted_is(record: RunRecord, tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path)
    assert write_event_files([record], workspace) == 1
    assert write_event_files([record], workspace) == 0
    (folder,) = workspace.tensorboard.iterdir()
    next(folder.glob("events*")).unlink()
    assert write_event_files([record], workspace) == 1


def test_models_without_epochs_and_failures_leave_no_file(record: RunRecord, tmp_path: Path) -> None:
    failed = RunRecord(record.job, "failed", "it broke")
    assert write_event_files([replace(record, history=()), failed], Workspace.at(tmp_path)) == 0
    assert not (tmp_path / "tensorboard").exists()


def test_a_folder_tells_the_job_and_stays_inside_the_run(record: RunRecord) -> None:
    job = replace(record.job, dataset="../../etc", fold=3)
    name = job_folder(replace(record, job=job))
    assert "/" not in name and not name.startswith(".") and ".r0f3." in name and name.endswith(job.key[:8])
    assert job_folder(record).startswith("내-자료-1.lstm-mecab.benchmark.default.r0f0.")


def test_no_word_of_the_machine_is_in_the_files(record: RunRecord, tmp_path: Path) -> None:
    import socket

    write_event_files([record], Workspace.at(tmp_path))
    for path in (tmp_path / "tensorboard").rglob("*"):
        assert socket.gethostname() not in path.name
        assert not path.is_file() or str(tmp_path).encode() not in path.read_bytes()


@pytest.fixture(scope="module")
def rows() -> tuple[dict[str, Any], dict[str, Exhibit]]:
    run = factory.build_run()
    exhibits = factory.exhibits(run)
    return build_view(run, exhibits=exhibits, seconds=1.0), exhibits


@pytest.mark.filterwarnings("ignore")
def test_errors_stand_in_tensorboard_as_text_that_is_no_markup(
    rows: tuple[dict[str, Any], dict[str, Exhibit]], tmp_path: Path
) -> None:
    view, exhibits = rows
    workspace = Workspace.at(tmp_path)
    write_row_files(view, exhibits, workspace)
    folders = sorted(workspace.tensorboard.glob("rows.*"))
    assert len(folders) == len(view["examples"]) > 0
    entry = view["examples"][0]
    found = read(next(one for one in folders if folder_name(entry["dataset"]) in one.name))
    (tag,) = [one for one in found.Tags()["tensors"] if one.startswith("errors/")]
    table = found.Tensors(tag)[0].tensor_proto.string_val[0].decode()
    assert len(table.splitlines()) == 2 + len(entry["errors"])
    assert "갑자기" in table and "<" not in table


def test_what_stands_is_left_and_what_is_damaged_is_written_again(
    rows: tuple[dict[str, Any], dict[str, Exhibit]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace.at(tmp_path)
    write_row_files(*rows, workspace)
    sound = {path: path.read_bytes() for path in workspace.tensorboard.rglob("*") if path.is_file()}
    with monkeypatch.context() as closed:
        closed.delattr("triage_bench.report.tensorboard_rows.write_events")
        write_row_files(*rows, workspace)
    for path in sound:
        path.write_bytes(b"\xff")
        write_row_files(*rows, workspace)
        assert {one: one.read_bytes() for one in workspace.tensorboard.rglob("*") if one.is_file()} == sound


def test_the_projector_finds_every_point_of_the_map(
    rows: tuple[dict[str, Any], dict[str, Exhibit]], tmp_path: Path
) -> None:
    from google.protobuf import text_format
    from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

    view, exhibits = rows
    workspace = Workspace.at(tmp_path)
    write_row_files(view, exhibits, workspace)
    found = view["maps"][0]
    folder = workspace.tensorboard / f"rows.{folder_name(found['dataset'])}"
    config = text_format.Parse((folder / "projector_config.pbtxt").read_text(), ProjectorConfig())
    coordinates = np.loadtxt(folder / config.embeddings[0].tensor_path, delimiter="\t")
    about = (folder / config.embeddings[0].metadata_path).read_text("utf-8").splitlines()
    assert coordinates.shape == (found["shown"], 3)
    assert len(about) == 1 + found["shown"] and all(line.count("\t") == 3 for line in about)
    assert sum(line.split("\t")[2] == "wrong" for line in about) == found["wrong"]


def test_texts_that_are_no_longer_shown_leave_tensorboard(
    rows: tuple[dict[str, Any], dict[str, Exhibit]], tmp_path: Path
) -> None:
    view, exhibits = rows
    workspace = Workspace.at(tmp_path)
    write_row_files(view, exhibits, workspace)
    assert any("갑자기".encode() in path.read_bytes() for path in workspace.tensorboard.rglob("*") if path.is_file())
    closed = {
        name: replace(
            one,
            texts=False,
            shown=tuple(replace(row, text="", neighbours=()) for row in one.shown),
            points=tuple(replace(point, text="") for point in one.points),
        )
        for name, one in exhibits.items()
    }
    write_row_files(build_view(factory.build_run(), exhibits=closed, seconds=1.0), closed, workspace)
    files = [path for path in workspace.tensorboard.rglob("*") if path.is_file()]
    assert files and not any("갑자기".encode() in path.read_bytes() for path in files)
