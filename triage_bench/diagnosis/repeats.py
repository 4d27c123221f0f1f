"""TB222: how much of a score is the luck of one split."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.beside import LEARNER, not_run
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Z95, macro_f1

LOUD = 0.05
"""Difference between two scores, each from a split of its own, that may be luck: what people call progress."""

FEWEST = 9
"""Splits below which their spread is a guess."""


def _one_split(case: Case) -> Iterator[Seen]:
    planned = [one for one in case.planned("repeated-split", LEARNER) if len(one.jobs) >= FEWEST]
    if not planned:
        yield not_run("분할을 여러 번 다시 뽑는", "draw the split several times")
        return
    outcome = planned[0]
    if not outcome.complete:
        yield Seen("skipped", unfinished(planned), records=outcome.keys)
        return
    held = [r.predictions for r in outcome.records if r.predictions is not None]
    scores = [macro_f1(one, case.classes).value for one in held]
    spread, rows = float(np.std(scores, ddof=1)), int(np.median([len(one) for one in held]))
    luck = Z95 * np.sqrt(2) * spread
    text = Sentence(
        ko=f"같은 모델({LEARNER})을 무작위로 나눈 {len(scores)}개 분할(평가 {rows:,}행씩)에서 재면 macro-F1은 "
        f"{min(scores):.3f}–{max(scores):.3f}입니다(표준편차 {spread:.3f}). 분할 하나로 잰 두 점수의 차이는 {luck:.3f} "
        "이하이면 운일 수 있습니다.",
        en=f"The same model ({LEARNER}) scores a macro-F1 of {min(scores):.3f} to {max(scores):.3f} over "
        f"{len(scores)} random "
        f"splits of {rows:,} test rows (standard deviation {spread:.3f}). Two scores from one split each may differ by "
        f"{luck:.3f} by luck.",
    )
    numbers = {
        "splits": len(scores),
        "test_rows": rows,
        "standard_deviation": round(spread, 4),
        "luck": round(float(luck), 4),
        "lowest": round(min(scores), 4),
        "highest": round(max(scores), 4),
    }
    yield Seen("tip" if luck >= LOUD else "passed", text, numbers, outcome.keys)


ONE_SPLIT = Check(
    code="TB222",
    title=Sentence("분할 하나의 운이 점수를 좌우하지 않습니다", "The luck of one split hardly moves the score"),
    why=Sentence(
        "분할을 한 번만 나누어 잰 점수의 차이는 대부분 어떤 행이 평가에 들어갔는지에서 옵니다.",
        "Differences between scores from one split each are mostly a matter of which rows were tested.",
    ),
    threshold=Sentence(
        "서로 다른 분할로 잰 두 점수가 운만으로 0.05 넘게 다를 수 있으면(표준편차의 1.96·√2배) 알립니다.",
        "Reported where luck alone can part two scores by 0.05 (1.96·√2 standard deviations over random splits).",
    ),
    causes=("evaluation.noise",),
    look=_one_split,
)
