"""A network that stays behind is told with what its records say of the reason."""

from __future__ import annotations

from typing import Any

import pytest
from planted import numbers_in

MIX = {"often": 470, "usual": 470, "seldom": 60}


def trained(losses: list[float], best: int, **facts: float) -> dict[str, Any]:
    """Return history and facts of a fit with these training losses, beside 0.5 on validation rows."""
    return {
        "history": tuple(
            {"epoch": at, "train_loss": loss, "validation_loss": 0.5} for at, loss in enumerate(losses, 1)
        ),
        "facts": {"best_epoch": float(best), **facts},
    }


def told(planted: Any) -> tuple[str, dict[str, Any]]:
    """Return the sentence about the one network, and its numbers."""
    (finding,) = planted.ask("TB306")
    assert numbers_in(finding.text.ko) == numbers_in(finding.text.en), finding.text
    return finding.text.en, dict(finding.numbers)


SOUND_FIT = trained([0.6, 0.15, 0.1], best=2)


@pytest.mark.parametrize(
    ("fit", "says", "number"),
    [
        (SOUND_FIT, "It knows its training rows (loss 0.10 at the end; 0.50 on validation rows): 800 are few", 0.1),
        (trained([0.6, 0.5, 0.4], best=2), "Even at the end its loss is 0.40 on training rows and 0.50", 0.4),
    ],
)
def test_what_it_knows_of_its_training_rows(fit: Any, says: str, number: float, world: Any) -> None:
    text, numbers = told(world().add(right=0.9).add("lstm", 0.7, **fit))
    assert says in text and numbers["train_loss_last"] == number


def test_a_network_that_was_still_rising_when_its_epochs_ended(world: Any) -> None:
    text, numbers = told(world().add(right=0.9).add("lstm", 0.7, **trained([0.6, 0.4, 0.2], best=3)))
    assert "In 5 of 5 folds it was still getting better" in text and numbers["folds_still_rising"] == 5


def test_rows_cut_and_words_unknown_come_before_what_training_says(world: Any) -> None:
    fit = trained([0.6, 0.15, 0.1], best=2, truncated_share=0.2, unknown_share=0.31)
    text, numbers = told(world().add(right=0.9).add("lstm", 0.7, **fit))
    assert "does not read 20% of the rows to the end" in text and "31% of the tokens are unknown" in text
    assert "train_loss_last" not in numbers, "two reasons are enough"


def test_a_lag_from_a_rare_class_names_it(world: Any) -> None:
    missed = world(MIX).add(answers=[0, 1, 2]).add("lstm", answers=[0, 1, 0], **SOUND_FIT)
    text, numbers = told(missed)
    assert "most of it from class seldom with its 60 rows (F1 0.00; the linear model's is 1.00)" in text
    assert 0.9 < numbers["share_of_rare_classes"] <= 1
    even = world(MIX).add(right=0.9).add("lstm", 0.7, **SOUND_FIT)
    assert "rare" not in told(even)[0]


def test_one_that_keeps_up_needs_no_reason(world: Any) -> None:
    text, numbers = told(world().add(right=0.85).add("lstm", 0.85, **SOUND_FIT))
    assert "training rows" not in text and "train_loss_last" not in numbers


def test_records_that_tell_nothing_give_no_reason(world: Any) -> None:
    text, _ = told(world().add(right=0.9).add("lstm", 0.7, facts={"initial_loss": 0.7}))
    assert text.endswith("the linear model is the better choice.")
