"""TB7xx: the best that is possible, where it is known."""

from __future__ import annotations

from collections.abc import Iterator

from triage_bench.core.finding import Outcome as Result
from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import accuracy

ROOM = 0.05
"""Distance below the ceiling that counts as room for improvement, if noise does not explain it."""


def most_accurate(case: Case) -> Outcome | None:
    """Return the contender with the highest accuracy: ceilings are stated in accuracy."""
    return max(case.contenders, key=lambda one: accuracy(one.predictions, case.classes).value, default=None)


def _ceiling(case: Case) -> Iterator[Seen]:
    ceiling = case.dataset.provenance.ceiling
    if ceiling is None or not case.candidates:
        text = Sentence(
            "가능한 최고 점수가 알려진 자료가 아닙니다.", "The best possible score is not known for this data."
        )
        yield Seen("not_applicable", text)
        return
    best = most_accurate(case)
    if best is None:
        yield Seen("skipped", unfinished(case.candidates))
        return
    score = accuracy(best.predictions, case.classes)
    result: Result = "issue" if score.low > ceiling else "tip" if score.high < ceiling - ROOM else "passed"
    tails: dict[Result, Sentence] = {
        "issue": Sentence(
            " 최고를 넘는 점수는 정답이 새었다는 뜻입니다.", " Above the ceiling, answers must have leaked."
        ),
        "tip": Sentence(" 모델을 더 낫게 할 여지가 있습니다.", " There is room for a better model."),
        "passed": Sentence(" 이 자료에서 얻을 만큼 얻었습니다.", " That is what this data allows."),
    }
    rows, name = len(best.predictions), best.recipe.name
    text = Sentence(
        ko=f"가능한 최고 정확도 {ceiling:.3f}, 가장 정확한 모델 {name} {score.value:.3f}({rows}행, 95% 구간 "
        f"{score.low:.3f}–{score.high:.3f}).{tails[result].ko}",
        en=f"Ceiling {ceiling:.3f}; most accurate model {name} {score.value:.3f} ({rows} rows, 95% interval "
        f"{score.low:.3f}–{score.high:.3f}).{tails[result].en}",
    )
    yield Seen(result, text, _numbers("ceiling", ceiling, score.value, score.low, score.high, rows), best.keys)


def _human(case: Case) -> Iterator[Seen]:
    human = case.dataset.provenance.human
    if human is None or not case.candidates:
        yield Seen(
            "not_applicable", Sentence("사람의 점수가 알려진 자료가 아닙니다.", "No score of people is known here.")
        )
        return
    best = most_accurate(case)
    if best is None:
        yield Seen("skipped", unfinished(case.candidates))
        return
    score = accuracy(best.predictions, case.classes)
    above, rows, name = score.low > human, len(best.predictions), best.recipe.name
    text = Sentence(
        ko=f"사람의 정확도 {human:.3f}, 가장 정확한 모델 {name} {score.value:.3f}({rows}행, 95% 구간 "
        f"{score.low:.3f}–{score.high:.3f})."
        + (" 사람보다 나은 점수는 먼저 평가 방법을 의심해야 합니다." if above else ""),
        en=f"People reach an accuracy of {human:.3f}, the most accurate model {name} {score.value:.3f} ({rows} rows, "
        f"95% interval {score.low:.3f}–{score.high:.3f})."
        + (" A score above that of people first casts doubt on how it was measured." if above else ""),
    )
    numbers = _numbers("human", human, score.value, score.low, score.high, rows)
    yield Seen("issue" if above else "passed", text, numbers, best.keys)


def _numbers(name: str, mark: float, score: float, low: float, high: float, rows: int) -> dict[str, float | int]:
    found = {name: mark, "accuracy": score, "accuracy_low": low, "accuracy_high": high}
    return {**{key: round(value, 4) for key, value in found.items()}, "rows": rows}


CEILING = Check(
    code="TB701",
    title=Sentence("가능한 최고 점수를 넘지 않고 가까이 갑니다", "The best model is near the ceiling and not above it"),
    why=Sentence(
        "라벨을 만든 법칙을 아는 자료에는 넘을 수 없는 점수가 있습니다. 가까우면 모델은 충분하고, 넘으면 무언가 "
        "새고 있습니다.",
        "Data whose labels follow a known law has a score that cannot be surpassed. Close to it, the model is good "
        "enough; above it, something leaks.",
    ),
    threshold=Sentence(
        "정확도의 95% 구간이 모두 최고 점수 위이면 문제, 모두 최고 점수보다 0.05 넘게 아래이면 참고로 알립니다.",
        "An issue where the whole 95% interval of accuracy lies above the ceiling, a tip where it lies more than "
        "0.05 below.",
    ),
    causes=("evaluation.protocol", "data.leakage"),
    look=_ceiling,
)

HUMAN = Check(
    code="TB702",
    title=Sentence("사람보다 지나치게 잘하지 않습니다", "The best model is not above people"),
    why=Sentence(
        "같은 행에서 사람보다 나은 점수는 새어 들어온 정답으로 생기는 일이 많습니다.",
        "A score above that of people on the same rows is often made of leaked answers.",
    ),
    threshold=Sentence(
        "정확도의 95% 구간이 모두 사람의 정확도보다 높으면 문제로 봅니다.",
        "An issue where the whole 95% interval of accuracy lies above that of people.",
    ),
    causes=("data.leakage",),
    look=_human,
)
