"""TB612 to TB615: the columns that models read beside the text. All was found when they were chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from triage_bench.core.finding import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import Check, Seen

READ = "columns.read"
"""Code of the notice that says how many columns are read."""


def _noticed(code: str, outcome: Outcome, *, two_sides: bool = False) -> Callable[[Case], Iterator[Seen]]:
    """Return a check that fires where the choice of columns left a notice with this code.

    One that compares `two_sides` has nothing to say where the data has no training and test side of its own.
    """

    def look(case: Case) -> Iterator[Seen]:
        left = {notice.code: notice for notice in case.dataset.notices}
        if READ not in left:
            text = Sentence("문장과 함께 읽는 열이 없습니다.", "No column is read beside the text.")
            yield Seen("not_applicable", text)
        elif two_sides and case.fact("test_rows") is None:
            text = Sentence(
                "정해진 학습 쪽과 평가 쪽이 없어 비교하지 않았습니다.",
                "There is no training and test side of the data's own to compare.",
            )
            yield Seen("not_applicable", text)
        elif code in left:
            one = left[code]
            yield Seen(outcome, one.text, {"columns": one.of, "found": one.count})
        else:
            count = left[READ].count
            text = Sentence(f"열 {count:,}개 가운데 해당하는 열이 없습니다.", f"None of the {count:,} columns.")
            yield Seen("passed", text, {"columns": count, "found": 0})

    return look


AWAY = Check(
    code="TB612",
    title=Sentence("문장과 함께 읽는 열에 정답이 들어 있지 않습니다", "No column to be read holds the answer"),
    why=Sentence(
        "라벨에서 나온 열이나 같은 사례를 다시 평가한 열은 예측할 때 없습니다. 그런 열로 얻은 점수는 의미가 없습니다.",
        "A column made from the label, or another rating of the case, is not there at prediction; its score is empty.",
    ),
    threshold=Sentence(
        "TB611과 같은 기준으로 라벨을 알려 주거나, 라벨과 같은 값을 쓰면서 코헨의 카파가 0.4 이상이면 문제로 봅니다.",
        "An issue where a column tells the label as in TB611, or uses its values with Cohen's kappa from 0.4.",
    ),
    causes=(),
    look=_noticed("columns.away", "issue"),
)
IMPOSSIBLE = Check(
    code="TB613",
    title=Sentence("활력 징후가 있을 수 있는 범위에 있습니다", "Vital signs are possible"),
    why=Sentence(
        "단위가 섞였거나(화씨와 섭씨) 측정하지 않음을 999로 적으면 모델은 그 값을 측정값으로 읽습니다.",
        "Mixed units (°F, °C) or 999 for not measured are read as measurements.",
    ),
    threshold=Sentence(
        "열 이름으로 알아본 활력 징후의 값이 살아 있는 환자의 범위를 하나라도 벗어나면 문제로 봅니다.",
        "An issue from the first value beyond what a living patient has; signs are known by the column's name.",
    ),
    causes=(),
    look=_noticed("columns.impossible", "issue"),
)
GAPS = Check(
    code="TB614",
    title=Sentence("빈 값이 라벨과 관계없습니다", "Gaps do not depend on the label"),
    why=Sentence(
        "중증 환자만 측정한 값이라면 모델은 값이 아니라 측정했는지를 보고 답합니다. 측정 관행이 바뀌면 틀립니다.",
        "If only the gravely ill are measured, a model reads that they were; it fails once the practice changes.",
    ),
    threshold=Sentence(
        "클래스별 빈 값의 비율이 0.1 이상 차이 나고 카이제곱 검정의 p가 0.001(열의 수로 나눔)보다 작으면 알립니다.",
        "Reported where shares differ by 0.1 over the classes, with p of χ² below 0.001 divided by the columns.",
    ),
    causes=(),
    look=_noticed("columns.gaps", "tip"),
)
DRIFT = Check(
    code="TB615",
    title=Sentence("열의 분포가 학습 쪽과 평가 쪽에서 같습니다", "Columns are alike in training and test"),
    why=Sentence(
        "평가 쪽이 다른 병원이나 다른 시기의 값이면 학습한 기준이 맞지 않습니다.",
        "Values of another hospital or time do not fit what was learnt.",
    ),
    threshold=Sentence(
        "콜모고로프-스미르노프 거리가 0.1 이상이고 p가 0.001(열의 수로 나눔)보다 작으면 알립니다.",
        "Reported from a Kolmogorov-Smirnov distance of 0.1, with p below 0.001 divided by the columns.",
    ),
    causes=(),
    look=_noticed("columns.drift", "tip", two_sides=True),
)
