"""Numbers found in a data set before anything is trained: copies, contradictions, damage, patterns, lengths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import TEST, TRAIN, Dataset
from triage_bench.core.identifiers import redacted
from triage_bench.datasets.damage import damage_facts
from triage_bench.datasets.files import ROW_COLUMN
from triage_bench.datasets.frames import frame_facts
from triage_bench.datasets.neardup import exact_duplicates, near_duplicate_clusters
from triage_bench.datasets.neighbours import neighbour_facts
from triage_bench.datasets.novelty import novelty_facts
from triage_bench.datasets.shortcuts import find_shortcut
from triage_bench.datasets.splits import near_duplicates_of
from triage_bench.datasets.telling_columns import telling_columns

# Version of what the facts mean; kept facts of another one are computed anew. 1: first. 2: clusters kept beside them.
# 3: damage, neighbours, frames, shortcuts, vocabulary, columns; words beside numbers. 4: words that tell a rare class.
# 5: misread texts have two different odd syllables; close copies across an official split.
FACTS_VERSION = 5

CLOSE, NEAR_MANY = 0.6, 0.1
"""Cosine from which near-duplicates are close copies, and share of the test rows from which on these are counted: it
costs as much as the near-duplicates did. The denser honest texts lie, the more of them are near-duplicates: of 5,000
simulated triage sentences a third of a fair cut has one in training, a tenth a close copy (of edited copies 0.7 do)."""

SOURCE = "source"
"""Name under which the sources of the rows are listed among the columns that tell the label."""

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
    "effective_classes": "e to the entropy of the class shares: how many equal classes would be as mixed",
    "characters_p5": "5th percentile of a text's characters",
    "characters_median": "median of a text's characters",
    "characters_p95": "95th percentile of a text's characters",
    "eojeol_p5": "5th percentile of a text's eojeol (words between blanks)",
    "eojeol_median": "median of a text's eojeol",
    "eojeol_p95": "95th percentile of a text's eojeol",
    "distinct_eojeol": "different eojeol",
    "single_eojeol_share": "share of the different eojeol that occur once in all texts",
    "distinct_characters": "different characters",
    "mojibake_rows": "rows with UTF-8 or EUC-KR read as a Western encoding",
    "lost_rows": "rows with U+FFFD, the sign for a letter that was lost",
    "misread_rows": "rows with syllables no one types, from UTF-8 read as CP949",
    "jamo_rows": "rows with conjoining jamo that cannot be composed",
    "damaged_rows": "rows with any damage of these four kinds",
    "damaged_texts": "different texts among these",
    "letterless_rows": "rows with fewer than two letters",
    "damaged_share": "share of damaged rows, on the side of the official split that has more",
    "letterless_share": "share of rows with fewer than two letters, on the side that has more",
    "compared_rows": "rows that were compared with each other; never those of an official test side",
    "neighbour_label_agreement": "share of them whose nearest other text carries the same label",
    "close_rows": "rows whose nearest other text has a cosine of at least 0.5",
    "contradicted_rows": "such rows whose nearest text carries another label",
    "close_label_agreement": "share of the close rows whose nearest text carries the same label",
    "close_chance_agreement": "the same if labels of close rows and of their neighbours were independent",
    "close_ceiling": "the accuracy on close rows that no classifier surpasses (Cover and Hart's bound)",
    "opening_share": "share of the distinct texts that the 12 commonest openings of 4 characters hold",
    "ending_share": "the same for endings",
    "frame_share": "the lower of the two",
    "openings_for_half": "openings that together make up half of the distinct texts",
    "shortcut_rows": "distinct texts in which telling tokens were looked for",
    "shortcut_tokens": "tokens that were chosen, at most 12",
    "shortcut_coverage": "share of held-out rows that hold one of the tokens",
    "shortcut_precision": "share of these rows whose label is the token's",
    "shortcut_rare_coverage": "the same share of the rows of all other classes, where one has more than 85 %",
    "compared_columns": "side columns, the source included, that were compared with the label",
    "telling_columns": "those that tell the label of nearly every row",
    "source_tells": "1 where the source is one of these, else 0; absent without sources",
    "new_bigram_share": "share of the official test side's character bigrams that training lacks",
    "new_bigram_expected": "the same for training rows held out at random",
    "new_eojeol_share": "share of the official test side's eojeol that training lacks",
    "new_eojeol_expected": "the same for training rows held out at random",
    "groups": "different groups, where groups are given",
    "train_rows": "training rows of the official split, where there is one",
    "test_rows": "test rows of the official split",
    "test_rows_sharing_text": "official test rows whose text also stands in an official training row",
    "test_rows_sharing_near_duplicate": "official test rows with an official training row in their cluster",
    "test_rows_sharing_close_copy": "official test rows with an official training row in their cluster, linked from a "
    "cosine of 0.6 on instead of 0.5; counted where a tenth of them or more share a near-duplicate",
    "test_rows_sharing_group": "official test rows whose group also has official training rows",
}
"""Every fact and what it counts; a fact that does not apply to a data set is absent."""


@dataclass(frozen=True)
class Found:
    """What was found in a data set.

    Attributes
    ----------
    facts
        Numbers by name (`MEANING` says what each is).
    words
        ``shortcut_tokens`` and, beside each, its label in ``shortcut_labels``; names of side columns in
        ``telling_columns``. No token stands in fewer than five distinct texts.
    """

    facts: Mapping[str, float]
    words: Mapping[str, tuple[str, ...]]


def find_facts(dataset: Dataset) -> Found:
    """Return all that is found in a data set.

    Parameters
    ----------
    dataset
        At least one row. What needs labels looks at no row of an official test side.
    """
    rows = dataset.open_rows
    # Its tokens are shown; a patient's number in five texts would be one of them.
    texts = tuple(map(redacted, dataset.texts)) if dataset.provenance.private else dataset.texts
    shortcut = find_shortcut(texts, dataset.labels, rows)
    columns = {name: values for name, values in dataset.columns.items() if name != ROW_COLUMN}
    if dataset.sources is not None:
        columns[SOURCE] = dataset.sources
    telling = tuple(telling_columns({name: _cut(v, rows) for name, v in columns.items()}, dataset.labels[rows]))
    facts = {
        **facts_of(dataset),
        **neighbour_facts(dataset.texts, dataset.labels, rows),
        "shortcut_rows": shortcut.rows,
        "shortcut_tokens": len(shortcut.tokens),
        "shortcut_coverage": shortcut.coverage,
        "shortcut_precision": shortcut.precision,
        "compared_columns": len(columns),
        "telling_columns": len(telling),
    }
    if shortcut.rare_coverage is not None:
        facts["shortcut_rare_coverage"] = shortcut.rare_coverage
    if dataset.sources is not None:
        facts["source_tells"] = SOURCE in telling
    words = {
        "shortcut_tokens": shortcut.tokens,
        "shortcut_labels": tuple(dataset.label_names[code] for code in shortcut.labels),
        "telling_columns": telling,
    }
    return Found({name: float(value) for name, value in facts.items()}, words)


def facts_of(dataset: Dataset) -> dict[str, float]:
    """Return the facts that are counted, without those that compare texts with labels (see `find_facts`).

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
        **_vocabulary(dataset.texts),
        **damage_facts(dataset.texts, _sides(dataset)),
        **frame_facts(dataset.texts),
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
        "effective_classes": float(np.exp(-(shares * np.log(shares)).sum())),
    }


def _lengths(unit: str, texts: Sequence[str], length: Callable[[str], int]) -> dict[str, float]:
    p5, median, p95 = np.percentile([length(text) for text in texts], [5, 50, 95])
    return {f"{unit}_p5": float(p5), f"{unit}_median": float(median), f"{unit}_p95": float(p95)}


def _vocabulary(texts: Sequence[str]) -> dict[str, float]:
    eojeol = Counter(word for text in texts for word in text.split())
    single = sum(count == 1 for count in eojeol.values())
    return {
        "distinct_eojeol": len(eojeol),
        "single_eojeol_share": single / max(len(eojeol), 1),
        "distinct_characters": len(set().union(*texts)),
    }


def _cut(values: Sequence[Any], rows: NDArray[np.int64]) -> list[Any]:
    return [values[row] for row in rows.tolist()]


def _sides(dataset: Dataset) -> list[NDArray[np.bool_]]:
    if dataset.official is None:
        return [np.ones(len(dataset), dtype=np.bool_)]
    return [dataset.official == TRAIN, dataset.official == TEST]


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
        **novelty_facts(dataset.texts, np.flatnonzero(train), np.flatnonzero(test)),
    }
    if facts["test_rows_sharing_near_duplicate"] >= NEAR_MANY * test.sum():
        facts["test_rows_sharing_close_copy"] = sharing(near_duplicate_clusters(dataset.texts, CLOSE))
    if dataset.groups is not None:
        facts["test_rows_sharing_group"] = sharing(dataset.groups)
    return facts
