"""TB223: whether test texts come from where the training texts come from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from triage_bench.core.record import Predictions
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.beside import LEARNER, beside
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Z95, Estimate, difference, macro_f1_influence

TOLD_APART = 0.65
"""Area under the ROC curve of a classifier that tells test texts from training texts: it found 99 % of
planted shifts; the highest of 54 healthy samples was 0.618."""

SURELY = 0.63
"""The lower end of the area's 95 % interval has to lie beyond what healthy samples reached: of 13 healthy test files of
45 to 132 rows one had an area of 0.71 by chance (interval from 0.62), of 9 shifted ones the least began at 0.71."""


def area_under_curve(predictions: Predictions) -> tuple[float, float]:
    """Return the area under the ROC curve for side 1 against side 0, and its standard error.

    The rank form of the area, ties counting half; the error of Hanley and McNeil 1982.
    """
    scores, side = predictions.probabilities[:, 1].astype(np.float64), predictions.labels == 1
    ones, zeros = int(side.sum()), int((~side).sum())
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    area = float((ranks[side].sum() - ones * (ones + 1) / 2) / max(ones * zeros, 1))
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (ones - 1) * (q1 - area**2) + (zeros - 1) * (q2 - area**2)
    return area, float(np.sqrt(max(variance, 0.0) / max(ones * zeros, 1)))


def _drift(case: Case) -> Iterator[Seen]:
    planned = case.planned("drift", LEARNER)
    if not planned:
        text = Sentence("따로 둔 평가 자료가 없습니다(--test).", "There are no test rows of their own (--test).")
        yield Seen("not_applicable", text)
        return
    outcome = planned[0]
    if not outcome.complete:
        yield Seen("skipped", unfinished(planned), records=outcome.keys)
        return
    area, error = area_under_curve(outcome.predictions)
    shifted = area >= TOLD_APART and area - Z95 * error >= SURELY
    ones = int((outcome.predictions.labels == 1).sum())
    numbers: dict[str, float | int | str] = {
        "auc": round(area, 4),
        "standard_error": round(error, 4),
        "test_rows": ones,
        "train_rows": len(outcome.predictions) - ones,
    }
    cost = _cost(case)
    if cost is not None:
        numbers |= {"cost": round(cost.value, 4), "cost_error": round(cost.error, 4)}
    yield Seen("issue" if shifted else "passed", _said(area, error, ones, shifted, cost), numbers, outcome.keys)


def _cost(case: Case) -> Estimate | None:
    """Return what the test rows would gain if texts like them had been trained on as well."""
    official = next((one for one in case.finished("benchmark", LEARNER) if one.protocol.split == "official"), None)
    mixed = official and beside(case, official, ("random-split",))
    if official is None or mixed is None:
        return None
    return difference(macro_f1_influence, mixed.predictions, official.predictions, case.classes)


def _said(area: float, error: float, rows: int, shifted: bool, cost: Estimate | None) -> Sentence:
    ko = f"평가 문장({rows:,}행)과 학습 문장을 가려내는 분류기의 AUC는 {area:.3f}(표준오차 {error:.3f})입니다."
    en = f"A classifier that tells the {rows:,} test texts from training texts has an AUC of {area:.3f} ({error:.3f})."
    if cost is not None:
        ko += f" 평가 쪽 문장도 섞어 학습했다면 같은 행에서 macro-F1이 {cost.value:+.3f}만큼 달라집니다."
        en += f" Had texts like them been trained on as well, their macro-F1 would change by {cost.value:+.3f}."
    if shifted:
        ko += " 평가 문장이 학습 문장과 다른 곳에서 왔습니다."
        en += " The test texts come from elsewhere."
    return Sentence(ko=ko, en=en)


SAME_ORIGIN = Check(
    code="TB223",
    title=Sentence("평가 문장이 학습 문장과 같은 곳에서 왔습니다", "Test texts resemble the training texts"),
    why=Sentence(
        "평가 문장이 다른 곳에서 왔으면, 낮은 점수는 모델이 아니라 모은 방법 때문입니다.",
        "Where test texts come from elsewhere, a low score is a matter of collection, not of the model.",
    ),
    threshold=Sentence(
        "두 쪽을 가려내는 분류기의 AUC가 0.65 이상이고 그 95% 구간이 0.63 위에 있으면 문제로 봅니다. 정상 표본 54개의 "
        "최댓값은 0.618이었습니다.",
        "An issue from an AUC of 0.65 on, its 95% interval beyond 0.63; the highest of 54 healthy samples was 0.618.",
    ),
    causes=("data.shift",),
    look=_drift,
)
