"""TB1xx: whether a model does better than answering without reading the text."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

from triage_bench.core.record import Predictions
from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import (
    accuracy,
    accuracy_influence,
    balanced_accuracy,
    difference,
    macro_f1,
)

CHANCE_Z = 2.0
"""Standard errors above chance that one model needs. Measured beforehand (there against 100 permutations):
2.0 finds 95 % of shuffled samples of 200 rows and all of 500, and accuses 0 of 40 healthy ones."""

SHARP = 0.05
"""Half-width of the 95 % interval of macro-F1 above which a score is called blunt: what people gain
by other layers, dropout or learning rates is mostly less than this."""

Z_SHOWN = 99.0
"""A perfect score has no error; its z is shown as this."""


def chance_z(outcome: Outcome, classes: int) -> tuple[float, float, float]:
    """Return balanced accuracy, chance, and how many standard errors lie between them."""
    score = balanced_accuracy(outcome.predictions, classes)
    chance = 1 / len(np.unique(outcome.predictions.labels))
    z = (score.value - chance) / score.error if score.error > 0 else Z_SHOWN * np.sign(score.value - chance)
    return score.value, chance, float(min(z, Z_SHOWN))


def corrected_z(models: int) -> float:
    """Return `CHANCE_Z`, raised because the best of several models is looked at (Bonferroni)."""
    normal = NormalDist()
    return float(-normal.inv_cdf(normal.cdf(-CHANCE_Z) / max(models, 1)))


def _beats_chance(case: Case) -> Iterator[Seen]:
    if not case.candidates or case.classes < 2:
        text = Sentence(
            "글을 읽는 모델이나 비교할 클래스가 없습니다.", "There is no model that reads text, or no second class."
        )
        yield Seen("not_applicable", text)
        return
    if not case.contenders:
        yield Seen("skipped", unfinished(case.candidates))
        return
    judged = [(chance_z(one, case.classes), one) for one in case.contenders]
    (score, chance, z), best = max(judged, key=lambda pair: pair[0][2])
    needed = corrected_z(len(judged))
    above = z >= needed
    yield Seen(
        "passed" if above else "issue",
        Sentence(
            ko=f"모델 {len(judged)}개 중 {best.recipe.name}의 균형 정확도는 {len(best.predictions)}행에서 "
            f"{score:.3f}, 우연 수준은 {chance:.3f}입니다. 차이는 표준오차의 {z:.1f}배이며, {needed:.1f}배 이상이어야 "
            f"우연이 아닙니다." + ("" if above else " 어떤 모델도 우연보다 낫다고 할 수 없습니다."),
            en=f"Of {len(judged)} models, {best.recipe.name} has a balanced accuracy of {score:.3f} on "
            f"{len(best.predictions)} rows; chance is {chance:.3f}. The difference is {z:.1f} standard errors, and "
            f"{needed:.1f} are needed." + ("" if above else " No model can be said to beat chance."),
        ),
        {
            "balanced_accuracy": round(score, 4),
            "chance": round(chance, 4),
            "z": round(z, 2),
            "z_needed": round(needed, 2),
            "rows": len(best.predictions),
            "models": len(judged),
        },
        best.keys,
    )


def majority_answer(case: Case, predictions: Predictions) -> Predictions:
    """Return what the majority answer says to the same rows."""
    counts = np.array(list(case.dataset.classes.values()))
    always = np.full(len(predictions), int(counts.argmax()), dtype=np.int64)
    return Predictions(predictions.rows, predictions.labels, always, predictions.probabilities, predictions.units)


def _beats_majority(case: Case) -> Iterator[Seen]:
    if not case.candidates or case.classes < 2:
        text = Sentence(
            "글을 읽는 모델이나 비교할 클래스가 없습니다.", "There is no model that reads text, or no second class."
        )
        yield Seen("not_applicable", text)
        return
    best = max(case.contenders, key=lambda one: accuracy(one.predictions, case.classes).value, default=None)
    if best is None:
        yield Seen("skipped", unfinished(case.candidates))
        return
    always = majority_answer(case, best.predictions)
    gain = difference(accuracy_influence, best.predictions, always, case.classes)
    ours, share = (accuracy(one, case.classes).value for one in (best.predictions, always))
    ahead = gain.low > 0
    yield Seen(
        "passed" if ahead else "issue",
        Sentence(
            ko=f"{best.recipe.name}의 정확도는 {len(always)}행에서 {ours:.3f}, 가장 많은 클래스만 답할 때는 "
            f"{share:.3f}입니다. 차이의 95% 구간은 {gain.low:+.3f}~{gain.high:+.3f}입니다."
            + ("" if ahead else " 글을 읽지 않아도 이만큼은 맞힙니다."),
            en=f"{best.recipe.name} is right on {ours:.3f} of {len(always)} rows, the most frequent class alone on "
            f"{share:.3f}. The 95% interval of the difference is {gain.low:+.3f} to {gain.high:+.3f}."
            + ("" if ahead else " As much is reached without reading the text."),
        ),
        {
            "accuracy": round(ours, 4),
            "majority_accuracy": round(share, 4),
            "difference_low": round(gain.low, 4),
            "difference_high": round(gain.high, 4),
            "rows": len(always),
        },
        best.keys,
    )


def _score_is_sharp(case: Case) -> Iterator[Seen]:
    if not case.candidates:
        yield Seen("not_applicable", Sentence("글을 읽는 모델이 없습니다.", "There is no model that reads text."))
        return
    if case.best is None:
        yield Seen("skipped", unfinished(case.candidates))
        return
    score = macro_f1(case.best.predictions, case.classes)
    half, units = (score.high - score.low) / 2, len(np.unique(case.best.predictions.units))
    rows = len(case.best.predictions)
    sharp = half <= SHARP
    yield Seen(
        "passed" if sharp else "tip",
        Sentence(
            ko=f"{case.best.recipe.name}의 macro-F1은 {score.value:.3f} ± {half:.3f}입니다(95% 구간, {rows}행, 서로 "
            f"독립인 묶음 {units}개)."
            + ("" if sharp else f" 기준 {SHARP:.2f}보다 넓어, 이보다 작은 개선은 우연과 구별되지 않습니다."),
            en=f"{case.best.recipe.name} has a macro-F1 of {score.value:.3f} ± {half:.3f} (95% interval, {rows} rows "
            f"in {units} independent units)."
            + ("" if sharp else f" That is wider than {SHARP:.2f}: smaller gains cannot be told from luck."),
        ),
        {"macro_f1": round(score.value, 4), "half_width": round(half, 4), "rows": rows, "units": units},
        case.best.keys,
    )


BEATS_CHANCE = Check(
    code="TB101",
    title=Sentence("우연보다 나은 모델이 있습니다", "A model beats chance"),
    why=Sentence(
        "모든 모델이 우연 수준이면 글에 라벨의 단서가 없거나 라벨이 대부분 틀렸다는 뜻이며, 모델을 바꿔도 소용이 "
        "없습니다.",
        "Where every model is at chance, the text holds no clue to the label or most labels are wrong, and no other "
        "model will help.",
    ),
    threshold=Sentence(
        "균형 정확도가 1/K보다 표준오차의 2.0배 이상 높아야 합니다(여러 모델 중 최고를 보므로 Bonferroni 보정). "
        "라벨을 섞은 표본 가운데 200행에서 95%, 500행에서 100%를 찾아내고 정상 표본 40개는 하나도 지목하지 않은 "
        "기준입니다. 다수 클래스만 답하는 모델은 1/K이므로 치우친 자료에서도 성립합니다.",
        "Balanced accuracy must exceed 1/K by 2.0 standard errors (Bonferroni-corrected, because the best of several "
        "models is looked at). This line found 95% of shuffled samples of 200 rows and 100% of those of 500, and "
        "accused none of 40 healthy ones. The majority answer scores 1/K, so it holds for imbalanced data too.",
    ),
    causes=("data.unlearnable",),
    look=_beats_chance,
)

BEATS_MAJORITY = Check(
    code="TB102",
    title=Sentence(
        "가장 많은 클래스만 답하는 것보다 정확합니다", "More accurate than always answering the largest class"
    ),
    why=Sentence(
        "한 클래스가 많으면 글을 읽지 않아도 정확도가 높아 보입니다.",
        "Where one class is large, accuracy looks high without reading any text.",
    ),
    threshold=Sentence(
        "같은 행에서 잰 정확도 차이의 95% 구간이 0보다 커야 합니다.",
        "The 95% interval of the difference in accuracy on the same rows must lie above 0.",
    ),
    causes=("data.imbalance",),
    look=_beats_majority,
)

SCORE_IS_SHARP = Check(
    code="TB103",
    title=Sentence("점수의 오차가 작습니다", "The score is known precisely enough"),
    why=Sentence(
        "점수의 오차보다 작은 차이를 보고 설정을 고르면 우연을 고르게 됩니다.",
        "Whoever chooses settings by differences smaller than the error of the score chooses luck.",
    ),
    threshold=Sentence(
        "macro-F1의 95% 구간 반폭이 0.05 이하여야 합니다. 층 수, 드롭아웃, 학습률을 바꿔 얻는 차이는 대개 이보다 "
        "작습니다.",
        "The 95% interval of macro-F1 must be ± 0.05 or less: what other layers, dropout or learning rates gain is "
        "mostly smaller than that.",
    ),
    causes=("evaluation.noise",),
    look=_score_is_sharp,
)
