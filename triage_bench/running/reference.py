"""Data that is known to be learnable, cut to the size of the user's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import UnavailableError
from triage_bench.core.seeds import generator_for
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import load_dataset
from triage_bench.datasets.interventions import stratified_sample

REFERENCE = "kobill"
"""Ships with a package that is installed anyway, so it is there without a network."""


def reference_like(dataset: Dataset, workspace: Workspace, seed: int) -> Dataset | None:
    """Return the reference data cut to as many classes and rows as a data set has, or None where it is not here.

    Parameters
    ----------
    dataset
        What it is to resemble. With more classes or rows than the reference has, all of these are used.
    workspace
        Where data is looked for.
    seed
        Decides which rows are drawn. The largest classes are kept.
    """
    try:
        whole = load_dataset(REFERENCE, workspace)
    except UnavailableError:
        return None
    present = int((np.bincount(dataset.labels) > 0).sum())
    largest = np.argsort(-np.bincount(whole.labels), kind="stable")[: max(2, present)]
    rows = np.flatnonzero(np.isin(whole.labels, largest))
    drawn = generator_for(seed, whole.digest, "reference", len(dataset), present)
    rows = rows[stratified_sample(whole.labels[rows], min(len(dataset), len(rows)), drawn)]
    kept, labels = np.unique(whole.labels[rows], return_inverse=True)
    return replace(
        whole,
        name=f"{REFERENCE}-{len(rows)}x{len(kept)}",
        texts=tuple(whole.texts[row] for row in rows.tolist()),
        labels=labels.astype(np.int64),
        label_names=tuple(whole.label_names[label] for label in kept.tolist()),
        notices=(),
        provenance=replace(whole.provenance, expected=None),
    )
