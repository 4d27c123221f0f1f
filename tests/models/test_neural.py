"""A network is wired correctly: padding, ends, unknown words, first loss, best weights, seeds."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from triage_bench.models.neural import loop
from triage_bench.models.neural.batches import batch_size_for, epochs_for, ordered_batches, training_batches
from triage_bench.models.neural.device import reproducible
from triage_bench.models.neural.encoders import RecurrentEncoder
from triage_bench.models.neural.families import GRUClassifier, LSTMClassifier, MLPClassifier
from triage_bench.models.neural.loop import LabelledRows, Trainer, Training, answers, inputs, plateau_shares
from triage_bench.models.neural.losses import objective_for
from triage_bench.models.neural.network import TextNetwork
from triage_bench.models.neural.vocabulary import PAD, UNKNOWN, Vocabulary, fitting_length, fitting_vocabulary
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


def test_a_plateau_halves_the_rate_after_every_two_epochs_without_a_better_one() -> None:
    scores, losses = [0.5, 0.4, 0.5, 0.4, 0.4, 0.6, 0.6, 0.5, 0.5], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.1, 0.1]
    history = [{"validation_score": score, "validation_loss": loss} for score, loss in zip(scores, losses, strict=True)]
    assert plateau_shares(history) == (1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125)
    assert plateau_shares([]) == (1,)


def test_the_refit_learns_at_the_reduced_rates_of_the_training_it_repeats() -> None:
    model = GRUClassifier(
        hidden=4, embedding=8, epochs=20, learning_rate=0.08, batch_size=16, tokenizer="eojeol", schedule="plateau"
    )
    seen: list[float] = []
    model.on_epoch = lambda entry: seen.append(entry["learning_rate"])
    model.fit(*easy_sentences(120))
    stopping, refit = seen[: len(model.history_)], seen[len(model.history_) :]
    assert set(stopping[1:]) == {0.08, 0.04, 0.02, 0.01}
    # The first pass ends within the warm-up, which is counted in steps.
    assert len(refit) == model.facts_["best_epoch"]
    assert refit[1:] == stopping[1 : len(refit)] and refit[-1] == 0.04


@pytest.mark.parametrize(("schedule", "peak"), [("constant", 1.0), ("linear", 0.75)])
def test_the_rate_rises_for_the_share_of_steps_asked_for_and_never_after(schedule: str, peak: float) -> None:
    network = torch.nn.Linear(1, 1)
    training = Training(
        epochs=1, patience=1, batch_size=1, learning_rate=0.1, schedule=schedule, optimiser="sgd", warm_up=0.25
    )
    trainer = Trainer(network, objective_for("cross-entropy", 3), training, np.random.default_rng(0))
    rates = []
    for _ in range(80):
        rates.append(trainer._next_rate(planned=80))
        trainer.optimiser.step(rates[-1])
    # 20 of 80 steps; the schedule holds from the first of them on.
    assert all(before < after for before, after in pairwise(rates[:20]))
    assert all(before >= after for before, after in pairwise(rates[19:]))
    assert rates[19] == max(rates) == pytest.approx(0.1 * peak)
    assert rates[0] == pytest.approx(0.1 / 20, rel=0.05)


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_steps_are_taken_in_bfloat16_on_cuda_only(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = torch.autocast

    def watched(kind: str, *, dtype: torch.dtype, enabled: bool) -> Any:
        asked.append((kind, dtype, enabled))
        return real("cpu", dtype=dtype, enabled=enabled)

    monkeypatch.setattr(torch, "autocast", watched)
    # The rows stay where they can be computed: the trainer alone believes in the card.
    monkeypatch.setattr(loop, "inputs", lambda sequences, rows, _: inputs(sequences, rows, torch.device("cpu")))
    monkeypatch.setattr(torch, "as_tensor", lambda data, **_: torch.tensor(data))
    sequences = Vocabulary(("가", "나")).encode(Ragged.of([["가"], ["나"], ["나", "가"]]), 5)
    objective = objective_for("cross-entropy", 3)
    encoder = RecurrentEncoder("gru", 8, 8, 1, bidirectional=False, dropout=0.0)
    network = TextNetwork(4, 8, encoder, objective.first_bias)
    kinds: list[torch.dtype] = []
    network.register_forward_hook(lambda _module, _taken, given: kinds.append(given.dtype))
    training = Training(epochs=1, patience=1, batch_size=2, learning_rate=0.1)
    trainer = Trainer(network, objective, training, np.random.default_rng(0))
    trainer.device = torch.device(device)
    entry = trainer.train_epoch(LabelledRows(sequences, np.arange(3)))
    assert asked == [("cuda", torch.bfloat16, device == "cuda")] * 2
    assert kinds == [torch.bfloat16 if device == "cuda" else torch.float32] * 2
    assert math.isfinite(entry["train_loss"])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_the_loss_stays_finite_and_a_text_has_the_same_probabilities_alone() -> None:
    model = LSTMClassifier(**QUICK).fit(*easy_sentences(150))
    assert model.facts_["device"] == "cuda"
    assert all(math.isfinite(value) for entry in model.history_ for value in entry.values())
    texts, _ = easy_sentences(20, seed=3)
    together = model.predict_proba([*texts, "가" * 3_000])[:20]
    alone = np.concatenate([model.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(alone, together, atol=1e-2)


def test_how_many_texts_were_cut_and_how_many_weights_each_part_has_is_said() -> None:
    # Of eight texts three have more than two words; all eight words are seen, beside the padding and the unknown.
    texts = ["가", "가 나", "가 나 다", "라", "라 마", "라 마 바", "사", "사 아 사 아"]
    small: dict[str, Any] = {"max_length": 2, "tokenizer": "eojeol", "embedding": 3, "validation_share": 0.0}
    model = GRUClassifier(hidden=4, bidirectional=False, epochs=1, **small).fit(texts, [0, 1] * 4)
    assert model.facts_["truncated_share"] == 3 / 8
    assert model.facts_["max_length"] == 2
    parts = {name: float(value) for name, value in model.facts_.items() if name.startswith("parameters_")}
    assert parts["parameters_embedding"] == (8 + 2) * 3
    assert parts["parameters_encoder"] == 3 * 4 * (3 + 4 + 2)  # three gates, each with two biases
    assert sum(parts.values()) == model.facts_["parameters"]


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


def test_the_vocabulary_grows_with_the_data_within_limits() -> None:
    few, common = Ragged.of([["가"], ["나"]]), Ragged.of([[f"말{row}"] for row in range(30_000)])
    endless = Ragged.of([[f"말{row}"] for row in range(70_000)])
    assert [fitting_vocabulary(one) for one in (few, common, endless)] == [20_000, 29_700, 60_000]
    assert fitting_vocabulary(Ragged.of([["가"] * 10_000, [f"말{row}" for row in range(70_000)]])) == 60_000


def test_what_the_vocabulary_leaves_out_is_recorded() -> None:
    texts, labels = easy_sentences(60)
    model = MLPClassifier(max_tokens=3, longest=0, epochs=1).fit(texts, labels)
    left = model.facts_["left_out_share"]
    assert 0 < left < 1 and model.facts_["vocabulary"] == 3
    assert MLPClassifier(longest=0, epochs=1).fit(texts, labels).facts_["left_out_share"] == 0


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
