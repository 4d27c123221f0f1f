"""Facts about a data set, kept between runs: near-duplicates of 60,000 texts cost a minute once."""

from __future__ import annotations

from collections.abc import Mapping

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import RecordError
from triage_bench.core.workspace import Workspace
from triage_bench.datasets.facts import FACTS_VERSION, facts_of
from triage_bench.store import read_sealed, write_sealed


def kept_facts(dataset: Dataset, workspace: Workspace) -> Mapping[str, float]:
    """Return the facts of a data set, from the cache where they are known already.

    Parameters
    ----------
    dataset
        The rows.
    workspace
        Names the cache. A damaged or unwritable cache only costs time.
    """
    folder = workspace.cache / "facts"
    path = folder / f"{dataset.digest}-{FACTS_VERSION}.json"
    try:
        return read_sealed(path)
    except RecordError:
        facts = facts_of(dataset)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_sealed(path, facts)
    except OSError:
        pass
    return facts
