"""Public data sets in a folder that several machines see, by digest: written once, read and proven by content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from triage_bench.core.dataset import Dataset, Provenance
from triage_bench.core.errors import InputError, RecordError
from triage_bench.core.sealed import read_sealed, write_sealed
from triage_bench.core.sentence import Notice

SHELF_SCHEMA = 1


def shelve(folder: Path, dataset: Dataset) -> bool:
    """Write a data set to a folder unless it is there, and tell whether it now is.

    Parameters
    ----------
    folder
        Made when it is first written to; deleting it loses nothing.
    dataset
        One of the user's own is refused: its texts are written nowhere but where they came from. So is one with
        cells that JSON cannot say.
    """
    if dataset.provenance.private:
        return False
    path = _file(folder, dataset.digest)
    if path.is_file():
        return True
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sealed(path, _to_dict(dataset), lasting=False)
    except (OSError, TypeError, ValueError):  # a full disk, a NaN: it travels another way
        return False
    return True


def take(folder: Path, digest: str) -> Dataset:
    """Return the data set of this digest from a folder.

    Raises
    ------
    InputError
        If it is not there, damaged, or another one.
    """
    try:
        data = read_sealed(_file(folder, digest))
        if data["schema"] != SHELF_SCHEMA:
            raise RecordError(f"schema {data['schema']}; expected {SHELF_SCHEMA}")
        dataset = _from_dict(data)
    except (OSError, RecordError, KeyError, TypeError) as error:
        raise InputError(
            f"the shared folder {str(folder)!r} has no usable data set {digest[:8]} ({type(error).__name__}); "
            "see that every worker sees it at the same place: `doctor --address`."
        ) from error
    if dataset.digest != digest:
        raise InputError(f"the data set {digest[:8]} in {str(folder)!r} has another content; delete its file.")
    return dataset


def _file(folder: Path, digest: str) -> Path:
    return folder / "rows" / f"{digest}.json"


def _to_dict(dataset: Dataset) -> dict[str, Any]:
    def listed(values: Any) -> Any:
        return None if values is None else values.tolist() if isinstance(values, np.ndarray) else list(values)

    return {
        "schema": SHELF_SCHEMA,
        "name": dataset.name,
        "label_names": listed(dataset.label_names),
        "scale": dataset.scale,
        **{name: listed(getattr(dataset, name)) for name in _PER_ROW},
        "columns": [[name, list(values)] for name, values in dataset.columns.items()],
        "numeric": list(dataset.numeric),
        "categorical": list(dataset.categorical),
        "notices": [notice.to_dict() for notice in dataset.notices],
        "provenance": {**vars(dataset.provenance), "expected": listed(dataset.provenance.expected)},
        "memo": {name: values.tolist() for name, values in dataset.memo.items()},
    }


_PER_ROW = ("texts", "labels", "groups", "sources", "topics", "official")


def _from_dict(data: dict[str, Any]) -> Dataset:
    def strings(name: str) -> tuple[str, ...] | None:
        return None if data[name] is None else tuple(data[name])

    def numbers(name: str, kind: type[np.integer[Any]]) -> Any:
        return None if data[name] is None else np.array(data[name], dtype=kind)

    expected = data["provenance"]["expected"]
    dataset = Dataset(
        name=data["name"],
        texts=tuple(data["texts"]),
        labels=numbers("labels", np.int64),
        label_names=tuple(data["label_names"]),
        scale=data["scale"],
        groups=numbers("groups", np.int64),
        sources=strings("sources"),
        topics=strings("topics"),
        official=numbers("official", np.int8),
        columns={name: tuple(values) for name, values in data["columns"]},
        notices=tuple(Notice.from_dict(notice) for notice in data["notices"]),
        provenance=Provenance(
            **{**data["provenance"], "expected": None if expected is None else (expected[0], expected[1])}
        ),
        numeric=tuple(data["numeric"]),
        categorical=tuple(data["categorical"]),
    )
    dataset.memo.update({name: np.array(values, dtype=np.int64) for name, values in data["memo"].items()})
    return dataset
