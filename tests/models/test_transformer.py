"""A pre-trained Transformer is fine-tuned, kept and resumed as any network; the BERT is tiny, its classes real."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from triage_bench.core.errors import InputError, ModelFileError, UnavailableError
from triage_bench.models import MODELS
from triage_bench.models.keeping import load_model, save_model
from triage_bench.models.keeping.folder import SEAL
from triage_bench.models.neural import transformer
from triage_bench.models.neural.transformer_network import rates_by_layer
from triage_bench.models.neural.transformer_source import cached_model, model_digest, model_folder
from triage_bench.testing import easy_sentences, estimator_checks
from triage_bench.text.corpus import Corpus

QUICK: dict[str, Any] = {"learning_rate": 1e-3, "epochs": 3}
FAMILIES: dict[str, dict[str, Any]] = {"transformer": QUICK, "transformer-lr": {"C": 1.0}}
CHECKS = [name for name, _ in estimator_checks(MODELS.load("transformer")(), learns=False)]
TEXTS, LABELS = easy_sentences(64)


class InterruptedTrainingError(Exception):
    pass


def family(name: str, folder: Path, **params: Any) -> Any:
    return MODELS.load(name)(**{**FAMILIES[name], "pretrain": str(folder), **params})


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("check", CHECKS)
def test_both_families_keep_the_contract(name: str, check: str, tiny_bert: Path) -> None:
    quick = {"epochs": 1} if name == "transformer" else {}
    dict(estimator_checks(family(name, tiny_bert, **quick), learns=False))[check]()


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 4])
def test_64_rows_are_learnt_by_heart_as_a_whole_and_by_lora(rank: int, tiny_bert: Path) -> None:
    long = {"epochs": 40, "learning_rate": 2e-3, "validation_share": 0.0}
    model = family("transformer", tiny_bert, **long, lora_rank=rank).fit(TEXTS, LABELS)
    assert (model.predict(TEXTS) == LABELS).all()
    assert model.facts_["initial_loss"] == pytest.approx(np.log(3), abs=0.02)
    assert (model.facts_["trained_parameters"] < model.facts_["parameters"] / 3) == bool(rank)
    assert not [name for name, _ in model.network_.named_parameters() if "lora" in name]


def test_states_of_a_model_that_is_not_trained_tell_easy_sentences_apart(tiny_bert: Path) -> None:
    model = family("transformer-lr", tiny_bert).fit(*easy_sentences(120))
    texts, labels = easy_sentences(90, seed=2)
    assert np.mean(model.predict(texts) == labels) > 0.9
    assert model.facts_["trained_parameters"] == 3 * 33


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_a_text_is_answered_alike_alone_in_a_batch_and_padded_longer(name: str, pooling: str, tiny_bert: Path) -> None:
    model = family(name, tiny_bert, pooling=pooling, max_length=40).fit(TEXTS, LABELS)
    long = " ".join(TEXTS[:6])
    alone = model.predict_proba([TEXTS[0]])
    np.testing.assert_allclose(model.predict_proba(TEXTS)[:1], alone, atol=1e-5)
    np.testing.assert_allclose(model.predict_proba([TEXTS[0], long])[:1], alone, atol=1e-5)


@pytest.mark.parametrize("kind", ["Electra", "Roberta"])
def test_other_encoders_are_read_to_their_last_position_and_padding_changes_nothing(
    kind: str, tiny_bert: Path, tmp_path: Path
) -> None:
    import transformers

    folder = shutil.copytree(tiny_bert, tmp_path / kind)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=300,
        max_position_embeddings=40,
        pad_token_id=0,
        **sizes,
        **({"embedding_size": 16} if kind == "Electra" else {}),
    )
    getattr(transformers, f"{kind}Model")(config).save_pretrained(str(folder))
    (folder / "tokenizer.json").unlink()  # a vocabulary alone will do
    texts, labels = [*TEXTS, " ".join(TEXTS)], [*LABELS, LABELS[0]]
    model = family("transformer", folder, epochs=1, max_length=500).fit(texts, labels)
    assert model.length_ == (40 if kind == "Electra" else 39) and model.facts_["truncated_share"] > 0
    alone = model.predict_proba([TEXTS[0]])
    np.testing.assert_allclose(model.predict_proba([*TEXTS, texts[-1]])[:1], alone, atol=1e-5)
    found = load_model(save_model(model, tmp_path / "kept")).model
    np.testing.assert_array_equal(found.predict_proba(texts), model.predict_proba(texts))


def test_the_length_comes_from_the_training_rows_and_what_is_cut_off_is_said(tiny_bert: Path) -> None:
    texts = [*TEXTS, " ".join(TEXTS[:20])]
    labels = [*LABELS, LABELS[0]]
    model = family("transformer", tiny_bert, epochs=1, validation_share=0.0).fit(texts, labels)
    lengths = model.reader_.lengths(texts)
    assert lengths.max() > 64 and model.length_ <= 64
    assert model.facts_["max_length"] == model.length_ == min(64, int(np.ceil(np.quantile(lengths, 0.99))))
    assert model.facts_["truncated_share"] == pytest.approx(np.mean(lengths > model.length_)) != 0
    cut = family("transformer", tiny_bert, epochs=1, max_length=6).fit(texts, labels)
    assert cut.length_ == 6 and cut._encoded(Corpus(texts)).lengths.max() == 6
    assert family("transformer", tiny_bert, epochs=1, max_length=500).fit(texts, labels).length_ == 64


def test_rates_fall_from_the_output_to_the_embeddings() -> None:
    factor = rates_by_layer(12, 0.9)
    assert factor("output.weight") == factor("encoder.encoder.layer.11.output.dense.weight") == 1.0
    assert factor("encoder.base_model.model.encoder.layer.10.attention.self.query.lora_A.default.weight") == 0.9
    assert factor("encoder.encoder.layer.0.output.dense.weight") == pytest.approx(0.9**11)
    assert factor("encoder.embeddings.word_embeddings.weight") == pytest.approx(0.9**12)


def test_the_rate_rises_for_the_share_of_steps_asked_for_and_falls_to_nothing_along_the_schedule(
    tiny_bert: Path,
) -> None:
    # 4 steps in each of 10 epochs: the rate rises over 20 of 40 steps, while the schedule already falls.
    model = family("transformer", tiny_bert, epochs=10, warm_up=0.5, validation_share=0.0).fit(TEXTS, LABELS)
    rates = [epoch["learning_rate"] for epoch in model.history_]
    expected = [1e-3 * min(1.0, epoch / 5) * (1 - epoch / 10) for epoch in range(1, 11)]
    assert rates == pytest.approx(expected, abs=1e-12)
    assert max(rates) == rates[4]


@pytest.mark.parametrize("rank", [0, 2])
def test_the_weights_of_the_parts_sum_to_the_whole(rank: int, tiny_bert: Path) -> None:
    model = family("transformer", tiny_bert, epochs=1, lora_rank=rank).fit(TEXTS, LABELS)
    parts = {name: value for name, value in model.facts_.items() if name.startswith("parameters_")}
    assert sum(parts.values()) == model.facts_["parameters"] and parts["parameters_output"] == 3 * 33


def test_with_no_rate_below_the_last_layer_only_that_layer_moves(tiny_bert: Path) -> None:
    model = family("transformer", tiny_bert, layer_decay=0.0, weight_decay=0.0).fit(TEXTS, LABELS)
    before = transformer.TransformerClassifier(pretrain=str(tiny_bert))
    before.facts_ = {}
    fresh = dict(before._open(Corpus(TEXTS)).named_parameters())
    moved = {n for n, one in model.network_.encoder.named_parameters() if not torch.equal(one.cpu(), fresh[n])}
    assert moved and all(".layer.1." in name for name in moved)


def test_early_stopping_restores_the_weights_of_the_best_epoch(tiny_bert: Path) -> None:
    texts, labels = easy_sentences(150)
    # A rate that destroys what the first epochs learnt.
    model = family("transformer", tiny_bert, epochs=12, patience=3, learning_rate=3e-2, schedule="constant")
    model.fit(texts, labels)
    best = int(model.facts_["best_epoch"])
    score = [epoch["validation_score"] for epoch in model.history_]
    assert best == len(score) - 3 < 12 and score[best - 1] == max(score)
    again = family("transformer", tiny_bert, epochs=12, patience=3, learning_rate=3e-2, schedule="constant")
    stopped: list[Any] = []
    again.on_epoch = lambda entry: stopped.append(
        {name: one.clone() for name, one in again.network_.state_dict().items()}
    )
    again.fit(texts, labels)
    for name, one in model.network_.state_dict().items():
        assert torch.equal(one, stopped[best - 1][name]), name


@pytest.mark.parametrize(("rank", "refit"), [(0, False), (2, True)])
def test_an_interrupted_fine_tuning_ends_at_the_same_weights(
    rank: int, refit: bool, tiny_bert: Path, tmp_path: Path
) -> None:
    texts, labels = easy_sentences(120)
    make = {"lora_rank": rank, "refit": refit, "epochs": 4}
    whole = family("transformer", tiny_bert, **make).fit(texts, labels)
    model = family("transformer", tiny_bert, **make)
    model.checkpoints, model.on_epoch = tmp_path, interrupt_after(2)
    with pytest.raises(InterruptedTrainingError):
        model.fit(texts, labels)
    again = family("transformer", tiny_bert, **make)
    again.checkpoints = tmp_path
    again.fit(texts, labels)
    assert again.history_ == whole.history_ and again.facts_ == whole.facts_
    np.testing.assert_array_equal(again.predict_proba(texts), whole.predict_proba(texts))


def interrupt_after(epochs: int) -> Any:
    seen: list[Mapping[str, float]] = []

    def stop(entry: Mapping[str, float]) -> None:
        seen.append(entry)
        if len(seen) == epochs:
            raise InterruptedTrainingError

    return stop


def test_a_checkpoint_of_lora_holds_no_frozen_weight(tiny_bert: Path, tmp_path: Path) -> None:
    sizes = {}
    for rank in (0, 2):
        model = family("transformer", tiny_bert, lora_rank=rank)
        model.checkpoints = tmp_path / str(rank)
        model.fit(TEXTS, LABELS)
        sizes[rank] = next((tmp_path / str(rank)).glob("*.safetensors")).stat().st_size
    assert sizes[2] < sizes[0] / 3


@pytest.mark.parametrize(
    ("name", "params"), [("transformer", {}), ("transformer", {"lora_rank": 2}), ("transformer-lr", {})]
)
def test_a_kept_model_answers_alike_without_what_it_started_from(
    name: str, params: dict[str, Any], tiny_bert: Path, tmp_path: Path
) -> None:
    start = shutil.copytree(tiny_bert, tmp_path / "start")
    model = family(name, start, **params).fit(TEXTS, LABELS)
    kept = save_model(model, tmp_path / "kept")
    before = model.predict_proba([*TEXTS, "", "처음 보는 뷁"])
    shutil.rmtree(start)
    found = load_model(kept).model
    np.testing.assert_array_equal(found.predict_proba([*TEXTS, "", "처음 보는 뷁"]), before)
    assert {path.suffix for path in kept.iterdir()} <= {".json", ".npz", ".safetensors", ".md", ""}
    assert str(tmp_path) not in (kept / "model.json").read_text("utf-8")
    assert found.get_params()["pretrain"] == "start"


def test_a_kept_model_whose_settings_were_changed_is_refused(tiny_bert: Path, tmp_path: Path) -> None:
    kept = save_model(family("transformer", tiny_bert, epochs=1).fit(TEXTS, LABELS), tmp_path / "kept")
    whole = json.loads((kept / "model.json").read_text("utf-8"))
    for change in (
        {"num_hidden_layers": 10**9},
        {"hidden_size": 64},
        {"model_type": "nothing"},
        {"max_position_embeddings": 2},
    ):
        changed = {**whole, "plain": {**whole["plain"], "encoder": {**whole["plain"]["encoder"], **change}}}
        data = json.dumps(changed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        (kept / "model.json").write_bytes(data)
        lines = (kept / SEAL).read_text("utf-8").splitlines()
        lines = [f"{sha256(data).hexdigest()}  model.json" if one.endswith(" model.json") else one for one in lines]
        (kept / SEAL).write_text("\n".join(lines) + "\n", "utf-8")
        with pytest.raises(ModelFileError):
            load_model(kept)


def test_the_content_of_a_folder_names_it_and_its_place_does_not(tiny_bert: Path, tmp_path: Path) -> None:
    one, other = (shutil.copytree(tiny_bert, tmp_path / place / "bert") for place in ("here", "there"))
    (one / "README.md").write_text("words", "utf-8")
    (one / "modeling_bert.py").write_text("raise SystemExit('never run')", "utf-8")
    name = cached_model(str(one), tmp_path / "cache")
    assert name == cached_model(str(other), tmp_path / "cache") and name.startswith("bert-")
    assert cached_model(name, tmp_path / "cache") == name
    kept = tmp_path / "cache" / "transformers" / name
    assert not list(kept.glob("*.py")) and model_digest(kept) == model_digest(tiny_bert)
    (other / "vocab.txt").write_text("[PAD]\n[UNK]\n", "utf-8")
    assert cached_model(str(other), tmp_path / "cache") != name


def test_what_is_missing_is_unavailable_and_what_is_wrong_is_the_users_error(
    tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UnavailableError, match="--pretrain FOLDER"):
        MODELS.load("transformer")().fit(TEXTS, LABELS)
    with pytest.raises(UnavailableError, match="neither a folder here nor in the cache"):
        MODELS.load("transformer")(pretrain="klue/bert-base").fit(TEXTS, LABELS)
    with pytest.raises(UnavailableError, match="could not be had from the hub"):
        cached_model("klue/bert-base-that-is-not", tmp_path)
    with pytest.raises(InputError, match="no folder"):
        cached_model("./nowhere", tmp_path)
    pickled = shutil.copytree(tiny_bert, tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(InputError, match="pickled"):
        cached_model(str(pickled), tmp_path)


def test_without_the_library_it_is_unavailable_with_the_command_to_install_it(
    tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UnavailableError, match=r"pip install .triage-bench\[transformers\]"):
        family("transformer", tiny_bert).fit(TEXTS, LABELS)


def test_code_beside_a_model_is_never_run(tiny_bert: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "own")
    trap = tmp_path / "run"
    (folder / "own.py").write_text(f"open({str(trap)!r}, 'w')\nclass Own: pass\n", "utf-8")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoModel": "own.Own", "AutoConfig": "own.Own"}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    family("transformer", folder, epochs=1).fit(TEXTS, LABELS)
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "own"}), "utf-8")
    with pytest.raises(InputError, match="model_type='own'"):
        family("transformer", folder, epochs=1).fit(TEXTS, LABELS)
    assert not trap.exists()


def test_memory_that_does_not_suffice_is_called_by_its_name(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(transformer.Trainer, "fit", fail)
    with pytest.raises(MemoryError, match="batch_size"):
        family("transformer", tiny_bert).fit(TEXTS, LABELS)
    assert model_folder(str(tiny_bert)) == tiny_bert


@pytest.mark.parametrize("name", FAMILIES)
def test_the_defaults_lie_inside_the_space(name: str) -> None:
    target = MODELS.load(name)
    defaults = target().get_params()
    for parameter, dimension in target.space.dimensions.items():
        options = getattr(dimension, "options", None)
        inside = defaults[parameter] in options if options else dimension.low <= defaults[parameter] <= dimension.high
        assert inside, parameter
