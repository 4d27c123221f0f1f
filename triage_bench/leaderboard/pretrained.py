"""What a pre-trained model brings over TF-IDF on the same rows, and what it costs in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from triage_bench.core.job import ON_PRETRAINED
from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.leaderboard.answers import Answers
from triage_bench.leaderboard.paired import ALPHA, compare
from triage_bench.metrics import Metric

YARDSTICK = "tfidf-lr"
_REACH = NormalDist().inv_cdf(1 - ALPHA / 2)


@dataclass(frozen=True)
class Gain:
    """A pre-trained model against TF-IDF and logistic regression.

    Attributes
    ----------
    model, tuned
        The pre-trained model's name, and whether its parameters were searched.
    against, against_tuned
        The same of the model it is measured against.
    difference, low, high
        Its score minus the other's with a 95 % interval (paired, over independent units).
    p_value
        Two-sided, of the paired test; not corrected.
    seconds, seconds_against
        Fit and search, mean per fold.
    text
        The same in a sentence.
    """

    model: str
    tuned: bool
    against: str
    against_tuned: bool
    difference: float
    low: float
    high: float
    p_value: float
    seconds: float
    seconds_against: float
    text: Sentence


def gains(outcomes: Sequence[Outcome], metric: Metric) -> tuple[Gain, ...]:
    """Compare every pre-trained model with TF-IDF.

    Parameters
    ----------
    outcomes
        What is compared with each other, in the plan's order. TF-IDF is its first recipe, tuned where the other is
        tuned and there is such a one: chosen by the plan, never by the score.
    metric
        A metric of the confusion counts.
    """
    complete = [one for one in outcomes if one.complete]
    usual = [one for one in complete if one.recipe.model == YARDSTICK]
    ours = [one for one in complete if one.recipe.model in ON_PRETRAINED]
    return tuple(_gain(one, _alike(one, usual), metric) for one in ours if usual)


def _alike(outcome: Outcome, usual: Sequence[Outcome]) -> Outcome:
    return next((one for one in usual if one.tuned == outcome.tuned), usual[0])


def _gain(own: Outcome, other: Outcome, metric: Metric) -> Gain:
    found = compare(Answers.of(own), Answers.of(other), metric, coordinates=(*other.keys, *own.keys))
    low, high = found.difference - _REACH * found.error, found.difference + _REACH * found.error
    seconds, usual = _seconds(own), _seconds(other)
    return Gain(
        model=own.recipe.name,
        tuned=own.tuned,
        against=other.recipe.name,
        against_tuned=other.tuned,
        difference=found.difference,
        low=low,
        high=high,
        p_value=found.p_value,
        seconds=seconds,
        seconds_against=usual,
        text=_said(own, other, metric, (found.difference, low, high), seconds, usual),
    )


def _seconds(outcome: Outcome) -> float:
    steps = ("tune", "fit")
    return outcome.mean(lambda record: sum(record.timings.get(step, 0.0) for step in steps)) or 0.0


def _said(
    own: Outcome, other: Outcome, metric: Metric, found: tuple[float, float, float], seconds: float, usual: float
) -> Sentence:
    ours, theirs = _named(own), _named(other)
    difference, low, high = (f"{value:+.3f}" for value in found)
    chance = found[1] <= 0 <= found[2]
    times = round(seconds / usual) if usual > 0 and seconds / usual >= 1.5 else 1
    return Sentence(
        ko=f"{ours.ko}: {metric.title.ko}에서 {theirs.ko} 대비 {difference}(95% 신뢰구간 {low} ~ {high})입니다. "
        + "우연한 차이일 수 있습니다. " * chance
        + f"폴드마다 학습에 {seconds:,.1f}초가 걸립니다(TF-IDF는 {usual:,.1f}초"
        + f"이므로 {times:,}배" * (times > 1)
        + ").",
        en=f"{ours.en}: {difference} in {metric.title.en} over {theirs.en} (95% interval {low} to {high})"
        + ", which may be chance" * chance
        + f". It takes {seconds:,.1f} s per fold to learn (TF-IDF {usual:,.1f} s"
        + f": {times:,} times as long" * (times > 1)
        + ").",
    )


def _named(outcome: Outcome) -> Sentence:
    kind = Sentence("튜닝", "tuned") if outcome.tuned else Sentence("기본값", "default")
    return Sentence(f"{outcome.recipe.name}({kind.ko})", f"{outcome.recipe.name} ({kind.en})")
