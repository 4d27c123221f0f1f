"""One measurement: a process of its own, on one core, that is ended when its time is up."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sklearn.metrics import accuracy_score, f1_score

from benchmarks.peers.environments import python_of, version_of
from benchmarks.peers.plan import Measurement
from benchmarks.peers.tools.measured import ANSWERS, FITTED

ROOT = Path(__file__).resolve().parents[2]
ANSWER_SECONDS = 600.0
"""How long a fitted tool may take to answer."""
LOOK_SECONDS = 0.1

_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
        "LOKY_MAX_CPU_COUNT",
    ),
    "1",
)
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True)
class Result:
    """What came of a measurement; figures are None where the tool did not answer.

    Attributes
    ----------
    outcome
        ``"answered"``, ``"not fitted in time"``, ``"not answered in time"``, ``"failed"`` or ``"not installed"``.
    said
        The tool's version, what it said of itself, or the last line of its error.
    """

    task: str
    peer: str
    seconds: float
    outcome: str
    said: str = ""
    accuracy: float | None = None
    macro_f1: float | None = None
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    peak_mib: float | None = None

    @property
    def key(self) -> tuple[str, str, float]:
        """As `Measurement.key`."""
        return self.task, self.peer, self.seconds

    def line(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def measure(measurement: Measurement, work: Path, core: int) -> Result:
    """Run a tool on one core and score what it answers."""
    python = python_of(measurement.peer, work)
    if python is None:
        return Result(*measurement.key, "not installed", "see --install")
    os.sched_setaffinity(0, {core})  # of this thread; the process that it starts inherits it
    with tempfile.TemporaryDirectory(dir=work) as folder:
        out = Path(folder)
        outcome = _run(python, measurement, work, out)
        if outcome == "answered":
            return _scored(measurement, work, json.loads((out / ANSWERS).read_text("utf-8")))
        log = [line.strip() for line in (out / "log").read_text("utf-8", "replace").splitlines() if line.strip()]
    return Result(*measurement.key, outcome, log[-1][:300] if log and outcome == "failed" else "")


def _run(python: Path, measurement: Measurement, work: Path, out: Path) -> str:
    """Start the process, wait for it, and say how it ended."""
    command = [str(python), "-m", measurement.peer.module, "--seconds", str(measurement.seconds)]
    command += ["--rows", str((work / "rows" / measurement.task).resolve()), "--out", str(out.resolve())]
    command += ["--how", measurement.peer.how]
    environment = {**os.environ, **_ONE_THREAD, **_OFFLINE, "PYTHONPATH": str(ROOT)}
    with (out / "log").open("w") as log:
        # Some tools leave files where they are started.
        process = subprocess.Popen(
            command, cwd=out, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            return _awaited(process, measurement.seconds, out)
        finally:
            _end_group(process)


def _awaited(process: subprocess.Popen[bytes], seconds: float, out: Path) -> str:
    limit, deadline = "not fitted in time", time.monotonic() + 1.5 * seconds + 60.0
    while process.poll() is None:
        if limit == "not fitted in time" and (out / FITTED).is_file():
            limit, deadline = "not answered in time", time.monotonic() + ANSWER_SECONDS
        if time.monotonic() > deadline:
            return limit
        time.sleep(LOOK_SECONDS)
    return "answered" if process.returncode == 0 and (out / ANSWERS).is_file() else "failed"


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it started: its group has no other members."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _scored(measurement: Measurement, work: Path, found: dict[str, Any]) -> Result:
    truth = json.loads((work / "truth" / f"{measurement.task}.json").read_text("utf-8"))["labels"]
    said = " ".join(filter(None, (version_of(measurement.peer, work), found["said"])))
    return Result(
        *measurement.key,
        outcome="answered",
        said=said,
        accuracy=float(accuracy_score(truth, found["answers"])),
        macro_f1=float(f1_score(truth, found["answers"], average="macro")),
        fit_seconds=found["fit_seconds"],
        predict_seconds=found["predict_seconds"],
        peak_mib=found["peak_mib"],
    )


def read_results(path: Path) -> list[Result]:
    """Return the results that are stored; a line that a kill cut short is left out."""
    found = []
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        try:
            found.append(Result(**json.loads(line)))
        except (ValueError, TypeError):
            sys.stderr.write(f"{path.name}: a line is cut short and left out\n")
    return found


def add_result(path: Path, result: Result) -> None:
    """Append a result, on a line of its own even where a kill cut the last one short."""
    whole = not path.is_file() or path.read_text("utf-8").endswith("\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(("" if whole else "\n") + result.line() + "\n")
