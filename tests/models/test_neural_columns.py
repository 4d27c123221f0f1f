"""Networks read columns beside the text: prepared on training rows, in the order of the rows, kept and resumed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from triage_bench.core.errors import InputError, ModelFileError, UnknownNameError
from triage_bench.core.seeds import generator_for
from triage_bench.core.side_columns import MISSING, SideColumns
from triage_bench.models import MODELS
from triage_bench.models.columns import ColumnFeatures
from triage_bench.models.holdout import validation_slice
from triage_bench.models.keeping import load_model, save_model
from triage_bench.models.neural.attribution import integrated_gradients
from triage_bench.models.neural.loop import Trainer
from triage_bench.models.neural.spaces import COLUMN_SPACE, OF_TEXT, SPACES
from triage_bench.running.explaining import occluded
from triage_bench.text.corpus import Corpus

NAMES = tuple(entry.name for entry in MODELS if "network" in entry.tags)
BASES = ("mlp", "fasttext", "lstm-attention", "textcnn", "cnn-lstm")
"""One of each way to read a text."""
SMALL: dict[str, Any] = {
    "tokenizer": "eojeol",
    "embedding": 8,
    "hidden": 8,
    "column_hidden": 8,
    "epochs": 15,
    "batch_size": 16,
    "learning_rate": 2e-2,
    "word_dropout": 0.1,
}
WORDS = ("가슴이", "아파요", "손을", "베었어요", "어제부터", "조금", "많이", "갑자기")


def network(name: str, **params: Any) -> Any:
    filters = {"filters": 8} if name in ("textcnn", "cnn-lstm") else {}
    return MODELS.load(name)(**{**SMALL, **filters, **params})


def rows_of(n: int = 120, seed: int = 0) -> tuple[Corpus, np.ndarray]:
    """Return rows whose label a pulse and an arrival decide, and whose words, few or many, say nothing of it."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    pulse = np.where(rng.random(n) < 0.05, np.nan, 60.0 + 40 * (labels > 0) + rng.normal(size=n))
    arrival = tuple("119" if one == 2 else str(rng.choice(["walk", MISSING])) for one in labels)
    texts = [" ".join(rng.choice(WORDS, rng.integers(1, 9))) for _ in range(n)]
    return Corpus(texts, side=SideColumns({"pulse": pulse}, {"arrival": arrival})), labels


CORPUS, LABELS = rows_of()
ASKED, TRUTH = rows_of(60, seed=1)


def with_text(corpus: Corpus, text: str) -> Corpus:
    """Return the rows, and behind them this text beside the columns of the first."""
    assert corpus.side is not None
    return Corpus([*corpus, text], side=corpus.side.take(np.array([*range(len(corpus)), 0])))


@pytest.mark.parametrize("name", BASES)
def test_what_columns_alone_decide_is_learnt_where_they_are_read(name: str) -> None:
    right = {
        what: np.mean(network(name, columns=what, refit=False, **more).fit(CORPUS, LABELS).predict(ASKED) == TRUTH)
        for what, more in (("text", {"epochs": 2}), ("columns", {}), ("both", {"epochs": 8}))
    }
    assert right["columns"] >= 0.9 and right["both"] >= 0.9 and right["text"] <= 0.6


@pytest.mark.parametrize("name", BASES)
def test_columns_that_are_not_read_change_nothing(name: str) -> None:
    bare, beside = (network(name, epochs=2).fit(one, LABELS) for one in (list(CORPUS), CORPUS))
    assert bare.facts_ == beside.facts_ and bare.side_columns() == ((), ()) and beside.columns_ is None
    assert not [key for key in beside.network_.state_dict() if key.startswith("side")]
    assert set(beside.kept().plain) == {"length"}
    np.testing.assert_array_equal(bare.predict_proba(list(ASKED)), beside.predict_proba(ASKED))


@pytest.mark.parametrize("name", NAMES)
def test_no_neighbour_and_no_padding_changes_an_answer(name: str) -> None:
    model = network(name, columns="both", epochs=2).fit(CORPUS, LABELS)
    together = model.predict_proba(with_text(ASKED, "가 나 " * 300))[: len(ASKED)]
    alone = np.concatenate([model.predict_proba(ASKED[[row]]) for row in range(12)])
    np.testing.assert_allclose(alone, together[:12], atol=1e-5)
    backwards = np.arange(len(ASKED))[::-1]
    np.testing.assert_allclose(model.predict_proba(ASKED[backwards]), together[backwards], atol=1e-5)


@pytest.mark.parametrize("what", ["columns", "both"])
def test_columns_are_prepared_on_the_rows_that_weights_are_fitted_on(what: str) -> None:
    model = network("mlp", columns=what, epochs=1, refit=False).fit(CORPUS, LABELS)
    fitted, held_out = validation_slice(CORPUS, LABELS, 0.15, generator_for(0, "validation"))
    assert len(held_out)
    for rows, made in ((fitted, model), (np.arange(len(LABELS)), network("mlp", columns=what, epochs=1))):
        made.fit(CORPUS, LABELS)
        expected = ColumnFeatures()
        expected.fit_transform(CORPUS[rows], LABELS[rows])
        assert made.columns_.numeric_["pulse"][0] == expected.numeric_["pulse"][0]
        np.testing.assert_array_equal(made.columns_.numeric_["pulse"][1], expected.numeric_["pulse"][1])


@pytest.mark.parametrize("what", ["columns", "both"])
@pytest.mark.parametrize("name", ["mlp", "lstm"])
def test_a_kept_network_answers_as_before(name: str, what: str, tmp_path: Path) -> None:
    fitted = network(name, columns=what, columns_kept=2, epochs=2).fit(CORPUS, LABELS)
    back = load_model(save_model(fitted, tmp_path / "model")).model
    np.testing.assert_array_equal(fitted.predict_proba(ASKED), back.predict_proba(ASKED))
    assert back.side_columns() == fitted.side_columns() == (("pulse",), ("arrival",))
    assert back.reads == fitted.reads == (what == "both")
    assert np.isnan(back.unknown_shares(ASKED)).all() == (what == "columns")


def test_a_file_without_its_columns_is_no_network(tmp_path: Path) -> None:
    folder = save_model(network("mlp", epochs=1).fit(CORPUS, LABELS), tmp_path / "model")
    file = folder / "model.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"columns":"text"', '"columns":"both"'), encoding="utf-8")
    with pytest.raises(ModelFileError):
        load_model(folder)


class InterruptedTrainingError(Exception):
    pass


@pytest.mark.parametrize("what", ["columns", "both"])
def test_an_interrupted_training_ends_at_the_same_weights_unless_its_columns_changed(what: str, tmp_path: Path) -> None:
    def stop(entry: Mapping[str, float]) -> None:
        if entry["epoch"] == 2:
            raise InterruptedTrainingError

    whole = network("lstm", columns=what, epochs=4).fit(CORPUS, LABELS)
    model = network("lstm", columns=what, epochs=4)
    model.checkpoints, model.on_epoch = tmp_path, stop
    with pytest.raises(InterruptedTrainingError):
        model.fit(CORPUS, LABELS)
    model.on_epoch = None
    assert CORPUS.side is not None
    other = SideColumns({"pulse": CORPUS.side.numeric["pulse"][::-1]}, CORPUS.side.categorical)
    with pytest.raises(InputError, match="another training"):
        model.fit(Corpus(list(CORPUS), side=other), LABELS)
    model.fit(CORPUS, LABELS)
    assert model.history_ == whole.history_ and model.facts_ == whole.facts_
    for name, tensor in whole.network_.state_dict().items():
        assert torch.equal(model.network_.state_dict()[name], tensor), name


def test_integrated_gradients_explain_the_tokens_while_columns_stay() -> None:
    model = network("textcnn", columns="both", epochs=6, refit=False).fit(CORPUS, LABELS)
    asked = np.full(len(ASKED), 1)
    values, gap = integrated_gradients(model.network_, model.objective_, model._encoded(ASKED), asked)
    assert gap < 0.1 and [len(one) for one in values] == [len(text.split()) for text in ASKED]
    assert model.token_scores(ASKED, asked) is not None
    attentive = network("lstm-attention", columns="both", epochs=1).fit(CORPUS, LABELS).attention(ASKED)
    assert attentive is not None and all(one.sum() == pytest.approx(1.0, abs=1e-5) for one in attentive)
    alone = network("lstm-attention", columns="columns", epochs=1).fit(CORPUS, LABELS)
    assert alone.token_scores(ASKED, asked) is None and alone.attention(ASKED) is None and not alone.reads


def test_words_are_left_out_beside_the_columns_of_their_row() -> None:
    model = network("mlp", columns="both", epochs=2).fit(CORPUS, LABELS)
    pieces = [[(0, len(text.split()[0]))] for text in ASKED]
    found = occluded(model, ASKED, pieces, TRUTH)
    shorter = Corpus([text[pieces[row][0][1] :] for row, text in enumerate(ASKED)], side=ASKED.side)
    rows = np.arange(len(ASKED))
    whole, without = (np.log(model.predict_proba(one)[rows, TRUTH]) for one in (ASKED, shorter))
    np.testing.assert_allclose(np.concatenate(found), whole - without, atol=1e-4)


@pytest.mark.parametrize("name", ["fasttext", "textcnn"])
def test_noisy_copies_stand_beside_the_columns_of_their_row(name: str) -> None:
    noise = {"augment_dropout": 0.3, "augment_spacing": 0.2, "answer_copies": 2}
    model = network(name, columns="both", refit=False, **noise).fit(CORPUS, LABELS)
    together = model.predict_proba(with_text(ASKED, "가 나 " * 200))[: len(ASKED)]
    assert np.mean(together.argmax(axis=1) == TRUTH) >= 0.9
    alone = np.concatenate([model.predict_proba(ASKED[[row]]) for row in range(10)])
    np.testing.assert_allclose(alone, together[:10], atol=1e-5)
    quiet, noisy = (network(name, columns="columns", epochs=2, **one).fit(CORPUS, LABELS) for one in ({}, noise))
    np.testing.assert_array_equal(quiet.predict_proba(ASKED), noisy.predict_proba(ASKED))


def test_a_network_starts_from_one_that_reads_text_or_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {what: network("textcnn", columns=what, epochs=1).fit(CORPUS, LABELS) for what in ("text", "both")}
    monkeypatch.setattr(Trainer, "_finished", lambda *_: True)
    for ours, theirs in (("text", "both"), ("both", "text")):
        source = save_model(kept[theirs], tmp_path / theirs)
        model = network("textcnn", columns=ours, pretrain=str(source)).fit(CORPUS, LABELS)
        for name, tensor in kept[theirs].network_.encoder.state_dict().items():
            assert torch.equal(model.network_.encoder.state_dict()[name], tensor)
    with pytest.raises(ValueError, match="reads no text"):
        network("textcnn", columns="columns", pretrain="x").fit(CORPUS, LABELS)


def test_a_network_that_reads_columns_refuses_rows_without_them() -> None:
    with pytest.raises(InputError, match="--numeric or --categorical"):
        network("lstm", columns="both").fit(list(CORPUS), LABELS)
    fitted = network("mlp", columns="columns", epochs=1).fit(CORPUS, LABELS)
    with pytest.raises(InputError, match="'arrival'"):
        fitted.predict(Corpus(["가슴이 아파요"], side=SideColumns({"pulse": np.array([80.0])}, {})))
    with pytest.raises(UnknownNameError, match="both"):
        network("mlp", columns="bth").fit(CORPUS, LABELS)
    with pytest.raises(ValueError, match="column_hidden"):
        network("mlp", columns="both", column_hidden=0).fit(CORPUS, LABELS)


def test_columns_that_say_nothing_and_impossible_numbers_leave_probabilities() -> None:
    side = SideColumns({"same": np.full(len(CORPUS), 7.0)}, {"none": (MISSING,) * len(CORPUS)})
    for what in ("columns", "both"):
        model = network("mlp", columns=what, epochs=1, initialisation="he").fit(Corpus(list(CORPUS), side=side), LABELS)
        assert model.facts_["column_features"] == 0.0
        np.testing.assert_allclose(model.predict_proba(Corpus(["손을"], side=side.take(np.array([0])))).sum(), 1.0)
        far = SideColumns({"pulse": np.array([1e300, -1e300, np.nan])}, {"arrival": ("119", "new", MISSING)})
        found = network("mlp", columns=what, epochs=1).fit(CORPUS, LABELS).predict_proba(Corpus(["손을"] * 3, side=far))
        assert np.isfinite(found).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_columns_add_to_the_space_is_known_without_loading_a_network(name: str) -> None:
    model = MODELS.load(name)
    assert model.space == SPACES[name] and model.column_space == COLUMN_SPACE and model.of_text == OF_TEXT
    defaults = model().get_params()
    assert set(COLUMN_SPACE.dimensions) <= set(defaults)
    assert {"learning_rate", "dropout"} <= set(SPACES[name]) - set(OF_TEXT) < set(SPACES[name])
