"""Kept models answer as before, and a hostile folder gets an error, never a chance to run."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.reliability.attacks import change_description, copied, sealed
from triage_bench.core.errors import InputError, ModelFileError
from triage_bench.core.kept import Kept
from triage_bench.models import MODELS, PRETRAINED
from triage_bench.models.explanation import contributions
from triage_bench.models.keeping import About, Score, load_model, save_model
from triage_bench.testing import easy_sentences

TEXTS, LABELS = easy_sentences()
OTHERS = [*easy_sentences(20, seed=1)[0], "", "처음 보는 뷁", "a\x00b\ud800"]
SECRET = "홍길동 010-1234-5678"
TEXTS, LABELS = [*TEXTS, f"{SECRET} 환자", f"{SECRET} 환자"], np.array([*LABELS, LABELS[0], LABELS[0]])
NETWORK = {"epochs": 2, "hidden": 4, "embedding": 4, "tokenizer": "eojeol"}
# Models on a pre-trained one are kept and read back in test_transformer.py: their vocabulary is not the data's.
NAMES = [entry.name for entry in MODELS if PRETRAINED not in entry.tags]
LINEAR = ("tfidf-lr", "linear-svm", "nb-svm", "complement-nb", "ordinal-lr")


@cache
def fitted(name: str, **params: Any) -> Any:
    small = NETWORK if "network" in MODELS.entry(name).tags else {}
    return MODELS.load(name)(**{**small, **params}).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def kept_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    for name in ("tfidf-lr", "knn", "lightgbm", "lstm", "mlp"):
        save_model(fitted(name), folder / name)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_every_registered_model_is_read_back_with_equal_answers(name: str, tmp_path: Path) -> None:
    model = fitted(name)
    found = load_model(save_model(model, tmp_path / "m"))
    np.testing.assert_array_equal(found.model.predict_proba(OTHERS), model.predict_proba(OTHERS))
    np.testing.assert_array_equal(found.model.unknown_shares(OTHERS), model.unknown_shares(OTHERS))
    assert found.model.get_params() == model.get_params()
    assert found.labels == tuple(np.unique(LABELS))
    assert found.notices == ()


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("tfidf-lr", {"tokenizer": "char_wb:2-3+mecab:1-2", "sublinear_tf": False}),
        ("linear-svm", {"select": "chi2", "keep": 0.2, "calibration": "sigmoid"}),
        ("knn", {"class_weight": "balanced", "max_features": 300}),
        ("lightgbm-svd", {"scale": "log", "axes": 5}),
        ("fasttext", {"normalisation": "batch"}),
        ("lstm", {"loss": "corn", "layers": 2, "pooling": "attention"}),
        ("textcnn", {"loss": "focal", "normalisation": "layer"}),
    ],
)
def test_unusual_parameters_are_read_back_too(name: str, params: dict[str, Any], tmp_path: Path) -> None:
    model = fitted(name, **params)
    found = load_model(save_model(model, tmp_path / "m")).model
    np.testing.assert_array_equal(found.predict_proba(OTHERS), model.predict_proba(OTHERS))


@pytest.mark.parametrize("name", ["tfidf-lr", "nb-svm", "lightgbm", "mlp"])
def test_two_classes_are_read_back_with_equal_answers(name: str, tmp_path: Path) -> None:
    model = MODELS.load(name)(**(NETWORK if name == "mlp" else {})).fit(TEXTS, LABELS == "응급")
    found = load_model(save_model(model, tmp_path / "m")).model
    np.testing.assert_array_equal(found.predict_proba(OTHERS), model.predict_proba(OTHERS))
    assert found.classes_.dtype == bool


def test_keeping_a_model_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (save_model(fitted.__wrapped__("lstm"), tmp_path / name) for name in ("a", "b"))
    assert {p.name: p.read_bytes() for p in first.iterdir()} == {p.name: p.read_bytes() for p in second.iterdir()}


def test_a_model_read_back_can_be_kept_again(kept_folders: Path, tmp_path: Path) -> None:
    found = load_model(kept_folders / "lightgbm").model
    again = load_model(save_model(found, tmp_path / "m")).model
    np.testing.assert_array_equal(again.predict_proba(OTHERS), found.predict_proba(OTHERS))


@pytest.mark.parametrize("name", NAMES)
def test_no_word_of_the_training_texts_stands_in_the_files(name: str, tmp_path: Path) -> None:
    folder = save_model(fitted(name), tmp_path / "m")
    data = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    for word in ("홍길동", "010-1234", "1234-5678", "쥐어짜듯"):
        assert (
            word.encode() not in data and word.encode("utf-16-le") not in data and word.encode("utf-32-le") not in data
        )


def test_the_card_says_in_both_languages_what_was_measured_and_on_what(tmp_path: Path) -> None:
    about = About(
        data="응급실|2026",
        rows=120,
        classes={"가": 40, "나": 70, "다": 10},
        scores=(Score("macro_f1", 0.7123, 0.65, 0.77, "near-duplicate"),),
    )
    folder = save_model(fitted("lstm"), tmp_path / "m", about)
    card = (folder / "README.md").read_text()
    assert card.count("| macro\\_f1 | 0.712 | 0.650–0.770 | near-duplicate |") == 2
    for words in ("# 모델 카드", "# Model card", "응급실\\|2026", "의료기기가 아니며", "no medical device", "weights:"):
        assert words in card
    assert "미만인 라벨이 있습니다: 가, 다" in card
    assert load_model(folder).labels == ("가", "나", "다")


def test_a_card_without_scores_says_that_nothing_was_measured(kept_folders: Path) -> None:
    card = (kept_folders / "knn" / "README.md").read_text()
    assert "측정되지 않았습니다" in card and "Not measured" in card and "원본 데이터처럼" in card


def test_the_card_may_be_edited(kept_folders: Path, tmp_path: Path) -> None:
    folder = copied(kept_folders / "tfidf-lr", tmp_path)
    (folder / "README.md").write_text("ours")
    assert load_model(folder).description.model == "tfidf-lr"


def test_a_model_is_never_written_over(kept_folders: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds a model already"):
        save_model(fitted("majority"), kept_folders / "knn")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        save_model(fitted("majority"), tmp_path / "file")


def test_a_folder_that_was_not_written_to_its_end_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from triage_bench.models.keeping import folder as module

    def full(path: Path, data: bytes, whole: Any = module.write_whole) -> None:
        if path.name == "SHA256SUMS":
            raise OSError(28, "No space left on device")
        whole(path, data)

    monkeypatch.setattr(module, "write_whole", full)
    with pytest.raises(InputError, match="No space left"):
        save_model(fitted("majority"), tmp_path / "m")
    with pytest.raises(ModelFileError, match="not written to its end"):
        load_model(tmp_path / "m")


def test_another_version_of_the_tokenizer_is_said(kept_folders: Path, tmp_path: Path) -> None:
    folder = copied(kept_folders / "lstm", tmp_path)
    change_description(folder, lambda data: data.update(tokenizers={"eojeol": "0"}))
    (notice,) = load_model(folder).notices
    assert notice.code == "model.tokenizer" and "eojeol" in notice.text.en


def test_every_truncation_of_a_file_is_refused(kept_folders: Path, tmp_path: Path) -> None:
    folder = copied(kept_folders / "mlp", tmp_path)
    for name in ("model.json", "arrays.npz", "weights.safetensors", "SHA256SUMS"):
        whole = (folder / name).read_bytes()
        for end in np.linspace(0, len(whole) - 2, 25).astype(int):
            (folder / name).write_bytes(whole[:end])
            with pytest.raises(ModelFileError):
                load_model(folder)
            if name != "SHA256SUMS":
                sealed(folder)
                with pytest.raises(ModelFileError):
                    load_model(folder)
        (folder / name).write_bytes(whole)
        sealed(folder)
    assert load_model(folder).description.model == "mlp"


def test_parts_nest_and_come_back() -> None:
    inner = Kept({"x": 1}, {"a": np.arange(3)}, {"f": b"1"})
    outer = Kept({"y": 2.0}).with_parts(one=inner, two=Kept())
    assert outer.part("one").value("x", int) == 1
    assert outer.part("one").array("a", "iu", 3).tolist() == [0, 1, 2]
    assert outer.part("one").file("f") == b"1"
    assert outer.value("y", float) == 2.0
    for wrong in (lambda: outer.value("y", int), lambda: outer.part("three"), lambda: outer.array("a", "f", None)):
        with pytest.raises(ModelFileError):
            wrong()


@pytest.mark.parametrize("name", LINEAR)
def test_contributions_add_up_to_the_margin_over_the_mean(name: str, tmp_path: Path) -> None:
    model = load_model(save_model(fitted(name), tmp_path / "m")).model
    view = model.linear_view()
    assert view is not None
    texts = [text for text in OTHERS if text.strip()]
    margins = np.asarray(view.features.transform(texts) @ np.asarray(view.weights, dtype=float).T)
    rows = np.arange(len(texts))
    answered = model.predict_proba(texts).argmax(axis=1) if margins.shape[1] > 1 else 0
    expected = margins[rows, answered] - (margins.mean(axis=1) if margins.shape[1] > 1 else 0.0)
    found = contributions(model, texts, 10_000)
    np.testing.assert_allclose([sum(weight for _, weight in one) for one in found], expected, atol=1e-5)
    # Morphemes are not always spelt as in the text; characters are.
    spelt = [
        (gram.removeprefix("char_wb: ").strip(), text)
        for one, text in zip(found, texts, strict=True)
        for gram, _ in one
    ]
    assert sum(gram in text for gram, text in spelt if not gram.startswith("mecab")) > 100
    assert all(gram in text for gram, text in spelt if not gram.startswith("mecab"))


def test_only_linear_models_explain_themselves(kept_folders: Path) -> None:
    with pytest.raises(InputError, match="not linear"):
        contributions(load_model(kept_folders / "lstm").model, OTHERS, 3)
