"""TB302, TB306: what the models answer, and whether a network earns its place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import YARDSTICK, Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.lagging import reasons_behind
from triage_bench.diagnosis.noise import Estimate, difference, macro_f1, macro_f1_influence

ENOUGH_ROWS = 10
"""A class with this many scored rows is answered at least once by a model that recalls a quarter of it
(0.75 ** 10 = 0.06)."""

COLLAPSED = 0.10
"""Share of the scored rows in never-answered classes from which on a model has collapsed; below it, a
rare class is being left out, which imbalance explains."""

LAG = 0.05
"""Macro-F1 by which a network may stay behind the linear model before the reasons are told, noise or not."""


def _answers_every_class(case: Case) -> Iterator[Seen]:
    if not case.candidates or case.classes < 2:
        text = Sentence(
            "글을 읽는 모델이나 비교할 클래스가 없습니다.", "There is no model that reads text, or no second class."
        )
        yield Seen("not_applicable", text)
        return
    if not case.contenders:
        yield Seen("skipped", unfinished(case.candidates))
        return
    silent = [seen for outcome in case.contenders if (seen := _silent(outcome, case)) is not None]
    yield from silent
    if not silent:
        count, classes = len(case.contenders), case.classes
        text = Sentence(
            ko=f"모델 {count}개 모두, 평가 행이 {ENOUGH_ROWS}개 이상인 클래스를 빠짐없이 답합니다(클래스 {classes}개).",
            en=f"All {count} models answer every class that has at least {ENOUGH_ROWS} scored rows (of {classes} "
            f"classes).",
        )
        keys = tuple(key for outcome in case.contenders for key in outcome.keys)
        yield Seen("passed", text, {"models": count, "classes": classes}, keys)


def _silent(outcome: Outcome, case: Case) -> Seen | None:
    """Say which classes a model never answers, if there are any with enough rows."""
    given = np.bincount(outcome.predictions.labels, minlength=case.classes)
    answered = np.bincount(outcome.predictions.predicted, minlength=case.classes)
    missing = np.flatnonzero((given >= ENOUGH_ROWS) & (answered == 0))
    if not len(missing):
        return None
    rows, lost = len(outcome.predictions), int(given[missing].sum())
    names = ", ".join(case.dataset.label_names[code] for code in missing)
    collapsed = lost >= COLLAPSED * rows
    text = Sentence(
        ko=f"{outcome.recipe.name} 모델은 클래스 {case.classes}개 중 {len(missing)}개({names})를 한 번도 답하지 "
        f"않습니다. 그 클래스의 평가 행은 {rows}행 중 {lost}행({lost / rows:.1%})입니다.",
        en=f"{outcome.recipe.name} never answers {len(missing)} of {case.classes} classes ({names}), which hold "
        f"{lost} of {rows} scored rows ({lost / rows:.1%}).",
    )
    numbers = {"classes_missing": len(missing), "classes": case.classes, "rows_lost": lost, "rows": rows}
    return Seen("issue" if collapsed else "tip", text, numbers, outcome.keys, outcome.recipe.name)


def _earns_its_place(case: Case) -> Iterator[Seen]:
    planned = case.network_candidates
    if not planned or not any(one.recipe.model == YARDSTICK for one in case.candidates):
        text = Sentence(
            f"{YARDSTICK} 모델과 비교할 신경망이 없습니다.", f"There is no network to be compared with {YARDSTICK}."
        )
        yield Seen("not_applicable", text)
        return
    compared = [(one, mark) for one in case.network_outcomes if (mark := case.yardstick_of(one)) is not None]
    if not compared:
        yield Seen("skipped", unfinished([one for one in planned if not one.complete] or case.candidates))
        return
    for network, yardstick in compared:
        yield _compare(network, yardstick, case)


def _compare(network: Outcome, yardstick: Outcome, case: Case) -> Seen:
    gain = difference(macro_f1_influence, network.predictions, yardstick.predictions, case.classes)
    ours, mark = (macro_f1(one.predictions, case.classes).value for one in (network, yardstick))
    rows, name, other = len(network.predictions), network.recipe.name, yardstick.recipe.name
    behind = gain.high < 0 or gain.value < -LAG
    why = reasons_behind(network, yardstick, case.dataset.classes) if behind else ()
    comments = [_comment(gain), *(one.text for one in why)]
    return Seen(
        "passed" if gain.low > 0 else "tip",
        Sentence(
            ko=f"{rows}행에서 {name}의 macro-F1은 {ours:.3f}, {other}의 macro-F1은 {mark:.3f}입니다. 차이의 95% 구간은 "
            f"{gain.low:+.3f}~{gain.high:+.3f}입니다. {' '.join(one.ko for one in comments)}",
            en=f"On {rows} rows {name} has a macro-F1 of {ours:.3f} and {other} a macro-F1 of {mark:.3f}. The 95% "
            f"interval of the difference is {gain.low:+.3f} to {gain.high:+.3f}. "
            f"{' '.join(one.en for one in comments)}",
        ),
        {
            "macro_f1": round(ours, 4),
            "yardstick_macro_f1": round(mark, 4),
            "difference_low": round(gain.low, 4),
            "difference_high": round(gain.high, 4),
            "rows": rows,
            **{key: round(value, 4) for one in why for key, value in one.numbers.items()},
        },
        (*network.keys, *yardstick.keys),
        name,
    )


def _comment(gain: Estimate) -> Sentence:
    if gain.low > 0:
        return Sentence("신경망을 쓸 이유가 있습니다.", "The network earns its place.")
    if gain.high < 0:
        return Sentence(
            "신경망이 오차 이상으로 뒤집니다. 지금은 선형 모델을 쓰는 편이 낫습니다.",
            "The network is behind by more than noise; for now the linear model is the better choice.",
        )
    if gain.value < -LAG:
        return Sentence(
            "신경망이 뒤지지만 오차 때문일 수도 있습니다. 지금은 선형 모델로 충분합니다.",
            "The network is behind, though noise alone could do that; for now the linear model is enough.",
        )
    return Sentence(
        "차이가 오차 안에 있으므로, 더 빠르고 단순한 선형 모델로 충분합니다.",
        "The difference is within noise, so the faster and simpler linear model is enough.",
    )


ANSWERS_EVERY_CLASS = Check(
    code="TB302",
    title=Sentence("모델이 모든 클래스를 답합니다", "Models answer every class"),
    why=Sentence(
        "어떤 클래스를 한 번도 답하지 않는 모델은, 정확도가 높아도 그 클래스의 환자를 모두 놓칩니다.",
        "A model that never answers a class misses every patient in it, however high its accuracy.",
    ),
    threshold=Sentence(
        "평가 행이 10개 이상인데 한 번도 답하지 않은 클래스가 있으면 알립니다. 그 클래스를 4분의 1만 맞히는 모델도 "
        "94%는 "
        "한 번 이상 답하기 때문입니다. 그런 클래스가 평가 행의 10% 이상이면 문제, 그보다 적으면 참고로 봅니다.",
        "Reported where a class with at least 10 scored rows is never answered: even a model that recalls 1/4 of it "
        "answers it at least once in 94% of cases. An issue from 10% of the scored rows on, a tip below.",
    ),
    causes=("model.collapse",),
    look=_answers_every_class,
)

EARNS_ITS_PLACE = Check(
    code="TB306",
    title=Sentence("신경망이 선형 모델보다 낫습니다", "A network earns its place against the linear model"),
    why=Sentence(
        "자료가 적을 때는 TF-IDF와 선형 모델이 더 나은 경우가 많습니다. 더 느리고 복잡한 모델은 그만큼의 값을 해야 "
        "합니다.",
        "With little data, TF-IDF with a linear model is often better. A slower, more complex model has to be worth "
        "it.",
    ),
    threshold=Sentence(
        "같은 행에서 잰 macro-F1 차이의 95% 구간이 0보다 커야 합니다. 오차 이상으로, 또는 0.05 넘게 뒤지면 기록이 말해 "
        "주는 까닭도 적습니다.",
        "The 95% interval of the difference in macro-F1 on the same rows must lie above 0. Where a network is behind "
        "by more than noise, or by more than 0.05, the reasons that its records know are told as well.",
    ),
    causes=(),
    look=_earns_its_place,
)
