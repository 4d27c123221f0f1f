"""TB2xx: controls of the experiment itself, measured as jobs under another protocol."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Estimate, accuracy, balanced_accuracy

SHUFFLED_Z, SHUFFLED_EXCESS = 3.0, 0.05
"""Standard errors *and* points of balanced accuracy above chance at which shuffled labels are called
learnable. Permuting leaves text lengths and class shares as they are, which can be worth a point or
two; a leak is worth tens. One permutation per fold is looked at on many data sets: 3, not 2."""

FITTED = 0.90
"""Share of the rows that a sound network answers rightly after training on them: leaves room for 3 of
32 rows that share a text with another row and not its label."""

ONE_SIDED = 0.80
"""With this share of one class among the rows, answering it alone comes close to `FITTED`: nothing is shown."""


def shuffled_score(outcome: Outcome, classes: int) -> Estimate:
    """Return balanced accuracy with the larger of two standard errors: over units, and over folds.

    Every fold is another permutation; texts on one topic are right or wrong together, which only
    the spread between folds shows.
    """
    pooled = balanced_accuracy(outcome.predictions, classes)
    folds = [balanced_accuracy(r.predictions, classes).value for r in outcome.records if r.predictions is not None]
    between = float(np.std(folds, ddof=1) / np.sqrt(len(folds))) if len(folds) > 1 else 0.0
    return Estimate(pooled.value, max(pooled.error, between))


def _shuffled_labels(case: Case) -> Iterator[Seen]:
    planned = case.planned("shuffled-labels")
    if not planned:
        text = Sentence(
            "이번 실행에는 라벨을 섞어 학습하는 작업이 없었습니다.",
            "This run had no jobs that train on shuffled labels.",
        )
        yield Seen("skipped", text)
        return
    for outcome in planned:
        if outcome.complete:
            yield _judge_shuffled(outcome, case.classes)
        else:
            yield Seen("skipped", unfinished([outcome]), records=outcome.keys)


def _judge_shuffled(outcome: Outcome, classes: int) -> Seen:
    score = shuffled_score(outcome, classes)
    rows, chance = len(outcome.predictions), 1 / len(np.unique(outcome.predictions.labels))
    limit = chance + max(SHUFFLED_EXCESS, SHUFFLED_Z * score.error)
    leaks = score.value > limit
    return Seen(
        "issue" if leaks else "passed",
        Sentence(
            ko=f"라벨을 섞어 학습한 {outcome.recipe.name}의 균형 정확도는 {rows}행에서 {score.value:.3f}(표준오차 "
            f"{score.error:.3f}), 우연 수준은 {chance:.3f}, 한계는 {limit:.3f}입니다."
            + (" 섞은 라벨로 맞힐 수는 없으므로, 평가 행의 정답이 모델에 닿고 있습니다." if leaks else ""),
            en=f"Trained on shuffled labels, {outcome.recipe.name} has a balanced accuracy of {score.value:.3f} "
            f"(standard error {score.error:.3f}) on {rows} rows; chance is {chance:.3f}, the limit {limit:.3f}."
            + (" Shuffled labels cannot be learnt, so the answers reach the model." if leaks else ""),
        ),
        {
            "balanced_accuracy": round(score.value, 4),
            "standard_error": round(score.error, 4),
            "chance": round(chance, 4),
            "limit": round(limit, 4),
            "rows": rows,
        },
        outcome.keys,
    )


def _fits_32_rows(case: Case) -> Iterator[Seen]:
    planned = [one for one in case.planned("fit-32") if not one.recipe.brought]  # theirs is TB310
    if not planned and not case.networks:
        yield Seen("not_applicable", Sentence("신경망 모델이 없습니다.", "There is no network among the models."))
        return
    if not planned:
        text = Sentence(
            "이번 실행에는 적은 행을 외우게 하는 작업이 없었습니다.", "This run had no jobs that fit a handful of rows."
        )
        yield Seen("skipped", text)
        return
    for outcome in planned:
        if outcome.complete:
            yield _judge_fit(outcome, case.classes)
        else:
            yield Seen("skipped", unfinished([outcome]), records=outcome.keys, model=outcome.recipe.name)


def _judge_fit(outcome: Outcome, classes: int) -> Seen:
    predictions, name = outcome.predictions, outcome.recipe.name
    rows, largest = len(predictions), int(np.bincount(predictions.labels).max())
    right = round(accuracy(predictions, classes).value * rows)
    numbers = {"right": right, "rows": rows, "share": round(right / rows, 4), "largest_class_rows": largest}
    if largest > ONE_SIDED * rows:
        text = Sentence(
            ko=f"{rows}행 중 {largest}행이 한 클래스여서, {name}의 {rows}행 중 {right}행 정답은 아무것도 보여 주지 "
            f"못합니다.",
            en=f"{largest} of {rows} rows are of one class, so {name} getting {right} of {rows} right shows nothing.",
        )
        return Seen("not_applicable", text, numbers, outcome.keys, name)
    fitted = right >= FITTED * rows
    text = Sentence(
        ko=f"{name}의 학습 행 정답은 {rows}행 중 {right}행입니다({right / rows:.1%}, 기준 {FITTED:.0%})."
        + ("" if fitted else " 이만큼도 외우지 못하는 모델은 자료가 아니라 구현이나 학습 설정을 먼저 고쳐야 합니다."),
        en=f"{name} answers {right} of the {rows} rows it was trained on rightly ({right / rows:.1%}; {FITTED:.0%} "
        f"needed)." + ("" if fitted else " A model that cannot fit these has a fault of its own, whatever the data."),
    )
    return Seen("passed" if fitted else "issue", text, numbers, outcome.keys, name)


SHUFFLED_LABELS = Check(
    code="TB201",
    title=Sentence("섞은 라벨로는 우연 수준에 머뭅니다", "Shuffled labels fall to chance"),
    why=Sentence(
        "학습 라벨을 무작위로 섞었는데도 점수가 남으면, 그 점수는 평가 행의 정답이 새어 들어온 것입니다.",
        "A score that survives shuffling the training labels has seen the answers of the test rows.",
    ),
    threshold=Sentence(
        "균형 정확도가 1/K보다 0.05 이상, 그리고 표준오차의 3배 이상 높으면 문제로 봅니다. 표준오차는 묶음 사이와 "
        "폴드 사이에서 구한 값 중 큰 쪽입니다. 라벨을 섞어도 글의 길이와 클래스 비율은 남아 0.01–0.02쯤 움직일 수 "
        "있습니다.",
        "An issue where balanced accuracy exceeds 1/K by 0.05 and by 3 standard errors (the larger of those over "
        "units and over folds). Shuffling leaves text lengths and class shares, which can be worth 0.01–0.02.",
    ),
    causes=("evaluation.protocol",),
    look=_shuffled_labels,
)

FITS_32_ROWS = Check(
    code="TB202",
    title=Sentence("신경망이 32행을 외울 수 있습니다", "The network fits 32 rows"),
    why=Sentence(
        "제대로 연결된 신경망은 몇십 행쯤은 외웁니다. 외우지 못하면 손실, 라벨 번호, 기울기 가운데 하나가 잘못되어 "
        "있습니다.",
        "A sound network learns a few dozen rows by heart. If it cannot, the loss, the label codes or the gradients "
        "are wrong.",
    ),
    threshold=Sentence(
        "학습한 32행의 90% 이상을 맞혀야 합니다. 같은 글에 다른 라벨이 붙은 행이 3개쯤 있을 수 있기 때문입니다. 한 "
        "클래스가 80%를 넘으면 판단하지 않습니다.",
        "At least 90% of the 32 training rows must be right; about 3 may share a text with another row and not its "
        "label. Not judged where one class holds more than 80%.",
    ),
    causes=("model.wiring",),
    look=_fits_32_rows,
)
