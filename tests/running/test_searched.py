"""What a user may ask a search to try besides a model's own space."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage_bench.core.errors import InputError
from triage_bench.core.space import Choice, Float, Int
from triage_bench.models import MODELS
from triage_bench.models.ranges import USUAL
from triage_bench.running.beside import reading
from triage_bench.running.searched import holds, searched
from triage_bench.running.suite import recipe
from triage_bench.running.transfer import decided_by


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("optimiser", {"optimiser": USUAL["optimiser"]}),
        ("hidden", {}),  # it is searched already
        ("hidden=32..256:log", {"hidden": Int(32, 256, log=True)}),
        ("hidden = 32 .. 256 : log", {"hidden": Int(32, 256, log=True)}),
        ("clip=1..5", {"clip": Float(1.0, 5.0)}),
        ("learning_rate=1e-4..1e-2:log", {"learning_rate": Float(1e-4, 1e-2, log=True)}),
        ("max_length=null,16,64", {"max_length": Choice((None, 16, 64))}),
        ("loss=cross-entropy,soft-ordinal,corn", {"loss": Choice(("cross-entropy", "soft-ordinal", "corn"))}),
    ],
)
def test_a_parameter_is_searched_as_asked_and_the_others_as_before(asked: str, found: dict[str, object]) -> None:
    own = MODELS.load("lstm").space
    assert dict(searched(recipe("lstm"), [asked]).space.dimensions) == {**own.dimensions, **found}  # type: ignore[union-attr]


def test_a_family_that_is_asked_nothing_stays_what_it_was() -> None:
    assert searched(recipe("lstm"), ()) == recipe("lstm")


@pytest.mark.parametrize(
    ("model", "asked", "said"),
    [
        ("lstm", "hiden=3..9", "Did you mean 'hidden'?"),
        ("lstm", "epochs", "give one: epochs=LOW..HIGH"),
        ("lstm", "hidden=64", "FAMILY\\[PARAM=VALUE\\]"),
        ("lstm", "hidden=0.5..90", "whole number"),
        ("lstm", "hidden=90..30", "low < high"),
        ("lstm", "dropout=a..b", "a number at both ends"),
        ("lstm", "weight_decay=0..1:log", "low > 0"),
        ("lstm", "optimiser=adamw,adamw", "distinct"),
        ("lstm", "clip=0.1..Infinity", "a number at both ends"),
        ("lstm", "hidden=32.5,64", "whole number"),
        ("lstm", "hidden=64,", "a value is missing"),
        ("lstm", "refit", "not searched"),
        ("tfidf-lr", "sublinear_tf=0..1", "true or false"),
        ("lstm", "optimiser=adam,sgd", "default, adamw.*optimiser=adamw,…"),
        ("lstm", "max_length=16..64", "default, null"),
        ("lstm[hidden=64]", "hidden=32..128", "fixes it at 64"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_what_to_write(model: str, asked: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        searched(recipe(model), [asked])


def test_a_parameter_is_asked_for_once() -> None:
    with pytest.raises(InputError, match="names hidden twice"):
        searched(recipe("lstm"), ["hidden=32..128", "hidden=64..128"])


def test_what_a_start_decides_cannot_be_searched_as_well() -> None:
    lstm = recipe("lstm")
    for start, names in (("kobill", "hidden, tokenizer"), (None, "tokenizer")):
        decided = decided_by(lstm, start, Path("words.vec"))
        with pytest.raises(InputError, match=f"--search {names}: what lstm starts from"):
            searched(lstm, ["hidden=32..128", "dropout", "tokenizer=mecab,char"], decided)
    assert not decided_by(lstm, None, None) and not decided_by(recipe("transformer"), "klue/bert-base", None)


def test_a_range_for_the_columns_preparation_holds_where_columns_are_read() -> None:
    asked = searched(recipe("lstm"), ["column_hidden=32..256"])
    usual = reading(recipe("lstm"), "both").space
    assert reading(asked, "both").space.dimensions == {**usual.dimensions, "column_hidden": Int(32, 256)}  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [entry.name for entry in MODELS])
def test_the_usual_range_of_a_parameter_holds_every_models_default(name: str) -> None:
    estimator = MODELS.load(name)()
    defaults, own = estimator.get_params(deep=False), estimator.space
    left = [one for one in USUAL if one in defaults and one not in own]
    assert [one for one in left if not holds(USUAL[one], defaults[one])] == []
