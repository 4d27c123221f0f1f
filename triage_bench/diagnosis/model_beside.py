"""TB317, TB340, TB341: a brought model beside others: whether it runs, keeps up, and learns where others do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.examined import EXAMINATION, NONE_BROUGHT, Examined
from triage_bench.diagnosis.noise import balanced_accuracy

HALF_WAY = 0.5
"""Share of the built-in models' way above chance that a sound model goes on data known to be learnable. A network at
few rows stays a third behind; one at chance does not learn there at all."""


def _runs(case: Case) -> Iterator[Seen]:
    if not case.brought:
        yield NONE_BROUGHT
    for recipe in case.brought:
        planned = [one for purpose in ("benchmark", EXAMINATION) for one in case.planned(purpose)]
        mine = [one for one in planned if one.recipe.name == recipe.name]
        jobs, keys = sum(len(one.jobs) for one in mine), tuple(key for one in mine for key in one.keys)
        wrong = [record for one in mine for record in one.records if not record.ok]
        done = sum(record.ok for one in mine for record in one.records)
        numbers = {"jobs": jobs, "done": done, "failed": len(wrong)}
        if not wrong and done < jobs:
            yield Seen("skipped", unfinished(mine), numbers, keys, recipe.name)
            continue
        ko, en = (
            f"{recipe.name}의 작업 {jobs}개 중 {done}개가 끝났습니다.",
            f"{recipe.name} finished {done} of {jobs} jobs.",
        )
        if wrong:
            reason = f"{wrong[0].status}: {wrong[0].reason}"
            ko, en = f"{ko} 첫 번째 이유: {reason}", f"{en} The first reason: {reason}"
        yield Seen("issue" if wrong else "passed", Sentence(ko, en), numbers, keys, recipe.name)


def _keeps_up(case: Case) -> Iterator[Seen]:
    if not case.brought:
        yield NONE_BROUGHT
    for recipe in case.brought:
        e = Examined(case, recipe.name)
        planned = [one for one in case.planned() if one.recipe.name == recipe.name]
        if e.benchmark is None or e.yardstick is None or e.gain is None:
            yield Seen("skipped", unfinished(planned or case.candidates), model=recipe.name)
            continue
        gain, other = e.gain, e.yardstick.recipe.name
        numbers = {"gain": round(gain.value, 4), "low": round(gain.low, 4), "high": round(gain.high, 4)}
        ko = (
            f"{recipe.name}의 macro-F1은 같은 행에서 {other}보다 {gain.value:+.3f}입니다(95% 구간 "
            f"{gain.low:+.3f}–{gain.high:+.3f})."
        )
        en = (
            f"On the same rows {recipe.name} has {gain.value:+.3f} of macro-F1 against {other} (95% interval "
            f"{gain.low:+.3f}–{gain.high:+.3f})."
        )
        yield Seen("tip" if e.behind else "passed", Sentence(ko, en), numbers, e.benchmark.keys, recipe.name)


def _learns_elsewhere(case: Case) -> Iterator[Seen]:
    if not case.brought:
        yield NONE_BROUGHT
    for recipe in case.brought:
        yield from _on_references(case, recipe.name)


def _on_references(case: Case, name: str) -> Iterator[Seen]:
    """Look at every other data set of the run that is a reference and that the model was measured on."""
    others = [one for one in case.run.plan.datasets if one.provenance.role == "reference" and one.status == "ok"]
    found = [Case(case.run, one) for one in others if one.name != case.dataset.name]
    measured = [(other, one) for other in found for one in other.planned() if one.recipe.name == name]
    if not measured:
        text = Sentence("참조 자료에서 재지 않았습니다.", "It was not measured on reference data.")
        yield Seen("not_applicable", text, model=name)
    for other, outcome in measured:
        if outcome.complete and other.best is not None:
            yield _beside(other, outcome, other.best)
        else:
            yield replace(Seen("skipped", unfinished([outcome])), records=outcome.keys, model=name)


def _beside(other: Case, outcome: Outcome, best: Outcome) -> Seen:
    classes, name = other.classes, outcome.recipe.name
    mine, theirs = (balanced_accuracy(one.predictions, classes).value for one in (outcome, best))
    chance = 1 / max(classes, 2)
    learns = mine - chance >= HALF_WAY * (theirs - chance)
    ko = (
        f"참조 자료 {other.dataset.name}에서 {name}의 균형 정확도는 {mine:.2f}, {best.recipe.name}은(는) "
        f"{theirs:.2f}, 우연은 {chance:.2f}입니다."
    )
    en = (
        f"On reference data {other.dataset.name}, {name} has a balanced accuracy of {mine:.2f}, {best.recipe.name} "
        f"{theirs:.2f}; chance is {chance:.2f}."
    )
    if not learns:
        ko, en = (
            f"{ko} 배울 수 있다고 알려진 자료에서도 배우지 못합니다.",
            f"{en} It does not learn where learning is known to work.",
        )
    numbers = {"score": round(mine, 4), "best": round(theirs, 4), "chance": round(chance, 4)}
    return Seen("passed" if learns else "issue", Sentence(ko, en), numbers, (*outcome.keys, *best.keys), name)


RUNS = Check(
    code="TB317",
    title=Sentence("가져온 모델이 끝까지 돕니다", "The model runs to the end"),
    why=Sentence(
        "멈추거나 죽는 모델의 점수는 점수가 아닙니다.", "A model that hangs or crashes has no score to speak of."
    ),
    threshold=Sentence(
        "작업 하나라도 오류, 시간 초과, 메모리 초과, 잘못된 출력으로 끝나면 문제입니다.",
        "An issue where any job ends in an error, a timeout, too much memory, or output that is no prediction.",
    ),
    causes=("model.wiring",),
    look=_runs,
)

KEEPS_UP = Check(
    code="TB340",
    title=Sentence("글자를 읽는 기준 모델에 뒤지지 않습니다", "It keeps up with the yardstick over characters"),
    why=Sentence(
        "신경망은 몇 초 만에 학습되는 선형 모델보다 나을 때에만 쓸 이유가 있습니다.",
        "A network has to earn its place against a linear model that trains within seconds.",
    ),
    threshold=Sentence(
        "같은 행에서 macro-F1의 차이가 95% 구간까지 음수이면 참고로 알립니다.",
        "A tip where the difference of macro-F1 on the same rows is negative with its whole 95% interval.",
    ),
    causes=(),
    look=_keeps_up,
)

LEARNS_ELSEWHERE = Check(
    code="TB341",
    title=Sentence("참조 자료에서 배웁니다", "It learns on reference data"),
    why=Sentence(
        "배울 수 있다고 알려진 자료에서 배우면 모델은 건전하고, 내 자료를 살펴볼 차례입니다.",
        "A model that learns where learning is known to work is sound, and the data is next.",
    ),
    threshold=Sentence(
        "같은 크기의 참조 자료에서 우연을 넘는 몫이 내장 모델의 50% 이상이어야 합니다.",
        "On reference data of the same size, the way above chance must be 50% of that of the built-in models.",
    ),
    causes=("model.wiring",),
    look=_learns_elsewhere,
)
