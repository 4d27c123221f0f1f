"""What is found in a data set before anything runs, kept between runs.

Near-duplicates of 60,000 texts cost the better part of a minute once; a repeated command must not
pay for them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import numpy as np

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import RecordError
from triage_bench.core.workspace import Workspace
from triage_bench.datasets.facts import FACTS_VERSION, facts_of
from triage_bench.datasets.splits import near_duplicates_of
from triage_bench.store import read_sealed, write_sealed


def kept_facts(dataset: Dataset, workspace: Workspace) -> Mapping[str, float]:
    """Return the facts of a data set, and leave its near-duplicate clusters with it.

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
    with suppress(RecordError):
        kept = read_sealed(path)
        dataset.memo["near-duplicates"] = np.array(kept["near_duplicates"], dtype=np.int64)
        return dict(kept["facts"])
    facts = facts_of(dataset)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        write_sealed(path, {"facts": facts, "near_duplicates": near_duplicates_of(dataset).tolist()})
    return facts
