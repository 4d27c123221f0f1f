"""What the columns beside the text are worth: text alone, columns alone, and both, beside the nurses.

    TRIAGE_BENCH_DATA=… python -m benchmarks.families.columns [--families tfidf-lr,lightgbm] [--repeats 3]
        [--trials 0] [--seed 0]

Data: ``ktas_moon2019``, the experts' level, from what is known at triage. Left out is all that came later
(diagnosis, disposition, length of stay) or was made from the label (error group, mistriage); the nurses' level
is the yardstick, never a feature. Five folds, drawn anew in every repeat, as the package's own ``stratified``
protocol cuts them: identical complaints may stand on both sides, as they will at the next patient. With
``--trials`` each training side is searched over inner folds of its own. Intervals: 95 %, bootstrap over
patients, of the mean over repeats.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts.
from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import replace
from pathlib import Path

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.seeds import generator_for
from triage_bench.core.side_columns import number_in
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import load_dataset
from triage_bench.datasets.beside import Beside, with_columns
from triage_bench.metrics import confusion, find
from triage_bench.running.beside import side_by_side
from triage_bench.running.job import run_job
from triage_bench.running.suite import recipe
from triage_bench.text.corpus import Corpus

NUMERIC = ("Age", "Patients number per hour", "NRS_pain", "SBP", "DBP", "HR", "RR", "BT", "Saturation")
CATEGORICAL = ("Group", "Sex", "Arrival mode", "Injury", "Mental", "Pain")
METRICS = ("accuracy", "qwk", "macro_f1")
RESAMPLES = 1_000

Answers = NDArray[np.int64]


def answers(dataset: Dataset, corpus: Corpus, chosen: Recipe, wanted: argparse.Namespace) -> Answers:
    """Return what was answered each patient out of fold, shape (repeats, patients)."""
    protocol = Protocol(
        "stratified", folds=5, repeats=wanted.repeats, tuning=Tuning(trials=wanted.trials, metric="qwk")
    )
    found = np.full((wanted.repeats, len(dataset)), -1, dtype=np.int64)
    for repeat in range(wanted.repeats):
        for fold in range(5):
            job = Job(dataset.name, dataset.digest, chosen, protocol, repeat, fold, wanted.seed)
            said = run_job(job, dataset, corpus).predictions
            assert said is not None
            found[repeat, said.rows] = said.predicted
    return found


def scored(given: Answers, found: Answers, classes: int) -> list[tuple[float, float, float]]:
    """Return mean, low and high of every metric over the repeats."""
    draws = generator_for("columns", "bootstrap").integers(0, len(given), (RESAMPLES, len(given)))
    whole = np.arange(len(given))[None]
    table = []
    for name in METRICS:
        mean, spread = (_means(name, given, found, rows, classes) for rows in (whole, draws))
        low, high = np.quantile(spread, (0.025, 0.975))
        table.append((float(mean[0]), float(low), float(high)))
    return table


def _means(name: str, given: Answers, found: Answers, rows: Answers, classes: int) -> NDArray[np.float64]:
    """Return a metric of each draw of patients, the mean over repeats, shape (draws,)."""
    from_counts = find(name).from_counts
    assert from_counts is not None
    counts = np.array([[confusion(given[one], answers[one], classes) for answers in found] for one in rows])
    return np.asarray(from_counts(counts), dtype=np.float64).mean(axis=1)


def main() -> None:
    """Print one line per reading of each family, and the nurses' own."""
    wanted = _arguments()
    whole = load_dataset("ktas_moon2019", Workspace.at(Path("reports/columns")))
    dataset = with_columns(whole, Beside(NUMERIC, CATEGORICAL))
    corpus, classes = Corpus(dataset.texts, side=dataset.side), len(dataset.label_names)
    print(f"{dataset.name}: {len(dataset):,} patients, 5 folds x {wanted.repeats}, {wanted.trials} trials per fold")
    print(f"{'':32}" + "".join(f"{name:>24}" for name in METRICS) + f"{'seconds':>10}")
    nurses = np.array([[number_in(cell) - 1 for cell in whole.columns["KTAS_RN"]]]).astype(np.int64)
    _line("nurses", scored(dataset.labels, nurses, classes), 0.0)
    for family in wanted.families:
        for chosen in side_by_side([recipe(family)], dataset):
            chosen = replace(chosen, params={**chosen.params, **wanted.params}) if wanted.params else chosen
            start = time.perf_counter()
            found = answers(dataset, corpus, chosen, wanted)
            _line(chosen.name, scored(dataset.labels, found, classes), time.perf_counter() - start)


def _line(name: str, table: list[tuple[float, float, float]], seconds: float) -> None:
    cells = "".join(f"{f'{value:.3f} [{low:.3f}, {high:.3f}]':>24}" for value, low, high in table)
    print(f"{name:32}{cells}{seconds:10.1f}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", type=lambda text: tuple(text.split(",")), default=("tfidf-lr", "lightgbm"))
    parser.add_argument("--params", type=json.loads, default={}, help="fixed parameters, as JSON")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--trials", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
