"""What the models go by: their strongest grams and words per class, and whether families agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from triage_bench.core.explanation import Explanation, Weighed
from triage_bench.core.run import Outcome

LISTED = 10
"""Grams and words listed per class; agreement is measured on as many words."""

COMMON = 8
"""Words per class that most families name."""


def explanation_of(outcome: Outcome) -> dict[str, Any] | None:
    """Return what a model goes by over its folds, or None where no fold says so.

    Returns
    -------
    dict
        ``method``, ``unit``, ``folds``, ``rows``: texts on which words were weighed; ``gap``: share of the
        change that integrated gradients miss; ``classes``: per label its grams and words, each with its
        mean value over the folds and the number of folds that name it. What single folds name goes last.
    """
    found = [record.explanation for record in outcome.records if record.explanation is not None]
    if not any(words for one in found for words in one.words):
        return None
    gaps = [one.gap for one in found if one.gap is not None]
    return {
        "method": found[0].method,
        "unit": found[0].unit,
        "folds": len(found),
        "rows": sum(one.rows for one in found),
        "gap": sum(gaps) / len(gaps) if gaps else None,
        "classes": [
            {"label": label, "grams": _joined(found, "grams", code), "words": _joined(found, "words", code)}
            for code, label in enumerate(outcome.dataset.label_names)
        ],
    }


def agreement_of(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return how far models name the same words, or None where fewer than two name any.

    Parameters
    ----------
    entries
        One per model of a data set: what `explanation_of` returned, with ``model``.

    Returns
    -------
    dict
        ``models``; ``overlap``: for every pair the share of its listed words that are the same, averaged
        over the classes for which both name some; ``common``: per class the words that at least half of
        the models name, with how many do.
    """
    if len(entries) < 2:
        return None
    words = [[{one["name"] for one in label["words"]} for label in entry["classes"]] for entry in entries]
    labels = [label["label"] for label in entries[0]["classes"]]
    return {
        "models": [entry["model"] for entry in entries],
        "overlap": [[_overlap(one, other) for other in words] for one in words],
        "common": [
            {"label": label, "words": _common([own[code] for own in words])} for code, label in enumerate(labels)
        ],
    }


def _joined(found: Sequence[Explanation], part: str, code: int) -> list[dict[str, Any]]:
    values: dict[str, list[float]] = defaultdict(list)
    for one in found:
        named: Sequence[Sequence[Weighed]] = getattr(one, part)
        for name, value in named[code] if code < len(named) else ():
            values[name].append(value)
    ranked = sorted(values.items(), key=lambda item: (-sum(item[1]), item[0]))
    return [{"name": name, "value": sum(each) / len(found), "folds": len(each)} for name, each in ranked[:LISTED]]


def _overlap(one: Sequence[set[str]], other: Sequence[set[str]]) -> float | None:
    shares = [len(a & b) / min(len(a), len(b)) for a, b in zip(one, other, strict=True) if a and b]
    return sum(shares) / len(shares) if shares else None


def _common(named: Iterable[set[str]]) -> list[dict[str, Any]]:
    counts: dict[str, int] = defaultdict(int)
    models = 0
    for words in named:
        models += 1
        for word in words:
            counts[word] += 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"word": word, "models": count} for word, count in ranked if 2 * count >= models and count > 1][:COMMON]
