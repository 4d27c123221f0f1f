"""The table of metrics: what each is called, what it means, which way is up, how it is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan
from types import MappingProxyType

import triage_bench.metrics.counts as by_counts
import triage_bench.metrics.probabilities as by_probabilities
from triage_bench.core.dataset import Scale
from triage_bench.core.errors import UnknownNameError
from triage_bench.core.record import Predictions
from triage_bench.core.sentence import Sentence


@dataclass(frozen=True)
class Metric:
    """One metric. Exactly one of `from_counts` and `from_probabilities` is given.

    Attributes
    ----------
    name
        The word in files and options.
    title, explanation
        What a reader sees: a short name, and what it says in one sentence.
    higher_is_better
        Which way is up.
    decimals
        With how many decimals it is printed.
    from_counts
        Confusion counts ``(..., k, k)`` → scores ``(...)``.
    from_probabilities
        Predictions → score.
    needs_order
        Whether the order of the labels must mean something.
    needs_urgency
        Whether the first label must be the most urgent (a ``triage`` scale).
    """

    name: str
    title: Sentence
    explanation: Sentence
    higher_is_better: bool = True
    decimals: int = 3
    from_counts: Callable[[by_counts.Counts], by_counts.Scores] | None = None
    from_probabilities: Callable[[Predictions], float] | None = None
    needs_order: bool = False
    needs_urgency: bool = False

    def __post_init__(self) -> None:
        if (self.from_counts is None) == (self.from_probabilities is None):
            raise ValueError(f"metric {self.name!r} needs exactly one of from_counts and from_probabilities")

    def fits(self, scale: Scale) -> bool:
        """Return whether the metric means something on this scale."""
        return scale == "triage" or (scale == "ordinal" and not self.needs_urgency) or not self.needs_order

    def __call__(self, predictions: Predictions, classes: int) -> float:
        """Score predictions; NaN where the metric is undefined on these rows."""
        if self.from_counts is not None:
            return float(self.from_counts(by_counts.confusion(predictions.labels, predictions.predicted, classes)))
        assert self.from_probabilities is not None
        return self.from_probabilities(predictions)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            Metric(
                "macro_f1",
                Sentence("매크로 F1", "Macro-F1"),
                Sentence(
                    "클래스별 F1(정밀도와 재현율의 조화평균)을 같은 비중으로 평균한 값입니다. "
                    "다수 클래스만 맞혀서는 높아지지 않습니다.",
                    "F1 (harmonic mean of precision and recall) of each class, averaged with equal weight: "
                    "living off the majority class does not raise it.",
                ),
                from_counts=by_counts.macro_f1,
            ),
            Metric(
                "accuracy",
                Sentence("정확도", "Accuracy"),
                Sentence("전체 문장 중 정답의 비율입니다.", "Share of right answers among all rows."),
                from_counts=by_counts.accuracy,
            ),
            Metric(
                "balanced_accuracy",
                Sentence("균형 정확도", "Balanced accuracy"),
                Sentence(
                    "클래스별 재현율의 평균입니다. 내용을 보지 않고 답하면 클래스 수분의 1이 됩니다.",
                    "Mean recall over the classes: one over their number for answers that ignore the text.",
                ),
                from_counts=by_counts.balanced_accuracy,
            ),
            Metric(
                "mcc",
                Sentence("매튜스 상관계수", "Matthews correlation"),
                Sentence(
                    "정답과 예측의 상관입니다. 0이면 우연 수준, 1이면 완전한 일치입니다.",
                    "Correlation between labels and answers: 0 is chance, 1 is perfect.",
                ),
                from_counts=by_counts.mcc,
            ),
            Metric(
                "qwk",
                Sentence("가중 카파(QWK)", "Quadratic weighted kappa"),
                Sentence(
                    "우연을 뺀 등급 일치도입니다. 틀린 등급 차이의 제곱에 비례해 감점합니다.",
                    "Agreement of levels beyond chance; an error costs the square of its distance in levels.",
                ),
                from_counts=by_counts.qwk,
                needs_order=True,
            ),
            Metric(
                "mae",
                Sentence("평균 등급 오차", "Mean level error"),
                Sentence(
                    "예측 등급과 정답 등급의 평균 차이입니다.", "Mean distance between answer and label in levels."
                ),
                higher_is_better=False,
                from_counts=by_counts.mae,
                needs_order=True,
            ),
            Metric(
                "macro_mae",
                Sentence("매크로 등급 오차", "Macro-averaged level error"),
                Sentence(
                    "등급별로 구한 평균 등급 오차를 같은 비중으로 평균한 값입니다. 드문 등급의 오류가 묻히지 않습니다.",
                    "Mean level error of each given level, averaged with equal weight: errors on rare levels count.",
                ),
                higher_is_better=False,
                from_counts=by_counts.macro_mae,
                needs_order=True,
            ),
            Metric(
                "within_one",
                Sentence("한 등급 이내", "Within one level"),
                Sentence(
                    "정답이거나 한 등급만 벗어난 예측의 비율입니다.",
                    "Share of answers that are right or one level off.",
                ),
                from_counts=by_counts.within_one,
                needs_order=True,
            ),
            Metric(
                "off_by_two",
                Sentence("두 등급 이상 오류", "Two or more levels off"),
                Sentence(
                    "정답에서 두 등급 이상 벗어난 예측의 비율입니다.", "Share of answers two or more levels away."
                ),
                higher_is_better=False,
                from_counts=by_counts.off_by_two,
                needs_order=True,
            ),
            Metric(
                "under_triage",
                Sentence("과소 분류율", "Under-triage"),
                Sentence(
                    "전체 중 실제보다 덜 급하다고 예측한 비율입니다. 환자에게 위험한 쪽의 오류입니다.",
                    "Share of all rows answered as less urgent than they are: the error that endangers patients.",
                ),
                higher_is_better=False,
                from_counts=by_counts.under_triage,
                needs_order=True,
                needs_urgency=True,
            ),
            Metric(
                "over_triage",
                Sentence("과다 분류율", "Over-triage"),
                Sentence(
                    "전체 중 실제보다 더 급하다고 예측한 비율입니다. 의료 자원을 낭비하는 쪽의 오류입니다.",
                    "Share of all rows answered as more urgent than they are: the error that costs resources.",
                ),
                higher_is_better=False,
                from_counts=by_counts.over_triage,
                needs_order=True,
                needs_urgency=True,
            ),
            Metric(
                "auroc",
                Sentence("AUROC", "AUROC"),
                Sentence(
                    "각 클래스를 나머지와 구분하는 능력의 평균입니다. 0.5이면 우연 수준입니다.",
                    "How well each class is told from the rest, averaged over classes: 0.5 is chance.",
                ),
                from_probabilities=by_probabilities.auroc,
            ),
            Metric(
                "log_loss",
                Sentence("로그 손실", "Log-loss"),
                Sentence(
                    "정답에 준 확률의 음의 로그를 평균한 값입니다. 확신하며 틀릴수록 커집니다.",
                    "Mean negative log-probability of the right label: confident errors cost most.",
                ),
                higher_is_better=False,
                from_probabilities=by_probabilities.log_loss,
            ),
            Metric(
                "ece",
                Sentence("보정 오차(ECE)", "Calibration error (ECE)"),
                Sentence(
                    "모델이 말한 확신과 실제 정답률의 평균 차이입니다.",
                    "Mean gap between the confidence a model states and how often it is right.",
                ),
                higher_is_better=False,
                from_probabilities=by_probabilities.ece,
            ),
        )
    }
)
"""Every metric by name, in the order in which a report shows them."""


def find(name: str) -> Metric:
    """Return a metric by name.

    Raises
    ------
    UnknownNameError
        If there is none of that name; the message names the nearest.
    """
    if name not in METRICS:
        raise UnknownNameError("metric", name, METRICS)
    return METRICS[name]


def score(name: str, predictions: Predictions, classes: int) -> float:
    """Score predictions by one metric.

    Parameters
    ----------
    name
        A key of `METRICS`.
    predictions
        Labels, answers and probabilities of m rows.
    classes
        How many classes the data set has.

    Returns
    -------
    float
        NaN where the metric is undefined on these rows.

    Raises
    ------
    UnknownNameError
        If the metric is unknown.
    """
    return find(name)(predictions, classes)


def all_scores(predictions: Predictions, n_classes: int, scale: Scale) -> dict[str, float]:
    """Score predictions by every metric that fits the scale; undefined ones (NaN) are left out."""
    scores = {metric.name: metric(predictions, n_classes) for metric in applicable(scale)}
    return {name: value for name, value in scores.items() if not isnan(value)}


def applicable(scale: Scale) -> tuple[Metric, ...]:
    """Return the metrics that mean something on a scale, in the order of `METRICS`."""
    return tuple(metric for metric in METRICS.values() if metric.fits(scale))


def headline(scale: Scale) -> tuple[str, ...]:
    """Return the metrics that lead: macro-F1 everywhere, QWK beside it where levels are ordered."""
    return ("macro_f1",) if scale == "nominal" else ("macro_f1", "qwk")
