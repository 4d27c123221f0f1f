"""How a record stands in its file: plain data, and the answers as an ``npz`` archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.explanation import Explanation
from triage_bench.core.job import Job
from triage_bench.core.packed import pack, unpack
from triage_bench.core.record import RECORD_SCHEMA, Predictions, RunRecord, Trial
from triage_bench.core.sentence import Notice
from triage_bench.core.space import Space

WHOLE = "rows-labels-predicted-units"
"""The archive's member of whole numbers, one row of it for each."""
_WHOLE_NUMBERS = WHOLE.split("-")


def form_of(record: RunRecord) -> tuple[dict[str, Any], bytes]:
    """Return a record as plain data for JSON, and its answers as an archive: empty where there are none."""
    plain = {
        "schema": RECORD_SCHEMA,
        "job": record.job.to_dict(),
        "status": record.status,
        "reason": record.reason,
        "train_rows": record.train_rows,
        "params": dict(record.params),
        "space": None if record.space is None else record.space.to_dict(),
        "trials": [{**asdict(trial), "params": dict(trial.params)} for trial in record.trials],
        "inner_score": record.inner_score,
        "history": [dict(epoch) for epoch in record.history],
        "facts": dict(record.facts),
        "timings": dict(record.timings),
        "environment": dict(record.environment),
        "notices": [notice.to_dict() for notice in record.notices],
        **({} if record.explanation is None else {"explanation": record.explanation.to_dict()}),
    }
    return plain, b"" if record.predictions is None else pack(_narrow(record.predictions))


def record_of(plain: Mapping[str, Any], archive: bytes) -> RunRecord:
    """Return the record that `form_of` took apart."""
    return RunRecord(
        job=Job.from_dict(plain["job"]),
        status=plain["status"],
        reason=plain["reason"],
        predictions=_answers(archive) if archive else None,
        train_rows=plain["train_rows"],
        params=plain["params"],
        space=None if plain["space"] is None else Space.from_dict(plain["space"]),
        trials=tuple(Trial(**trial) for trial in plain["trials"]),
        inner_score=plain["inner_score"],
        history=tuple(plain["history"]),
        facts=plain["facts"],
        timings=plain["timings"],
        environment=plain["environment"],
        notices=tuple(Notice.from_dict(notice) for notice in plain["notices"]),
        explanation=Explanation.from_dict(plain["explanation"]) if "explanation" in plain else None,
    )


def _answers(archive: bytes) -> Predictions:
    arrays = unpack(archive)
    if WHOLE not in arrays:  # of schema 1: each in a member of its own
        arrays[WHOLE] = np.stack([arrays[name] for name in _WHOLE_NUMBERS])
    whole = arrays[WHOLE].astype(np.int64)
    return Predictions(probabilities=arrays["probabilities"], **dict(zip(_WHOLE_NUMBERS, whole, strict=True)))


def _narrow(predictions: Predictions) -> dict[str, NDArray[Any]]:
    """Return the answers with all whole numbers in one array, in as few bytes as they need.

    A run has thousands of such files, and each further array takes as long to pack as its content.
    """
    whole = np.stack([getattr(predictions, name) for name in _WHOLE_NUMBERS])
    reach = int(whole.view(np.uint64).max(initial=0))  # what is below zero counts as very large
    least = np.int16 if reach < 2**15 else np.int32 if reach < 2**31 else np.int64
    return {WHOLE: whole.astype(least), "probabilities": predictions.probabilities}
