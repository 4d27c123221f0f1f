"""What is found in a data set before anything runs, kept between runs.

Near-duplicates of 60,000 texts cost the better part of a minute once; a repeated command must not
pay for them again.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from triage_bench.core.dataset import Dataset, DatasetSummary
from triage_bench.core.errors import RecordError
from triage_bench.core.workspace import Workspace
from triage_bench.datasets.facts import FACTS_VERSION, Found, find_facts
from triage_bench.datasets.splits import near_duplicates_of
from triage_bench.store import read_sealed, write_sealed


def summary_of(dataset: Dataset, workspace: Workspace) -> DatasetSummary:
    """Summarise a data set with all that is found in it; see `kept_facts`."""
    found = kept_facts(dataset, workspace)
    return DatasetSummary.of(dataset, found.facts, found.words)


def kept_facts(dataset: Dataset, workspace: Workspace) -> Found:
    """Return what is found in a data set, and leave its near-duplicate clusters with it.

    Parameters
    ----------
    dataset
        The rows. Its clusters go to its `memo`, from the cache or freshly found, so that they
        travel to the workers with it.
    workspace
        Names the cache. A damaged or unwritable cache only costs time.
    """
    folder = workspace.cache / "facts"
    path = folder / f"{dataset.digest}-{FACTS_VERSION}.json"
    with suppress(RecordError, KeyError, TypeError, ValueError):
        kept = read_sealed(path)
        dataset.memo["near-duplicates"] = np.array(kept["near_duplicates"], dtype=np.int64)
        return Found(dict(kept["facts"]), {name: tuple(words) for name, words in kept["words"].items()})
    found = find_facts(dataset)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        kept = {"facts": dict(found.facts), "words": {name: list(words) for name, words in found.words.items()}}
        write_sealed(path, {**kept, "near_duplicates": near_duplicates_of(dataset).tolist()})
    return found
