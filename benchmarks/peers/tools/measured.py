"""What every measured tool is given, and how its answers and what they took are written down.

It runs in the environments of the tools: nothing but the standard library, and nothing of triage_bench.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FITTED = "fitted"
"""File that says that fitting has ended: until it is there, the budget's clock runs."""
ANSWERS = "answers.json"

Predict = Callable[[list[str]], Sequence[Any]]


@dataclass(frozen=True, eq=False)
class Given:
    """What a tool learns from, and within what.

    Attributes
    ----------
    texts, labels, groups
        The training rows; rows of one group are paraphrases of one source, None where there are no groups.
    metric
        ``"accuracy"`` or ``"macro_f1"``: what the task is judged by.
    seconds
        The wall-clock budget of fitting.
    scratch
        An empty folder for whatever the tool writes.
    how
        Which variant of the tool is wanted.
    """

    texts: list[str]
    labels: list[int]
    groups: list[int] | None
    metric: str
    seconds: float
    scratch: Path
    how: str


def measured(fit: Callable[[Given], Predict]) -> None:
    """Fit on the task's training rows, answer its other rows, and write both clocks and the peak of memory.

    Parameters
    ----------
    fit
        Learns from the training rows and returns what answers texts. The texts to be answered are read
        after it has returned.
    """
    wanted = _arguments()
    learnt = json.loads((wanted.rows / "train.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory(dir=wanted.out) as scratch:
        given = Given(**learnt, seconds=wanted.seconds, scratch=Path(scratch), how=wanted.how)
        begin = time.perf_counter()
        predict = fit(given)
        fitted = time.perf_counter()
        (wanted.out / FITTED).touch()
        asked = json.loads((wanted.rows / "asked.json").read_text("utf-8"))["texts"]
        start = time.perf_counter()
        answers = [int(one) for one in predict(asked)]
        answered = time.perf_counter()
    found = {
        "answers": answers,
        "fit_seconds": fitted - begin,
        "predict_seconds": answered - start,
        "peak_mib": peak_mib(),
        "said": getattr(predict, "said", ""),
    }
    aside = wanted.out / f"{ANSWERS}.partial"
    aside.write_text(json.dumps(found), "utf-8")
    aside.replace(wanted.out / ANSWERS)
    sys.stdout.flush()
    os._exit(0)  # some tools leave threads or servers that never end by themselves


def peak_mib() -> float:
    """Return the largest resident size of this process since it began, or of one that it started and saw end."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    try:  # getrusage counts what the parent had when it forked this process
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        own = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return max(own, children)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=Path, required=True, help="folder with train.json and asked.json")
    parser.add_argument("--out", type=Path, required=True, help="folder of the answers")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--how", default="")
    return parser.parse_args()
