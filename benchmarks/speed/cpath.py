"""The C path of logistic regression: warm-started on merged columns, against independent fits.

    TRIAGE_BENCH_DATA=… python -m benchmarks.speed.cpath [--data ynat|nsmc] [--rows 2000] [--points 10]

Prints processor seconds of both (one thread), their ratio, and how far each is from the optimum:
the objective above that of a solution with a hundredth of the tolerance, as a share of it.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts.
from __future__ import annotations

import argparse
import os
import time
import warnings
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.families.classical import rows_of
from triage_bench.models.cpath import regression_path
from triage_bench.models.merged import merged
from triage_bench.text.tfidf import TfidfFeatures


def objective(matrix: Any, codes: NDArray[np.int64], C: float, coef: Any, intercept: Any) -> float:
    """Return scikit-learn's objective per row; of two classes, both rows of the margins are written out."""
    margins = np.asarray(matrix @ coef.T) + intercept
    if margins.shape[1] == 1:
        margins = np.column_stack((np.zeros(len(margins)), margins))
    loss = np.logaddexp.reduce(margins, axis=1) - margins[np.arange(len(codes)), codes]
    return float(loss.mean() + 0.5 * (coef**2).sum() / (C * len(codes)))


def main() -> None:
    arguments = _arguments()
    rows = rows_of(arguments.data)
    pick = np.random.default_rng(0).permutation(rows.train)[: arguments.rows]
    codes = np.unique(rows.labels[pick], return_inverse=True)[1]
    matrix = TfidfFeatures("char_wb:1-4", sublinear_tf=True).fit_transform(rows.corpus[pick])
    grid = np.geomspace(0.1, 300.0, arguments.points).tolist()
    warnings.simplefilter("ignore")

    begin = time.process_time()
    alone = [LogisticRegression(C=C, solver="newton-cg").fit(matrix, codes) for C in grid]
    independent = time.process_time() - begin
    begin = time.process_time()
    path = regression_path(matrix, codes, grid)
    together = time.process_time() - begin
    begin = time.process_time()
    joined = merged(matrix)
    merging = time.process_time() - begin
    best = regression_path(matrix, codes, grid, tol=1e-6, max_iter=1_000)

    print(f"{arguments.data}, {matrix.shape[0]:,} rows × {matrix.shape[1]:,} columns ({matrix.nnz:,} values)")
    print(f"merged to {joined.matrix.shape[1]:,} columns ({joined.matrix.nnz:,} values) in {merging:.2f} s")
    print(f"independent fits (newton-cg, {arguments.points} values of C) {independent:8.2f} s")
    print(f"path, merging included                         {together:8.2f} s")
    print(f"ratio                                          {together / independent:8.3f}   (target: at most 0.333)")
    print(f"{'C':>10}{'excess, alone':>16}{'excess, path':>16}{'answers alike':>16}")
    for C, one, point, optimum in zip(grid, alone, path, best, strict=True):
        least = objective(matrix, codes, C, optimum.coef, optimum.intercept)
        apart = objective(matrix, codes, C, one.coef_, one.intercept_) / least - 1
        ours = objective(matrix, codes, C, point.coef, point.intercept) / least - 1
        alike = np.mean(one.predict(matrix) == point.probabilities(matrix).argmax(axis=1))
        print(f"{C:10.3g}{apart:16.1e}{ours:16.1e}{alike:16.4f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="ynat", choices=("ynat", "nsmc", "ktas_symptom", "T1", "T2", "T3"))
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--points", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    main()
