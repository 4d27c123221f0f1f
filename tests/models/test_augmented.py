"""Noise reaches training rows only, is drawn anew by epoch, and averaged answers depend on no neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from triage_bench.models.neural.augmented import AugmentedRows
from triage_bench.models.neural.families import FastTextClassifier, TextCNNClassifier
from triage_bench.models.neural.loop import LabelledRows, Trainer
from triage_bench.models.neural.vocabulary import Sequences
from triage_bench.testing import easy_sentences
from triage_bench.text.augmentation import Augmentation

QUICK: dict[str, Any] = {"filters": 8, "embedding": 8, "epochs": 3, "tokenizer": "char", "widest": 2}
NOISE: dict[str, Any] = {"augment_keyboard": 0.1, "augment_dropout": 0.2, "augment_spacing": 0.1}


def sequences(*rows: list[int]) -> Sequences:
    return Sequences(np.concatenate([np.array(row) for row in rows]), np.cumsum([0, *map(len, rows)]))


def test_every_epoch_draws_anew_whether_a_row_is_itself_or_a_copy() -> None:
    rows = AugmentedRows(sequences([2], [3]), np.array([0, 1]), sequences([20], [30, 30], [200], [300]))
    rng = np.random.default_rng(0)
    seen: list[list[list[int]]] = [[], []]
    for _ in range(400):
        drawn = rows.drawn(rng)
        assert drawn.codes is rows.codes
        for row in (0, 1):
            seen[row].append(drawn.sequences.values[slice(*drawn.sequences.offsets[row : row + 2])].tolist())
    assert {tuple(one) for one in seen[0]} == {(2,), (20,), (200,)}
    assert {tuple(one) for one in seen[1]} == {(3,), (30, 30), (300,)}
    assert 150 < seen[0].count([2]) < 250


def test_validation_rows_and_the_vocabulary_never_see_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[LabelledRows, LabelledRows | None]] = []
    fit = Trainer.fit

    def spied(self: Trainer, train: LabelledRows, held_out: LabelledRows | None, *rest: Any) -> None:
        seen.append((train, held_out))
        fit(self, train, held_out, *rest)

    monkeypatch.setattr(Trainer, "fit", spied)
    texts, labels = easy_sentences(150)
    plain = TextCNNClassifier(**QUICK).fit(texts, labels)
    noisy = TextCNNClassifier(**QUICK, **NOISE).fit(texts, labels)
    assert plain.vocabulary_.tokens == noisy.vocabulary_.tokens
    (train, held_out), _, (noisy_train, noisy_held_out), _ = seen
    assert held_out is not None and noisy_held_out is not None and isinstance(noisy_train, AugmentedRows)
    np.testing.assert_array_equal(held_out.sequences.values, noisy_held_out.sequences.values)
    np.testing.assert_array_equal(train.sequences.values, noisy_train.sequences.values)
    assert len(noisy_train.copies) == 4 * len(train.codes)


def test_texts_to_be_answered_get_no_noise_unless_copies_are_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    model = TextCNNClassifier(**QUICK, **NOISE).fit(*easy_sentences(60))
    monkeypatch.setattr(Augmentation, "copies", lambda *_: pytest.fail("noise"))
    assert model.predict_proba(["가슴이 아픕니다"]).shape == (1, 3)


def test_the_same_seed_gives_the_same_network_and_another_seed_another() -> None:
    texts, labels = easy_sentences(60)
    first, again, other = (
        TextCNNClassifier(**QUICK, **NOISE, answer_copies=2, random_state=seed).fit(texts, labels) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.predict_proba(texts), again.predict_proba(texts))
    assert not np.array_equal(first.predict_proba(texts), other.predict_proba(texts))


@pytest.mark.parametrize("family", [TextCNNClassifier, FastTextClassifier])
def test_averaged_answers_are_the_same_alone_and_beside_a_long_text(family: type[Any]) -> None:
    params = {name: value for name, value in QUICK.items() if name not in ("filters", "widest")}
    model = family(**params, **NOISE, answer_copies=3).fit(*easy_sentences(60))
    texts = easy_sentences(10, seed=3)[0]
    together = model.predict_proba([*texts, "가" * 3_000])[:10]
    np.testing.assert_allclose(np.concatenate([model.predict_proba([text]) for text in texts]), together, atol=1e-5)
    np.testing.assert_allclose(together.sum(axis=1), 1.0, atol=1e-6)


def test_averaged_answers_are_the_mean_over_the_text_and_its_copies() -> None:
    model = TextCNNClassifier(**QUICK, **NOISE, answer_copies=2).fit(*easy_sentences(60))
    text = "어제부터 가슴이 쥐어짜듯 아픕니다"
    copies = model._augmentation().copies([text], 2, 0, "answers")
    averaged = model.predict_proba([text])
    model.set_params(answer_copies=0)
    np.testing.assert_allclose(averaged[0], model.predict_proba([text, *copies]).mean(axis=0), atol=1e-6)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"answer_copies": 4}, "answer_copies=4 needs noise"),
        ({"augment_copies": -1}, "augment_copies counts copies, 0 or more; got -1"),
        ({"augment_swap": 2.0}, r"augment_swap .* \[0, 1\]; got 2\.0"),
        ({"pretrain": "a", "vectors": "b"}, "from pretrain or from vectors, not from both"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TextCNNClassifier(**{**QUICK, **params}).fit(*easy_sentences(60))
