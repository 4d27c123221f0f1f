"""TB61x: side columns that tell the label."""

from __future__ import annotations

from collections.abc import Iterator

from triage_bench.core.finding import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import Check, Seen

NOTICED = "labels.column"
"""Code of the notice that a file's reader leaves where a column besides those named tells the label."""


def _telling_columns(case: Case) -> Iterator[Seen]:
    compared, telling = case.fact("compared_columns") or 0, case.fact("telling_columns") or 0
    names = case.dataset.words.get("telling_columns", ())
    in_file, of_file = next(((one.count, one.of) for one in case.dataset.notices if one.code == NOTICED), (0, 0))
    if not compared and not of_file:
        text = Sentence("글과 라벨 말고는 비교할 열이 없습니다.", "There is no column besides text and label.")
        yield Seen("not_applicable", text)
        return
    told, of = int(telling) + in_file, int(compared) + of_file
    by_source = bool(case.fact("source_tells"))
    result: Outcome = "issue" if by_source else "tip" if told else "passed"
    listed = f" ({', '.join(names)})" if names else ""
    tail = Sentence("", "")
    if by_source:
        tail = Sentence(
            " 출처만 알면 라벨을 알 수 있으므로, 모델은 뜻이 아니라 쓴 사람의 말투를 배울 수 있습니다.",
            " The source alone tells the label, so a model can learn who wrote a text instead of what it says.",
        )
    elif told:
        tail = Sentence(
            " 그 열로 라벨을 정했다면 글에는 라벨을 정한 이유가 없을 수도 있습니다.",
            " If labels were decided by it, the text may not hold the reason.",
        )
    text = Sentence(
        ko=f"다른 열 {of}개 중 {told}개{listed}만으로 라벨을 알 수 있습니다.{tail.ko}",
        en=f"{told} of {of} other columns{listed} tell the label by themselves.{tail.en}",
    )
    yield Seen(result, text, {"columns": of, "telling": told})


TELLING_COLUMNS = Check(
    code="TB611",
    title=Sentence("라벨을 그대로 알려 주는 열이 없습니다", "No other column tells the label"),
    why=Sentence(
        "라벨이 다른 열에서 나왔다면 글로 라벨을 맞히는 일은 처음부터 불가능하거나 필요하지 않을 수 있습니다.",
        "Where labels follow from another column, telling them from the text may be impossible, or not needed.",
    ),
    threshold=Sentence(
        "같은 값을 가진 다른 행들의 다수 라벨이 98% 이상 맞으면 알리고, 그 열이 출처이면 문제로 봅니다. 남는 2%는 입력 "
        "실수로 봅니다.",
        "Reported where the majority label of the other rows with the same value is right for 98% of rows, an issue if "
        "that column is the source. What remains, 2%, is slips of the pen.",
    ),
    causes=("data.shortcut",),
    look=_telling_columns,
)
