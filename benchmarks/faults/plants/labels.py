"""Faults of the labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.faults.rows import Rows


def uniform_noise(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Replace this share of the labels, drawn at random, by another label, each as likely."""
    names, labels = rows.label_names, list(rows.labels)
    for place in _some(len(rows), share, random):
        others = [name for name in names if name != labels[place]]
        labels[place] = others[int(random.integers(len(others)))]
    return replace(rows, labels=tuple(labels))


def neighbour_noise(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Move this share of the labels to a neighbour in the order of their names."""
    names, labels = rows.label_names, list(rows.labels)
    for place in _some(len(rows), share, random):
        at = names.index(labels[place])
        beside = [step for step in (at - 1, at + 1) if 0 <= step < len(names)]
        labels[place] = names[beside[int(random.integers(len(beside)))]]
    return replace(rows, labels=tuple(labels))


def shuffled(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Permute the labels of this share of the rows among themselves: as after a sort of one column."""
    chosen = _some(len(rows), share, random)
    labels = list(rows.labels)
    for place, other in zip(chosen, random.permutation(chosen), strict=True):
        labels[place] = rows.labels[other]
    return replace(rows, labels=tuple(labels))


def _some(rows: int, share: float, random: np.random.Generator) -> list[int]:
    return sorted(random.permutation(rows)[: round(share * rows)].tolist())
