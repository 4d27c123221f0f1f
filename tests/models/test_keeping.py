"""Kept models answer as before, and a hostile folder gets an error, never a chance to run."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triage_bench.core.errors import InputError, ModelFileError
from triage_bench.core.kept import Kept
from triage_bench.models import MODELS
from triage_bench.models.explanation import contributions
from triage_bench.models.keeping import About, Score, load_model, save_model
from triage_bench.models.keeping.description import MODEL_SCHEMA
from triage_bench.models.keeping.folder import LARGEST, pack_arrays, unpack_arrays
from triage_bench.testing import easy_sentences

TEXTS, LABELS = easy_sentences()
OTHERS = [*easy_sentences(20, seed=1)[0], "", "처음 보는 뷁", "a\x00b\ud800"]
SECRET = "홍길동 010-1234-5678"
TEXTS, LABELS = [*TEXTS, f"{SECRET} 환자", f"{SECRET} 환자"], np.array([*LABELS, LABELS[0], LABELS[0]])
NETWORK = {"epochs": 2, "hidden": 4, "embedding": 4, "tokenizer": "eojeol"}
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


@pytest.mark.parametrize("name", [entry.name for entry in MODELS])
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


@pytest.mark.parametrize("name", [entry.name for entry in MODELS])
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


class Canary:
    """Unpickled, it leaves a file behind."""

    def __init__(self, nest: Path) -> None:
        self.nest = nest

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.nest,))


def copied(folder: Path, to: Path) -> Path:
    made = to / folder.name
    made.mkdir()
    for path in folder.iterdir():
        (made / path.name).write_bytes(path.read_bytes())
    return made


def sealed(folder: Path) -> None:
    """Seal the folder again, as anybody can who changed it."""
    lines = [
        f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
        if path.name in LARGEST and path.name != "SHA256SUMS"
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))


def change_description(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    data = json.loads((folder / "model.json").read_text())
    change(data)
    (folder / "model.json").write_text(json.dumps(data))
    sealed(folder)


def change_arrays(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    arrays = unpack_arrays((folder / "arrays.npz").read_bytes())
    change(arrays)
    (folder / "arrays.npz").write_bytes(pack_arrays(arrays))
    sealed(folder)


def write(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    sealed(folder)


def pickled_array(nest: Path) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, shares=np.array([Canary(nest)], dtype=object))
    return buffer.getvalue()


def archive(*members: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        for name, data in members:
            made.writestr(name, data)
    return buffer.getvalue()


def npy(header: str, body: bytes = b"") -> bytes:
    raw = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(raw).to_bytes(2, "little") + raw + body


HUGE = "{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,), }"
NEGATIVE = "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1), }"
CALL = "{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1,), }"


def safetensors(header: dict[str, Any], body: bytes = b"", size: int | None = None) -> bytes:
    raw = json.dumps(header).encode()
    return (len(raw) if size is None else size).to_bytes(8, "little") + raw + body


def retree(folder: Path, old: str, new: str) -> None:
    text = (folder / "trees.txt").read_text()
    assert old in text
    write(folder, "trees.txt", text.replace(old, new, 1).encode())


def field_of(folder: Path, name: str) -> str:
    return next(line for line in (folder / "trees.txt").read_text().splitlines() if line.startswith(f"{name}="))


def link(folder: Path, name: str) -> None:
    outside = folder.parent / "outside"
    outside.write_bytes((folder / name).read_bytes())
    (folder / name).unlink()
    (folder / name).symlink_to(outside)


def seal_names(folder: Path, name: str) -> None:
    target = folder / name
    data = target.read_bytes() if target.is_file() else b""
    with (folder / "SHA256SUMS").open("a") as stream:
        stream.write(f"{sha256(data).hexdigest()}  {name}\n")


def deep(folder: Path) -> None:
    write(folder, "model.json", b"[" * 200_000)


# Which model, what is done to its folder, and a word of the message. `nest` is where a canary would sit.
ATTACKS: dict[str, tuple[str, Callable[[Path, Path], Any], str]] = {
    "one byte changed": ("tfidf-lr", lambda f, n: (f / "arrays.npz").write_bytes(b"x"), "does not match"),
    "description changed": ("knn", lambda f, n: (f / "model.json").write_text("{}"), "does not match"),
    "seal missing": ("knn", lambda f, n: (f / "SHA256SUMS").unlink(), "no SHA256SUMS"),
    "seal of nothing": ("knn", lambda f, n: (f / "SHA256SUMS").write_text(""), "incomplete"),
    "seal as a pickle": ("knn", lambda f, n: (f / "SHA256SUMS").write_bytes(pickle.dumps(Canary(n))), "names a file"),
    "seal too large": ("knn", lambda f, n: (f / "SHA256SUMS").write_bytes(b"0" * 10_000), "plain file"),
    "file missing": ("lstm", lambda f, n: (f / "weights.safetensors").unlink(), "missing"),
    "weights not sealed": ("lstm", lambda f, n: ((f / "weights.safetensors").unlink(), sealed(f)), "lacks its file"),
    "path upwards": ("knn", lambda f, n: seal_names(f, "../outside.json"), "names a file"),
    "absolute path": ("knn", lambda f, n: seal_names(f, "/etc/passwd"), "names a file"),
    "unknown file": ("knn", lambda f, n: ((f / "model.pkl").write_bytes(b""), seal_names(f, "model.pkl")), "names"),
    "a file twice": ("knn", lambda f, n: seal_names(f, "arrays.npz"), "names a file"),
    "a link": ("knn", lambda f, n: link(f, "arrays.npz"), "a link"),
    "a pipe": ("knn", lambda f, n: ((f / "arrays.npz").unlink(), os.mkfifo(f / "arrays.npz")), "plain file"),
    "a folder": ("knn", lambda f, n: ((f / "arrays.npz").unlink(), (f / "arrays.npz").mkdir()), "no plain file"),
    "pickle as description": ("knn", lambda f, n: write(f, "model.json", pickle.dumps(Canary(n))), "no JSON"),
    "pickle as arrays": ("knn", lambda f, n: write(f, "arrays.npz", pickle.dumps(Canary(n))), "damaged"),
    "pickle as weights": ("lstm", lambda f, n: write(f, "weights.safetensors", pickle.dumps(Canary(n))), "damaged"),
    "pickle as trees": ("lightgbm", lambda f, n: write(f, "trees.txt", pickle.dumps(Canary(n))), "trees"),
    "objects in arrays": ("knn", lambda f, n: write(f, "arrays.npz", pickled_array(n)), "damaged"),
    "npy that calls": ("knn", lambda f, n: write(f, "arrays.npz", archive(("a.npy", npy(CALL)))), "damaged"),
    "npy of 8 EiB": ("knn", lambda f, n: write(f, "arrays.npz", archive(("a.npy", npy(HUGE)))), "damaged"),
    "npy of -1": ("knn", lambda f, n: write(f, "arrays.npz", archive(("a.npy", npy(NEGATIVE, b"0" * 8)))), "damaged"),
    "npy header too long": (
        "knn",
        lambda f, n: write(f, "arrays.npz", archive(("a.npy", npy(HUGE + " " * 20_000)))),
        "damaged",
    ),
    "zip bomb": (
        "knn",
        lambda f, n: write(f, "arrays.npz", archive(("a.npy", b"0" * 10_000_000), compression=zipfile.ZIP_DEFLATED)),
        "damaged",
    ),
    "member upwards": ("knn", lambda f, n: write(f, "arrays.npz", archive(("../../a.npy", b""))), "damaged"),
    "safetensors of 4 EiB": (
        "lstm",
        lambda f, n: write(f, "weights.safetensors", safetensors({}, size=1 << 62)),
        "damaged",
    ),
    "safetensors out of range": (
        "lstm",
        lambda f, n: write(
            f,
            "weights.safetensors",
            safetensors({"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}),
        ),
        "damaged",
    ),
    "other tensors": (
        "lstm",
        lambda f, n: write(
            f,
            "weights.safetensors",
            safetensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"0000"),
        ),
        "does not fit",
    ),
    "a network of 4 TB": (
        "lstm",
        lambda f, n: change_description(f, lambda d: d["params"].update(hidden=10**6)),
        "fit",
    ),
    "many layers": ("lstm", lambda f, n: change_description(f, lambda d: d["params"].update(layers=10**9)), "layers"),
    "newer form": ("knn", lambda f, n: change_description(f, lambda d: d.update(schema=MODEL_SCHEMA + 1)), "Upgrade"),
    "newer model": ("knn", lambda f, n: change_description(f, lambda d: d.update(version=99)), "Upgrade"),
    "unknown family": ("knn", lambda f, n: change_description(f, lambda d: d.update(model="os:system")), "not known"),
    "other family": ("knn", lambda f, n: change_description(f, lambda d: d.update(model="nb-svm", params={})), "lacks"),
    "unknown parameter": ("knn", lambda f, n: change_description(f, lambda d: d["params"].update(x=1)), "not know"),
    "parameter of lists": (
        "knn",
        lambda f, n: change_description(f, lambda d: d["params"].update(power=[1])),
        "neither",
    ),
    "parameter of another kind": (
        "knn",
        lambda f, n: change_description(f, lambda d: d["plain"]["features"]["tfidf"]["params"].update(dtype="O")),
        "features",
    ),
    "analyzer out of nowhere": (
        "knn",
        lambda f, n: change_description(
            f, lambda d: d["plain"]["features"]["tfidf"]["blocks"][0].update(analyzer="x" * 99)
        ),
        "do not fit",
    ),
    "grams of a million": (
        "knn",
        lambda f, n: change_description(
            f, lambda d: d["plain"]["features"]["tfidf"]["blocks"][0].update(range=[1, 10**6])
        ),
        "range",
    ),
    "one label": (
        "knn",
        lambda f, n: change_description(f, lambda d: d.update(classes={"kind": "str", "values": ["a"]})),
        "labels",
    ),
    "labels twice": (
        "knn",
        lambda f, n: change_description(f, lambda d: d.update(classes={"kind": "str", "values": ["a", "a", "b"]})),
        "labels",
    ),
    "more labels": (
        "tfidf-lr",
        lambda f, n: change_description(f, lambda d: d.update(classes={"kind": "int", "values": [*range(9)]})),
        "weights",
    ),
    "description without end": ("knn", lambda f, n: deep(f), "no JSON"),
    "NaN in the description": ("knn", lambda f, n: write(f, "model.json", b'{"schema": NaN}'), "no JSON"),
    "NaN in the weights": ("tfidf-lr", lambda f, n: change_arrays(f, lambda a: a["weights"].fill(np.nan)), "finite"),
    "weights of another width": (
        "tfidf-lr",
        lambda f, n: change_arrays(f, lambda a: a.update(weights=a["weights"][:, 1:])),
        "weights",
    ),
    "neighbours out of memory": (
        "knn",
        lambda f, n: change_arrays(f, lambda a: a["rows"].fill(1 << 30)),
        "do not fit",
    ),
    "neighbours before memory": ("knn", lambda f, n: change_arrays(f, lambda a: a["ends"].fill(-5)), "do not fit"),
    "neighbour of no label": ("knn", lambda f, n: change_arrays(f, lambda a: a["codes"].fill(77)), "label"),
    "tree out of memory": (
        "lightgbm",
        lambda f, n: retree(f, field_of(f, "left_child"), "left_child=99999 99999 99999"),
        "outside itself",
    ),
    "tree in a circle": (
        "lightgbm",
        lambda f, n: retree(
            f, field_of(f, "left_child"), " ".join(["left_child=0", *field_of(f, "left_child").split()[1:]])
        ),
        "outside itself",
    ),
    "tree over columns that are not there": (
        "lightgbm",
        lambda f, n: retree(
            f,
            field_of(f, "split_feature"),
            " ".join(["split_feature=999999", *field_of(f, "split_feature").split()[1:]]),
        ),
        "outside itself",
    ),
    "trees for more columns": (
        "lightgbm",
        lambda f, n: retree(f, field_of(f, "max_feature_idx"), "max_feature_idx=99999999"),
        "another number",
    ),
    "trees cut short": (
        "lightgbm",
        lambda f, n: write(f, "trees.txt", (f / "trees.txt").read_bytes()[:3_000]),
        "incomplete",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_folder_is_refused_and_nothing_of_it_runs(attack: str, kept_folders: Path, tmp_path: Path) -> None:
    name, change, message = ATTACKS[attack]
    nest = tmp_path / "canary"
    folder = copied(kept_folders / name, tmp_path)
    change(folder, nest)
    with pytest.raises(ModelFileError, match=message) as caught:
        load_model(folder)
    assert caught.value.exit_code == 2 and "\n" not in str(caught.value)
    assert not nest.exists()


def test_the_canary_would_sing(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Canary(tmp_path / "canary")))  # noqa: S301
    assert (tmp_path / "canary").exists()


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
