"""TB52x: texts that nearly say the same, and their labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from triage_bench.core.finding import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Z95, difference, macro_f1_influence

FEWEST = 30
"""Rows with a close neighbour below which agreement hangs on luck."""

AGREEMENT = 0.55
"""Agreement above chance, as a share of what is possible (Cohen's kappa), that close texts of sound data reach. The
upper end of its 95 % interval, which is judged, was 0.73 and at least 0.63 in 40 draws of 1,000 and 2,000 rows of the
least consistent data set (ktas_symptom), 0.46 with 20 % of the labels changed and below 0.53 with 30 %."""

CONTRADICTED = 0.05
"""Share of rows contradicted by a nearly identical text that is worth a word."""


def wilson_upper(share: float, rows: int) -> float:
    """Return the upper end of Wilson's 95 % interval of a share of `rows`."""
    spread = Z95 * float(np.sqrt(share * (1 - share) / rows + Z95**2 / (4 * rows**2)))
    return (share + Z95**2 / (2 * rows) + spread) / (1 + Z95**2 / rows)


def _neighbours(case: Case) -> Iterator[Seen]:
    close, rows = case.fact("close_rows"), case.fact("compared_rows")
    agreement, chance = case.fact("close_label_agreement"), case.fact("close_chance_agreement")
    if close is None or rows is None or agreement is None or chance is None or close < FEWEST:
        text = Sentence(
            f"거의 같은 글이 있는 행이 {FEWEST}행보다 적어 라벨을 비교하지 않았습니다.",
            f"Fewer than {FEWEST} rows have a nearly identical text to compare labels with.",
        )
        yield Seen("not_applicable", text)
        return
    contradicted, ceiling = int(case.fact("contradicted_rows") or 0), case.fact("close_ceiling") or 1.0
    most = wilson_upper(agreement, int(close))
    disagreeing = chance < 1 and (most - chance) / (1 - chance) < AGREEMENT
    decided = disagreeing and _columns_decide(case)
    many = decided or contradicted >= CONTRADICTED * rows
    result: Outcome = "issue" if disagreeing and not decided else "tip" if many else "passed"
    tail = Sentence("", "")
    if decided:
        tail = Sentence(
            " 글 옆의 열을 함께 읽으면 오차 이상으로 나아지므로, 글에 없는 것을 열이 알려 줍니다.",
            " Reading the columns as well is better beyond noise: they tell what the text lacks.",
        )
    elif disagreeing:
        tail = Sentence(
            " 라벨이 틀렸거나, 글에 없는 정보로 라벨을 정한 것입니다.",
            " Either labels are wrong or they rest on something the text lacks.",
        )
    text = Sentence(
        ko=f"{int(rows)}행 중 {contradicted}행은 거의 같은 글과 라벨이 다릅니다. 거의 같은 글이 있는 "
        f"{int(close)}행에서 라벨이 일치하는 비율은 {agreement:.2f}(우연이면 {chance:.2f})이고, 이런 행에서는 어떤 "
        f"모델도 정확도 {ceiling:.2f}를 넘기 어렵습니다.{tail.ko}",
        en=f"{contradicted} of {int(rows)} rows contradict a nearly identical text. Of the {int(close)} rows that have "
        f"one, labels agree in {agreement:.2f} (by chance {chance:.2f}); on such rows hardly any model gets beyond an "
        f"accuracy of {ceiling:.2f}.{tail.en}",
    )
    numbers = {
        "contradicted": contradicted,
        "compared": int(rows),
        "close": int(close),
        "agreement": round(agreement, 4),
        "chance": round(chance, 4),
        "ceiling": round(ceiling, 4),
    }
    yield Seen(result, text, numbers)


def _columns_decide(case: Case) -> bool:
    """Whether the yardstick on text and columns beats itself on the text beyond noise."""
    both, text = case.yardstick_reading("both"), case.yardstick_reading("text")
    if both is None or text is None:
        return False
    return difference(macro_f1_influence, both.predictions, text.predictions, case.classes).low > 0


NEIGHBOURS_AGREE = Check(
    code="TB521",
    title=Sentence("거의 같은 글에는 같은 라벨이 붙어 있습니다", "Nearly identical texts carry the same label"),
    why=Sentence(
        "거의 같은 글에 다른 라벨이 붙어 있으면 모델은 어느 쪽도 배울 수 없습니다.",
        "Where nearly identical texts carry different labels, a model can learn neither.",
    ),
    threshold=Sentence(
        "코사인 유사도 0.5 이상인 가장 가까운 글과 라벨이 일치하는 정도가 우연을 뺀 나머지의 0.55에도 못 미치면(95% "
        "구간의 위쪽 끝으로 판단) 문제로 보고, 어긋나는 행이 5% 이상이면 알립니다. 정상 자료는 0.63 이상, 라벨을 20% "
        "바꾼 자료는 0.46쯤이었습니다. 그런 글이 30행 이상일 때만 판단하고, 글 옆의 열을 읽어 오차 이상으로 "
        "나아지면 알리기만 합니다.",
        "An issue where agreement with the nearest text (cosine at least 0.5) stays below 0.55 of what is possible "
        "beyond chance, judged by the upper end of the 95% interval; a tip from 5% contradicting rows on. Sound data "
        "had 0.63 and more, data with 20% changed labels about 0.46. Judged from 30 such rows on; only a tip where "
        "columns beside the text make the yardstick better beyond noise.",
    ),
    causes=("data.labels",),
    look=_neighbours,
)
