"""A network is wired correctly: padding, ends, unknown words, first loss, best weights, seeds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from triage_bench.models.neural.batches import batch_size_for, epochs_for, ordered_batches, training_batches
from triage_bench.models.neural.device import reproducible
from triage_bench.models.neural.encoders import RecurrentEncoder
from triage_bench.models.neural.families import LSTMClassifier
from triage_bench.models.neural.loop import LabelledRows, Trainer, Training, answers
from triage_bench.models.neural.losses import objective_for
from triage_bench.models.neural.network import TextNetwork
from triage_bench.models.neural.vocabulary import PAD, UNKNOWN, Vocabulary, fitting_length
from triage_bench.testing import easy_sentences
from triage_bench.text.corpus import Corpus
from triage_bench.text.ragged import Ragged

QUICK: dict[str, Any] = {"hidden": 16, "embedding": 16, "epochs": 12, "learning_rate": 2e-2, "tokenizer": "char"}


@pytest.fixture(scope="module")
def fitted() -> LSTMClassifier:
    return LSTMClassifier(**QUICK).fit(*easy_sentences(150))


def test_a_text_has_the_same_probabilities_alone_and_beside_a_long_one(fitted: LSTMClassifier) -> None:
    texts, _ = easy_sentences(20, seed=3)
    together = fitted.predict_proba([*texts, "가" * 3_000])[:20]
    alone = np.concatenate([fitted.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_dropout_is_off_when_answering(fitted: LSTMClassifier) -> None:
    assert not fitted.network_.training
    np.testing.assert_array_equal(fitted.predict_proba(["목이 아픕니다"]), fitted.predict_proba(["목이 아픕니다"]))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_first_loss_is_ln_k(classes: int) -> None:
    texts, labels = easy_sentences(60)
    model = LSTMClassifier(**{**QUICK, "epochs": 1}).fit(texts, np.where(labels == "응급", "비응급", labels)[:60])
    if classes == 3:
        model = LSTMClassifier(**{**QUICK, "epochs": 1}).fit(texts, labels)
    assert model.facts_["initial_loss"] == pytest.approx(math.log(classes), rel=0.02)


@pytest.mark.slow
def test_thirty_two_rows_are_fitted_by_heart_whatever_their_labels() -> None:
    texts = [f"{text} {row}번" for row, text in enumerate(easy_sentences(32)[0])]
    labels = np.random.default_rng(0).integers(0, 3, 32)
    model = LSTMClassifier().fit(texts, labels)
    np.testing.assert_array_equal(model.predict(texts), labels)
    assert [notice.code for notice in model.notices_] == ["validation.none"]
    assert "validation_loss" not in model.history_[-1]
    assert model.history_[-1]["train_loss"] < 0.3


def test_the_history_tells_every_epoch(fitted: LSTMClassifier) -> None:
    assert [entry["epoch"] for entry in fitted.history_] == list(range(1, len(fitted.history_) + 1))
    assert set(fitted.history_[0]) == {
        "epoch",
        "train_loss",
        "train_score",
        "validation_loss",
        "validation_score",
        "learning_rate",
        "grad_norm",
    }
    assert all(math.isfinite(value) for entry in fitted.history_ for value in entry.values())


def test_the_best_weights_are_restored() -> None:
    corpus, labels = Corpus(easy_sentences(90)[0]), np.repeat([0, 1, 2], 30)
    rows = Vocabulary.learnt(corpus.tokens("char"), 1, None)
    sequences = rows.encode(corpus.tokens("char"), 50)
    train = LabelledRows(sequences, np.arange(90) % 3)
    held_out = LabelledRows(sequences, labels)  # labels that training cannot reach: its score wanders
    encoder = RecurrentEncoder("lstm", 8, 8, 1, bidirectional=True, dropout=0.0)
    objective = objective_for("cross-entropy", 3)
    network = TextNetwork(len(rows), 8, encoder, objective.first_bias, word_dropout=0.1, dropout=0.1)
    training = Training(epochs=8, patience=3, batch_size=16, learning_rate=2e-2, schedule="constant")
    with reproducible(0):
        trainer = Trainer(network, objective, training, np.random.default_rng(0))
        trainer.fit(train, held_out)
    best = trainer.history[trainer.best_epoch - 1]
    assert best["validation_score"] == max(entry["validation_score"] for entry in trainer.history)
    assert trainer.evaluate(held_out)[0] == pytest.approx(best["validation_loss"], abs=1e-6)


def test_the_same_seed_gives_the_same_network_whatever_was_drawn_before(fitted: LSTMClassifier) -> None:
    torch.manual_seed(123)
    before = torch.random.get_rng_state()
    again = LSTMClassifier(**QUICK).fit(*easy_sentences(150))
    assert torch.equal(before, torch.random.get_rng_state()), "torch's own state was changed"
    for ours, theirs in zip(again.network_.parameters(), fitted.network_.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    other = LSTMClassifier(**QUICK, random_state=1).fit(*easy_sentences(150))
    assert not torch.equal(other.network_.output.weight, fitted.network_.output.weight)


def test_the_vocabulary_holds_training_tokens_only_and_padding_is_not_unknown() -> None:
    corpus = Corpus(["가 나 나", "다 다 다", "라 마"])
    whole = corpus.tokens("eojeol")
    vocabulary = Vocabulary.learnt(corpus[[0, 1]].tokens("eojeol"), 1, None)
    assert vocabulary.tokens == ("다", "나", "가")
    sequences = vocabulary.encode(whole, 10)
    assert sequences.padded(np.array([2, 0])).tolist() == [[UNKNOWN, UNKNOWN, PAD], [4, 3, 3]]
    assert Vocabulary.learnt(whole, 2, 1).tokens == ("다",)


def test_a_text_without_tokens_is_one_unknown_token_and_long_ones_are_cut() -> None:
    rows = Ragged.of([[], ["가", "나", "다"], []])
    sequences = Vocabulary(("가", "나", "다")).encode(rows, 2)
    assert sequences.padded(np.array([0, 1, 2])).tolist() == [[UNKNOWN, PAD], [2, 3], [UNKNOWN, PAD]]
    assert fitting_length(np.array([0, 0])) == 1
    assert fitting_length(np.full(100, 900)) == 256


def test_an_epoch_sees_every_row_once_in_batches_of_like_length() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 1_000)
    rng = np.random.default_rng(1)
    first, second = list(training_batches(lengths, 32, rng)), list(training_batches(lengths, 32, rng))
    for epoch in (first, second, list(ordered_batches(lengths, 32))):
        assert sorted(np.concatenate(epoch)) == list(range(1_000))
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))
    padded = sum(lengths[rows].max() * len(rows) for rows in first)
    assert padded < 1.1 * lengths.sum()


def test_small_data_gets_small_batches() -> None:
    assert [batch_size_for(rows) for rows in (1, 300, 750, 1_500, 150_000)] == [16, 16, 32, 64, 64]


def test_few_rows_are_passed_more_often() -> None:
    assert [epochs_for(rows, 16) for rows in (32, 750)] == [150, 25]


def test_answers_come_in_the_order_of_the_texts(fitted: LSTMClassifier) -> None:
    corpus = Corpus(easy_sentences(300, seed=5)[0])
    sequences = fitted._encoded(corpus)
    device = torch.device("cpu")
    fitted.network_.to(device)
    found = answers(fitted.network_, sequences, device)
    one = answers(fitted.network_, fitted._encoded(corpus[[217]]), device)
    torch.testing.assert_close(found[217], one[0], atol=1e-5, rtol=0)
