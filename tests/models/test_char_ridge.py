"""Ridge in the space of rows is ridge, its left-out scores are left-out scores, and sharing work changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge

from triage_bench.core.seeds import generator_for
from triage_bench.models import kernel
from triage_bench.models.calibration import calibrated
from triage_bench.models.char_ridge import CharRidge, TokenRidge
from triage_bench.models.kernel import TrainingSide, centred, conjugate_gradients
from triage_bench.models.shared import Task
from triage_bench.testing import easy_sentences, estimator_checks, scikit_learn_checks
from triage_bench.text.corpus import Corpus


def features(rows: int = 60, columns: int = 90) -> csr_matrix:
    dense = np.maximum(generator_for("ridge features").standard_normal((rows, columns)) - 0.5, 0.0)
    return csr_matrix(dense / np.linalg.norm(dense, axis=1, keepdims=True))


def codes(rows: int = 60, classes: int = 3) -> Any:
    return np.arange(rows) % classes


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, id=f"{type(model).__name__}-{title}")
        for model in (CharRidge(), TokenRidge(tokenizer="eojeol"))
        for checks in (estimator_checks(model), scikit_learn_checks(model))
        for title, check in checks
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_the_ridges_keep_the_contract(check: Any) -> None:
    check()


def test_scores_are_those_of_scikit_learns_ridge() -> None:
    X, y = features(), codes()
    side = TrainingSide(X, 0.5)
    oracle = Ridge(alpha=0.5, fit_intercept=False).fit(X.toarray(), centred(y))
    np.testing.assert_allclose(side.scores(X, side.fits([y]))[0], oracle.predict(X.toarray()), atol=1e-9)


def test_left_out_scores_are_those_of_fits_without_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(kernel, "_sloped", lambda scores, codes: seen.append(scores))
    X, y = features(20), codes(20)
    TrainingSide(X, 0.7).fits([y])
    for row in range(20):
        rest = np.arange(20) != row
        oracle = Ridge(alpha=0.7, fit_intercept=False).fit(X[rest].toarray(), centred(y)[rest])
        np.testing.assert_allclose(seen[0][row], oracle.predict(X[row].toarray())[0], atol=1e-9)


def test_iterating_and_factorising_give_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = features(), codes()
    exact = TrainingSide(X, 0.5)
    monkeypatch.setattr(kernel, "DENSE_ROWS", 10)
    monkeypatch.setattr(kernel, "HELD_OUT", 20)
    iterated = TrainingSide(X, 0.5)
    np.testing.assert_allclose(iterated.fits([y])[0].dual, exact.fits([y])[0].dual, atol=1e-7)
    np.testing.assert_array_equal(conjugate_gradients(X, np.zeros((60, 2)), 0.5), np.zeros((60, 2)))


def test_the_slope_is_the_one_that_calibration_finds() -> None:
    rng = generator_for("slope")
    y = rng.integers(0, 4, 200)
    scores = 0.3 * rng.standard_normal((200, 4)) + 0.2 * np.eye(4)[y]
    assert kernel._sloped(scores, y).slopes[0] == pytest.approx(
        calibrated(scores, y, "temperature").slopes[0], rel=1e-3
    )


@pytest.mark.parametrize("permutations", [2, 40])
def test_sharing_work_answers_as_one_fit_after_the_other(permutations: int) -> None:
    texts, labels = easy_sentences()
    corpus, every, y = Corpus(texts), np.arange(len(texts)), np.unique(labels, return_inverse=True)[1]
    train, test = every[every % 4 > 0], every[every % 4 == 0]
    rng = generator_for("permutations")
    tasks = [Task(train, y[train], test), Task(train[:-9], y[train[:-9]], train)]
    tasks += [Task(train, rng.permutation(y[train]), test) for _ in range(permutations)]
    answers = dict(CharRidge().answers(corpus, tasks))
    for number, task in enumerate(tasks):
        alone = CharRidge().fit(corpus[task.rows], task.labels)
        np.testing.assert_array_equal(answers[number].classes, alone.classes_)
        np.testing.assert_allclose(answers[number].probabilities, alone.predict_proba(corpus[task.scored]), atol=1e-6)


def test_a_kernel_without_penalty_is_refused() -> None:
    with pytest.raises(ValueError, match="penalty must be positive"):
        CharRidge(penalty=0.0).fit(["가", "나"], [0, 1])
