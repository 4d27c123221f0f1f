"""The C path of logistic regression: warm-started on merged columns, against independent fits.

    TRIAGE_BENCH_DATA=… python -m benchmarks.speed.cpath [--data ynat|nsmc] [--rows 2000] [--points 10]

Prints processor seconds (one thread, the quickest of three turns) and their ratios, with three ways to
fit each C alone, and how far from the optimum the fits end: the objective above that of a solution
with a hundredth of the tolerance, as a share of it.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts.
from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.families.classical import rows_of
from triage_bench.models.cpath import FULL_TOLERANCE_C, regression_path
from triage_bench.models.merged import merged
from triage_bench.text.tfidf import TfidfFeatures


def objective(matrix: Any, codes: NDArray[np.int64], C: float, coef: Any, intercept: Any) -> float:
    """Return scikit-learn's objective per row; of two classes, both rows of the margins are written out."""
    margins = np.asarray(matrix @ coef.T) + intercept
    if margins.shape[1] == 1:
        margins = np.column_stack((np.zeros(len(margins)), margins))
    loss = np.logaddexp.reduce(margins, axis=1) - margins[np.arange(len(codes)), codes]
    return float(loss.mean() + 0.5 * (coef**2).sum() / (C * len(codes)))


def _independent(matrix: Any, codes: NDArray[np.int64], grid: list[float], *, solver: str, even: bool = False) -> Any:
    """Fit each C from nothing; `even` with the tolerance that the path asks for at that C."""
    tolerances = [1e-4 * min(1.0, FULL_TOLERANCE_C / C) if even else 1e-4 for C in grid]
    return [
        LogisticRegression(C=C, solver=solver, tol=tol, max_iter=1_000).fit(matrix, codes)
        for C, tol in zip(grid, tolerances, strict=True)
    ]


def _timed(way: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.process_time()
    return way(), time.process_time() - begin


def main() -> None:
    arguments = _arguments()
    rows = rows_of(arguments.data)
    pick = np.random.default_rng(0).permutation(rows.train)[: arguments.rows]
    codes = np.unique(rows.labels[pick], return_inverse=True)[1]
    matrix = TfidfFeatures("char_wb:1-4", sublinear_tf=True).fit_transform(rows.corpus[pick])
    grid = np.geomspace(0.1, 300.0, arguments.points).tolist()
    warnings.simplefilter("ignore")

    ways = {
        "newton-cg, the path's stopping rule": partial(
            _independent, matrix, codes, grid, solver="newton-cg", even=True
        ),
        "newton-cg, its own stopping rule": partial(_independent, matrix, codes, grid, solver="newton-cg"),
        "lbfgs, scikit-learn's default": partial(_independent, matrix, codes, grid, solver="lbfgs"),
        "path, merging included": partial(regression_path, matrix, codes, grid),
    }
    # Turn by turn, and the quickest of each: a neighbour on the machine must not decide the ratio.
    turns = [{name: _timed(way) for name, way in ways.items()} for _ in range(3)]
    seconds = {name: min(turn[name][1] for turn in turns) for name in ways}
    alone, path = turns[0]["newton-cg, its own stopping rule"][0], turns[0]["path, merging included"][0]
    begin = time.process_time()
    joined = merged(matrix)
    merging = time.process_time() - begin
    best = regression_path(matrix, codes, grid, tol=1e-6, max_iter=1_000)

    print(f"{arguments.data}, {matrix.shape[0]:,} rows × {matrix.shape[1]:,} columns ({matrix.nnz:,} values)")
    print(f"merged to {joined.matrix.shape[1]:,} columns ({joined.matrix.nnz:,} values) in {merging:.2f} s")
    together = seconds.pop("path, merging included")
    print(f"path over {arguments.points} values of C, merging included {together:8.2f} s")
    for name, independent in seconds.items():
        print(f"independent fits ({name:36}) {independent:8.2f} s, ratio {together / independent:.3f} (target: 0.333)")
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
