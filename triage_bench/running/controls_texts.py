"""Controls on what is read of a text: the unit of tokens, the beginning, the words without their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from triage_bench.core.dataset import Dataset
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol
from triage_bench.models import MODELS
from triage_bench.running.controls_splits import YARDSTICK, jobs_under, sampled

PREFIXES = (10, 20, 40)
"""Characters that are read from the start."""

SLOW_UNITS = {"kiwi": 20_000, "okt": 10_000, "komoran": 10_000, "hannanum": 5_000, "kkma": 1_000}
"""Up to how many rows a slow analyser is asked: about half a minute of its time."""


def units(dataset: Dataset, protocol: Protocol, seed: int, tokenizers: Sequence[str]) -> Iterator[Job]:
    """Compare units of tokens under one learner."""
    asked = sampled(dataset, replace(protocol, purpose="tokenizer", repeats=1))
    version = MODELS.entry("token-ridge").version
    for unit in tokenizers:
        if len(dataset) <= SLOW_UNITS.get(unit, len(dataset)):
            recipe = Recipe("token-ridge", {"tokenizer": unit}, version=version)
            yield from jobs_under(dataset, recipe, asked, seed)


def readings(dataset: Dataset, protocol: Protocol, seed: int) -> Iterator[Job]:
    """Read only the first characters, the words in any order, the strongest token, or all but the telling words."""
    asked = {f"prefix-{length}": f"prefix:{length}" for length in PREFIXES}
    asked |= {reading: reading for reading in ("words-shuffled", "strongest-token", "without-telling")}
    for purpose, texts in asked.items():
        one = replace(protocol, purpose=purpose, texts=texts, repeats=1)
        yield from jobs_under(dataset, YARDSTICK, sampled(dataset, one), seed)
