"""TensorBoard's event files, from records: one folder per trained network.

``tensorboard --logdir reports/RUN/tensorboard`` shows them. Written through TensorBoard's own
messages, which need neither TensorFlow nor torch; like every other page, derived: deleting the
folder loses nothing.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from triage_bench.core.record import RunRecord
from triage_bench.core.sealed import write_whole
from triage_bench.core.workspace import Workspace
from triage_bench.metrics import score

FILE = "events.out.tfevents.0.triage_bench"
"""TensorBoard looks for the word in the middle; the usual name also tells the time and the host."""

CURVES = {
    "train": ("loss", "train_loss", "score", "train_score"),
    "validation": ("loss", "validation_loss", "score", "validation_score"),
}
"""Rows of these names become runs of their own with the same tags, so that their curves share a chart."""

OTHERS = ("learning_rate", "grad_norm")
METRIC = "macro_f1"
TAG_LENGTH = 80


def write_event_files(records: Iterable[RunRecord], workspace: Workspace) -> int:
    """Write the event files of records that hold a training history and have none yet; return how many did.

    Parameters
    ----------
    records
        Any records; those of models that do not learn in epochs are passed over.
    workspace
        Files go to its ``tensorboard`` folder.
    """
    written = 0
    for record in records:
        if not record.history:
            continue
        folder = workspace.tensorboard / job_folder(record)
        if not (folder / FILE).exists():
            _write_job(record, folder)
            written += 1
    return written


def job_folder(record: RunRecord) -> str:
    """Return the folder of a record: what it is, for people, and enough of its key to be the only one."""
    job = record.job
    words = (job.dataset, job.recipe.name, job.protocol.purpose, "tuned" if job.protocol.tuning.trials else "default")
    said = ".".join(map(folder_name, words))
    return f"{said[:TAG_LENGTH]}.r{job.repeat}f{job.fold}.{job.key[:8]}"


def folder_name(word: str) -> str:
    """Return a word as part of a folder's name."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in word).strip("-")


def _write_job(record: RunRecord, folder: Path) -> None:
    for name, (loss, loss_key, points, score_key) in CURVES.items():
        scalars = [
            (int(entry["epoch"]), tag, entry[key])
            for entry in record.history
            for tag, key in ((loss, loss_key), (points, score_key))
            if key in entry
        ]
        if scalars:
            write_events(folder / name, [_scalar(*one, when=_when(record, one[0])) for one in scalars])
    events = [_hyperparameters(record)]
    for entry in record.history:
        epoch = int(entry["epoch"])
        events += [_scalar(epoch, key, entry[key], when=_when(record, epoch)) for key in OTHERS if key in entry]
    if record.predictions is not None and len(record.predictions):
        classes = record.predictions.probabilities.shape[1]
        reached = score(METRIC, record.predictions, classes)
        last = len(record.history)
        events.append(_scalar(last, f"scored rows/{METRIC}", reached, when=_when(record, last)))
    write_events(folder, events)


def _when(record: RunRecord, epoch: int) -> float:
    """Spread the epochs over the time the fit took; records do not hold the clock."""
    return time.time() - record.timings.get("fit", 0.0) * (1 - epoch / len(record.history))


def _scalar(step: int, tag: str, value: float, *, when: float) -> Any:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Event(wall_time=when, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))


def text_event(tag: str, markdown: str) -> Any:
    """Return a text for TensorBoard's tab "Text"."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING
    from tensorboard.plugins.text import metadata

    about = metadata.create_summary_metadata(display_name=tag, description="")
    tensor = TensorProto(dtype=DT_STRING, string_val=[markdown.encode()])
    return Event(wall_time=0.0, step=0, summary=Summary(value=[Summary.Value(tag=tag, metadata=about, tensor=tensor)]))


def _hyperparameters(record: RunRecord) -> Any:
    """Return what TensorBoard's table of hyperparameters is made of: one row per job."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.plugins.hparams import metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

    start = SessionStartInfo(group_name=record.job.key[:8], start_time_secs=_when(record, 0))
    for name, value in _chosen(record).items():
        if isinstance(value, bool):
            start.hparams[name].bool_value = value
        elif isinstance(value, int | float):
            start.hparams[name].number_value = value
        else:
            start.hparams[name].string_value = str(value)
    content = HParamsPluginData(session_start_info=start, version=metadata.PLUGIN_DATA_VERSION).SerializeToString()
    about = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=metadata.PLUGIN_NAME, content=content))
    value = Summary.Value(tag=metadata.SESSION_START_INFO_TAG, metadata=about, tensor=metadata.NULL_TENSOR)
    return Event(wall_time=_when(record, 0), summary=Summary(value=[value]))


def _chosen(record: RunRecord) -> Mapping[str, Any]:
    job = record.job
    where = {"data set": job.dataset, "model": job.recipe.model, "purpose": job.protocol.purpose, "fold": job.fold}
    return {**where, **dict(record.params)}


def write_events(folder: Path, events: Iterable[Any]) -> None:
    """Write messages as an event file of their own."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    stream = io.BytesIO()
    writer = RecordWriter(stream)
    writer.write(Event(wall_time=0.0, file_version="brain.Event:2").SerializeToString())
    for event in events:
        writer.write(event.SerializeToString())
    folder.mkdir(parents=True, exist_ok=True)
    # Not synchronised to disk: what is derived can be derived again.
    write_whole(folder / FILE, stream.getvalue(), lasting=False)
