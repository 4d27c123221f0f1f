"""TB221: whether the texts say anything about the labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.beside import LEARNER, by_repeat, not_run
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import balanced_accuracy

NOTHING, WEAK = 2.0, 4.0
"""Standard deviations above permuted labels: below the first the texts carry no measurable signal (80 of 80
shuffled samples of 500 rows, none of 40 healthy ones, whose least was 4.2), below the second a weak one."""

ENOUGH = 30
"""Permutations below which the spread itself is known to no better than 13 %."""


def _signal(case: Case) -> Iterator[Seen]:
    planned = [one for one in case.planned("shuffled-labels", LEARNER) if one.protocol.repeats >= ENOUGH]
    if not planned:
        yield not_run(f"라벨을 {ENOUGH}번 이상 섞는", f"shuffle the labels at least {ENOUGH} times")
        return
    shuffled = planned[0]
    true = next((one for one in case.finished("permutation-base", LEARNER)), None)
    if true is None or not shuffled.complete:
        yield Seen("skipped", unfinished(planned), records=shuffled.keys)
        return
    drawn = np.array([balanced_accuracy(one, case.classes).value for one in by_repeat(shuffled)])
    score = balanced_accuracy(true.predictions, case.classes).value
    mean, spread = float(drawn.mean()), float(max(drawn.std(ddof=1), 1e-6))
    z, rows = (score - mean) / spread, len(true.predictions)
    tail = Sentence("", "")
    if z < NOTHING:
        tail = Sentence(
            " 이 행 수로는 문장이 라벨에 대해 알려 주는 것이 없습니다. 라벨이 대부분 틀렸거나, 라벨이 문장에 없는 것에 "
            "달려 있습니다.",
            " With this many rows the texts carry no measurable signal: most labels are wrong, or the label does not "
            "depend on the text.",
        )
    elif z < WEAK:
        tail = Sentence(
            " 신호가 약합니다. 라벨의 상당수가 틀렸을 수 있습니다.", " The signal is weak; many labels may be wrong."
        )
    text = Sentence(
        ko=f"{LEARNER}의 균형 정확도는 {rows:,}행에서 {score:.3f}, 라벨을 {len(drawn)}번 섞으면 평균 "
        f"{mean:.3f}(표준편차 "
        f"{spread:.3f})로, 표준편차의 {z:.1f}배만큼 떨어져 있습니다.{tail.ko}",
        en=f"{LEARNER} has a balanced accuracy of {score:.3f} on {rows:,} rows; with the labels shuffled "
        f"{len(drawn)} times "
        f"it has {mean:.3f} on average (standard deviation {spread:.3f}): {z:.1f} standard deviations apart.{tail.en}",
    )
    numbers = {
        "balanced_accuracy": round(score, 4),
        "shuffled_mean": round(mean, 4),
        "shuffled_sd": round(spread, 4),
        "z": round(z, 2),
        "permutations": len(drawn),
        "rows": rows,
    }
    yield Seen("issue" if z < NOTHING else "tip" if z < WEAK else "passed", text, numbers, (*true.keys, *shuffled.keys))


SIGNAL = Check(
    code="TB221",
    title=Sentence("문장이 라벨에 대해 무언가를 알려 줍니다", "The texts say something about the labels"),
    why=Sentence(
        "라벨을 마구 섞은 자료와 구별되지 않는 점수에는 어떤 모델도 도움이 되지 않습니다.",
        "Where the score cannot be told from that of shuffled labels, no model helps.",
    ),
    threshold=Sentence(
        "섞은 라벨의 균형 정확도에서 표준편차의 2배도 떨어져 있지 않으면 문제, 4배 미만이면 참고로 알립니다. 정상 표본 "
        "40개의 최솟값은 4.2였습니다.",
        "An issue below 2 standard deviations of the balanced accuracy under shuffled labels, a tip below 4; the "
        "least of "
        "40 healthy samples was 4.2.",
    ),
    causes=("data.unlearnable",),
    look=_signal,
)
