"""A data set: texts and labels with what is known about where they come from. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.digest import canonical_json, digest, digest_array, digest_texts
from triage_bench.core.errors import DataError, UnknownNameError
from triage_bench.core.sentence import Notice
from triage_bench.core.side_columns import SideColumns

Scale = Literal["nominal", "ordinal", "triage"]
Role = Literal["target", "reference"]

UNUSED, TRAIN, TEST = -1, 0, 1
"""Values of `Dataset.official`: which side of the published split a row stands on."""


@dataclass(frozen=True)
class Provenance:
    """Where a data set comes from.

    Attributes
    ----------
    title, origin, licence
        For people. `origin` is a public address or ``"a file of the user's own"``.
    role
        A ``reference`` is known to be learnable; a ``target`` is what the user asks about.
    private
        Whether the texts are the user's own: then none of them leaves in a report or a log.
    expected
        The band (lowest, highest) of macro-F1 in which a sound TF-IDF + logistic regression
        ends up, where a card names one.
    ceiling
        The accuracy of the best possible classifier, where the data was drawn from a known law.
    human
        The accuracy of people on the same rows, where it is known.
    """

    title: str = ""
    origin: str = ""
    licence: str = ""
    role: Role = "target"
    private: bool = False
    expected: tuple[float, float] | None = None
    ceiling: float | None = None
    human: float | None = None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Texts and their labels in a fixed order.

    Attributes
    ----------
    name
        What people call it.
    texts
        One string per row, normalised.
    labels : ndarray of int64, shape (n,)
        Index into `label_names`.
    label_names
        The classes in their order. On a ``triage`` scale the first is the most urgent.
    scale
        ``nominal``; ``ordinal``: the order means something; ``triage``: ordered by urgency.
    groups : ndarray of int64, shape (n,), optional
        Rows with equal numbers must stay on one side of a split.
    sources : tuple of str, optional
        Who or what wrote each row.
    topics : tuple of str, optional
        What each row is about, where that is known.
    official : ndarray of int8, shape (n,), optional
        The published split: `TRAIN`, `TEST` or `UNUSED` per row.
    columns
        Side columns by name, one value per row.
    numeric, categorical
        Which of them a model may read beside the text, and how; none by default.
    notices
        What was counted while the rows were read.
    provenance
        Where it comes from.
    memo
        What was computed from the rows once (near-duplicate clusters), by name. It travels to
        worker processes with the data set; `dataclasses.replace` starts an empty one.
    """

    name: str
    texts: tuple[str, ...] = field(repr=False)  # never in a log: they may be a patient's words
    labels: NDArray[np.int64] = field(repr=False)
    label_names: tuple[str, ...]
    scale: Scale = "nominal"
    groups: NDArray[np.int64] | None = None
    sources: tuple[str, ...] | None = None
    topics: tuple[str, ...] | None = None
    official: NDArray[np.int8] | None = None
    columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    memo: dict[str, NDArray[np.int64]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", _frozen(np.asarray(self.labels, dtype=np.int64)))
        if self.groups is not None:
            object.__setattr__(self, "groups", _frozen(np.asarray(self.groups, dtype=np.int64)))
        if self.official is not None:
            object.__setattr__(self, "official", _frozen(np.asarray(self.official, dtype=np.int8)))
        self._check_lengths()
        self._check_labels()
        self._check_read()

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def classes(self) -> dict[str, int]:
        """Rows per class, in label order."""
        counts = np.bincount(self.labels, minlength=len(self.label_names))
        return {name: int(count) for name, count in zip(self.label_names, counts, strict=True)}

    @cached_property
    def digest(self) -> str:
        """Digest of all that can change a score; the name and the notices are not part of it."""
        parts: dict[str, Any] = {
            "texts": digest_texts(self.texts),
            "labels": digest_array(self.labels),
            "label_names": list(self.label_names),
            "scale": self.scale,
            "groups": None if self.groups is None else digest_array(self.groups),
            "sources": None if self.sources is None else digest_texts(self.sources),
            "topics": None if self.topics is None else digest_texts(self.topics),
            "official": None if self.official is None else digest_array(self.official),
            "columns": {name: digest_texts(map(repr, values)) for name, values in self.columns.items()},
        }
        if self.numeric or self.categorical:  # absent otherwise: data sets without them keep their digests
            parts["read"] = {"numeric": list(self.numeric), "categorical": list(self.categorical)}
        return digest(canonical_json(parts))

    @property
    def open_rows(self) -> NDArray[np.int64]:
        """The rows whose labels may be looked at beside a model's answers: all but those of an official test side."""
        return np.arange(len(self)) if self.official is None else np.flatnonzero(self.official == TRAIN)

    @cached_property
    def side(self) -> SideColumns | None:
        """The columns that a model may read beside the text; None without any."""
        if not (self.numeric or self.categorical):
            return None
        return SideColumns.read(self.columns, self.numeric, self.categorical)

    def _check_lengths(self) -> None:
        per_row: dict[str, Any] = {
            "labels": self.labels,
            "groups": self.groups,
            "sources": self.sources,
            "topics": self.topics,
            "official": self.official,
            **self.columns,
        }
        for name, values in per_row.items():
            if values is not None and len(values) != len(self.texts):
                raise DataError(
                    f"{self.name!r}: {len(values)} {name} for {len(self.texts)} texts; one per text expected."
                )

    def _check_read(self) -> None:
        named = (*self.numeric, *self.categorical)
        for name in named:
            if name not in self.columns:
                raise UnknownNameError("column", name, list(self.columns))
        if len(set(named)) != len(named):
            raise DataError(f"{self.name!r}: a column is named twice, got {named!r}; numeric or categorical, once.")

    def _check_labels(self) -> None:
        if len(set(self.label_names)) != len(self.label_names):
            raise DataError(f"{self.name!r}: label names must be distinct, got {self.label_names!r}.")
        if len(self.labels) and (self.labels.min() < 0 or self.labels.max() >= len(self.label_names)):
            raise DataError(f"{self.name!r}: a label points outside its {len(self.label_names)} names.")


@dataclass(frozen=True)
class DatasetSummary:
    """What a plan, a report and the checks keep of a data set: no text, no row.

    Attributes
    ----------
    name, digest, rows, classes, scale, provenance, notices
        As in `Dataset`; `classes` maps label → rows.
    status
        ``"ok"``, or ``"skipped"`` with a `reason`.
    facts
        Numbers found in the data (duplicates, conflicting labels …), by name.
    words
        Single tokens found in the data, by name: each stands in enough rows to be nobody's own words.
    """

    name: str
    digest: str = ""
    rows: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)
    scale: Scale = "nominal"
    provenance: Provenance = field(default_factory=Provenance)
    notices: tuple[Notice, ...] = ()
    status: Literal["ok", "skipped"] = "ok"
    reason: str | None = None
    facts: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The classes in their order."""
        return tuple(self.classes)

    @classmethod
    def of(
        cls, dataset: Dataset, facts: Mapping[str, float], words: Mapping[str, tuple[str, ...]] | None = None
    ) -> DatasetSummary:
        """Summarise a data set that is at hand."""
        return cls(
            name=dataset.name,
            digest=dataset.digest,
            rows=len(dataset),
            classes=dataset.classes,
            scale=dataset.scale,
            provenance=dataset.provenance,
            notices=dataset.notices,
            facts=dict(facts),
            words=dict(words or {}),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; `classes` as pairs, because JSON keys get sorted."""
        return {
            "name": self.name,
            "digest": self.digest,
            "rows": self.rows,
            "classes": [[name, count] for name, count in self.classes.items()],
            "scale": self.scale,
            "provenance": {**vars(self.provenance), "expected": _listed(self.provenance.expected)},
            "notices": [notice.to_dict() for notice in self.notices],
            "status": self.status,
            "reason": self.reason,
            "facts": dict(self.facts),
            "words": {name: list(found) for name, found in self.words.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DatasetSummary:
        """Read back what `to_dict` wrote."""
        provenance = {**data["provenance"]}
        expected = provenance["expected"]
        provenance["expected"] = None if expected is None else (expected[0], expected[1])
        return cls(
            **{
                **data,
                "classes": dict(data["classes"]),
                "provenance": Provenance(**provenance),
                "notices": tuple(Notice.from_dict(notice) for notice in data["notices"]),
                "words": {name: tuple(found) for name, found in data.get("words", {}).items()},
            }
        )


def _listed(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else list(pair)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array = array.copy()
    array.flags.writeable = False
    return array
