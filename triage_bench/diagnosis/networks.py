"""TB3xx: how networks train, read from their history.

A network leaves one entry per epoch with ``train_loss`` and ``validation_loss`` (mean cross-entropy in
nats), and the loss before the first step as the fact ``initial_loss``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite, log

import numpy as np

from triage_bench.core.record import RunRecord
from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.baselines import CHANCE_Z, chance_z
from triage_bench.diagnosis.case import YARDSTICK, Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import difference, macro_f1_influence

INITIAL_SLACK = 0.20
"""Relative distance from ln K that the first loss may have: freshly drawn logits with a spread of 0.9
move the loss of five classes by that much; more means a wrong scale, reduction or label coding."""

RISE, GAP = 0.05, 0.5
"""Overfitting: the last validation loss lies this share above its minimum, while the training loss has
fallen below this share of the validation loss. Early stopping needs a few epochs of rise to notice
the minimum, so the rise alone is no fault."""

LEARNT = 0.10
"""A network that lowers the loss of answering class shares by less than this on its own training rows has
learnt nothing from them."""

Judge = Callable[[Outcome, Case], Seen]


def _networks(case: Case, judge: Judge) -> Iterator[Seen]:
    """Judge every network that was measured to the end, or say why there is none."""
    planned = case.network_candidates
    if not planned:
        yield Seen("not_applicable", Sentence("신경망 모델이 없습니다.", "There is no network among the models."))
        return
    if not case.network_outcomes:
        yield Seen("skipped", unfinished(planned))
    for outcome in case.network_outcomes:
        yield judge(outcome, case)


def _unknown(outcome: Outcome, ko: str, en: str) -> Seen:
    return Seen("not_applicable", Sentence(ko=ko, en=en), {}, outcome.keys, outcome.recipe.name)


def curves(outcome: Outcome, name: str) -> list[list[float]]:
    """Return what every epoch left under a name, one list per fold; folds without it are left out."""
    folds = ([epoch[name] for epoch in record.history if name in epoch] for record in outcome.records)
    return [fold for fold in folds if fold]


def _initial_loss(outcome: Outcome, case: Case) -> Seen:
    found = [loss for record in outcome.records if (loss := _first_loss(record)) is not None]
    if not found:
        return _unknown(outcome, "학습 전 손실이 기록되지 않았습니다.", "The loss before training was not recorded.")
    name, loss, guess, folds = outcome.recipe.name, float(np.mean(found)), log(case.classes), len(found)
    apart = abs(loss - guess) / guess
    near = apart <= INITIAL_SLACK
    text = Sentence(
        ko=f"{name}의 학습 전 손실은 폴드 {folds}개 평균 {loss:.3f}, 클래스 {case.classes}개를 고르게 답할 때의 손실은 "
        f"{guess:.3f}이며, 차이는 {apart:.0%}입니다(기준 {INITIAL_SLACK:.0%})."
        + ("" if near else " 손실 함수의 입력, 라벨 번호, 초기값의 크기를 확인하십시오."),
        en=f"Before training, {name} has a loss of {loss:.3f} (mean of {folds} folds); answering {case.classes} "
        f"classes evenly has {guess:.3f}. They are {apart:.0%} apart ({INITIAL_SLACK:.0%} allowed)."
        + ("" if near else " Check what the loss is given, the label codes and the scale of the first weights."),
    )
    numbers = {"initial_loss": round(loss, 4), "ln_classes": round(guess, 4), "folds": folds}
    return Seen("passed" if near else "issue", text, numbers, outcome.keys, name)


def _first_loss(record: RunRecord) -> float | None:
    value = record.facts.get("initial_loss")
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def _overfits(outcome: Outcome, case: Case) -> Seen:
    train, held_out = curves(outcome, "train_loss"), curves(outcome, "validation_loss")
    if not train or not held_out:
        return _unknown(outcome, "에포크별 손실이 기록되지 않았습니다.", "No losses per epoch were recorded.")
    name, folds = outcome.recipe.name, len(held_out)
    last, lowest = float(np.mean([c[-1] for c in held_out])), float(np.mean([min(c) for c in held_out]))
    fitted = float(np.mean([curve[-1] for curve in train]))
    rises = last > (1 + RISE) * lowest and fitted < GAP * last
    behind = rises and _is_behind(outcome, case)
    tail = Sentence("", "")
    if behind:
        tail = Sentence(
            " 그사이 선형 모델이 오차 이상으로 더 낫습니다.", " A linear model does better by more than noise."
        )
    elif rises:
        tail = Sentence(
            " 학습 행을 외우고 있으나, 조기 종료 덕분에 점수는 선형 모델에 뒤지지 않습니다.",
            " It memorises its training rows, but thanks to early stopping it is not behind the linear model.",
        )
    text = Sentence(
        ko=f"{name}의 검증 손실은 가장 낮을 때 {lowest:.3f}, 마지막에 {last:.3f}이고, 마지막 학습 손실은 "
        f"{fitted:.3f}입니다(폴드 {folds}개 평균).{tail.ko}",
        en=f"The validation loss of {name} is {lowest:.3f} at its lowest and {last:.3f} at the end, where the "
        f"training loss is {fitted:.3f} (means of {folds} folds).{tail.en}",
    )
    numbers = {
        "validation_loss_lowest": round(lowest, 4),
        "validation_loss_last": round(last, 4),
        "train_loss_last": round(fitted, 4),
        "folds": folds,
    }
    return Seen("issue" if behind else "tip" if rises else "passed", text, numbers, outcome.keys, name)


def _is_behind(outcome: Outcome, case: Case) -> bool:
    yardstick = case.yardstick_of(outcome)
    if yardstick is None:
        return False
    gain = difference(macro_f1_influence, outcome.predictions, yardstick.predictions, case.classes)
    return gain.high < 0


def _underfits(outcome: Outcome, case: Case) -> Seen:
    train = curves(outcome, "train_loss")
    if not train:
        return _unknown(outcome, "에포크별 손실이 기록되지 않았습니다.", "No losses per epoch were recorded.")
    if case.yardstick is None or chance_z(case.yardstick, case.classes)[2] < CHANCE_Z:
        ko = f"{YARDSTICK} 모델도 우연을 넘지 못하여, 신경망의 탓인지 알 수 없습니다."
        return _unknown(outcome, ko, f"{YARDSTICK} does not beat chance either, so the network is not to blame.")
    name, folds = outcome.recipe.name, len(train)
    lowest, guess = float(np.mean([min(curve) for curve in train])), _share_loss(case)
    gained = 1 - lowest / guess
    learns = gained >= LEARNT
    text = Sentence(
        ko=f"{name}의 학습 손실은 가장 낮을 때 {lowest:.3f}, 클래스 비율만 답할 때의 손실은 {guess:.3f}이며 "
        f"{gained:.0%} 줄었습니다(기준 {LEARNT:.0%}, 폴드 {folds}개 평균)."
        + ("" if learns else " 선형 모델은 같은 글에서 배우므로, 이 신경망의 학습 설정이 문제입니다."),
        en=f"The training loss of {name} is {lowest:.3f} at its lowest; answering class shares alone has {guess:.3f}. "
        f"It fell by {gained:.0%} ({LEARNT:.0%} needed; mean of {folds} folds)."
        + (
            ""
            if learns
            else " The linear model learns from the same texts, so the training of this network is at fault."
        ),
    )
    numbers = {"train_loss_lowest": round(lowest, 4), "class_share_loss": round(guess, 4), "folds": folds}
    return Seen("passed" if learns else "issue", text, numbers, outcome.keys, name)


def _share_loss(case: Case) -> float:
    """Return the entropy of the class shares in nats: the loss of a model that ignores the text."""
    counts = np.array([count for count in case.dataset.classes.values() if count])
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _diverges(outcome: Outcome, case: Case) -> Seen:
    train = curves(outcome, "train_loss")
    if not train:
        return _unknown(outcome, "에포크별 손실이 기록되지 않았습니다.", "No losses per epoch were recorded.")
    broken = sum(not all(map(isfinite, curve)) for curve in train)
    risen = sum(all(map(isfinite, curve)) and len(curve) > 1 and curve[-1] > curve[0] for curve in train)
    name, folds = outcome.recipe.name, len(train)
    text = Sentence(
        ko=f"{name}의 폴드 {folds}개 중 {broken}개에서 학습 손실이 수가 아니게 되었고, {risen}개에서 처음보다 높게 "
        f"끝났습니다.",
        en=f"Of {folds} folds of {name}, {broken} had a training loss that is not finite, and {risen} ended with a "
        f"higher one than they began with.",
    )
    diverges = broken > 0 or risen > folds / 2
    numbers = {"folds": folds, "folds_not_finite": broken, "folds_risen": risen}
    return Seen("issue" if diverges else "tip" if risen else "passed", text, numbers, outcome.keys, name)


INITIAL_LOSS = Check(
    code="TB301",
    title=Sentence("학습 전 손실이 ln K에 가깝습니다", "The loss before training is close to ln K"),
    why=Sentence(
        "아직 아무것도 배우지 않은 신경망은 K개 클래스를 고르게 답하므로 손실이 ln K여야 합니다. 다르면 손실이나 "
        "라벨이 "
        "잘못 연결되어 있습니다.",
        "A network that has learnt nothing answers K classes evenly and has a loss of ln K. If not, the loss or the "
        "labels are wired wrongly.",
    ),
    threshold=Sentence(
        "ln K와의 차이가 20% 이내여야 합니다. 초기 로짓의 표준편차가 0.9이면 클래스 5개에서 그만큼 벌어지며, 그 이상은 "
        "크기나 연결의 잘못입니다.",
        "Within 20% of ln K. First logits with a spread of 0.9 move the loss of 5 classes by that much; more is a "
        "wrong scale or wiring.",
    ),
    causes=("model.wiring",),
    look=lambda case: _networks(case, _initial_loss),
)

OVERFITS = Check(
    code="TB303",
    title=Sentence("신경망이 학습 행을 외우는 데 그치지 않습니다", "The network does more than memorise"),
    why=Sentence(
        "검증 손실이 오르는 동안 학습 손실만 내려가면, 새 문장에 쓸 수 없는 것을 배우고 있습니다.",
        "While the validation loss rises and only the training loss falls, the network learns what new sentences do "
        "not need.",
    ),
    threshold=Sentence(
        "마지막 검증 손실이 최저보다 5% 넘게 높고, 학습 손실이 검증 손실의 절반보다 낮으며, 선형 모델이 오차 이상으로 "
        "더 나을 때 문제로 봅니다. 앞의 두 가지만이면 참고로 알립니다. 조기 종료에는 몇 에포크의 상승이 필요하기 "
        "때문입니다.",
        "An issue where the last validation loss exceeds its minimum by more than 5%, the training loss is less than "
        "half of it, and a linear model is better by more than noise. The first two alone are a tip: early stopping "
        "needs a few epochs of rise.",
    ),
    causes=("model.overfit",),
    look=lambda case: _networks(case, _overfits),
)

UNDERFITS = Check(
    code="TB304",
    title=Sentence("신경망이 학습 행에서 배웁니다", "The network learns from its training rows"),
    why=Sentence(
        "다른 모델은 배우는 자료에서 자기 학습 행조차 맞히지 못하는 신경망은 자료가 아니라 학습이 문제입니다.",
        "A network that cannot fit its own training rows where other models learn has a problem with training, not "
        "with data.",
    ),
    threshold=Sentence(
        "학습 손실이 클래스 비율만 답할 때의 손실보다 10% 이상 낮아져야 합니다. 선형 모델이 우연을 넘을 때만 "
        "판단합니다.",
        "The training loss must fall at least 10% below that of answering class shares. Judged only where the linear "
        "model beats chance.",
    ),
    causes=("model.underfit",),
    look=lambda case: _networks(case, _underfits),
)

DIVERGES = Check(
    code="TB305",
    title=Sentence("학습 손실이 발산하지 않습니다", "The training loss does not diverge"),
    why=Sentence(
        "손실이 NaN이 되거나 학습할수록 커지면 학습률이 너무 높은 것입니다.",
        "A loss that turns NaN or grows while training means a learning rate that is too high.",
    ),
    threshold=Sentence(
        "수가 아닌 손실이 한 번이라도 있거나, 절반이 넘는 폴드에서 마지막 학습 손실이 첫 에포크보다 높으면 문제로 "
        "봅니다.",
        "An issue where any loss is not finite, or where more than half of the folds end with a higher training loss "
        "than after their first epoch.",
    ),
    causes=("model.optimization",),
    look=lambda case: _networks(case, _diverges),
)
