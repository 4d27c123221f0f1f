"""Numbers found in a data set before anything is trained: copies, contradictions, lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import TEST, TRAIN, Dataset
from triage_bench.datasets.neardup import exact_duplicates
from triage_bench.datasets.splits import near_duplicates_of

# Version of what the facts mean; kept facts of another one are computed anew. 1: first. 2: clusters kept beside them.
FACTS_VERSION = 2

MEANING = {
    "rows": "rows",
    "distinct_texts": "different texts",
    "duplicate_rows": "rows whose text stands in another row as well",
    "conflicting_rows": "rows whose text stands in another row with another label",
    "near_duplicate_rows": "rows in a cluster of at least two near-duplicates, identical texts included",
    "near_duplicate_clusters": "clusters of at least two near-duplicates",
    "largest_near_duplicate_cluster": "rows of the largest cluster",
    "near_duplicate_pairs": "pairs of rows within one cluster",
    "near_duplicate_conflicting_pairs": "pairs of rows within one cluster whose labels differ",
    "near_duplicate_label_agreement": "share of its cluster's other rows that carry a row's label, "
    "averaged over the rows in clusters",
    "chance_label_agreement": "the same for two rows drawn at random: the sum of the squared class shares",
    "majority_share": "share of the largest class",
    "smallest_class_rows": "rows of the smallest class that has any",
    "characters_p5": "5th percentile of a text's characters",
    "characters_median": "median of a text's characters",
    "characters_p95": "95th percentile of a text's characters",
    "eojeol_p5": "5th percentile of a text's eojeol (words between blanks)",
    "eojeol_median": "median of a text's eojeol",
    "eojeol_p95": "95th percentile of a text's eojeol",
    "groups": "different groups, where groups are given",
    "train_rows": "training rows of the official split, where there is one",
    "test_rows": "test rows of the official split",
    "test_rows_sharing_text": "official test rows whose text also stands in an official training row",
    "test_rows_sharing_near_duplicate": "official test rows with an official training row in their cluster",
    "test_rows_sharing_group": "official test rows whose group also has official training rows",
}
"""Every fact and what it counts; a fact that does not apply to a data set is absent."""


def facts_of(dataset: Dataset) -> dict[str, float]:
    """Return the facts of a data set by name (`MEANING` says what each is).

    Parameters
    ----------
    dataset
        At least one row. Near-duplicates are found once and kept with it.
    """
    texts, near = exact_duplicates(dataset.texts), near_duplicates_of(dataset)
    facts = {
        "rows": len(dataset),
        "distinct_texts": len(np.unique(texts)),
        "duplicate_rows": int((_sizes(texts) > 1).sum()),
        "conflicting_rows": int((_sizes(texts) > _alike(texts, dataset.labels)).sum()),
        **_near_duplicates(near, dataset.labels),
        **_classes(dataset.labels),
        **_lengths("characters", dataset.texts, len),
        **_lengths("eojeol", dataset.texts, lambda text: len(text.split())),
        **_official(dataset, texts, near),
    }
    if dataset.groups is not None:
        facts["groups"] = len(np.unique(dataset.groups))
    return {name: float(value) for name, value in facts.items()}


def _sizes(units: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, per row, how many rows are in its unit."""
    _, number, counts = np.unique(units, return_inverse=True, return_counts=True)
    return counts[number].astype(np.int64)


def _alike(units: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, per row, how many rows of its unit carry its label."""
    return _sizes(units * (int(labels.max(initial=0)) + 1) + labels)


def _near_duplicates(near: NDArray[np.int64], labels: NDArray[np.int64]) -> dict[str, float]:
    others, alike = _sizes(near) - 1, _alike(near, labels) - 1
    together = others > 0
    facts: dict[str, float] = {
        "near_duplicate_rows": int(together.sum()),
        "near_duplicate_clusters": len(np.unique(near[together])),
        "largest_near_duplicate_cluster": int(others.max(initial=0)) + 1,
        "near_duplicate_pairs": int(others.sum()) // 2,
        "near_duplicate_conflicting_pairs": int((others - alike).sum()) // 2,
    }
    if together.any():
        facts["near_duplicate_label_agreement"] = float(np.mean(alike[together] / others[together]))
    return facts


def _classes(labels: NDArray[np.int64]) -> dict[str, float]:
    counts = np.unique(labels, return_counts=True)[1]
    shares = counts / len(labels)
    return {
        "chance_label_agreement": float((shares**2).sum()),
        "majority_share": float(shares.max()),
        "smallest_class_rows": int(counts.min()),
    }


def _lengths(unit: str, texts: Sequence[str], length: Callable[[str], int]) -> dict[str, float]:
    p5, median, p95 = np.percentile([length(text) for text in texts], [5, 50, 95])
    return {f"{unit}_p5": float(p5), f"{unit}_median": float(median), f"{unit}_p95": float(p95)}


def _official(dataset: Dataset, texts: NDArray[np.int64], near: NDArray[np.int64]) -> dict[str, float]:
    if dataset.official is None:
        return {}
    train, test = dataset.official == TRAIN, dataset.official == TEST

    def sharing(units: NDArray[np.int64]) -> int:
        return int(np.isin(units[test], units[train]).sum())

    facts: dict[str, float] = {
        "train_rows": int(train.sum()),
        "test_rows": int(test.sum()),
        "test_rows_sharing_text": sharing(texts),
        "test_rows_sharing_near_duplicate": sharing(near),
    }
    if dataset.groups is not None:
        facts["test_rows_sharing_group"] = sharing(dataset.groups)
    return facts
