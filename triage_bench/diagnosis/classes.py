"""TB6xx: how many rows the classes have."""

from __future__ import annotations

from collections.abc import Iterator

from triage_bench.core.finding import Outcome as Result
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import Check, Seen

DOMINANT = 0.85
"""Share of the largest class from which on accuracy says next to nothing."""

TINY = 10
"""Rows below which a class's recall moves by more than 10 points with a single row."""

FEW_ROWS, FEW_PER_CLASS, SOFT_PER_CLASS = 150, 15, 50
"""Rows in all, rows per class: an issue below the first two; below the third the headline where nothing surer is
found and TB211 says that more rows help. Twice the rows brought 0.02 of macro-F1 or more in all of 96 draws of two data
sets with five classes and 20 to 50 rows of each, in 45 of 48 with 75 and 100, in 1 of 12 with 200 (ktas-sim alone has
as many); ``python -m benchmarks.faults.doubling``. Where to draw the line between is judgement."""


def _one_class(case: Case) -> Seen | None:
    if case.classes >= 2 and case.dataset.rows:
        return None
    return Seen("not_applicable", Sentence("비교할 클래스가 없습니다.", "There are no two classes to compare."))


def _imbalance(case: Case) -> Iterator[Seen]:
    if (nothing := _one_class(case)) is not None:
        yield nothing
        return
    counts, rows = case.dataset.classes, case.dataset.rows
    name = max(counts, key=lambda one: counts[one])
    largest, smallest = counts[name], min(counts.values())
    dominant = largest >= DOMINANT * rows
    text = Sentence(
        ko=f"가장 많은 클래스 {name}: {rows}행 중 {largest}행({largest / rows:.1%}), 가장 적은 클래스: {smallest}행."
        + (f" 이 클래스만 답해도 정확도가 {largest / rows:.3f}입니다." if dominant else ""),
        en=f"Largest class {name}: {largest} of {rows} rows ({largest / rows:.1%}); smallest: {smallest} rows."
        + (f" Answering that class alone has an accuracy of {largest / rows:.3f}." if dominant else ""),
    )
    yield Seen("issue" if dominant else "passed", text, {"largest": largest, "smallest": smallest, "rows": rows})


def _tiny_classes(case: Case) -> Iterator[Seen]:
    if (nothing := _one_class(case)) is not None:
        yield nothing
        return
    counts = case.dataset.classes
    folds = max((one.protocol.folds for one in case.candidates), default=0)
    tiny = [name for name, count in counts.items() if count < TINY]
    unsplittable = [name for name in tiny if counts[name] < folds]
    names = ", ".join(f"{name} {counts[name]}" for name in tiny)
    text = Sentence(
        ko=f"클래스 {len(counts)}개 중 {len(tiny)}개의 행이 {TINY}개보다 적습니다({names})."
        if tiny
        else f"클래스 {len(counts)}개 모두 행이 {TINY}개 이상입니다.",
        en=f"{len(tiny)} of {len(counts)} classes have fewer than {TINY} rows ({names})."
        if tiny
        else f"All {len(counts)} classes have at least {TINY} rows.",
    )
    if unsplittable:
        text = Sentence(
            ko=f"{text.ko} 그중 {len(unsplittable)}개는 폴드 {folds}개에 고루 나눌 수도 없습니다.",
            en=f"{text.en} {len(unsplittable)} of them cannot even be spread over {folds} folds.",
        )
    result: Result = "issue" if unsplittable else "tip" if tiny else "passed"
    yield Seen(result, text, {"tiny_classes": len(tiny), "unsplittable": len(unsplittable), "classes": len(counts)})


def _few_rows(case: Case) -> Iterator[Seen]:
    if (nothing := _one_class(case)) is not None:
        yield nothing
        return
    rows, classes = case.dataset.rows, case.classes
    per_class = rows / classes
    few, soft = rows < FEW_ROWS or per_class < FEW_PER_CLASS, per_class < SOFT_PER_CLASS
    tail = Sentence("", "")
    if few:
        tail = Sentence(
            " 이 크기에서는 라벨의 잘못과 자료 부족을 구별할 수 없습니다.",
            " At this size, wrong labels and too few rows cannot be told apart.",
        )
    elif soft:
        tail = Sentence(
            " 문장을 더 모으면 점수가 오를 가능성이 큽니다.", " More sentences are likely to raise the score."
        )
    text = Sentence(
        ko=f"{rows}행, 클래스 {classes}개로 클래스마다 평균 {per_class:.0f}행입니다.{tail.ko}",
        en=f"{rows} rows in {classes} classes: {per_class:.0f} per class on average.{tail.en}",
    )
    result: Result = "issue" if few else "tip" if soft else "passed"
    yield Seen(result, text, {"rows": rows, "classes": classes, "rows_per_class": round(per_class, 1)})


IMBALANCE = Check(
    code="TB601",
    title=Sentence("한 클래스에 치우치지 않았습니다", "No class dominates"),
    why=Sentence(
        "거의 모든 행이 한 클래스이면 아무것도 배우지 않은 모델의 정확도도 높습니다.",
        "Where nearly all rows are of one class, a model that has learnt nothing is accurate.",
    ),
    threshold=Sentence(
        "가장 많은 클래스가 85% 이상이면 문제로 봅니다. 이때 다수 클래스만 답하는 모델과 쓸모 있는 모델의 정확도 "
        "차이가 "
        "0.15를 넘을 수 없습니다.",
        "An issue from a share of 85% on: the accuracy of a perfect model is then at most 0.15 above the majority "
        "answer.",
    ),
    causes=("data.imbalance",),
    look=_imbalance,
)

TINY_CLASSES = Check(
    code="TB602",
    title=Sentence("모든 클래스에 행이 충분합니다", "Every class has enough rows to be scored"),
    why=Sentence(
        "행이 몇 개뿐인 클래스의 재현율은 한 행만으로 크게 바뀌고, macro-F1도 함께 흔들립니다.",
        "The recall of a class with a handful of rows hangs on single rows, and macro-F1 with it.",
    ),
    threshold=Sentence(
        "10행보다 적은 클래스가 있으면 알립니다. 한 행이 재현율을 10%p 넘게 바꾸기 때문입니다. 폴드 수보다 적으면 "
        "문제입니다.",
        "Reported below 10 rows, where a single row moves recall by more than 10 points; an issue below the number of "
        "folds.",
    ),
    causes=("data.size",),
    look=_tiny_classes,
)

FEW_ROWS_CHECK = Check(
    code="TB603",
    title=Sentence("판단하기에 충분한 행이 있습니다", "There are enough rows to judge by"),
    why=Sentence(
        "행이 너무 적으면 점수도, 다른 검사의 결과도 우연에 좌우됩니다.",
        "With too few rows, the score and every other check hang on luck.",
    ),
    threshold=Sentence(
        "전체 150행 미만이거나 클래스마다 평균 15행 미만이면 문제, 클래스마다 50행 미만이면 알립니다. 후자이고 행을 "
        "늘리면 점수가 오를 것으로 보이며(TB211) 더 확실한 원인이 없으면 이것을 원인으로 봅니다. 미리 측정한 "
        "자료에서는 클래스마다 20–50행일 때 행을 두 배로 늘리면 96번 모두 0.02 이상 올랐습니다.",
        "An issue below 150 rows in all or 15 per class, a tip below 50 per class. Such a tip is the cause "
        "where more rows are expected to help (TB211) and nothing surer is found: measured beforehand with 20–50 rows "
        "per class, twice the rows brought 0.02 or more in all of 96 draws.",
    ),
    causes=("data.size",),
    look=_few_rows,
)
