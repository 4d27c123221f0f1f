"""TB320–TB324: whether a brought model learns, beside what these rows are known to teach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.record import Predictions
from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.examined import NONE_BROUGHT, Examined, each_examined
from triage_bench.diagnosis.model_wiring import crawls
from triage_bench.diagnosis.noise import Z95, Estimate, accuracy, balanced_accuracy, macro_f1

BY_HEART, GAP, WORSE, SURELY_WORSE = 0.90, 0.25, 0.10, 0.05
"""Memorising: training rows nearly all right, new rows worse by a quarter, and the yardstick ahead by 0.10 of
macro-F1, with its whole interval by 0.05. The gap alone is no fault: every forest and every linear model of many
n-grams has it, and a sound network at few rows lies 0.07 behind."""
ENOUGH_ROWS, LOST, ONE_ANSWER = 10, 0.10, 0.95
"""Collapse: classes of at least 10 rows, together a tenth of the rows, are never answered; or one answer is given
to 95 % of the rows. Fewer rows than a tenth are told as such, and not once more as a model that cannot fit."""
NAMED = 5
"""Classes that a sentence names at the most."""
HALF_WAY = 0.5
"""A model stuck on its own training rows: less than half of the way from chance to what the yardstick reaches on new
rows."""
BLOWN_UP = 1.5
"""Training loss, in units of ln K, that no model comes to that merely learnt nothing."""
FLAT = 0.01
"""Share by which a loss that moves at all falls from its first epoch to its last."""
LEVEL_EPOCHS, LEVEL = 8, 0.05
"""A training loss has levelled where the last quarter of at least 8 epochs lies within 5 % of the quarter before;
that of sound networks without a limit falls by 15 % and more there, or has come to nearly nothing."""
STILL_FALLING = 0.05
"""Share of the loss that the last epoch still took off."""
TOO_GOOD = 0.15
"""Own validation score above that of held-out rows; the noise of a slice of a hundred rows is 0.10."""


@dataclass(frozen=True)
class _Learnt:
    """Balanced accuracy of a model on its own training rows, and of the yardstick on new ones, over the same classes.

    Attributes
    ----------
    score, rows
        The model's, and on how many rows.
    known
        The yardstick's; None where there is none.
    without
        Training rows that both leave out: of small classes that the model never answers.
    """

    score: float
    rows: int
    known: Estimate | None
    without: int = 0


def _learnt(e: Examined) -> _Learnt:
    rows, without = int(e.number("train.of")), int(e.number("train.unanswered"))
    small = _small_unanswered(e)
    if not len(small) or not 0 < without < LOST * rows or e.yardstick is None:
        return _Learnt(e.number("train.score"), rows, e.reachable)
    others = e.yardstick.predictions
    others = others.take(np.flatnonzero(~np.isin(others.labels, small)))
    known = balanced_accuracy(others, e.case.classes)
    return _Learnt(e.number("train.answered_score"), rows - without, known, without)


def _small_unanswered(e: Examined) -> NDArray[np.intp]:
    """Return the classes that are never answered, where they are too small to be a collapse."""
    if e.benchmark is None:
        return np.empty(0, dtype=np.intp)
    missing, lost = _unanswered(e.benchmark.predictions, e.case.classes)
    return missing if lost < LOST * len(e.benchmark.predictions) else missing[:0]


def _unanswered(found: Predictions, classes: int) -> tuple[NDArray[np.intp], int]:
    """Return the classes with enough rows that are never answered, and how many rows these have."""
    given, answered = (np.bincount(one, minlength=classes) for one in (found.labels, found.predicted))
    missing = np.flatnonzero((given >= ENOUGH_ROWS) & (answered == 0))
    return missing, int(given[missing].sum())


def _learns(e: Examined) -> Seen:
    learnt = _learnt(e)
    score, rows, known = learnt.score, learnt.rows, learnt.known
    if known is None or known.low <= 1 / max(e.case.classes, 2):
        ko = "비교할 기준 모델도 우연을 넘지 못하여 알 수 없습니다."
        return e.seen("not_applicable", ko, "The yardstick does not beat chance either.")
    error = sqrt(score * (1 - score) / max(rows, 1))
    behind = score + Z95 * error < known.low
    curves = _curves(e)
    limited = bool(curves) and all(map(_levelled, curves)) and e.behind and score + Z95 * error < BY_HEART
    ko = (
        f"{e.name}의 학습 행 균형 정확도는 {score:.2f}({rows}행), 기준 모델이 새 글에서 내는 값은 "
        f"{known.value:.2f}입니다."
    )
    en = (
        f"{e.name} has a balanced accuracy of {score:.2f} on its own training rows ({rows}); the yardstick has "
        f"{known.value:.2f} on new ones."
    )
    if learnt.without:
        ko = f"{ko} 한 번도 답하지 않는 클래스(TB322)는 둘 다 뺀 값입니다(학습 행 {learnt.without}개)."
        en = f"{en} Both leave out what it never answers (TB322; {learnt.without} training rows)."
    if behind:
        ko, en = f"{ko} 다른 모델이 배우는 것을 배우지 못합니다.", f"{en} It does not learn what others do."
    elif limited:
        ko = f"{ko} 손실이 더 줄지 않으며, 새 글에서는 기준 모델보다 오차 이상으로 못합니다."
        en = f"{en} Its loss has stopped falling, and on new rows it is worse than the yardstick beyond noise."
    return e.seen(
        "issue" if behind or limited else "passed", ko, en, train_score=score, rows=rows, yardstick=known.value
    )


def lost_by_heart(e: Examined) -> float:
    """Return what a model that memorises loses from training rows to new ones, in balanced accuracy; else 0."""
    if not {"train.score", "answers.score"} <= e.every_fact.keys():
        return 0.0
    train, lost = e.number("train.score"), e.number("train.score") - e.number("answers.score")
    worse = e.gain is not None and e.gain.value <= -WORSE and e.gain.high <= -SURELY_WORSE
    return lost if train >= BY_HEART and lost >= GAP and worse else 0.0


def blown_up(e: Examined) -> bool:
    """Whether the loss on training rows is beyond what a model comes to that merely learnt nothing.

    Such answers are saturated: hardly anything moves them, which says nothing of what the model reads.
    """
    return e.number("train.loss") >= BLOWN_UP * log(max(e.number("train.classes"), 2.0))


def _memorises(e: Examined) -> Seen:
    train, new, rows = e.number("train.score"), e.number("answers.score"), int(e.number("answers.of"))
    memorises = lost_by_heart(e) > 0
    ko = f"{e.name}의 균형 정확도는 학습 행에서 {train:.2f}, 새 글 {rows}행에서 {new:.2f}입니다."
    en = f"{e.name} has a balanced accuracy of {train:.2f} on training rows and {new:.2f} on {rows} new ones."
    if memorises:
        ko, en = (
            f"{ko} 더 단순한 기준 모델이 오차 이상으로 낫습니다.",
            f"{en} The simpler yardstick is better beyond noise.",
        )
    return e.seen("issue" if memorises else "passed", ko, en, train_score=train, score=new, rows=rows)


def _stuck(e: Examined) -> bool:
    chance, learnt = 1 / max(e.number("train.classes"), 2.0), _learnt(e)
    known = learnt.known
    return known is not None and learnt.score < chance + HALF_WAY * (known.value - chance)


def _histories(e: Examined) -> list[tuple[Mapping[str, float], ...]]:
    records = [*(r for one in e.outcomes for r in one.records), *(e.benchmark.records if e.benchmark else ())]
    return [record.history for record in records if record.history]


def _curves(e: Examined) -> list[list[float]]:
    """Return the training losses of every training that reported any."""
    curves = [[one["train_loss"] for one in history if "train_loss" in one] for history in _histories(e)]
    return [curve for curve in curves if curve]


def _proceeds(e: Examined) -> Seen:
    score, loss, lead = e.number("train.score"), e.number("train.loss"), e.number("train.lead_z")
    classes = max(e.number("train.classes"), 2.0)
    curves = _curves(e)
    broken = any("not_finite" in one for history in _histories(e) for one in history)
    numbers = {"train_score": score, "train_loss": loss, "ln_classes": log(classes), "lead_z": lead}
    ko = f"{e.name}의 학습 행 손실은 {loss:.2f}, 고르게 답할 때의 손실은 {log(classes):.2f}입니다."
    en = f"{e.name} has a loss of {loss:.2f} on its training rows; answering evenly has {log(classes):.2f}."
    for holds, fault, said_ko, said_en in _faults(curves, broken, _stuck(e), score, e):
        if holds:
            return e.seen("issue", f"{ko} {said_ko}", f"{en} {said_en}", **numbers, fault=fault)
    if _stuck(e):
        ko, en = f"{ko} 학습이 멎은 까닭은 드러나지 않았습니다.", f"{en} Why training is stuck does not show here."
        return e.seen("not_applicable", ko, en, **numbers)
    return e.seen("passed", ko, en, **numbers)


def _faults(
    curves: list[list[float]], broken: bool, stuck: bool, score: float, e: Examined
) -> Iterator[tuple[bool, str, str, str]]:
    """Yield what can be wrong with the steps of training: whether it is, its name in `STEPS`, and how to say it."""
    long = [curve for curve in curves if len(curve) > 1]
    rises = any(curve[-1] > BLOWN_UP * curve[0] for curve in long)
    yield (
        broken or rises or (stuck and blown_up(e)),
        "diverges",
        "학습이 발산했습니다. 학습률을 크게 낮추십시오.",
        "Training diverged: lower the learning rate a lot.",
    )
    yield (
        stuck and crawls(e),
        "slow",
        "옳은 쪽으로 가고 있으나 너무 느립니다. 학습률이나 에포크 수를 늘리십시오.",
        "It moves the right way, too slowly: raise the learning rate or the number of epochs.",
    )
    yield (
        stuck and bool(long) and all(curve[-1] > (1 - FLAT) * curve[0] for curve in long),
        "still",
        "손실이 처음부터 끝까지 움직이지 않습니다. 학습률과 기울기를 확인하십시오.",
        "The loss does not move from first to last: check the learning rate and the gradients.",
    )
    falling = bool(long) and all(curve[-1] < (1 - STILL_FALLING) * curve[-2] for curve in long)
    falling = falling and all(map(_validates_to_the_end, _histories(e)))
    yield (
        falling and e.behind and score < BY_HEART,
        "short",
        "마지막 에포크에도 손실이 크게 줄고 있었습니다. 에포크 수를 늘리십시오.",
        "The loss was still falling fast in the last epoch: train for more epochs.",
    )


def _validates_to_the_end(history: tuple[Mapping[str, float], ...]) -> bool:
    """Whether validation was still getting better when training ended; so it counts where none was reported."""
    losses = [one["validation_loss"] for one in history if "validation_loss" in one]
    return len(losses) < 2 or int(np.argmin(losses)) >= len(losses) - 2


def _levelled(curve: list[float]) -> bool:
    """Whether a training loss fell at first and then stayed where it was."""
    quarter = len(curve) // 4
    if len(curve) < LEVEL_EPOCHS or not np.isfinite(curve).all():
        return False
    last, before = float(np.mean(curve[-quarter:])), float(np.mean(curve[-2 * quarter : -quarter]))
    return last < (1 - FLAT) * curve[0] and abs(last - before) <= LEVEL * before


def _own_validation(e: Examined) -> Seen:
    said = [one["validation_score"] for history in _histories(e) for one in history[-1:] if "validation_score" in one]
    same = any(_same_curves(history) for history in _histories(e))
    if e.benchmark is None or (not said and not same):
        ko = "모델이 검증 점수를 남기지 않았습니다."
        return e.seen("not_applicable", ko, "The model left no validation scores.")
    held = max(one(e.benchmark.predictions, e.case.classes).value for one in (accuracy, macro_f1, balanced_accuracy))
    own, rows = float(np.mean(said)) if said else held, len(e.benchmark.predictions)
    error = sqrt(held * (1 - held) / max(rows, 1))
    wrong = same or own - held >= max(TOO_GOOD, 4 * error)
    ko = f"{e.name}의 검증 점수는 {own:.2f}, 따로 떼어 둔 {rows}행의 점수는 {held:.2f}입니다."
    en = f"{e.name} reports a validation score of {own:.2f}; on {rows} held-out rows it has {held:.2f}."
    if wrong:
        ko, en = f"{ko} 검증 행이 학습에 쓰였습니다.", f"{en} Its validation rows were trained on."
    return e.seen("issue" if wrong else "passed", ko, en, own=own, held_out=held, rows=rows)


def _same_curves(history: tuple[Mapping[str, float], ...]) -> bool:
    pairs = [
        (one["train_loss"], one["validation_loss"]) for one in history if {"train_loss", "validation_loss"} <= {*one}
    ]
    return len(pairs) > 1 and all(abs(a - b) <= 1e-6 * max(abs(a), 1e-6) for a, b in pairs)


def _every_class(case: Case) -> Iterator[Seen]:
    if not case.brought:
        yield NONE_BROUGHT
    for recipe in case.brought:
        planned = [one for one in case.planned() if one.recipe.name == recipe.name]
        e = Examined(case, recipe.name)
        if e.benchmark is None:
            why = unfinished(planned)
            yield Seen("skipped", why, {}, tuple(k for one in planned for k in one.keys), recipe.name)
        else:
            yield _answered(e, e.benchmark)


def _answered(e: Examined, outcome: Outcome) -> Seen:
    found, classes = outcome.predictions, e.case.classes
    rows, (missing, lost) = len(found), _unanswered(found, classes)
    largest, most = int(np.bincount(found.labels).max()), int(np.bincount(found.predicted).max())
    collapsed = lost >= LOST * rows or (most >= ONE_ANSWER * rows and largest < (ONE_ANSWER - LOST) * rows)
    numbers = {"classes_missing": len(missing), "rows_lost": lost, "most_answered": most, "rows": rows}
    names = [repr(list(e.case.dataset.classes)[code]) for code in missing[:NAMED]]
    named = f" ({', '.join(names)}{', …' if len(missing) > NAMED else ''})" if names else ""
    text = Sentence(
        ko=f"{e.name}은(는) 평가한 {rows}행 중 {most}행에 같은 답을 하고, 클래스 {classes}개 중 "
        f"{len(missing)}개{named}는 한 번도 답하지 않습니다(그 클래스의 {lost}행).",
        en=f"{e.name} gives one answer to {most} of {rows} scored rows, and {len(missing)} of {classes} "
        f"classes{named} never ({lost} rows).",
    )
    outcome_word = "issue" if collapsed else "tip" if lost else "passed"
    return Seen(outcome_word, text, numbers, outcome.keys, e.name)  # type: ignore[arg-type]


LEARNS = Check(
    code="TB320",
    title=Sentence("가져온 모델이 학습 행에서 배웁니다", "The model learns from its training rows"),
    why=Sentence(
        "남이 새 글에서 맞히는 것을 자기 학습 행에서도 못 맞히면, 자료가 아니라 모델이 문제입니다.",
        "A model that answers its own training rows worse than another answers new ones is itself the problem.",
    ),
    threshold=Sentence(
        "학습 행의 균형 정확도가, 오차를 더해도 기준 모델이 새 글에서 내는 값의 95% 구간보다 낮으면 문제입니다. 손실이 "
        "더 줄지 않는데 학습 행을 90%도 못 맞히고 새 글에서 기준 모델보다 오차 이상으로 못할 때도 그렇습니다. 한 번도 "
        "답하지 않는 클래스가 학습 행의 10% 미만이면 그 클래스는 둘 다 빼고 봅니다.",
        "An issue where balanced accuracy on training rows, noise added, lies below the 95% interval of the yardstick "
        "on new rows; or where the loss has levelled off below 90% of the training rows and the yardstick is better "
        "on new ones beyond noise. Classes that are never answered are left out of both if they hold less than 10%.",
    ),
    causes=("model.underfit",),
    look=each_examined("answers", ("train.score", "train.of"), _learns),
)

MEMORISES = Check(
    code="TB321",
    title=Sentence("가져온 모델이 외우는 데 그치지 않습니다", "The model does more than memorise"),
    why=Sentence(
        "학습 행만 잘 맞히고 새 글에서 더 단순한 모델보다 못하면, 외운 것입니다.",
        "Right on training rows and behind a simpler model on new ones: it has memorised.",
    ),
    threshold=Sentence(
        "학습 행의 균형 정확도가 0.90 이상이고 새 글보다 0.25 이상 높으며, 기준 모델이 macro-F1로 0.10 이상, 95% "
        "구간까지 0.05 "
        "이상 앞설 때 문제입니다.",
        "An issue where balanced accuracy is at least 0.90 on training rows and 0.25 lower on new ones, while the "
        "yardstick leads by 0.10 of macro-F1, and by 0.05 with its whole 95% interval.",
    ),
    causes=("model.overfit",),
    look=each_examined("answers", ("train.score", "answers.score"), _memorises),
)

EVERY_CLASS = Check(
    code="TB322",
    title=Sentence("가져온 모델이 모든 클래스를 답합니다", "The model answers every class"),
    why=Sentence(
        "한두 클래스만 답하는 모델은 글을 읽지 않고도 그 점수를 낼 수 있습니다.",
        "A model that answers one or two classes could do so without reading.",
    ),
    threshold=Sentence(
        "평가 행이 10개 이상인데 한 번도 답하지 않는 클래스들이 전체 행의 10% 이상이거나, 한 가지 답이 95% 이상이면 "
        "문제입니다.",
        "An issue where classes of at least 10 scored rows that are never answered hold 10% of the rows, or where one "
        "answer takes 95%.",
    ),
    causes=("model.collapse",),
    look=_every_class,
)

PROCEEDS = Check(
    code="TB323",
    title=Sentence("가져온 모델의 학습이 나아갑니다", "Training of the model proceeds"),
    why=Sentence(
        "학습률이 맞지 않거나 횟수가 모자라면, 모델과 자료가 모두 옳아도 점수가 제자리입니다.",
        "With a wrong step size or too few steps, a sound model on sound data stays where it began.",
    ),
    threshold=Sentence(
        "손실이 수가 아니거나 1.5배로 늘면 발산입니다. 학습 행의 점수가 우연과 기준 모델의 중간에 못 미칠 때는, 손실이 "
        "1% 미만 움직이거나 옳은 쪽으로 표준오차의 4배 이상 치우쳐 있으면(32행을 16벌로 더 학습한 차이는 6배) "
        "문제입니다. 마지막 에포크에 손실이 5% 넘게 줄고 검증 손실도 줄고 있으면 에포크가 모자란 것입니다.",
        "Divergence: a loss that is not finite or grows to 1.5 times. Where training rows are answered less than half "
        "way from chance to the yardstick: an issue if the loss moves by less than 1%, or leans the right way by 4 "
        "standard errors (6 for what 16 copies of 32 rows add). A loss that falls by 5% in the last epoch, with "
        "that on validation rows, asks for more epochs.",
    ),
    causes=("model.optimization",),
    look=each_examined("answers", ("train.loss", "train.score"), _proceeds),
)

OWN_VALIDATION = Check(
    code="TB324",
    title=Sentence("모델이 스스로 잰 검증 점수가 맞습니다", "The model's own validation score holds"),
    why=Sentence(
        "학습에 쓴 행으로 검증하면 조기 종료가 외우는 것을 막지 못하고, 보고한 점수도 믿을 수 없습니다.",
        "Validating on rows that were trained on stops nothing too early, and no such score can be believed.",
    ),
    threshold=Sentence(
        "모델의 검증 점수가 따로 떼어 둔 행의 점수보다 0.15와 표준오차의 4배 이상 높거나, 검증 손실이 학습 손실과 "
        "같으면 "
        "문제입니다.",
        "An issue where the model's validation score exceeds that of held-out rows by 0.15 and by 4 standard errors, "
        "or where validation and training losses are equal.",
    ),
    causes=("evaluation.protocol",),
    look=each_examined("answers", (), _own_validation),
)
