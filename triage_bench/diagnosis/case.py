"""One data set of a run, as the checks look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from triage_bench.core.dataset import DatasetSummary
from triage_bench.core.job import BASELINES, Recipe
from triage_bench.core.run import Outcome, Run
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.noise import macro_f1

YARDSTICK = "tfidf-lr"
"""The linear model that every other model is measured against."""


@dataclass(frozen=True, eq=False)
class Case:
    """A data set with everything the run measured on it.

    Attributes
    ----------
    run
        Plan and records.
    dataset
        The data set's summary.
    """

    run: Run
    dataset: DatasetSummary

    @property
    def classes(self) -> int:
        """How many labels there are."""
        return len(self.dataset.classes)

    def fact(self, name: str) -> float | None:
        """Return a number found in the data, or None where it was not looked for."""
        return self.dataset.facts.get(name)

    def noticed(self, code: str) -> int | None:
        """Return what was counted under a code while the rows were read, or None."""
        return next((notice.count for notice in self.dataset.notices if notice.code == code), None)

    def planned(self, purpose: str = "benchmark", model: str | None = None) -> tuple[Outcome, ...]:
        """Return what was planned for a purpose, finished or not."""
        return tuple(self.run.where(dataset=self.dataset.name, purpose=purpose, model=model))

    def finished(self, purpose: str = "benchmark", model: str | None = None) -> tuple[Outcome, ...]:
        """Return what was planned for a purpose and has all its predictions."""
        return tuple(outcome for outcome in self.planned(purpose, model) if outcome.complete)

    @cached_property
    def candidates(self) -> tuple[Outcome, ...]:
        """Benchmark outcomes of built-in models that read the text, planned on the data set's own split."""
        real = [one for one in self.planned() if one.recipe.model not in BASELINES and not one.recipe.brought]
        return tuple(outcome for outcome in real if outcome.protocol.split == real[0].protocol.split)

    @cached_property
    def contenders(self) -> tuple[Outcome, ...]:
        """The candidates that have all their predictions, best macro-F1 first."""
        complete = [outcome for outcome in self.candidates if outcome.complete]
        return tuple(sorted(complete, key=lambda one: -macro_f1(one.predictions, self.classes).value))

    @property
    def best(self) -> Outcome | None:
        """The model with the highest macro-F1."""
        return self.contenders[0] if self.contenders else None

    @property
    def yardstick(self) -> Outcome | None:
        """The best TF-IDF + logistic regression."""
        return next((outcome for outcome in self.contenders if outcome.recipe.model == YARDSTICK), None)

    def yardstick_reading(self, what: str) -> Outcome | None:
        """Return the best TF-IDF + logistic regression that reads ``"text"``, ``"columns"`` or ``"both"``."""
        linear = (one for one in self.contenders if one.recipe.model == YARDSTICK)
        return next((one for one in linear if reading_of(one) == what), None)

    def yardstick_of(self, outcome: Outcome) -> Outcome | None:
        """Return the yardstick that reads what a model reads; where there is none, the best."""
        return self.yardstick_reading(reading_of(outcome)) or self.yardstick

    @cached_property
    def brought(self) -> tuple[Recipe, ...]:
        """The user's own models that are examined here; what is found about them is judged apart from the data.

        On a reference beside the user's data they are only measured.
        """
        mine = [one for one in self.run.where(dataset=self.dataset.name) if one.recipe.brought]
        examined = [one for one in mine if one.protocol.purpose == "examination"]
        if not examined and self.dataset.provenance.role == "reference":
            return ()
        return tuple({one.recipe.name: one.recipe for one in examined or mine}.values())

    @cached_property
    def is_yardstick(self) -> bool:
        """Whether this is reference data that models were only measured on, for comparison with the user's data.

        No control ran on it, so that no verdict on it could be well founded.
        """
        if self.dataset.provenance.role != "reference":
            return False
        return all(one.protocol.purpose == "benchmark" for one in self.run.where(dataset=self.dataset.name))

    @cached_property
    def networks(self) -> tuple[str, ...]:
        """Names of the models that learn in epochs.

        Told from what they left behind, not from a list, so that a plugin's network is one too:
        a training history, an initial loss, or a place in the fit-32 control.
        """
        named = {outcome.recipe.model: None for outcome in self.planned("fit-32") if not outcome.recipe.brought}
        for outcome in self.candidates:
            if any(record.history or "initial_loss" in record.facts for record in outcome.records):
                named[outcome.recipe.model] = None
        return tuple(named)

    @cached_property
    def network_candidates(self) -> tuple[Outcome, ...]:
        """The networks among the candidates, but those that read columns alone.

        What these cannot learn says nothing of how networks train, or of the text.
        """
        return tuple(outcome for outcome in self.candidates if self._is_network(outcome))

    @cached_property
    def network_outcomes(self) -> tuple[Outcome, ...]:
        """Those that were measured to the end, each once: tuned or not, whichever is better."""
        ours = [outcome for outcome in self.contenders if self._is_network(outcome)]
        return tuple({outcome.recipe.name: outcome for outcome in reversed(ours)}.values())

    def _is_network(self, outcome: Outcome) -> bool:
        return outcome.recipe.model in self.networks and reading_of(outcome) != "columns"


def reading_of(outcome: Outcome) -> str:
    """Return what a model reads: ``"text"``, ``"columns"`` or ``"both"``."""
    return str(outcome.recipe.params.get("columns", "text"))


def unfinished(outcomes: Sequence[Outcome]) -> Sentence:
    """Say that a check cannot judge because its jobs did not all come to an end."""
    jobs = sum(len(outcome.jobs) for outcome in outcomes)
    done = sum(record.ok for outcome in outcomes for record in outcome.records)
    reason = next((outcome.reason for outcome in outcomes if outcome.reason), "")
    tail = f" ({reason})" if reason else ""
    return Sentence(
        ko=f"필요한 작업 {jobs}개 중 {done}개만 끝나 판단하지 않았습니다.{tail}",
        en=f"Not judged: of {jobs} jobs needed, {done} finished.{tail}",
    )
