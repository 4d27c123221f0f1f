"""A network that starts from another takes exactly what both know, and says what does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from triage_bench.core.errors import InputError, ModelFileError
from triage_bench.models.keeping import load_model, save_model
from triage_bench.models.linear import TfidfLogisticRegression
from triage_bench.models.neural.families import FastTextClassifier, LSTMClassifier, TextCNNClassifier
from triage_bench.models.neural.loop import Trainer
from triage_bench.models.neural.network import EMBEDDING_SPREAD
from triage_bench.models.neural.vocabulary import FIRST, UNKNOWN, Vocabulary
from triage_bench.testing import easy_sentences
from triage_bench.text.vectors import spelt_vectors

SMALL: dict[str, Any] = {"filters": 8, "embedding": 8, "epochs": 6, "tokenizer": "eojeol", "widest": 2}
BAG: dict[str, Any] = {"embedding": 8, "epochs": 6}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = TextCNNClassifier(**SMALL, learning_rate=2e-2).fit(*easy_sentences(150))
    return save_model(model, tmp_path_factory.mktemp("kept") / "source")


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let networks stop before their first step, so that what they start from can be seen."""
    monkeypatch.setattr(Trainer, "_finished", lambda *_: True)


def rows_of(model: Any, words: list[str]) -> torch.Tensor:
    table: torch.Tensor = model.network_.embedding.weight.detach()
    return table[torch.as_tensor(model.vocabulary_.numbers(words))]


@pytest.mark.usefixtures("untrained")
def test_embeddings_of_common_words_and_the_encoder_are_copied_and_nothing_else(source: Path) -> None:
    texts, labels = easy_sentences(60, seed=5)
    texts = [f"{text} 낯선말" for text in texts]
    theirs: Any = load_model(source).model
    model, fresh = (TextCNNClassifier(**SMALL, pretrain=one).fit(texts, labels) for one in (str(source), None))
    common = sorted({word for text in texts for word in text.split()} - {"낯선말"})
    assert (theirs.vocabulary_.numbers(common) >= FIRST).all()
    torch.testing.assert_close(rows_of(model, common), rows_of(theirs, common), rtol=0, atol=0)
    torch.testing.assert_close(model.network_.embedding.weight[UNKNOWN], theirs.network_.embedding.weight[UNKNOWN])
    for name, tensor in theirs.network_.encoder.state_dict().items():
        assert torch.equal(model.network_.encoder.state_dict()[name], tensor)
    assert rows_of(model, ["낯선말"]).abs().max() < 6 * EMBEDDING_SPREAD
    assert not torch.equal(rows_of(model, ["낯선말"]), rows_of(theirs, ["낯선말"]))
    assert torch.equal(model.network_.output.bias, fresh.network_.output.bias)
    assert not torch.equal(model.network_.output.weight, theirs.network_.output.weight)
    assert 0.9 < float(model.facts_["vocabulary_found"]) < 1.0


@pytest.mark.usefixtures("untrained")
def test_words_that_only_the_source_knows_are_known(source: Path) -> None:
    texts = [f"{text} 끝" for text in ("콧물이 납니다", "숨이 차서", "열이 나고")] * 10
    model = TextCNNClassifier(**SMALL, pretrain=str(source)).fit(texts, ["가", "나", "다"] * 10)
    theirs: Any = load_model(source).model
    assert model.vocabulary_.numbers(["마비됐습니다"])[0] >= FIRST
    torch.testing.assert_close(rows_of(model, ["마비됐습니다"]), rows_of(theirs, ["마비됐습니다"]), rtol=0, atol=0)
    assert model.vocabulary_.numbers(["끝"])[0] < len(model.vocabulary_) - len(theirs.vocabulary_.tokens) + FIRST


def test_a_network_that_starts_from_its_own_task_learns_faster(source: Path) -> None:
    texts, labels = easy_sentences(60, seed=9)
    fresh, started = (
        TextCNNClassifier(**SMALL, learning_rate=1e-2, pretrain=one).fit(texts, labels) for one in (None, str(source))
    )
    learnt = [np.log(3) - model.history_[-1]["train_loss"] for model in (fresh, started)]
    assert learnt[1] > 5 * max(learnt[0], 0.01)


@pytest.mark.usefixtures("untrained")
def test_n_grams_are_matched_by_their_hash(tmp_path: Path) -> None:
    texts, labels = easy_sentences(60)
    theirs = FastTextClassifier(**BAG).fit(texts, labels)
    theirs.network_.embedding.weight.data.normal_()
    save_model(theirs, tmp_path / "bag")
    model = FastTextClassifier(**BAG, pretrain=str(tmp_path / "bag")).fit(texts[:30], labels[:30])
    both, at, there = np.intersect1d(model.subwords_.known, theirs.subwords_.known, return_indices=True)
    ours = model.network_.embedding.weight[torch.as_tensor(len(model.vocabulary_) + at)]
    assert len(both) == len(model.subwords_.known) > 50
    assert torch.equal(ours, theirs.network_.embedding.weight[torch.as_tensor(len(theirs.vocabulary_) + there)])


def test_a_started_network_is_kept_and_answers_alike_without_its_source(tmp_path: Path, source: Path) -> None:
    texts, labels = easy_sentences(60, seed=2)
    model = TextCNNClassifier(**SMALL, pretrain=str(source)).fit(texts, labels)
    model.set_params(pretrain="gone")
    again = load_model(save_model(model, tmp_path / "again")).model
    np.testing.assert_array_equal(again.predict_proba(texts), model.predict_proba(texts))


@pytest.mark.parametrize(
    ("family", "params", "said"),
    [
        (TextCNNClassifier, {**SMALL, "embedding": 16}, r"has 8 numbers per word, the embedding 16; set embedding=8"),
        (TextCNNClassifier, {**SMALL, "widest": 3}, r"another shape: .* absent there .* filters=8, widest=2"),
        (TextCNNClassifier, {**SMALL, "tokenizer": "char"}, r"reads 'eojeol' tokens, this network 'char'"),
        (LSTMClassifier, {"embedding": 8, "tokenizer": "eojeol"}, "another shape"),
    ],
)
def test_a_source_of_another_shape_is_refused(
    source: Path, family: type[Any], params: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        family(**params, pretrain=str(source)).fit(*easy_sentences(60))


def test_a_source_that_is_no_network_or_not_there_is_refused(tmp_path: Path) -> None:
    save_model(TfidfLogisticRegression().fit(*easy_sentences(60)), tmp_path / "lr")
    with pytest.raises(InputError, match=r"'tfidf-lr', which is no network"):
        TextCNNClassifier(**SMALL, pretrain=str(tmp_path / "lr")).fit(*easy_sentences(60))
    with pytest.raises(ModelFileError, match="no folder"):
        TextCNNClassifier(**SMALL, pretrain="nowhere-12345678").fit(*easy_sentences(60))


def vectors(folder: Path, words: list[str], wide: int = 8) -> str:
    path = folder / "words.vec"
    path.write_bytes(
        spelt_vectors(words, np.random.default_rng(0).normal(3.0, 5.0, (len(words), wide)).astype(np.float32))
    )
    return str(path)


@pytest.mark.usefixtures("untrained")
def test_word_vectors_fill_the_embedding_at_its_spread_and_bring_their_words(tmp_path: Path) -> None:
    words = ["콧물이", "납니다", "숨이", "본적없는"]
    model = TextCNNClassifier(**SMALL, vectors=vectors(tmp_path, words)).fit(*easy_sentences(60))
    rows = rows_of(model, words)
    assert rows.mean().item() == pytest.approx(0.0, abs=1e-6)
    assert rows.std(dim=0, correction=0).numpy() == pytest.approx(np.full(8, EMBEDDING_SPREAD), abs=1e-6)
    assert model.facts_["vectors_words"] == 4
    known = len(model.vocabulary_.tokens) - 1
    assert model.facts_["vocabulary_found"] == pytest.approx(3 / known)


def test_word_vectors_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has 4 numbers per word, the embedding 8; set embedding=4"):
        TextCNNClassifier(**SMALL, vectors=vectors(tmp_path, ["숨이"], 4)).fit(*easy_sentences(60))
    with pytest.raises(InputError, match=r"none of the \d+ tokens of the training rows"):
        TextCNNClassifier(**SMALL, vectors=vectors(tmp_path, ["chest", "pain"])).fit(*easy_sentences(60))


def test_embeddings_from_elsewhere_move_at_a_tenth_of_the_rate(source: Path) -> None:
    assert TextCNNClassifier(**SMALL)._training(100).table_rate == 1.0
    assert TextCNNClassifier(**SMALL, pretrain=str(source))._training(100).table_rate == 0.1
    assert TextCNNClassifier(**SMALL, embedding_rate=0.0)._training(100).table_rate == 0.0
    frozen = TextCNNClassifier(**SMALL, pretrain=str(source), embedding_rate=0.0).fit(*easy_sentences(60))
    torch.testing.assert_close(rows_of(frozen, ["숨이"]), rows_of(load_model(source).model, ["숨이"]), rtol=0, atol=0)


def test_an_extended_vocabulary_keeps_its_own_numbers_and_adds_others_once() -> None:
    mine, theirs = Vocabulary(("가", "나")), Vocabulary(("나", "다"))
    both = mine.extended(theirs.digests)
    assert both.numbers(["가", "나", "다", "라"]).tolist() == [FIRST, FIRST + 1, FIRST + 2, UNKNOWN]
    assert len(both) == FIRST + 3
