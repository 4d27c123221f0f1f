"""What the columns beside the text are worth: text alone, columns alone, and both, beside the nurses or the ceilings.

    TRIAGE_BENCH_DATA=… python -m benchmarks.families.columns [--data ktas_moon2019] [--families tfidf-lr,lightgbm,…]
        [--repeats 3] [--trials 0] [--seed 0]
    python -m benchmarks.families.columns --data ktas-sim [--rows 1000]

``ktas_moon2019``: the experts' level, from what is known at triage. Left out is all that came later (diagnosis,
disposition, length of stay) or was made from the label (error group, mistriage); the nurses' level is the yardstick,
never a feature. ``ktas-sim``: the draw with vital signs as its card ``ktas-sim-vitals`` says (``--seed`` draws the
rows as well), beside what the Bayes rule answers from the text and from both: its share of right answers is the
stated ceiling, up to luck.

Five folds, drawn anew in every repeat, as the package's own ``stratified`` protocol cuts them: identical complaints
may stand on both sides, as they will at the next patient. With ``--trials`` each training side is searched over inner
folds of its own. The last line is the plain mean of the probabilities of all models on both: none of them is chosen
and nothing is weighted. Intervals: 95 %, bootstrap over patients, of the mean over repeats.
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
from triage_bench.datasets.cards import card
from triage_bench.datasets.ktas_sim import WITH_VITALS, KtasSim
from triage_bench.metrics import confusion, find
from triage_bench.running.asked_columns import settled
from triage_bench.running.beside import PARAMETER, side_by_side
from triage_bench.running.job import run_job
from triage_bench.running.suite import recipe
from triage_bench.text.corpus import Corpus

FAMILIES = ("tfidf-lr", "linear-svm", "ordinal-lr", "lightgbm")
"""The classical ones that can read columns."""
METRICS = ("accuracy", "qwk", "macro_f1")
RESAMPLES = 1_000

Answers = NDArray[np.int64]
Chances = NDArray[np.float64]


def chances(dataset: Dataset, corpus: Corpus, chosen: Recipe, wanted: argparse.Namespace) -> Chances:
    """Return what each patient's levels are given out of fold, shape (repeats, patients, levels)."""
    protocol = Protocol(
        "stratified", folds=5, repeats=wanted.repeats, tuning=Tuning(trials=wanted.trials, metric="qwk")
    )
    found = np.full((wanted.repeats, len(dataset), len(dataset.label_names)), np.nan)
    for repeat in range(wanted.repeats):
        for fold in range(5):
            job = Job(dataset.name, dataset.digest, chosen, protocol, repeat, fold, wanted.seed)
            said = run_job(job, dataset, corpus).predictions
            assert said is not None
            found[repeat, said.rows] = said.probabilities
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


def real() -> tuple[Dataset, dict[str, Answers]]:
    """Return the patients, and what the nurses answered."""
    whole = load_dataset("ktas_moon2019", Workspace.at(Path("reports/columns")))
    nurses = np.array([[number_in(cell) - 1 for cell in whole.columns["KTAS_RN"]]]).astype(np.int64)
    return with_columns(whole, settled(whole.name, Beside(auto=True))), {"nurses": nurses}


def simulated(rows: int, seed: int) -> tuple[Dataset, dict[str, Answers]]:
    """Return a draw with vital signs, and what the Bayes rule answers from the text and from both."""
    sim = KtasSim(rows=rows, seed=seed, **card(WITH_VITALS).options)
    bayes = {
        f"ceiling of the text ({sim.ceiling():.4f})": sim.posteriors(),
        f"ceiling of both ({sim.ceiling_with_columns():.4f})": sim.posteriors_with_columns(),
    }
    return sim.draw(), {name: chances.argmax(axis=1)[None] for name, chances in bayes.items()}


def main() -> None:
    """Print one line per reading of each family, after what they are measured against."""
    wanted = _arguments()
    dataset, yardsticks = real() if wanted.data == "ktas_moon2019" else simulated(wanted.rows, wanted.seed)
    corpus, classes = Corpus(dataset.texts, side=dataset.side), len(dataset.label_names)
    print(f"{dataset.name}: {len(dataset):,} patients, 5 folds x {wanted.repeats}, {wanted.trials} trials per fold")
    print(f"{'':32}" + "".join(f"{name:>24}" for name in METRICS) + f"{'seconds':>10}")
    for name, known in yardsticks.items():
        _line(name, scored(dataset.labels, known, classes), 0.0)
    both = []
    for family in wanted.families:
        for chosen in side_by_side([recipe(family)], dataset):
            chosen = replace(chosen, params={**chosen.params, **wanted.params}) if wanted.params else chosen
            start = time.perf_counter()
            found = chances(dataset, corpus, chosen, wanted)
            _line(chosen.name, scored(dataset.labels, found.argmax(axis=2), classes), time.perf_counter() - start)
            if chosen.params.get(PARAMETER) == "both":
                both.append(found)
    if len(both) > 1:
        _line(
            f"soft vote of {len(both)} on both",
            scored(dataset.labels, np.mean(both, axis=0).argmax(axis=2), classes),
            0.0,
        )


def _line(name: str, table: list[tuple[float, float, float]], seconds: float) -> None:
    cells = "".join(f"{f'{value:.3f} [{low:.3f}, {high:.3f}]':>24}" for value, low, high in table)
    print(f"{name:32}{cells}{seconds:10.1f}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=("ktas_moon2019", "ktas-sim"), default="ktas_moon2019")
    parser.add_argument("--rows", type=int, default=1_000, help="of ktas-sim")
    parser.add_argument("--families", type=lambda text: tuple(text.split(",")), default=FAMILIES)
    parser.add_argument("--params", type=json.loads, default={}, help="fixed parameters, as JSON")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--trials", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
