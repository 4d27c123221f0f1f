"""TB211: what more rows would bring."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.beside import by_repeat, not_run
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.forecast import forecast
from triage_bench.diagnosis.noise import macro_f1

WORTH = 0.02
"""A doubling that brings less is not worth the labelling. It is advice, never a fault: the curve of
83 % of healthy samples still rises by more than 0.05 from half of the rows to all."""

DRAWN = 0.5
"""Share of the score's own error that does not cancel between numbers of rows scored on the same rows."""


def _more_rows(case: Case) -> Iterator[Seen]:
    planned = case.planned("ladder")
    if not planned:
        yield not_run("행 수를 바꾸어 학습하는", "train on fewer rows")
        return
    rungs = (
        sorted(
            (float(np.mean([record.train_rows for record in outcome.records])), outcome)
            for outcome in planned
            if outcome.complete
        )
        if all(outcome.complete for outcome in planned)
        else []
    )
    if not rungs:
        yield Seen("skipped", unfinished(planned))
        return
    if len(rungs) < 3:
        text = Sentence(
            f"행이 적어 {len(rungs)}가지 행 수로만 학습했으므로 앞일을 추정하지 않았습니다.",
            f"Too few rows: only {len(rungs)} sizes could be trained on, too few for a forecast.",
        )
        yield Seen("not_applicable", text)
        return
    yield _judge(case, rungs)


def _judge(case: Case, rungs: list[tuple[float, Outcome]]) -> Seen:
    rows = [size for size, _ in rungs]
    found = [[macro_f1(one, case.classes) for one in by_repeat(outcome)] for _, outcome in rungs]
    scores = [float(np.mean([one.value for one in repeats])) for repeats in found]
    errors = [_error([one.value for one in repeats], repeats[0].error) for repeats in found]
    gain = forecast(rows, scores, errors, times=2)
    curve = ", ".join(f"{size:,.0f}: {score:.3f}" for size, score in zip(rows, scores, strict=True))
    numbers: dict[str, float | int] = {
        f"macro_f1_at_{size:.0f}": round(s, 4) for size, s in zip(rows, scores, strict=True)
    }
    numbers |= {"gain_low": round(gain.low, 4), "gain": round(gain.middle, 4), "gain_high": round(gain.high, 4)}
    text = Sentence(
        ko=f"학습 행 수에 따른 macro-F1({rungs[-1][1].recipe.name})은 {curve}입니다. 행을 두 "
        f"배({2 * rows[-1]:,.0f}행)로 "
        f"늘리면 +{gain.low:.3f}에서 +{gain.high:.3f} 사이로 오를 것으로 추정합니다(10–90% 구간, 거듭제곱 법칙).",
        en=f"Macro-F1 by training rows ({rungs[-1][1].recipe.name}): {curve}. Twice the rows ({2 * rows[-1]:,.0f}) are "
        f"expected to bring +{gain.low:.3f} to +{gain.high:.3f} (10th to 90th percentile of a power law).",
    )
    keys = tuple(key for _, outcome in rungs for key in outcome.keys)
    return Seen("tip" if gain.middle >= WORTH else "passed", text, {**numbers, "rows": round(rows[-1])}, keys)


def _error(values: list[float], one: float) -> float:
    """Return the error of a rung's mean: its spread over repeats, at least what does not cancel of one score's."""
    spread = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return float(max(spread, DRAWN * one / np.sqrt(len(values))))


MORE_ROWS = Check(
    code="TB211",
    title=Sentence("행을 더 모아도 점수가 크게 오르지 않습니다", "Twice the rows would not change the score much"),
    why=Sentence(
        "점수가 행 수를 따라 계속 오르고 있으면, 모델을 바꾸기보다 문장을 더 모으는 편이 낫습니다.",
        "Where the score still rises with the rows, collecting more of them is worth more than another model.",
    ),
    threshold=Sentence(
        "행을 두 배로 늘렸을 때의 추정 이득(중앙값)이 0.02 이상이면 알립니다. 정상 자료도 대부분 계속 오르므로 "
        "문제로는 "
        "보지 않습니다.",
        "Reported where twice the rows are expected to bring 0.02 or more (median). Never an issue: most healthy data "
        "still rises.",
    ),
    causes=(),
    look=_more_rows,
)
