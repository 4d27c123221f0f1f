"""A network that stays behind is told with what its records say of the reason."""

from __future__ import annotations

from typing import Any

import pytest
from planted import numbers_in

MIX = {"often": 470, "usual": 470, "seldom": 60}


def trained(scores: list[float], validation: list[float] | None = None, **facts: float) -> dict[str, Any]:
    """Return history and facts of a fit with these scores on training rows, and on validation rows if it has some."""
    epochs = [{"epoch": float(at), "train_score": score} for at, score in enumerate(scores, 1)]
    for epoch, score in zip(epochs, validation or [], strict=False):
        epoch |= {"validation_score": score, "validation_loss": 1 - score}
    return {"history": tuple(epochs), "facts": facts}


def told(planted: Any) -> tuple[str, dict[str, Any]]:
    """Return the sentence about the one network, and its numbers."""
    (finding,) = planted.ask("TB306")
    assert numbers_in(finding.text.ko) == numbers_in(finding.text.en), finding.text
    return finding.text.en, dict(finding.numbers)


SOUND_FIT = trained([0.5, 0.95, 0.97], [0.6, 0.7, 0.65])


@pytest.mark.parametrize(
    ("fit", "params", "says", "number"),
    [
        (SOUND_FIT, {}, "(macro-F1 0.97, dropout on). 800 rows are few to learn from scratch", 0.97),
        (SOUND_FIT, {"vectors": "words"}, "It knows its training rows (macro-F1 0.97, dropout on).", 0.97),
        (trained([0.5, 0.6, 0.7], [0.6, 0.7, 0.65]), {}, "on training rows is 0.70 (dropout on): it has not", 0.7),
    ],
)
def test_what_it_knows_of_its_training_rows(fit: Any, params: Any, says: str, number: float, world: Any) -> None:
    text, numbers = told(world().add(right=0.9).add("lstm", 0.7, params=params, **fit))
    assert says in text and numbers["training_macro_f1"] == number
    assert ("from scratch" in text) == ("few" in says)


@pytest.mark.parametrize(("validation", "folds"), [([0.6, 0.7, 0.8], 5), ([0.6, 0.8, 0.8], None), (None, None)])
def test_a_network_whose_last_epoch_was_its_best(validation: Any, folds: int | None, world: Any) -> None:
    fit = trained([0.5, 0.9, 0.9], validation)
    if folds is None and validation:
        fit["history"][-1]["validation_loss"] = 0.3  # the same score at a higher loss is no progress
    text, numbers = told(world().add(right=0.9).add("lstm", 0.7, **fit))
    assert numbers.get("folds_best_at_the_end") == folds
    assert ("In 5 of 5 folds its last epoch was its best" in text) == (folds is not None)


def test_rows_cut_and_words_unknown_come_before_what_training_says(world: Any) -> None:
    fit = trained([0.5, 0.95, 0.9], truncated_share=0.2, unknown_share=0.31)
    text, numbers = told(world().add(right=0.9).add("lstm", 0.7, params={"tokenizer": "eojeol"}, **fit))
    assert "does not read 20% of the rows to the end" in text
    assert "31% of the tokens are unknown to it. Let it read morphemes" in text
    assert "training_macro_f1" not in numbers, "two reasons are enough"
    text, _ = told(world().add(right=0.9).add("lstm", 0.7, params={"tokenizer": "char"}, **fit))
    assert "31% of the tokens" in text and "Let it read" not in text


def test_a_lag_from_a_rare_class_names_it(world: Any) -> None:
    text, numbers = told(world(MIX).add(answers=[0, 1, 2]).add("lstm", answers=[0, 1, 0], **SOUND_FIT))
    assert "in class seldom with its 60 rows (F1 0.00; the linear model's is 1.00)" in text
    assert 0.9 < numbers["share_of_rare_classes"] <= 1
    even = world(MIX).add(right=0.9).add("lstm", 0.7, **SOUND_FIT)
    many = world({name: 10 * rows for name, rows in MIX.items()}).add(answers=[0, 1, 2]).add("lstm", answers=[0, 1, 0])
    for planted in (even, many):
        assert "rare" not in told(planted)[0]


def test_one_that_keeps_up_needs_no_reason(world: Any) -> None:
    text, numbers = told(world().add(right=0.85).add("lstm", 0.85, **SOUND_FIT))
    assert "training rows" not in text and "training_macro_f1" not in numbers


def test_a_lag_that_noise_could_make_is_told_as_such(world: Any) -> None:
    text, numbers = told(world({"a": 40, "b": 40}).add(right=0.85).add("lstm", 0.70, **SOUND_FIT))
    assert numbers["difference_low"] < -0.05 < 0 < numbers["difference_high"]
    assert "noise alone could do that" in text and "within noise" not in text and "training rows" in text


def test_records_that_tell_nothing_give_no_reason(world: Any) -> None:
    text, _ = told(world().add(right=0.9).add("lstm", 0.7, facts={"initial_loss": 0.7}))
    assert text.endswith("the linear model is the better choice.")
