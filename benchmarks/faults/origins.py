"""Sound data that faults are planted in, and which of it may be looked at.

The rule is fixed: a case belongs to the *setting* part, at which thresholds may look, if its data set is nsmc,
ktas_symptom or ktas-sim and its seed is even; every other case is *untouched*, all of ynat and kobill among them.
The two parts never share a row of nsmc or ktas_symptom: even seeds draw from the texts with an even digest, odd
seeds from the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.faults.rows import Rows
from triage_bench.core.dataset import Dataset
from triage_bench.core.digest import digest
from triage_bench.core.errors import UnavailableError
from triage_bench.core.seeds import generator_for
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import load_dataset
from triage_bench.datasets.ktas_sim import KtasSim

Part = Literal["setting", "untouched"]
NEVER_LOOKED_AT = ("ynat", "kobill")


def part_of(origin: str, seed: int) -> Part:
    """Return the part a data set and a seed belong to."""
    return "untouched" if origin in NEVER_LOOKED_AT or seed % 2 else "setting"


@dataclass(frozen=True)
class Origin:
    """One sound data set.

    Attributes
    ----------
    name
        As its card calls it.
    rows
        How many rows a case can be drawn from at the most; 0 means as many as wanted.
    classes
        How many labels it has.
    draw
        (rows wanted, seed) → rows; fewer where there are no more.
    """

    name: str
    rows: int
    classes: int
    draw: Callable[[int, int], Rows]

    def offers(self, size: int) -> bool:
        """Whether it has that many rows."""
        return not self.rows or size <= self.rows


def origins(workspace: Workspace) -> Mapping[str, Origin]:
    """Return what can be had on this machine, by name; ktas-sim always."""
    found = {"ktas-sim": Origin("ktas-sim", 0, 5, _simulated)}
    for name in ("kobill", "nsmc", "ynat", "ktas_symptom"):
        try:
            dataset = load_dataset(name, workspace)
        except UnavailableError:
            continue
        found[name] = _public(name, dataset)
    return found


def _public(name: str, dataset: Dataset) -> Origin:
    places = _one_per_group(dataset)
    halves = {parity: _half(name, dataset, places, parity) for parity in (0, 1)}
    names = dataset.label_names

    def draw(rows: int, seed: int) -> Rows:
        half = halves[seed % 2]
        chosen = generator_for("faults", name, seed, rows).permutation(half)[:rows]
        return Rows(
            tuple(dataset.texts[place] for place in chosen), tuple(names[dataset.labels[place]] for place in chosen)
        )

    return Origin(name, min(map(len, halves.values())), len(names), draw)


def _one_per_group(dataset: Dataset) -> NDArray[np.int64]:
    """Return one row of each group, and each text once: what is left has no copies of our making."""
    keys: list[object] = list(dataset.texts) if dataset.groups is None else dataset.groups.tolist()
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    return np.array(sorted(first.values()), dtype=np.int64)


def _half(name: str, dataset: Dataset, places: NDArray[np.int64], parity: int) -> NDArray[np.int64]:
    if name in NEVER_LOOKED_AT:
        return places
    return np.array([place for place in places if _is_odd(dataset.texts[place]) == bool(parity)], dtype=np.int64)


@cache
def _is_odd(text: str) -> bool:
    return int(digest(text)[-1], 16) % 2 == 1


def _simulated(rows: int, seed: int) -> Rows:
    drawn = KtasSim(rows=rows, seed=10_000 + seed).draw()  # not the draws that suites and tests use
    return Rows(drawn.texts, tuple(drawn.label_names[code] for code in drawn.labels))
