"""LightGBM over sparse TF-IDF: our settings against `LGBMClassifier`'s defaults, at the same number of rounds.

    TRIAGE_BENCH_DATA=… python -m benchmarks.speed.boosting [--rounds 100] [--turns 2]

10,000 ynat headlines of the five largest topics, 20,000 columns of character 1–4-grams, one thread
each; macro-F1 on 5,000 others. Both sides come from the training file: our settings were chosen on
samples of 1,000 rows of four data sets, and the official dev rows are not read here.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts.
from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from benchmarks.families.classical import rows_of
from triage_bench.models.lightgbm import TfidfLightGBM
from triage_bench.text.tfidf import TfidfFeatures

ROWS, OTHERS, COLUMNS, CLASSES = 10_000, 5_000, 20_000, 5


def defaults(matrix: Any, codes: NDArray[np.int64], rounds: int) -> Callable[[Any], Any]:
    """Grow trees as the library does when nothing is said."""
    return lightgbm.LGBMClassifier(n_estimators=rounds, n_jobs=1, verbosity=-1).fit(matrix, codes).predict_proba


def ours(matrix: Any, codes: NDArray[np.int64], rounds: int) -> Callable[[Any], Any]:
    """Grow trees with the settings of the family, without its early stopping."""
    model = TfidfLightGBM()
    model.classes_ = np.unique(codes)
    return model.grown(matrix, codes, rounds).predict


def _rows() -> tuple[Any, NDArray[np.int64], Any, NDArray[np.int64]]:
    rows = rows_of("ynat")
    topics, counts = np.unique(rows.labels[rows.train], return_counts=True)
    largest = topics[np.argsort(-counts)[:CLASSES]]
    order = np.random.default_rng(0).permutation(rows.train[np.isin(rows.labels[rows.train], largest)])
    train, others = order[:ROWS], order[ROWS : ROWS + OTHERS]
    features = TfidfFeatures("char_wb:1-4", sublinear_tf=True, max_features=COLUMNS, dtype=np.float32)
    codes = np.searchsorted(np.sort(largest), rows.labels)
    return (
        features.fit_transform(rows.corpus[train]),
        codes[train],
        features.transform(rows.corpus[others]),
        codes[others],
    )


def main() -> None:
    """Print seconds and macro-F1 of both, and the ratio of their seconds."""
    wanted = _arguments()
    warnings.simplefilter("ignore")  # LGBMClassifier names its columns and then misses the names
    matrix, codes, others, truth = _rows()
    print(f"{matrix.shape[0]:,} rows × {matrix.shape[1]:,} columns ({matrix.nnz:,} values), {wanted.rounds} rounds")
    seconds: dict[str, float] = {}
    for _ in range(wanted.turns):  # turn by turn: a neighbour on the machine must not decide the ratio
        for name, grow in {"LGBMClassifier, defaults": defaults, "lightgbm of this package": ours}.items():
            begin = time.process_time()
            predict = grow(matrix, codes, wanted.rounds)
            spent = time.process_time() - begin
            if name not in seconds:
                score = f1_score(truth, np.asarray(predict(others)).argmax(axis=1), average="macro")
                print(f"{name}: macro-F1 {score:.4f}")
            seconds[name] = min(spent, seconds.get(name, spent))
    theirs, own = seconds.values()
    print(f"processor seconds {theirs:.2f} and {own:.2f}, ratio {own / theirs:.3f} (target: at most 0.5)")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--turns", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
