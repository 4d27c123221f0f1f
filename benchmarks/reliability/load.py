"""A million rows through file, tokens, features and model on one split; five thousand jobs in one store.

Every size runs in a process of its own, whose peak memory the kernel tells. The texts are nsmc's, repeated with
variations, so that neither duplicates nor a small vocabulary make it easier than it is.
"""

from __future__ import annotations

import csv
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.reliability.result import Result

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (1_000, 3_000)
MOST_MEMORY = 12 * 2**30
STEEPEST = 1.1
"""Time may grow with the rows to this power."""
JOBS, QUICK_JOBS = 5_000, 200
MOST_SECONDS = 10.0
ENDINGS = ["다", "요", "네", "죠", "음", "임", "듯", "걸", "까", "지"]


@dataclass(frozen=True)
class Measured:
    """What one size cost.

    Attributes
    ----------
    rows
        Rows in the file.
    seconds
        Processor time of reading and of the job, imports left out.
    read, fitted
        Seconds of the clock to read the file, and to split, tokenise, fit and answer.
    memory
        Peak of resident bytes.
    score
        Accuracy on the test side: it did learn.
    """

    rows: int
    seconds: float
    read: float
    fitted: float
    memory: int
    score: float


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Measure both loads."""
    found = [*_many_jobs(QUICK_JOBS if quick else JOBS, seed)]
    return [*_many_rows(QUICK_SIZES if quick else SIZES, seed), *found]


def _many_rows(sizes: Sequence[int], seed: int) -> Iterator[Result]:
    texts = Path(os.environ.get("TRIAGE_BENCH_DATA", "")) / "nsmc" / "ratings_train.txt"
    if not texts.is_file():
        sys.stderr.write("load: TRIAGE_BENCH_DATA names no nsmc; nothing measured\n")
        return
    measured = []
    with TemporaryDirectory(prefix="triage-bench-load-") as folder:
        for rows in sizes:
            path = Path(folder) / f"{rows}.csv"
            write_rows(path, texts, rows, seed)
            command = [sys.executable, "-m", "benchmarks.reliability.load", str(path), str(seed)]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            path.unlink()
            if ended.returncode:
                yield Result(f"{rows:,} rows", 1, 0, f"ended with {ended.returncode}: {ended.stderr[-200:]}")
                return
            measured.append(Measured(**json.loads(ended.stdout)))
            sys.stderr.write(f"load: {measured[-1]}\n")
    last, first = measured[-1], measured[0]
    power = math.log(last.seconds / first.seconds) / math.log(last.rows / first.rows)
    for one in measured:
        note = (
            f"{one.memory / 2**30:.2f} GiB at the peak, {one.seconds:.0f} s of processor time "
            f"(file read in {one.read:.0f} s, the job {one.fitted:.0f} s by the clock), accuracy {one.score:.3f}"
        )
        yield Result(
            f"{one.rows:,} rows read, TF-IDF of characters, logistic regression", 1, one.memory <= MOST_MEMORY, note
        )
    steps = [math.log(b.seconds / a.seconds) / math.log(b.rows / a.rows) for a, b in pairwise(measured)]
    yield Result(
        f"time grows no faster than rows to the power {STEEPEST}",
        1,
        power <= STEEPEST,
        f"power {power:.2f} from {first.rows:,} to {last.rows:,} rows; by step {', '.join(f'{s:.2f}' for s in steps)}",
    )


def write_rows(path: Path, texts: Path, rows: int, seed: int) -> None:
    """Write a data file: nsmc's texts in a random order, from the second round on with other words and endings."""
    draw = np.random.default_rng(seed)
    with texts.open(encoding="utf-8") as stream:
        own = [line.rstrip("\n").split("\t")[1:] for line in stream][1:]
    own = [one for one in own if one[0].strip()]
    order = draw.permutation(len(own))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("text", "label"))
        for number in range(rows):
            text, label = own[int(order[number % len(own)])]
            writer.writerow((_varied(text, number, draw) if number >= len(own) else text, label))


def _varied(text: str, number: int, draw: np.random.Generator) -> str:
    words = text.split()
    draw.shuffle(words)
    return f"{' '.join(words)} {number % 977}번째{ENDINGS[number % len(ENDINGS)]}"


def measure(path: Path, seed: int) -> Measured:
    """Read a file and run one job on one split of it, in this process.

    A job on a handful of rows comes first: what is imported and made once would flatter the growth.
    """
    from triage_bench.core.dataset import Dataset
    from triage_bench.core.job import Job, Recipe
    from triage_bench.core.protocol import Protocol
    from triage_bench.core.record import RunRecord
    from triage_bench.datasets import read_file
    from triage_bench.running.job import run_job
    from triage_bench.text.corpus import Corpus

    def job_on(rows: Dataset) -> RunRecord:
        recipe = Recipe("tfidf-lr", {"tokenizer": "char"})
        job = Job(rows.name, rows.digest, recipe, Protocol("stratified"), seed=seed)
        return run_job(job, rows, Corpus(rows.texts))

    labels = np.repeat((0, 1), 50)
    job_on(Dataset("first", tuple(f"글 {number} {label}" for number, label in enumerate(labels)), labels, ("0", "1")))
    busy, begin = time.process_time(), time.perf_counter()
    rows = read_file(path, text="text", label="label")
    read = time.perf_counter() - begin
    begin = time.perf_counter()
    record = job_on(rows)
    fitted = time.perf_counter() - begin
    assert record.predictions is not None
    return Measured(
        len(rows),
        time.process_time() - busy,
        read,
        fitted,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        float((record.predictions.predicted == record.predictions.labels).mean()),
    )


def _many_jobs(jobs: int, seed: int) -> Iterator[Result]:
    from benchmarks.reliability.many_jobs import measured

    with TemporaryDirectory(prefix="triage-bench-jobs-") as folder:
        found = measured(Path(folder), jobs, seed)
    total = sum(found.values())
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found.items())
    yield Result(
        f"{jobs:,} jobs in one store: plan, resume and table in {MOST_SECONDS:.0f} s", 1, total <= MOST_SECONDS, parts
    )


if __name__ == "__main__":
    print(json.dumps(asdict(measure(Path(sys.argv[1]), int(sys.argv[2])))))
