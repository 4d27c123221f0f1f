"""TB318: weights of a brought network that are still what chance drew."""

from __future__ import annotations

from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.examined import Examined, each_examined

SHARE = 0.10
"""Share of all weights from which on it is a fault: an embedding or a body. Sound networks train all of theirs, or
keep some that were loaded; those are not spread like a draw."""


def _weights(e: Examined) -> Seen:
    if broken := e.facts.get("weights.untrained.error"):
        return e.seen("skipped", f"가중치를 읽지 못했습니다({broken}).", f"Its weights could not be read ({broken}).")
    of, held, drawn = (int(e.number(f"weights.{name}")) for name in ("of", "held", "drawn"))
    if not of:
        ko, en = "가중치를 들여다볼 수 있는 신경망이 아닙니다.", "It is no network whose weights can be looked at."
        return e.seen("not_applicable", ko, en)
    numbers = {"weights": of, "untrained": held, "drawn": drawn}
    ko = f"{e.name}의 가중치 {of:,}개 중 {held:,}개는 학습되지 않으며, 그중 {drawn:,}개는 무작위 초기값 그대로입니다."
    en = f"Of {of:,} weights of {e.name}, {held:,} are kept from training; {drawn:,} of these are still random."
    if drawn < SHARE * of:
        return e.seen("passed", ko, en, **numbers)
    name = str(e.every_fact.get("weights.name", ""))
    return e.seen(
        "issue",
        f"{ko} {name}: 불러와야 할 가중치가 빠졌거나, 실수로 학습에서 뺐습니다(requires_grad, trainable).",
        f"{en} {name}: weights that were to be loaded are missing, or training leaves them out by mistake "
        "(requires_grad, trainable).",
        **numbers,
    )


WEIGHTS = Check(
    code="TB318",
    title=Sentence("학습되지 않는 가중치는 불러온 것입니다", "Weights that are not trained were loaded"),
    why=Sentence(
        "무작위 초기값에 묶인 임베딩은 낱말에 대해 아무것도 모릅니다. 위층이 그만큼을 메워 점수만 보아서는 보이지 "
        "않을 수 있습니다.",
        "An embedding that stays at random numbers knows nothing of the words. The layer above may make up for it, so "
        "that no score shows it.",
    ),
    threshold=Sentence(
        "학습에서 빠진 가중치 중 무작위 초기값처럼 흩어져 있고(정규·균등분포와의 Kolmogorov–Smirnov 거리 × √개수 < "
        "1.8) 라벨을 바꾸어 다시 학습해도 그대로인 것이 전체의 10% 이상이면 문제입니다. torch와 Keras 모델만 "
        "들여다봅니다.",
        "An issue where 10% of all weights are kept from training, spread like a draw (Kolmogorov-Smirnov distance "
        "from a normal or uniform distribution × √count < 1.8), and unmoved by another training with other labels. "
        "Only torch and Keras models are looked into.",
    ),
    causes=("model.wiring",),
    look=each_examined("answers", (), _weights),
)
