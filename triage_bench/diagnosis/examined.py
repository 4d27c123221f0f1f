"""A user's own model as its checks look at it: the facts of its examination, and its score beside others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import YARDSTICK, Case, unfinished
from triage_bench.diagnosis.check import Seen
from triage_bench.diagnosis.noise import Estimate, balanced_accuracy, difference, macro_f1_influence

EXAMINATION = "examination"
"""Purpose of the jobs that examine a model from outside; `Protocol.probes` names their group."""
YARDSTICKS = ("char-ridge", YARDSTICK)
"""Linear models over character n-grams that a model is held against, the first that was measured."""

NONE_BROUGHT = Seen("not_applicable", Sentence("가져온 모델이 없습니다.", "No model of one's own was brought."))


@dataclass(frozen=True, eq=False)
class Examined:
    """One brought model on one data set.

    Attributes
    ----------
    case
        The data set with everything measured on it.
    name
        What the recipe is called.
    group
        The group of probes the check needs; empty for the benchmark alone.
    """

    case: Case
    name: str
    group: str = ""

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What was planned of the check's group."""
        planned = self.case.planned(EXAMINATION)
        return tuple(one for one in planned if one.recipe.name == self.name and one.protocol.probes == self.group)

    @cached_property
    def facts(self) -> Mapping[str, float | str]:
        """What the group's probes left."""
        return {name: value for one in self.outcomes for record in one.records for name, value in record.facts.items()}

    @cached_property
    def every_fact(self) -> Mapping[str, float | str]:
        """What the probes of all groups left."""
        records = [r for one in self.case.planned(EXAMINATION) if one.recipe.name == self.name for r in one.records]
        return {name: value for record in records for name, value in record.facts.items()}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of the jobs the check rests on."""
        return tuple(key for one in self.outcomes for key in one.keys)

    @cached_property
    def benchmark(self) -> Outcome | None:
        """The model on the splits of the benchmark, where it came to an end."""
        return next((one for one in self.case.finished() if one.recipe.name == self.name), None)

    @cached_property
    def yardstick(self) -> Outcome | None:
        """A linear model over characters on the same splits; the better of default and tuned comes first."""
        mine = self.benchmark
        for model in YARDSTICKS:
            found = [one for one in self.case.finished(model=model) if not one.tuned]
            if mine is not None:
                found = [one for one in found if one.protocol.split == mine.protocol.split]
            if found:
                return found[0]
        return self.case.best

    @cached_property
    def gain(self) -> Estimate | None:
        """Macro-F1 of the model minus that of the yardstick, on the rows both scored."""
        if self.benchmark is None or self.yardstick is None:
            return None
        return difference(macro_f1_influence, self.benchmark.predictions, self.yardstick.predictions, self.case.classes)

    @property
    def behind(self) -> bool:
        """Whether the yardstick is better by more than noise."""
        return self.gain is not None and self.gain.high < 0

    @cached_property
    def reachable(self) -> Estimate | None:
        """Balanced accuracy of the yardstick on rows it has not seen: what these texts are known to tell."""
        return None if self.yardstick is None else balanced_accuracy(self.yardstick.predictions, self.case.classes)

    def number(self, name: str, otherwise: float = 0.0) -> float:
        """Return a fact of any group as a number."""
        value = self.every_fact.get(name, otherwise)
        return float(value) if isinstance(value, int | float) else otherwise

    def has(self, *names: str) -> bool:
        """Whether all these facts of the group are there."""
        return all(name in self.facts for name in names)

    def seen(self, outcome: str, ko: str, en: str, **numbers: float | int | str) -> Seen:
        """Return what a check saw of this model."""
        rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in numbers.items()}
        return Seen(outcome, Sentence(ko=ko, en=en), rounded, self.keys, self.name)  # type: ignore[arg-type]


Judge = Callable[[Examined], Seen]


def each_examined(group: str, needs: tuple[str, ...], judge: Judge) -> Callable[[Case], Iterator[Seen]]:
    """Return a look at every brought model: `judge` where the group's facts are there, else why they are not.

    Parameters
    ----------
    group
        Name of the group of probes.
    needs
        Facts without which nothing can be said.
    judge
        Says what it saw of one model.
    """

    def look(case: Case) -> Iterator[Seen]:
        if not case.brought:
            yield NONE_BROUGHT
        for recipe in case.brought:
            yield _one(Examined(case, recipe.name, group), needs, judge)

    return look


def _one(examined: Examined, needs: tuple[str, ...], judge: Judge) -> Seen:
    if not examined.outcomes:
        ko, en = "이번 실행에는 이 시험이 없었습니다.", "This run did not examine it."
        return examined.seen("skipped", ko, en)
    if not all(one.complete for one in examined.outcomes):
        why = unfinished(examined.outcomes)
        return examined.seen("skipped", why.ko, why.en)
    if not examined.has(*needs):
        broken = next((f"{k}: {v}" for k, v in examined.facts.items() if k.endswith(".error")), "")
        return examined.seen(
            "skipped",
            f"시험 도중 모델이 오류를 내어 판단하지 않았습니다. {broken}".strip(),
            f"Not judged: the model raised an error while it was examined. {broken}".strip(),
        )
    return judge(examined)
