"""TB4xx: whether data that others have shown to be learnable is learnt here as well."""

from __future__ import annotations

from collections.abc import Iterator

from triage_bench.core.finding import Outcome as Result
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import YARDSTICK, Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Estimate, macro_f1


def _reference_band(case: Case) -> Iterator[Seen]:
    band = case.dataset.provenance.expected
    planned = [one for one in case.candidates if one.recipe.model == YARDSTICK]
    if band is None or not planned:
        text = Sentence(
            f"{YARDSTICK}의 점수 범위가 알려진 자료가 아닙니다.",
            f"No band is known for the score of {YARDSTICK} on this data.",
        )
        yield Seen("not_applicable", text)
        return
    yardstick = case.yardstick
    if yardstick is None:
        yield Seen("skipped", unfinished(planned))
        return
    score, (low, high) = macro_f1(yardstick.predictions, case.classes), band
    result, comment = _place(score, low, high)
    rows, name = len(yardstick.predictions), yardstick.recipe.name
    yield Seen(
        result,
        Sentence(
            ko=f"{name}의 macro-F1은 {rows}행에서 {score.value:.3f}, 알려진 범위는 "
            f"{low:.2f}–{high:.2f}입니다.{comment.ko}",
            en=f"{name} has a macro-F1 of {score.value:.3f} on {rows} rows; the known band is "
            f"{low:.2f}–{high:.2f}.{comment.en}",
        ),
        {"macro_f1": round(score.value, 4), "band_low": low, "band_high": high, "rows": rows},
        yardstick.keys,
    )


def _place(score: Estimate, low: float, high: float) -> tuple[Result, Sentence]:
    """Say where a score lies beside its band; outside by less than its own noise is only a tip."""
    if score.value < low:
        result: Result = "issue" if score.high < low else "tip"
        return result, Sentence(
            " 범위보다 낮으므로, 전처리나 모델의 어딘가가 달라졌는지 확인해야 합니다.",
            " It is below, so something in preprocessing or in the model may have changed.",
        )
    if score.value > high:
        return ("issue" if score.low > high else "tip"), Sentence(
            " 범위보다 높습니다. 지나치게 좋은 점수도 평가 방법을 의심할 이유입니다.",
            " It is above. A score that is too good is a reason to doubt how it was measured, too.",
        )
    return "passed", Sentence("", "")


REFERENCE_BAND = Check(
    code="TB401",
    title=Sentence("참조 자료가 알려진 만큼 학습됩니다", "Reference data is learnt as well as it is known to be"),
    why=Sentence(
        "학습된다고 알려진 자료에서 기준 모델의 점수가 다르면, 내 자료의 점수도 믿을 수 없습니다.",
        "If the yardstick scores differently on data that is known to be learnable, its scores on your data cannot be "
        "trusted either.",
    ),
    threshold=Sentence(
        "자료 카드에 적힌 TF-IDF + 로지스틱 회귀의 macro-F1 범위 안이어야 합니다. 95% 구간까지 범위를 벗어나면 문제, "
        "오차 안에서 벗어나면 참고로 알립니다. 위쪽으로 벗어나는 것도 마찬가지입니다.",
        "Macro-F1 must lie in the band that the data card names for TF-IDF + logistic regression. Outside with its "
        "whole 95% interval is an issue, outside within its noise a tip; above counts as much as below.",
    ),
    causes=("evaluation.protocol",),
    look=_reference_band,
)
