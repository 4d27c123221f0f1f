"""A job is honest: what is chosen, is chosen on training rows; what goes wrong, is recorded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.running.job import JobRunner

PROTOCOL = Protocol("near-duplicate", folds=3)
LINEAR = Recipe("tfidf-lr", {"tokenizer": "char_wb"})


def job(dataset: Dataset, recipe: Recipe = LINEAR, protocol: Protocol = PROTOCOL, fold: int = 0) -> Job:
    return Job(dataset.name, dataset.digest, recipe, protocol, fold=fold, seed=1)


def runner(dataset: Dataset) -> JobRunner:
    return JobRunner({dataset.digest: dataset}, None)


def test_a_model_that_can_learn_learns(sentences: Dataset) -> None:
    record = runner(sentences)(job(sentences))
    assert record.ok, record.reason
    assert record.predictions is not None
    assert np.mean(record.predictions.predicted == record.predictions.labels) > 0.9
    assert record.train_rows == len(sentences) - len(record.predictions)
    np.testing.assert_allclose(record.predictions.probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_folds_together_score_every_row_once(sentences: Dataset) -> None:
    run = runner(sentences)
    records = [run(job(sentences, Recipe("majority"), fold=fold)) for fold in range(3)]
    rows = np.concatenate([r.predictions.rows for r in records if r.predictions is not None])
    assert sorted(rows) == list(range(len(sentences)))


def test_a_job_gives_the_same_answer_alone_first_or_last(sentences: Dataset) -> None:
    run = runner(sentences)
    first = run(job(sentences))
    run(job(sentences, fold=1))
    for other in (run(job(sentences)), runner(sentences)(job(sentences))):
        assert first.predictions is not None and other.predictions is not None
        np.testing.assert_array_equal(first.predictions.probabilities, other.predictions.probabilities)


def test_tuning_never_sees_a_test_row(sentences: Dataset, unruly: None) -> None:
    from unruly import Remembers

    Remembers.seen.clear()
    tuned = replace(PROTOCOL, tuning=Tuning(trials=4))
    record = runner(sentences)(job(sentences, Recipe("remembers"), tuned))
    assert record.ok and record.predictions is not None
    assert len(record.trials) == 4 and len(Remembers.seen) > 4
    tested = {sentences.texts[row] for row in record.predictions.rows}
    assert not tested & {text for fit in Remembers.seen for text in fit}


def test_a_search_on_fewer_rows_still_fits_all_of_them_at_the_end(sentences: Dataset, unruly: None) -> None:
    from unruly import Remembers

    Remembers.seen.clear()
    record = runner(sentences)(job(sentences, Recipe("remembers"), replace(PROTOCOL, tuning=Tuning(trials=2, rows=30))))
    *searched, final = (len(fit) for fit in Remembers.seen)
    assert max(searched) < 30
    assert final == record.train_rows > 70


@pytest.mark.parametrize("fixed", [{}, {"thorough": True}])
def test_trials_are_fitted_as_lightly_as_the_model_allows_and_the_last_fit_is_not(
    sentences: Dataset, unruly: None, fixed: dict[str, bool]
) -> None:
    from unruly import Remembers

    Remembers.thoroughly.clear()
    tuned = replace(PROTOCOL, tuning=Tuning(trials=2))
    record = runner(sentences)(job(sentences, Recipe("remembers", fixed), tuned))
    *searched, final = Remembers.thoroughly
    assert searched and set(searched) == {bool(fixed)}
    assert final and record.params["thorough"] is True


def test_what_a_recipe_fixes_is_not_searched(sentences: Dataset) -> None:
    record = runner(sentences)(job(sentences, protocol=replace(PROTOCOL, tuning=Tuning(trials=3))))
    assert record.ok, record.reason
    assert record.params["tokenizer"] == "char_wb"
    assert all("tokenizer" not in trial.params for trial in record.trials)
    assert record.inner_score == max(t.score for t in record.trials if t.state == "complete" and t.score is not None)


def test_shuffled_labels_fall_to_chance(sentences: Dataset) -> None:
    record = runner(sentences)(job(sentences, protocol=replace(PROTOCOL, labels="shuffled")))
    assert record.predictions is not None
    assert np.mean(record.predictions.predicted == record.predictions.labels) < 0.7


def test_rows_learnt_by_heart_are_scored_on_themselves(sentences: Dataset) -> None:
    by_heart = replace(PROTOCOL, train_rows=32, scored_rows="train")
    record = runner(sentences)(job(sentences, protocol=by_heart))
    assert record.predictions is not None
    assert len(record.predictions) == record.train_rows == 32
    assert np.mean(record.predictions.predicted == record.predictions.labels) == 1


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("raises", "failed", "ValueError: cannot learn this"),
        ("exits", "failed", "SystemExit: 0"),
        ("notanumber", "invalid-output", "not finite"),
        ("wrongshape", "invalid-output", "shape"),
        ("nodistribution", "invalid-output", "no distribution"),
        ("foreignlabel", "invalid-output", "known label"),
        ("ansi", "failed", "RuntimeError: [31mred"),
    ],
)
def test_a_failure_is_a_record_with_one_line(
    sentences: Dataset, unruly: None, name: str, status: str, reason: str
) -> None:
    record = runner(sentences)(job(sentences, Recipe(name)))
    assert record.status == status
    assert record.predictions is None
    assert record.reason is not None and reason in record.reason
    assert len(record.reason) < 400 and record.reason.isprintable()


def test_a_record_names_neither_people_nor_paths(sentences: Dataset) -> None:
    record = runner(sentences)(job(sentences))
    assert not any("/" in value or "\\" in value for value in record.environment.values())
