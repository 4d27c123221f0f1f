"""Next steps with the numbers that were found: which labels to look at, how many rows would bring how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from triage_bench.core.finding import Finding
from triage_bench.core.sentence import Sentence


def label_step(findings: Sequence[Finding]) -> Sentence | None:
    """Return what to do about the labels of one data set, or None where no row can be named.

    Parameters
    ----------
    findings
        Of one data set. TB521 counts rows that contradict a nearly identical text, TB561 the rows in
        ``labels_to_review.csv`` and what correcting them is worth.
    """
    listed = _numbers(findings, "TB561")
    if not listed.get("suspects"):
        return None
    near, suspects, worth = _numbers(findings, "TB521"), listed["suspects"], float(listed["worth"])
    contradicted, compared = near.get("contradicted"), near.get("compared")
    opening = Sentence("라벨부터 보십시오.", "Labels first.")
    if contradicted:
        opening = Sentence(
            ko=f"라벨부터 보십시오. {compared}행 중 {contradicted}행이 거의 같은 글과 라벨이 다릅니다.",
            en=f"Labels first: {contradicted} of {compared} rows contradict a nearly identical text.",
        )
    return Sentence(
        ko=f"{opening.ko} labels_to_review.csv의 {suspects}행에 두 사람이 따로 라벨을 다시 붙여 보십시오. 바로잡으면 "
        f"macro-F1이 약 {worth:+.2f} 달라질 것으로 봅니다. 두 사람이 서로 다르면 라벨 기준부터 정하십시오.",
        en=f"{opening.en} Have two people label the {suspects} rows of labels_to_review.csv again, each alone; "
        f"correcting them should move macro-F1 by about {worth:+.2f}. Where the two differ, settle the rules first.",
    )


def size_step(findings: Sequence[Finding]) -> Sentence | None:
    """Return how much more rows are expected to bring, or None where the curve was not measured or is flat.

    Parameters
    ----------
    findings
        Of one data set. TB603 counts its rows, TB211 forecasts what twice as many bring.
    """
    told = {one.code for one in findings if one.outcome in ("issue", "tip")}
    if not {"TB603", "TB211"} <= told:
        return None
    curve = _numbers(findings, "TB211")
    rows, low, high = int(curve["rows"]), float(curve["gain_low"]), float(curve["gain_high"])
    more = f"{rows:,} → {2 * rows:,}"
    gain = f"+{low:.2f}–{high:.2f}"
    return Sentence(
        ko=f"클래스마다 문장을 더 모으십시오. 학습 행이 두 배({more}행)가 되면 macro-F1이 {gain} 오를 것으로 "
        "봅니다(TB211). 모델을 바꾸는 일은 그다음입니다.",
        en=f"Collect more sentences for every class: twice the training rows ({more}) are expected to bring "
        f"{gain} macro-F1 (TB211). Changing the model comes after that.",
    )


ADVICE: Mapping[str, Callable[[Sequence[Finding]], Sentence | None]] = {
    "data.labels": label_step,
    "data.size": size_step,
}
"""By cause. Where there is none, or it has no numbers to give, the rule's own next step is said."""


def _numbers(findings: Sequence[Finding], code: str) -> dict[str, float | int | str]:
    found = [one for one in findings if one.code == code and one.outcome in ("issue", "tip", "passed")]
    return dict(found[0].numbers) if found else {}
