"""Controls that cut the same rows differently: at random, by topic, by source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from triage_bench.core.dataset import TRAIN, Dataset
from triage_bench.core.errors import DataError
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol
from triage_bench.datasets.splits import folds_of
from triage_bench.models import MODELS

YARDSTICK = Recipe("char-ridge", version=MODELS.entry("char-ridge").version)
"""The learner of all controls on the data: cheap enough for hundreds of fits."""

FULL_ROWS, SAMPLE_ROWS = 3_000, 2_000
"""Controls that are drawn many times train on all rows up to the first, on a sample of the second beyond:
what they compare is the same at either size, and a kernel of 3,000 rows is what half a second buys."""

MOST_SOURCES, FEW_REPEATS = 10, 3
"""Sources held out one by one; more are held out several at a time. Repeats where one draw costs minutes."""


def jobs_under(dataset: Dataset, recipe: Recipe, protocol: Protocol, seed: int) -> list[Job]:
    """Return one job per repeat and fold, as many folds as the data set allows; none where it allows no cut."""
    try:
        folds, _ = folds_of(dataset, protocol)
    except DataError:
        return []
    fitting = replace(protocol, folds=max(folds, 2) if protocol.split not in ("official", "none") else 1)
    return [
        Job(dataset.name, dataset.digest, recipe, fitting, repeat, fold, seed)
        for repeat in range(fitting.repeats)
        for fold in range(folds)
    ]


def training_rows(dataset: Dataset, protocol: Protocol) -> int:
    """Return about how many rows a job trains on."""
    if protocol.split == "official" and dataset.official is not None:
        return int(np.sum(dataset.official == TRAIN))
    return len(dataset) * (protocol.folds - 1) // max(protocol.folds, 2)


def sampled(dataset: Dataset, protocol: Protocol) -> Protocol:
    """Return a protocol that trains on a sample where all rows would be too many to do it often."""
    return protocol if training_rows(dataset, protocol) <= FULL_ROWS else replace(protocol, train_rows=SAMPLE_ROWS)


def yardstick(dataset: Dataset, recipes: Sequence[Recipe], protocol: Protocol, seed: int) -> list[Job]:
    """Measure the learner of the controls as the models are measured, and on a sample if controls use one."""
    named = any(one.name == YARDSTICK.name for one in recipes)
    once = sampled(dataset, replace(protocol, repeats=1, purpose="sampled-benchmark"))
    more = jobs_under(dataset, YARDSTICK, once, seed) if once.train_rows else []
    return [*([] if named else jobs_under(dataset, YARDSTICK, protocol, seed)), *more]


def random_splits(dataset: Dataset, protocol: Protocol, seed: int, repeats: int) -> Iterator[Job]:
    """Cut at random, once with all rows and often enough to see the noise of one split."""
    folds = protocol.folds if protocol.split != "official" else 5
    at_random = Protocol("stratified", "random-split", folds=folds)
    yield from jobs_under(dataset, YARDSTICK, at_random, seed)
    often = sampled(dataset, replace(at_random, purpose="repeated-split", repeats=repeats))
    yield from jobs_under(dataset, YARDSTICK, often, seed)


def held_out(dataset: Dataset, protocol: Protocol, seed: int, granularities: Sequence[int]) -> Iterator[Job]:
    """Hold out whole topics, whole sources, all sources but one; and groups where the published split ignores them."""
    folds = protocol.folds if protocol.split != "official" else 5
    yield from _ask(dataset, _topics(dataset, folds, granularities), seed)
    if dataset.sources is not None:
        source = Protocol("source", "source-held-out", folds=MOST_SOURCES)
        one = Protocol("one-source", "one-source", folds=MOST_SOURCES)
        yield from _ask(dataset, (source, *((one,) if len(set(dataset.sources)) <= MOST_SOURCES else ())), seed)
    if protocol.split == "official":
        kept = Protocol("near-duplicate" if dataset.groups is None else "grouped", "grouped-split", folds=folds)
        yield from jobs_under(dataset, YARDSTICK, kept, seed)


def _topics(dataset: Dataset, folds: int, granularities: Sequence[int]) -> Iterator[Protocol]:
    for parts in granularities:
        yield Protocol("topic", "topic-held-out", folds=folds, parts=parts)
    if dataset.topics is not None:
        yield Protocol("topic", "topic-held-out", folds=folds)


def _ask(dataset: Dataset, protocols: Iterable[Protocol], seed: int) -> Iterator[Job]:
    for protocol in protocols:
        yield from jobs_under(dataset, YARDSTICK, sampled(dataset, protocol), seed)
