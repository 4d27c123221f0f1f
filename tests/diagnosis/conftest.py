"""A planted run: what each model answers is decided here, nothing is trained."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triage_bench.core.dataset import DatasetSummary, Provenance
from triage_bench.core.finding import Finding
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.record import Predictions, RunRecord, Status
from triage_bench.core.run import Run
from triage_bench.core.seeds import generator_for
from triage_bench.core.space import Space
from triage_bench.diagnosis import CHECKS
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import findings_of

sys.path.insert(0, str(Path(__file__).parent))

CLEAN = {"distinct_texts": 1000.0, "conflicting_rows": 0.0, "near_duplicate_rows": 20.0}


class World:
    """A run on one data set, model by model.

    `right` is the share of rows a model answers rightly; where it is wrong it answers another class.
    """

    def __init__(
        self,
        counts: Mapping[str, int] | None = None,
        *,
        name: str = "data",
        split: str = "near-duplicate",
        facts: Mapping[str, float] = CLEAN,
        **provenance: Any,
    ) -> None:
        counts = {"a": 500, "b": 500} if counts is None else counts
        self.summary = DatasetSummary(
            name, name, sum(counts.values()), counts, provenance=Provenance(**provenance), facts=facts
        )
        self.labels = np.repeat(np.arange(len(counts)), list(counts.values()))
        self.split = split
        self.jobs: list[Job] = []
        self.records: dict[str, RunRecord] = {}
        self.others: list[World] = []

    def add(
        self,
        model: str = "tfidf-lr",
        right: float | None = 0.85,
        *,
        purpose: str = "benchmark",
        split: str | None = None,
        rows: int | None = None,
        trials: int = 0,
        answers: Sequence[int] | None = None,
        confidence: str = "honest",
        status: Status = "ok",
        missing: bool = False,
        params: Mapping[str, Any] | None = None,
        space: Space | None = None,
        tokenizer: str | None = None,
        columns: str | None = None,
        **rest: Any,
    ) -> World:
        fixed = {"tokenizer": tokenizer, "columns": columns}
        recipe = Recipe(model, {name: value for name, value in fixed.items() if value})
        protocol = Protocol(
            split or self.split,  # type: ignore[arg-type]
            purpose,
            labels="shuffled" if purpose == "shuffled-labels" else "given",
            train_rows=32 if purpose == "fit-32" else None,
            scored_rows="train" if purpose == "fit-32" else "test",
            tuning=Tuning(trials=trials),
        )
        folds = 1 if protocol.split == "official" or purpose == "fit-32" else 5
        every = np.arange(len(self.labels))
        scored = every[:: max(1, len(every) // rows)][:rows] if rows else every
        for fold in range(folds):
            job = Job(self.summary.name, self.summary.digest, recipe, protocol, 0, fold, 0)
            self.jobs.append(job)
            mine = scored[fold::folds]
            if missing:
                continue
            if status != "ok":
                self.records[job.key] = RunRecord(job, status, "ValueError: 3 planted failures")
                continue
            predictions = self._answer(model, purpose, mine, right, answers, confidence, fold)
            self.records[job.key] = RunRecord(
                job,
                "ok",
                predictions=predictions,
                train_rows=len(every) * 4 // 5,
                params=params or {},
                space=space,
                **rest,
            )
        return self

    def _answer(self, model, purpose, rows, right, answers, confidence, fold) -> Predictions:  # type: ignore[no-untyped-def]
        rng, classes = generator_for(model, purpose, fold), len(self.summary.classes)
        labels = self.labels[rows]
        wrong = (labels + rng.integers(1, max(classes, 2), len(rows))) % classes
        if answers is not None:
            predicted = np.array(answers)[labels]
        elif right is None:  # by chance, whatever the label
            predicted = rng.integers(0, classes, len(rows))
        else:
            predicted = np.where(rng.random(len(rows)) < right, labels, wrong)
        sure = rng.uniform(0.5, 0.99, len(rows))
        if confidence == "honest":  # errors are the least confident
            sure = np.where(predicted == labels, sure, 0.5)
        probabilities = np.full((len(rows), classes), 0.0)
        probabilities += ((1 - sure) / max(classes - 1, 1))[:, None]
        probabilities[np.arange(len(rows)), predicted] = sure
        return Predictions(rows, labels, predicted, probabilities.astype(np.float32), rows)

    def beside(self, other: World) -> World:
        self.others.append(other)
        return self

    @property
    def run(self) -> Run:
        worlds = [self, *self.others]
        jobs = tuple(job for world in worlds for job in world.jobs)
        records = {key: record for world in worlds for key, record in world.records.items()}
        return Run(Plan("test", "quick", 0, (), tuple(world.summary for world in worlds), jobs), records)

    @property
    def case(self) -> Case:
        return Case(self.run, self.summary)

    def ask(self, code: str) -> list[Finding]:
        return list(CHECKS.load(code).findings(self.case))

    def outcome(self, code: str) -> str:
        found = self.ask(code)
        assert found, f"{code} said nothing"
        outcomes = {one.outcome for one in found}
        assert len(outcomes) == 1, f"{code}: {[(one.model, one.outcome) for one in found]}"
        return outcomes.pop()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return findings_of(self.run)


@pytest.fixture
def world() -> type[World]:
    return World
