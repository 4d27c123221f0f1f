"""What networks start from is made once, named by its content, and fixes what it decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triage_bench.core import workspace as places
from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.core.job import Recipe
from triage_bench.core.workspace import Workspace
from triage_bench.models import MODELS
from triage_bench.models.keeping import save_model
from triage_bench.models.neural import sources
from triage_bench.models.neural.families import TextCNNClassifier
from triage_bench.running import keep, transfer
from triage_bench.running.suite import recipe
from triage_bench.text.vectors import read_vectors, spelt_vectors

NETWORK = Recipe("textcnn", {"tokenizer": "eojeol", "filters": 8, "embedding": 16, "epochs": 2})


@pytest.fixture
def here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(places, "default_cache", lambda: workspace.cache)
    monkeypatch.setattr(sources, "default_cache", lambda: workspace.cache)
    return workspace


@pytest.fixture
def other(sentences: Dataset, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Stand in for a public data set."""
    texts = tuple(f"{text} 그리고" for text in sentences.texts)
    found = Dataset("other", texts, np.arange(120) % 2, ("a", "b"))
    monkeypatch.setattr(transfer, "load_dataset", lambda name, workspace: found)
    return found


def test_a_network_is_pre_trained_once_and_the_recipe_names_it(
    sentences: Dataset, other: Dataset, here: Workspace
) -> None:
    said: list[str] = []
    first = transfer.started(NETWORK, "other", None, sentences, here, 0, said.append)
    again = transfer.started(NETWORK, "other", None, sentences, here, 0, said.append)
    assert first == again and len(said) == 1 and "120 of 120 rows of other" in said[0]
    name = str(first.params["pretrain"])
    assert name.startswith("other-") and "/" not in name and (here.cache / "pretrained" / name).is_dir()
    assert first.space is not None and not {"embedding", "filters", "widest", "tokenizer"} & set(first.space)
    assert "learning_rate" in first.space
    model = keep.build(first, keep.Chosen(), sentences, 0).fit(sentences.texts, sentences.labels)
    assert float(model.facts_["vocabulary_found"]) > 0.9
    assert transfer.started(NETWORK, "other", None, sentences, here, 1, said.append) != first


def test_the_data_set_that_is_scored_is_no_source(sentences: Dataset, other: Dataset, here: Workspace) -> None:
    with pytest.raises(InputError, match="'other' is the data set that is scored"):
        transfer.started(NETWORK, "other", None, other, here, 0, print)
    with pytest.raises(InputError, match="'tfidf-lr' is none; choose one of mlp, fasttext"):
        transfer.started(Recipe("tfidf-lr"), "other", None, sentences, here, 0, print)
    with pytest.raises(InputError, match="not from both"):
        transfer.started(NETWORK, "other", Path("x.vec"), sentences, here, 0, print)


def test_no_text_of_the_scored_data_set_is_pre_trained_on(sentences: Dataset, here: Workspace) -> None:
    both = Dataset(
        "both", (*sentences.texts[:60], *(f"{t} 더" for t in sentences.texts)), np.arange(180) % 2, ("a", "b")
    )
    rows = transfer._source_rows(both, sentences, 0)
    assert rows.tolist() == list(range(60, 180))
    part = Dataset("part", sentences.texts[:60], np.arange(60) % 2, ("a", "b"))
    with pytest.raises(InputError, match="'part' has no rows besides those of 'sentences'"):
        transfer._source_rows(part, sentences, 0)


def test_a_kept_model_is_copied_under_its_content_and_decides_the_shape(
    sentences: Dataset, here: Workspace, tmp_path: Path
) -> None:
    model = TextCNNClassifier(tokenizer="eojeol", filters=8, embedding=16, epochs=1)
    folder = save_model(model.fit(sentences.texts, sentences.labels), tmp_path / "mine")
    bare = Recipe("textcnn", {"tokenizer": "eojeol"})
    found = transfer.started(bare, str(folder), None, sentences, here, 0, print)
    assert (found.params["filters"], found.params["embedding"]) == (8, 16)
    assert (here.cache / "pretrained" / str(found.params["pretrain"]) / "model.json").is_file()
    with pytest.raises(InputError, match="filters=32 does not fit what the network starts from: filters=8"):
        transfer.started(replace(bare, params={"filters": 32}), str(folder), None, sentences, here, 0, print)


def test_vectors_are_cut_to_the_words_in_question(
    sentences: Dataset, here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "MOST_OTHERS", 50)
    words = [f"낱말{number}" for number in range(50)] + ["갑자기", "드문말"]
    path = tmp_path / "large.ko.vec"
    path.write_bytes(spelt_vectors(words, np.random.default_rng(0).normal(size=(len(words), 3)).astype(np.float32)))
    found = transfer.started(Recipe("textcnn", {"tokenizer": "eojeol"}), None, path, sentences, here, 0, print)
    assert found.params["embedding"] == 3 and str(found.params["vectors"]).startswith("large-")
    kept = read_vectors(here.cache / "vectors" / str(found.params["vectors"]), ("갑자기", "드문말"))
    assert kept.words == ("갑자기",) and kept.lines == 51
    model = keep.build(found, keep.Chosen({"epochs": 1}), sentences, 0).fit(sentences.texts, sentences.labels)
    assert 0 < float(model.facts_["vocabulary_found"]) < 1


def test_vectors_of_texts_are_written_once(here: Workspace, tmp_path: Path, sentences: Dataset) -> None:
    path = tmp_path / "own.vec"
    words = transfer.vectors_of_texts(sentences.texts, "eojeol", 4, path, here, 0)
    assert read_vectors(path, ("갑자기",)).lines == words > 10
    with pytest.raises(InputError, match="exists already"):
        transfer.vectors_of_texts(sentences.texts, "eojeol", 4, path, here, 0)


def test_a_recipe_s_parameters_are_written_in_brackets() -> None:
    found = recipe("textcnn[char, augment_jamo=0.03, answer_copies=4, class_weight=null, schedule=one-cycle]")
    assert dict(found.params) == {
        "tokenizer": "char",
        "augment_jamo": 0.03,
        "answer_copies": 4,
        "class_weight": None,
        "schedule": "one-cycle",
    }
    assert recipe("textcnn[char]") == Recipe("textcnn", {"tokenizer": "char"}, version=MODELS.entry("textcnn").version)
    with pytest.raises(UnknownNameError, match=r"'augment_jammo'. Did you mean 'augment_jamo'\?"):
        recipe("textcnn[augment_jammo=0.1]")
    with pytest.raises(InputError, match=r"expected NAME, NAME\[TOKENIZER\] or NAME\[PARAMETER=VALUE"):
        recipe("textcnn[char")
