"""What the verdict on a user's own model says, beside that on the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from triage_bench.core.finding import Cause, Finding
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.examined import Examined
from triage_bench.diagnosis.noise import macro_f1
from triage_bench.diagnosis.rule import Rule

STEPS = {
    "TB311": Sentence(
        "예측할 때 평가 모드로 바꾸어 드롭아웃과 배치 통계를 끄고, 패딩을 마스크로 가리십시오.",
        "Switch to evaluation mode at prediction, so that dropout and batch statistics are off, and mask the padding.",
    ),
    "TB312": Sentence(
        "마스크를 쓰거나(Keras: mask_zero=True, torch: pack_padded_sequence) 마지막 낱말의 상태를 읽으십시오. 앞쪽에 "
        "패딩을 붙이는 것만으로도 크게 나아집니다.",
        "Use a mask (Keras: mask_zero=True, torch: pack_padded_sequence) or read the state at the last word. Padding "
        "in front instead already helps a lot.",
    ),
    "TB313": Sentence(
        "predict_proba의 열을 classes_의 순서와 맞추십시오.",
        "Put the columns of predict_proba into the order of classes_.",
    ),
    "TB314": Sentence(
        "라벨을 번호로 바꾸는 곳과 번호를 라벨로 되돌리는 곳이 같은 표를 쓰는지 확인하십시오.",
        "Check that turning labels into codes and codes into labels use one and the same table.",
    ),
    "TB316": Sentence(
        "소프트맥스를 하나만 남기십시오. 손실이 로짓을 받으면 마지막 층에는 활성 함수를 두지 마십시오.",
        "Keep one softmax only: where the loss takes logits, the last layer has no activation.",
    ),
    "TB318": Sentence(
        "불러오려던 가중치를 불러오거나, 그 층도 학습하게 하십시오(torch: requires_grad, Keras: trainable).",
        "Load the weights that were meant to be loaded, or train that layer as well (torch: requires_grad, Keras: "
        "trainable).",
    ),
    "TB317": Sentence(
        "오류의 이유를 고치거나, 시간과 메모리 안에서 끝나도록 줄인 뒤 같은 명령을 다시 실행하십시오.",
        "Remove the reason of the error, or make it fit into time and memory, and repeat the same command.",
    ),
    "TB323 slow": Sentence(
        "학습률을 10배로 올리거나(Adam은 흔히 1e-3에서 시작합니다) 에포크 수를 크게 늘리십시오.",
        "Raise the learning rate tenfold (Adam commonly starts at 1e-3), or train for many more epochs.",
    ),
    "TB323 still": Sentence(
        "기울기가 모든 층에 이르는지 확인하고(torch: requires_grad, detach), 학습률을 10배로 올려 다시 학습해 "
        "보십시오.",
        "Check that gradients reach every layer (torch: requires_grad, detach), and train again with ten times the "
        "learning rate.",
    ),
    "TB323 short": Sentence("에포크 수를 두 배로 늘리십시오.", "Train for twice as many epochs."),
    "TB330": Sentence(
        "어절 대신 형태소나 글자를 읽게 하십시오.", "Let it read morphemes or characters instead of eojeols."
    ),
    "TB331": Sentence("사전의 크기를 늘리십시오.", "Enlarge the vocabulary."),
    "TB333": Sentence(
        "전처리의 정규식이 한글을 남기도록 고치십시오.",
        "Let the regular expression of the clean-up keep Hangul syllables.",
    ),
}
"""What to do about a model where the evidence says it better than the cause alone: code of the first evidence, and
the fault it names where it tells several apart, → step."""


UNANSWERED = Sentence(
    "한 번도 답하지 않는 클래스가 있습니다(TB322). 그 클래스의 오류에 더 큰 가중치를 주거나(scikit-learn: "
    "class_weight='balanced', torch: 손실의 weight) 그 클래스의 문장을 더 모으십시오.",
    "Some class is never answered (TB322): give its errors more weight (scikit-learn: class_weight='balanced', torch: "
    "the loss's weight), or collect more sentences of it.",
)


def step_for(cause: Cause, rule: Rule, findings: Sequence[Finding]) -> Sentence:
    """Return the next step for one cause of a model, by what was found of that model."""
    faults = {one.code: one.numbers["fault"] for one in findings if "fault" in one.numbers}
    evidence = (f"{code} {faults[code]}" if code in faults else code for code in cause.evidence)
    return next((STEPS[name] for name in evidence if name in STEPS), rule.next_step)


def model_summary(case: Case, name: str, first: Cause, rule: Rule | None, findings: Sequence[Finding]) -> Sentence:
    """Return the headline, the score beside the yardstick, and what was seen, in this order."""
    parts = (_opening(name, first, rule), _score(case, name), _seen(first, findings))
    return Sentence(ko=" ".join(one.ko for one in parts if one.ko), en=" ".join(one.en for one in parts if one.en))


def steps_when_sound(case: Case, name: str, findings: Sequence[Finding]) -> Iterator[Sentence]:
    """Yield what to do with a model in which nothing is wrong."""
    if any(one.code == "TB322" and one.outcome == "tip" for one in findings):
        yield UNANSWERED
    elif Examined(case, name).behind:
        yield Sentence(
            ko=f"{name}에는 고칠 곳이 드러나지 않았습니다. 이 자료에서는 더 단순한 기준 모델을 쓰고, 시간은 자료에 "
            "쓰십시오.",
            en=f"There is nothing to repair in {name}. On this data use the simpler yardstick, and spend the time "
            "on data.",
        )
    else:
        yield Sentence(
            ko=f"{name}은(는) 그대로 두고, 시간은 자료에 쓰십시오.",
            en=f"Leave {name} as it is and spend the time on data.",
        )


def _opening(name: str, first: Cause, rule: Rule | None) -> Sentence:
    if rule is not None:
        codes = ", ".join(first.evidence)
        return Sentence(
            ko=f"{name}: 가장 가능성이 큰 원인은 {rule.name.ko}입니다(확신도 {first.confidence:.2f}, 근거 {codes}).",
            en=f"{name}: most likely {rule.name.en} (confidence {first.confidence:.2f}, evidence {codes}).",
        )
    if first.cause == "undecided":
        return Sentence(ko=f"{name}: 아직 판단할 수 없습니다.", en=f"{name}: no verdict yet.")
    return Sentence(
        ko=f"{name}은(는) 건전합니다(확신도 {first.confidence:.2f}).",
        en=f"{name} is sound (confidence {first.confidence:.2f}).",
    )


def _score(case: Case, name: str) -> Sentence:
    e = Examined(case, name)
    if e.benchmark is None or e.yardstick is None:
        return Sentence(ko="끝까지 측정되지 않았습니다.", en="It was not measured to the end.")
    mine, theirs = (macro_f1(one.predictions, case.classes).value for one in (e.benchmark, e.yardstick))
    rows, other = len(e.benchmark.predictions), e.yardstick.recipe.name
    return Sentence(
        ko=f"평가한 {rows}행에서 macro-F1은 {mine:.3f}, 같은 행에서 {other}은(는) {theirs:.3f}입니다.",
        en=f"Its macro-F1 is {mine:.3f} on {rows} scored rows, that of {other} {theirs:.3f}.",
    )


def _seen(first: Cause, findings: Sequence[Finding]) -> Sentence:
    """Return what the first piece of evidence said; of a sound model, that it fits rows and learns elsewhere."""
    codes = first.evidence[:1] if first.evidence and first.cause not in ("healthy", "undecided") else ("TB310", "TB341")
    wanted = ("issue", "tip") if first.cause not in ("healthy", "undecided") else ("passed",)
    said = [one.text for code in codes for one in findings if one.code == code and one.outcome in wanted]
    return Sentence(ko=" ".join(one.ko for one in said), en=" ".join(one.en for one in said))
