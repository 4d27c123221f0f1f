"""The list of labels to look at again, and the numbers it rests on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from triage_bench.core.record import Predictions
from triage_bench.datasets.folds import fold_of_rows
from triage_bench.datasets.ktas_sim import KtasSim
from triage_bench.datasets.splits import near_duplicates_of
from triage_bench.diagnosis.advice import label_step
from triage_bench.diagnosis.confident import confident_joint
from triage_bench.diagnosis.labels import confident_error, error_limit, noise_estimate
from triage_bench.diagnosis.worklist import SUREST, list_length, worklist
from triage_bench.models import MODELS
from triage_bench.text.corpus import Corpus


def answers(rows: int, classes: int, noise: float, seed: int = 0, skill: float = 4.0) -> tuple[Predictions, set[int]]:
    """Answers of a model that knows the true labels fairly well, some labels being wrong; which ones."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, rows)
    labels = true.copy()
    flipped = rng.choice(rows, round(noise * rows), replace=False)
    labels[flipped] = (labels[flipped] + rng.integers(1, classes, len(flipped))) % classes
    scores = rng.normal(size=(rows, classes)) + skill * np.eye(classes)[true]
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    predicted = probabilities.argmax(axis=1)
    found = Predictions(np.arange(rows) * 3, labels, predicted, probabilities.astype(np.float32), np.arange(rows))
    return found, {int(row) * 3 for row in flipped}


@pytest.mark.parametrize("noise", [0.1, 0.2, 0.4])
def test_most_of_the_list_is_wrong_where_labels_were_changed(noise: float) -> None:
    made, flipped = answers(1000, 5, noise)
    suspects = worklist(made, 5, noise)
    assert len(suspects) == list_length(1000) == 50
    assert np.mean([one.row in flipped for one in suspects]) >= 0.9
    assert np.mean([one.wrong for one in suspects]) >= 0.75


def test_the_chances_add_up_to_the_noise_assumed() -> None:
    made, _ = answers(400, 4, 0.2, skill=1.0)
    everyone = worklist(made, 4, 0.1)
    assert len(everyone) == 20
    differing = int((made.labels != made.predicted).sum())
    assert sum(one.wrong for one in everyone) <= min(0.1 * 400, SUREST * differing) + 1e-6


def test_where_no_noise_was_found_the_list_is_worth_little() -> None:
    made, _ = answers(1000, 5, 0.2)
    assert sum(o.worth for o in worklist(made, 5, 0.0)) < sum(o.worth for o in worklist(made, 5, 0.2)) / 3


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 99), st.integers(2, 5), st.sampled_from([0.0, 0.3, 0.9]))
def test_a_row_is_listed_only_if_it_is_answered_otherwise(seed: int, classes: int, noise: float) -> None:
    made, _ = answers(60, classes, noise, seed, skill=1.5)
    label, answer = (
        dict(zip(made.rows.tolist(), part.tolist(), strict=True)) for part in (made.labels, made.predicted)
    )
    suspects = worklist(made, classes, noise)
    assert len({one.row for one in suspects}) == len(suspects) <= 20
    for one in suspects:
        assert one.given == label[one.row] and one.suggested == answer[one.row] != one.given
        assert 0 <= one.wrong <= 1 and one.given_probability < one.suggested_probability


def test_a_correction_is_worth_what_it_adds_to_macro_f1() -> None:
    made, _ = answers(200, 3, 0.2, skill=2.0)
    before = f1_score(made.labels, made.predicted, average="macro")
    for one in worklist(made, 3, 0.2)[:5]:
        corrected = made.labels.copy()
        corrected[made.rows == one.row] = one.suggested
        gain = f1_score(corrected, made.predicted, average="macro") - before
        assert one.worth == pytest.approx(one.wrong * gain)


def test_answers_without_contradiction_leave_an_empty_list() -> None:
    made, _ = answers(100, 3, 0.0, skill=50.0)
    assert worklist(made, 3, 0.3) == ()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("classes", "noise"), [(2, 0.2), (5, 0.0), (5, 0.3)])
def test_the_confident_joint_is_cleanlabs(classes: int, noise: float) -> None:
    count = pytest.importorskip("cleanlab.count", reason="cleanlab is not installed")
    made, _ = answers(500, classes, noise, skill=2.0)
    probabilities = made.probabilities.astype(np.float64)
    counts = count.compute_confident_joint(
        made.labels, probabilities / probabilities.sum(axis=1, keepdims=True), calibrate=False
    )
    shares = np.bincount(made.labels, minlength=classes) / 500
    theirs = counts / counts.sum(axis=1, keepdims=True) * shares[:, None]  # cleanlab would round to whole rows
    np.testing.assert_allclose(confident_joint(made, classes), theirs, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_noise_estimate_rises_with_the_noise_and_never_overstates_it_for_a_model_that_is_right(seed: int) -> None:
    """What is taken off for want of rows is at most missing: 1.9 / sqrt(800) = 0.067, and the luck of the draw."""
    noises = (0.0, 0.1, 0.2, 0.4)
    found = [noise_estimate(answers(1000, 5, noise, seed, skill=5.0)[0], 800) for noise in noises]
    assert found == sorted(found) and found[0] == 0.0
    for noise, estimate in zip(noises, found, strict=True):
        assert noise - 0.067 - 0.085 <= estimate <= noise + 0.02


def test_the_next_step_names_the_numbers(world: Any) -> None:
    facts = {"compared_rows": 748.0, "close_rows": 300.0, "contradicted_rows": 112.0, "close_label_agreement": 0.6}
    facts |= {"close_chance_agreement": 0.3, "distinct_texts": 1000.0, "conflicting_rows": 0.0}
    planted = world(facts=facts).add(right=0.7, confidence="blind")
    step = label_step(planted.findings)
    assert step is not None
    assert "748행 중 112행" in step.ko and "112 of 748 rows" in step.en
    assert "50행" in step.ko and "the 50 rows of labels_to_review.csv" in step.en


def test_without_a_list_there_is_no_such_step(world: Any) -> None:
    assert label_step(world().findings) is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_ktas_sim_with_wrong_labels_shows_how_many_and_which(seed: int) -> None:
    sim = KtasSim(rows=1000, noise=0.4, seed=seed)
    data = sim.draw()
    fold = fold_of_rows(data.labels, near_duplicates_of(data), 5, seed)
    probabilities = np.zeros((1000, 5), dtype=np.float32)
    corpus = Corpus(data.texts, cache=None)
    for at in range(5):
        train, test = np.flatnonzero(fold != at), np.flatnonzero(fold == at)
        model = MODELS.load("char-ridge")().fit(corpus[train], data.labels[train])
        probabilities[test] = model.predict_proba(corpus[test])
    rows = np.arange(1000)
    made = Predictions(rows, data.labels, probabilities.argmax(axis=1), probabilities, rows)
    wrong, confident = confident_error(made)
    assert wrong / confident >= error_limit(800)
    estimate = noise_estimate(made, 800)
    assert estimate == pytest.approx(0.4, abs=0.08)
    listed = [one.row for one in worklist(made, 5, estimate)]
    assert np.mean(data.labels[listed] != sim.true_levels()[listed]) >= 0.6
