"""The two ways liblinear is called, and the one warning it gives."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from triage_bench.models.contract import Codes
from triage_bench.models.margins import Linear


def support_vectors(
    matrix: csr_matrix, codes: Codes, C: float, class_weight: str | None, tol: float, max_iter: int, seed: int
) -> Linear:
    """Fit a linear SVM with squared hinge loss, one class against the rest."""
    machine = LinearSVC(C=C, class_weight=class_weight, tol=tol, max_iter=max_iter, random_state=seed)
    with warnings.catch_warnings():
        # A dual gap that is still closing moves no answer; max_iter bounds the time.
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(matrix, codes)
    return Linear.one_against_rest(machine.coef_, machine.intercept_)


def one_against_rest(
    matrix: csr_matrix,
    positive: NDArray[np.bool_],
    C: float,
    class_weight: str | None,
    learner: str,
    tol: float,
    max_iter: int,
    seed: int,
) -> tuple[NDArray[np.float64], float]:
    """Fit one class against the rest; return weights, shape (d,), and intercept.

    Parameters
    ----------
    matrix, positive
        Features, shape (n, d), and which rows are of the class.
    C, class_weight, tol, max_iter, seed
        As in scikit-learn.
    learner
        ``"svm"`` (squared hinge) or ``"logistic"``.
    """
    if learner == "svm":
        linear = support_vectors(matrix, positive.astype(np.int64), C, class_weight, tol, max_iter, seed)
        return linear.weights[1], float(linear.intercepts[1])
    regression = LogisticRegression(
        C=C, class_weight=class_weight, solver="liblinear", dual=True, tol=tol, max_iter=max_iter, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        regression.fit(matrix, positive)
    return regression.coef_[0], float(regression.intercept_[0])
