"""Hostile folders of kept models: what somebody could send instead of a model."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from triage_bench.models.keeping.description import MODEL_SCHEMA
from triage_bench.models.keeping.folder import LARGEST, pack_arrays, unpack_arrays


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


def without(folder: Path, name: str) -> None:
    (folder / name).unlink()
    sealed(folder)


def instead(folder: Path, name: str, make: Callable[[Path], None]) -> None:
    (folder / name).unlink()
    make(folder / name)


def own_family(folder: Path, nest: Path) -> None:
    (folder / "evil.py").write_text(f"open({str(nest)!r}, 'w')\n")
    change_description(folder, lambda data: data.update(model=f"{folder / 'evil.py'}:Evil"))


def seal_names(folder: Path, name: str, data: bytes | None = None) -> None:
    target = folder / name
    if data is not None:
        target.write_bytes(data)
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
    "weights not sealed": ("lstm", lambda f, n: without(f, "weights.safetensors"), "lacks its file"),
    "path upwards": ("knn", lambda f, n: seal_names(f, "../outside.json"), "names a file"),
    "absolute path": ("knn", lambda f, n: seal_names(f, "/etc/passwd"), "names a file"),
    "unknown file": ("knn", lambda f, n: seal_names(f, "model.pkl", b""), "names"),
    "a file twice": ("knn", lambda f, n: seal_names(f, "arrays.npz"), "names a file"),
    "a link": ("knn", lambda f, n: link(f, "arrays.npz"), "a link"),
    "a pipe": ("knn", lambda f, n: instead(f, "arrays.npz", os.mkfifo), "plain file"),
    "a folder": ("knn", lambda f, n: instead(f, "arrays.npz", Path.mkdir), "no plain file"),
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
    "numbers without end": (
        "knn",
        lambda f, n: write(f, "model.json", b'{"schema": ' + b"9" * 100_000 + b"}"),
        "no JSON",
    ),
    "infinity in the description": ("knn", lambda f, n: write(f, "model.json", b'{"schema": Infinity}'), "no JSON"),
    "objects without end": ("knn", lambda f, n: write(f, "model.json", b'{"a":' * 200_000), "no JSON"),
    "a huge version": ("knn", lambda f, n: change_description(f, lambda d: d.update(version=10**300)), "Upgrade"),
    "a call as family": (
        "knn",
        lambda f, n: change_description(f, lambda d: d.update(model=f"__import__('os').system('touch {n}')")),
        "not known",
    ),
    "a file of one's own as family": (
        "knn",
        own_family,
        "not known",
    ),
    "a tokenizer that imports": (
        "knn",
        lambda f, n: change_description(
            f, lambda d: d["plain"]["features"]["tfidf"]["blocks"][0].update(analyzer="os:system")
        ),
        r"\w",
    ),
    "safetensors with a long header": (
        "lstm",
        lambda f, n: write(f, "weights.safetensors", safetensors({"a" * 5_000_000: 1})),
        "damaged",
    ),
    "safetensors that overlap": (
        "lstm",
        lambda f, n: write(
            f,
            "weights.safetensors",
            safetensors(
                {
                    "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                    "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                },
                b"0000",
            ),
        ),
        "damaged",
    ),
    "a zip of a thousand members": (
        "knn",
        lambda f, n: write(f, "arrays.npz", archive(*((f"a{i}.npy", b"") for i in range(1_000)))),
        "damaged",
    ),
    "trees of a billion leaves": (
        "lightgbm",
        lambda f, n: retree(f, field_of(f, "num_leaves"), "num_leaves=999999999"),
        r"\w",
    ),
    "trees of a negative size": (
        "lightgbm",
        lambda f, n: retree(f, field_of(f, "num_leaves"), "num_leaves=-7"),
        r"\w",
    ),
    "trees that answer NaN": (
        "lightgbm",
        lambda f, n: retree(
            f, field_of(f, "leaf_value"), " ".join(["leaf_value=nan", *field_of(f, "leaf_value").split()[1:]])
        ),
        r"\w",
    ),
    "trees cut short": (
        "lightgbm",
        lambda f, n: write(f, "trees.txt", (f / "trees.txt").read_bytes()[:3_000]),
        "incomplete",
    ),
}
