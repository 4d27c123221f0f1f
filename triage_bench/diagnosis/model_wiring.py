"""TB310–TB316: whether a brought model is wired soundly. Nothing but the text may decide its answer."""

from __future__ import annotations

from math import log, sqrt

from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.examined import Examined, each_examined

FITTED = 0.90
"""Share of 32 rows that a sound model learns by heart (as TB202): 3 of them may share a text and not a label."""
ONE_SIDED = 0.80
"""With this share of one class, answering it alone nearly comes to `FITTED`."""
MOVED_SHARE = 0.05
"""Share of rows that get other probabilities from which on it is a fault: one row may lie at a rounding edge."""
FALL = 0.30
"""Fall of the share of 32 rows learnt when one long row joins them: 10 rows, where a sound model loses none."""
WASHED, REVIVED, UNLIKE = 0.10, 5.0, 0.80
"""Answers that hardly differ between texts (standard deviation of logits), differ 5 times as much once every text
fills the window, and not in proportion: sums of words would grow in proportion."""
DISAGREE, WORTH = 0.20, 0.15
"""`predict` against the likeliest label: share of rows, and what one of the two loses by it. Platt scaling in
scikit-learn's SVC disagrees as well, and costs little."""
RENAMED = 0.20
"""Gain of balanced accuracy from renaming the answers: chance alone gives 0.07 with ten classes and 500 rows."""
LOST_BY_REFIT, CHANGED_BY_REFIT = 0.10, 0.10
"""Score lost by training on the same rows put otherwise, and share of answers changed beyond what a seed changes."""
RIGHT_WAY = 4.0
"""Standard errors by which the true label's log probability leads: it learns, only too slowly."""
STEADY, STRAIGHT, PACE, MOVES = 3.0, 0.90, 3.8, 1e-5
"""What 16 times the steps on 32 rows add from the same start, which cancels out, against what 4 times add: the lead in
standard errors, the cosine of the two changes and the second's length in the first's. Steps of 1e-7 and three epochs
at 5e-5 stand at 3.5 to 25, 0.94 to 0.99 and 4.1 to 5.7 (18 cases); of 36 models at their limit none has all three: the
farthest moved on by 3.6 or went elsewhere (0.87), or not the right way (2.1). Less than 1e-5 is rounding."""
AT_BOUND = 0.20
"""Share of rows whose probability lies at the bound of a softmax of a softmax, none above."""


def crawls(e: Examined) -> bool:
    """Whether training goes the right way too slowly: with more steps on a few rows it goes on and on.

    Where these were learnt by heart, all rows must tell.
    """
    if "small.pace" not in e.every_fact:
        return e.number("train.lead_z") >= RIGHT_WAY
    on_and_on = e.number("small.pace") >= PACE and e.number("small.straight") >= STRAIGHT
    return on_and_on and e.number("small.led_z") >= STEADY and e.number("small.led") >= MOVES


def slow_or_diverged(e: Examined) -> bool:
    """Whether training crawls or blew up: then the step size is at fault, not the wiring."""
    classes = max(e.number("train.classes"), 2.0)
    return e.number("train.loss") >= 1.5 * log(classes) or crawls(e)


def _by_heart(e: Examined) -> Seen:
    rows, right = e.number("small.of"), e.number("small.right")
    more = e.number("small.copies.right", right)
    best, name = int(max(right, more)), e.name
    numbers = {"right": int(right), "right_with_copies": int(more), "rows": int(rows)}
    if e.number("small.largest_class") > ONE_SIDED * rows:
        ko, en = "한 클래스가 대부분이어서 알 수 없습니다.", "Most of the rows are of one class, which shows nothing."
        return e.seen("not_applicable", ko, en, **numbers)
    ko = f"{name}은(는) {rows:.0f}행을 학습해 {best}행을 맞힙니다."
    en = f"{name} was trained on {rows:.0f} rows and answers {best} of them rightly."
    if best >= FITTED * rows:
        return e.seen("passed", ko, en, **numbers)
    if e.number("train.score") >= FITTED or (e.gain is not None and not e.behind):
        return e.seen("tip", f"{ko} 전체 행에서는 제대로 배웁니다.", f"{en} On all rows it learns well.", **numbers)
    if slow_or_diverged(e):
        ko, en = (
            f"{ko} 학습률이나 횟수의 문제로 보입니다.",
            f"{en} The step size or the number of steps seems to be why.",
        )
        return e.seen("tip", ko, en, **numbers)
    return e.seen(
        "issue",
        f"{ko} 이만큼도 외우지 못하면 손실, 라벨 번호, 기울기 가운데 하나가 잘못 연결되어 있습니다.",
        f"{en} A model that cannot learn these by heart has its loss, label codes or gradients wired wrongly.",
        **numbers,
    )


ASKED_AGAIN = (
    ("twice", "두 번 물을 때", "asked twice"),
    ("order", "순서를 바꿔 물을 때", "asked in another order"),
    ("alone", "하나씩 물을 때", "asked alone"),
    ("neighbours", "긴 글과 함께 물을 때", "asked beside a long text"),
    ("copies", "같은 글과 함께 물을 때", "asked beside copies of one text"),
)


def _same_answer(e: Examined) -> Seen:
    rows = int(e.number("order.of"))
    moved = {name: e.number(f"{name}.moved") for name, *_ in ASKED_AGAIN}
    shares = {name: moved[name] / max(e.number(f"{name}.of"), 1) for name in moved}
    name, ko, en = max(ASKED_AGAIN, key=lambda one: shares[one[0]])
    of, most = int(e.number(f"{name}.of")), int(moved[name])
    numbers = {**{f"{one}_moved": int(count) for one, count in moved.items()}, "rows": rows}
    if not any(moved.values()):
        return e.seen(
            "passed",
            f"{e.name}은(는) 같은 글에 늘 같은 확률을 답합니다({rows}행).",
            f"{e.name} gives the same text the same probabilities in any company ({rows} rows).",
            **numbers,
        )
    if "alone.broken" in e.facts:
        return e.seen(
            "issue",
            f"{e.name}은(는) 여러 글에는 함께 답하지만 글 하나만 주면 실패합니다({e.facts['alone.broken']}). 예측할 때 "
            "배치 통계를 쓰고 있는지 확인하십시오.",
            f"{e.name} answers texts together and fails on one alone ({e.facts['alone.broken']}). Look for batch "
            "statistics at prediction.",
            **numbers,
        )
    return e.seen(
        "issue" if shares[name] >= MOVED_SHARE else "tip",
        f"{e.name}은(는) 같은 글이라도 {ko} {of}행 중 {most}행에서 다른 확률을 답합니다. 예측할 때 드롭아웃이나 "
        "배치 통계, "
        "패딩이 남아 있는지 확인하십시오.",
        f"{e.name}, {en}, gives the same text other probabilities in {most} of {of} rows. Look for dropout, batch "
        "statistics or padding at prediction.",
        **numbers,
    )


def _padding(e: Examined) -> Seen:
    rows = max(e.number("small.of"), 1.0)
    best = max(e.number("small.right"), e.number("small.copies.right"))
    once, filled = e.number("window.spread_once", 1.0), e.number("window.spread_filled", 1.0)
    washed = once < WASHED and filled >= REVIVED * once and e.number("window.alike", 1.0) < UNLIKE
    numbers = {"right": int(best), "rows": int(rows), "spread_once": once, "spread_filled": filled}
    if best >= FITTED * rows:
        beside = e.number("small.long.right", best)
        numbers["right_with_long_row"] = int(beside)
        ko = (
            f"{e.name}은(는) {rows:.0f}행 중 {best:.0f}행을 외우고, 아주 긴 글 하나를 더해 학습하면 "
            f"{beside:.0f}행을 외웁니다."
        )
        en = (
            f"{e.name} learns {best:.0f} of {rows:.0f} rows by heart, and {beside:.0f} when one very long text "
            "joins them."
        )
        faulty = best - beside >= FALL * rows
    else:
        beside = e.number("small.filled.right", best)
        numbers["right_filled"] = int(beside)
        ko = (
            f"{e.name}은(는) {rows:.0f}행 중 {best:.0f}행을 외우고, 같은 글을 길게 되풀이하면 {beside:.0f}행을 "
            "외웁니다."
        )
        en = (
            f"{e.name} learns {best:.0f} of {rows:.0f} rows by heart, and {beside:.0f} when each is repeated to a "
            "great length."
        )
        faulty = beside - best >= FALL * rows
    if faulty or washed:
        ko += " 문장 뒤에 붙는 패딩이 문장을 지웁니다. 마스크를 쓰거나 마지막 낱말의 상태를 읽으십시오."
        en += " The padding after a sentence washes it out: use a mask, or read the state at the last word."
        return e.seen("issue", ko, en, **numbers)
    if best < FITTED * rows:
        return e.seen("not_applicable", f"{ko} 어느 쪽도 배우지 못했습니다.", f"{en} It learns neither.", **numbers)
    return e.seen("passed", ko, en, **numbers)


def _probabilities(e: Examined) -> Seen:
    rows, apart = int(e.number("form.of")), int(e.number("form.disagree"))
    said, likeliest = e.number("form.predict_score"), e.number("form.likeliest_score")
    numbers = {"rows": rows, "disagree": apart, "predict_score": said, "likeliest_score": likeliest}
    if e.number("form.one_hot"):
        ko, en = f"{e.name}은(는) 확률을 내지 않습니다.", f"{e.name} gives no probabilities."
        return e.seen("not_applicable", ko, en, **numbers)
    wrong = apart >= DISAGREE * rows and abs(said - likeliest) >= WORTH
    ko = (
        f"{e.name}의 답과 가장 높은 확률의 라벨은 {rows}행 중 {apart}행에서 다릅니다(균형 정확도 {said:.2f}, "
        f"{likeliest:.2f})."
    )
    en = (
        f"The answers of {e.name} differ from the likeliest label in {apart} of {rows} rows (balanced accuracy "
        f"{said:.2f} and {likeliest:.2f})."
    )
    if wrong:
        ko, en = f"{ko} 확률의 열 순서를 확인하십시오.", f"{en} Check the order of the columns."
    return e.seen("issue" if wrong else "tip" if apart else "passed", ko, en, **numbers)


def _labels_in_place(e: Examined) -> Seen:
    rows, score, renamed = int(e.number("train.of")), e.number("train.score"), e.number("train.renamed_score")
    numbers = {"rows": rows, "score": score, "renamed_score": renamed}
    shifted = renamed - score >= RENAMED
    ko = f"{e.name}의 학습 행 균형 정확도는 {score:.2f}, 답의 이름을 가장 알맞게 바꾸면 {renamed:.2f}입니다({rows}행)."
    en = (
        f"{e.name} has a balanced accuracy of {score:.2f} on its training rows, and {renamed:.2f} with its answers "
        f"renamed in the best way ({rows} rows)."
    )
    if shifted:
        ko, en = f"{ko} 라벨과 번호가 어긋나 있습니다.", f"{en} Labels and their codes have slipped."
    return e.seen("issue" if shifted else "passed", ko, en, **numbers)


CHANGES = (
    ("rows", "행의 순서를 바꾸면", "with its rows in another order"),
    ("labels", "라벨의 이름을 바꾸면", "with its labels renamed"),
    ("doubled", "모든 행을 두 번씩 넣으면", "with every row given twice"),
)


def _trains_alike(e: Examined) -> Seen:
    rows, lowest, noise = int(e.number("refits.of")), e.number("refits.lowest"), e.number("refits.noise")
    chance = 1 / max(e.number("train.classes", float(e.case.classes)), 2.0)
    scores = {name: e.number(f"refits.{name}_score") for name, *_ in CHANGES}
    worst, ko, en = min(CHANGES, key=lambda one: scores[one[0]])
    changed = e.number(f"refits.{worst}_changed")
    numbers = {"rows": rows, "lowest_of_seeds": lowest, "noise": noise, "changed": changed}
    numbers |= {f"{name}_score": value for name, value in scores.items()}
    error = sqrt(max(lowest * (1 - lowest), 0.0) / max(rows, 1))
    if lowest <= chance + max(LOST_BY_REFIT, 2 * error):
        ko, en = "이만큼의 행으로는 거의 배우지 못하여 알 수 없습니다.", "It learns next to nothing from so few rows."
        return e.seen("not_applicable", ko, en, **numbers)
    lost = lowest - scores[worst]
    wrong = lost >= max(LOST_BY_REFIT, 4 * error) and changed - noise >= CHANGED_BY_REFIT
    return e.seen(
        "issue" if wrong else "passed",
        f"{ko} {e.name}의 균형 정확도는 {scores[worst]:.2f}이고, 시드만 바꾼 학습 중 가장 낮은 값은 "
        f"{lowest:.2f}입니다({rows}행).",
        f"Trained {en}, {e.name} has a balanced accuracy of {scores[worst]:.2f}; the lowest of other seeds is "
        f"{lowest:.2f} ({rows} rows).",
        **numbers,
    )


def _one_softmax(e: Examined) -> Seen:
    rows, at, above = int(e.number("form.of")), int(e.number("form.at_bound")), int(e.number("form.above_bound"))
    bound = e.number("form.bound")
    twice = at >= AT_BOUND * rows and not above
    numbers = {"rows": rows, "at_bound": at, "above_bound": above, "bound": bound}
    ko = f"{e.name}의 가장 높은 확률은 {rows}행 중 {at}행에서 {bound:.3f} 근처이고, {above}행에서 그보다 높습니다."
    en = f"The highest probability of {e.name} lies near {bound:.3f} in {at} of {rows} rows and above it in {above}."
    if twice:
        ko, en = f"{ko} 소프트맥스가 두 번 들어갔습니다.", f"{en} A softmax is applied twice."
    return e.seen("issue" if twice else "passed", ko, en, **numbers)


FITS_BY_HEART = Check(
    code="TB310",
    title=Sentence("가져온 모델이 32행을 외울 수 있습니다", "The model fits 32 rows"),
    why=Sentence(
        "몇십 행도 외우지 못하는 모델은 자료와 상관없이 어딘가 잘못 연결되어 있습니다.",
        "A model that cannot learn a few dozen rows by heart is wired wrongly somewhere, whatever the data.",
    ),
    threshold=Sentence(
        "32행의 90%를 맞혀야 합니다. 안 되면 같은 행 16벌로 다시 학습해 봅니다. 전체 행에서 제대로 배우는 모델은 "
        "규제 때문일 수 있어 참고로만 알립니다. 한 클래스가 80%를 넘으면 판단하지 않습니다.",
        "90% of 32 rows must be right, if need be after training on 16 copies of them. A model that learns well on all "
        "rows may simply be regularised: a tip. Not judged where one class holds more than 80%.",
    ),
    causes=("model.wiring",),
    look=each_examined("small", ("small.right", "small.of"), _by_heart),
)

SAME_ANSWER = Check(
    code="TB311",
    title=Sentence("같은 글에는 늘 같은 답을 합니다", "A text gets the same answer in any company"),
    why=Sentence(
        "혼자 물을 때와 함께 물을 때 답이 다르면, 글이 아닌 것이 답을 정하고 있습니다.",
        "Where a text alone is answered otherwise than in a batch, something else than the text decides.",
    ),
    threshold=Sentence(
        "확률이 0.01 넘게 움직인 행이 5% 이상이면 문제입니다. 계산 오차는 0.001을 넘지 않습니다.",
        "An issue where 5% of the rows move by more than 0.01; arithmetic moves them by 0.001 at most.",
    ),
    causes=("model.wiring",),
    look=each_examined("answers", ("twice.moved", "alone.moved"), _same_answer),
)

PADDING = Check(
    code="TB312",
    title=Sentence("패딩이 답을 바꾸지 않습니다", "Padding does not change what is learnt"),
    why=Sentence(
        "문장 뒤의 패딩까지 읽는 순환 신경망은 짧은 문장을 잊어버려, 무엇을 바꾸어도 점수가 오르지 않습니다.",
        "A recurrent network that reads on through the padding forgets short sentences, and no setting helps.",
    ),
    threshold=Sentence(
        "외운 행이 30% 이상 줄거나(긴 글 하나를 더했을 때) 늘면(글을 되풀이했을 때) 문제입니다. 글마다 답이 거의 "
        "같다가(로짓의 표준편차 0.1 미만) 글을 되풀이하면 5배로 벌어지고 상관이 0.8보다 낮을 때도 그렇습니다.",
        "An issue where the rows learnt fall by 30% beside one long text, or rise by as much with texts repeated; or "
        "where answers hardly differ (logits by less than 0.1) until texts are repeated, then 5 times as much, with a "
        "correlation below 0.8.",
    ),
    causes=("model.wiring",),
    look=each_examined("small", ("small.right", "small.of"), _padding),
)

PROBABILITIES = Check(
    code="TB313",
    title=Sentence("확률과 답이 서로 맞습니다", "Probabilities agree with the answers"),
    why=Sentence(
        "predict와 predict_proba가 다르면 둘 중 하나는 라벨의 순서를 잘못 알고 있습니다.",
        "Where predict and predict_proba differ, one of them has the labels in the wrong order.",
    ),
    threshold=Sentence(
        "20% 이상의 행에서 다르고 균형 정확도가 0.15 이상 벌어지면 문제입니다.",
        "An issue where they differ in 20% of the rows and in balanced accuracy by 0.15.",
    ),
    causes=("model.wiring",),
    look=each_examined("answers", ("form.disagree", "form.of"), _probabilities),
)

LABELS_IN_PLACE = Check(
    code="TB314",
    title=Sentence("라벨과 번호가 제자리에 있습니다", "Labels and their codes are in place"),
    why=Sentence(
        "답의 이름만 바꾸어 크게 맞게 된다면, 배우기는 했으나 라벨의 번호가 어긋난 것입니다.",
        "Where renaming the answers makes many of them right, the model has learnt and its label codes have slipped.",
    ),
    threshold=Sentence(
        "답의 이름을 바꾸어 학습 행의 균형 정확도가 0.20 이상 오르면 문제입니다. 우연으로는 클래스 10개, 500행에서 "
        "0.07쯤 오릅니다.",
        "An issue where renaming gains 0.20 of balanced accuracy on training rows. Chance gains about 0.07 with 10 "
        "classes and 500 rows.",
    ),
    causes=("model.wiring",),
    look=each_examined("answers", ("train.score", "train.renamed_score"), _labels_in_place),
)

TRAINS_ALIKE = Check(
    code="TB315",
    title=Sentence("같은 행을 달리 늘어놓아도 똑같이 배웁니다", "The same rows put otherwise teach the same"),
    why=Sentence(
        "행의 순서, 라벨의 이름, 행의 반복은 배울 내용을 바꾸지 않습니다. 점수가 떨어지면 구현이 그것에 기대고 "
        "있습니다.",
        "The order of rows, the names of labels and repeated rows teach nothing. A score that falls rests on them.",
    ),
    threshold=Sentence(
        "시드만 바꾼 학습 중 가장 낮은 점수보다 0.10과 표준오차의 4배 이상 낮고, 답이 시드를 바꿀 때보다 10% 이상 더 "
        "바뀌면 문제입니다.",
        "An issue where the score lies 0.10 and 4 standard errors below the lowest of other seeds, and 10% more "
        "answers change than another seed changes.",
    ),
    causes=("model.wiring",),
    look=each_examined("refits", ("refits.lowest", "refits.doubled_score"), _trains_alike),
)

ONE_SOFTMAX = Check(
    code="TB316",
    title=Sentence("소프트맥스가 한 번만 쓰입니다", "There is one softmax"),
    why=Sentence(
        "소프트맥스를 거친 값을 다시 소프트맥스에 넣으면 확률이 일정한 값을 넘지 못하고 학습이 느려집니다.",
        "A softmax fed with the output of a softmax cannot exceed a certain probability, and learns slowly.",
    ),
    threshold=Sentence(
        "가장 높은 확률이 e/(e+K-1)에서 0.005 안에 있는 행이 20% 이상이고 그보다 높은 행이 없으면 문제입니다.",
        "An issue where the highest probability lies within 0.005 of e/(e+K-1) in 20% of the rows and above in none.",
    ),
    causes=("model.wiring",),
    look=each_examined("answers", ("form.at_bound", "form.of"), _one_softmax),
)
