"""TB8xx: what the search for parameters brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import log

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.core.space import Choice, Dimension
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Z95, difference, macro_f1, macro_f1_influence
from triage_bench.metrics import score

OPTIMISM = 0.03
"""Gap between inner and outer score that is worth a word, if it exceeds the noise of the outer one."""

EDGE = 0.02
"""A value this close to an end of its range (share of the range, on its own scale) lies at the edge."""


def _searched(case: Case) -> tuple[Outcome, ...]:
    return tuple(one for one in case.candidates if one.tuned)


def _nothing(case: Case) -> Seen | None:
    """Say why there is no finished search to look at, if there is none."""
    searched = _searched(case)
    if not searched:
        text = Sentence("매개변수를 탐색한 모델이 없습니다.", "No model was tuned.")
        return Seen("not_applicable", text)
    if not any(one.complete for one in searched):
        return Seen("skipped", unfinished(searched))
    return None


def _tuning_helps(case: Case) -> Iterator[Seen]:
    if (nothing := _nothing(case)) is not None:
        yield nothing
        return
    default = {one.recipe.name: one for one in case.contenders if not one.tuned}
    pairs = [(one, default[one.recipe.name]) for one in case.contenders if one.tuned and one.recipe.name in default]
    if not pairs:
        yield Seen("skipped", unfinished([one for one in case.candidates if not one.complete]))
    for tuned, plain in pairs:
        yield _compare(tuned, plain, case.classes)


def _compare(tuned: Outcome, plain: Outcome, classes: int) -> Seen:
    gain = difference(macro_f1_influence, tuned.predictions, plain.predictions, classes)
    ours, before = macro_f1(tuned.predictions, classes).value, macro_f1(plain.predictions, classes).value
    rows, name, trials = len(tuned.predictions), tuned.recipe.name, tuned.protocol.tuning.trials
    tail = Sentence("", "")
    if gain.high < 0:
        tail = Sentence(
            " 기본값보다 오차 이상으로 나쁩니다. 탐색이 안쪽 폴드에 맞춰졌습니다.",
            " That is worse than the defaults by more than noise: the search fitted its inner folds.",
        )
    elif gain.low <= 0:
        tail = Sentence(
            " 기본값과 구별되지 않으므로 더 탐색하기보다 자료를 살피는 편이 낫습니다.",
            " It cannot be told from the defaults; time is better spent on the data than on more trials.",
        )
    text = Sentence(
        ko=f"{name}의 macro-F1은 {trials}회 탐색 후 {ours:.3f}, 기본값으로 {before:.3f}입니다({rows}행). 차이의 95% "
        f"구간은 {gain.low:+.3f}~{gain.high:+.3f}입니다.{tail.ko}",
        en=f"{name} has a macro-F1 of {ours:.3f} after {trials} trials and {before:.3f} with its defaults ({rows} "
        f"rows). The 95% interval of the difference is {gain.low:+.3f} to {gain.high:+.3f}.{tail.en}",
    )
    numbers = {
        "macro_f1_tuned": round(ours, 4),
        "macro_f1_default": round(before, 4),
        "difference_low": round(gain.low, 4),
        "difference_high": round(gain.high, 4),
        "trials": trials,
        "rows": rows,
    }
    return Seen("passed" if gain.low > 0 else "tip", text, numbers, (*tuned.keys, *plain.keys), name)


def _optimism(case: Case) -> Iterator[Seen]:
    if (nothing := _nothing(case)) is not None:
        yield nothing
        return
    for outcome in case.contenders:
        inner = outcome.mean(lambda record: record.inner_score)
        if outcome.tuned and inner is not None:
            yield _gap(outcome, inner, case.classes)


def _gap(outcome: Outcome, inner: float, classes: int) -> Seen:
    metric, name, rows = outcome.protocol.tuning.metric, outcome.recipe.name, len(outcome.predictions)
    outer = score(metric, outcome.predictions, classes)
    gap, limit = inner - outer, max(OPTIMISM, Z95 * macro_f1(outcome.predictions, classes).error)
    wide = gap > limit
    text = Sentence(
        ko=f"{name}의 {metric}: 탐색하며 얻은 최고 {inner:.3f}, 평가 행 {rows}개에서 {outer:.3f}, 차이 {gap:+.3f}"
        f"(기준 {limit:.3f})." + (" 탐색 중의 점수는 믿지 마십시오." if wide else ""),
        en=f"{metric} of {name}: {inner:.3f} at best while searching, {outer:.3f} on {rows} scored rows, a gap of "
        f"{gap:+.3f} "
        f"(limit {limit:.3f})." + (" Do not trust the score seen while searching." if wide else ""),
    )
    numbers = {"inner": round(inner, 4), "outer": round(outer, 4), "gap": round(gap, 4), "limit": round(limit, 4)}
    return Seen("tip" if wide else "passed", text, {**numbers, "rows": rows}, outcome.keys, name)


def _edges(case: Case) -> Iterator[Seen]:
    if (nothing := _nothing(case)) is not None:
        yield nothing
        return
    known = [one for one in case.contenders if one.tuned and one.space is not None]
    if not known:
        text = Sentence(
            "탐색 범위가 기록에 남아 있지 않아 끝값인지 알 수 없습니다.",
            "The ranges searched are not part of the records, so their ends are not known.",
        )
        yield Seen("not_applicable", text)
    for outcome in known:
        yield _judge_edges(outcome)


def _judge_edges(outcome: Outcome) -> Seen:
    space = outcome.space
    assert space is not None
    folds, name = len(outcome.records), outcome.recipe.name
    hits = Counter(
        f"{parameter} ({end})"
        for record in outcome.records
        for parameter, dimension in space.dimensions.items()
        if (end := edge_of(dimension, record.params.get(parameter))) is not None
    )
    often = {place: count for place, count in hits.items() if count > folds / 2}
    listed = ", ".join(f"{place}: {count}/{folds}" for place, count in often.items())
    text = Sentence(
        ko=f"{name}의 최적값이 탐색 범위의 끝에 있습니다({listed})."
        if often
        else f"{name}의 최적값은 폴드 {folds}개에서 대체로 탐색 범위 안쪽에 있습니다.",
        en=f"The best values of {name} lie at the end of their range ({listed})."
        if often
        else f"The best values of {name} lie inside their ranges in most of {folds} folds.",
    )
    return Seen("tip" if often else "passed", text, {"at_an_end": len(often), "folds": folds}, outcome.keys, name)


def edge_of(dimension: Dimension, value: object) -> str | None:
    """Return ``"low"`` or ``"high"`` where a value lies at an end of its range, else None.

    A choice has no ends.
    """
    if isinstance(dimension, Choice) or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    low, high, at = (float(number) for number in (dimension.low, dimension.high, value))
    if dimension.log:
        low, high, at = log(low), log(high), log(max(at, 1e-300))
    place = (at - low) / (high - low)
    return "low" if place <= EDGE else "high" if place >= 1 - EDGE else None


TUNING_HELPS = Check(
    code="TB801",
    title=Sentence("탐색한 설정이 기본값보다 낫습니다", "Tuning does better than the defaults"),
    why=Sentence(
        "설정을 바꿔도 점수가 오르지 않는다면, 막고 있는 것은 설정이 아닙니다.",
        "If settings do not move the score, settings are not what holds it back.",
    ),
    threshold=Sentence(
        "같은 행에서 잰 macro-F1 차이의 95% 구간이 0보다 커야 합니다.",
        "The 95% interval of the difference in macro-F1 on the same rows must lie above 0.",
    ),
    causes=(),
    look=_tuning_helps,
)

OPTIMISM_GAP = Check(
    code="TB802",
    title=Sentence("탐색 중의 점수가 실제 점수와 맞습니다", "The score seen while searching is the real one"),
    why=Sentence(
        "여러 설정 중 최고를 고른 점수는 부풀려져 있습니다. 보고할 점수는 고를 때 쓰지 않은 행의 점수입니다.",
        "The best of many is inflated. The score to report is that of rows that took no part in the choice.",
    ),
    threshold=Sentence(
        "차이가 0.03과 평가 점수 오차(표준오차의 1.96배) 중 큰 쪽을 넘으면 알립니다.",
        "Reported where the gap exceeds 0.03 and the noise of the outer score (1.96 standard errors).",
    ),
    causes=(),
    look=_optimism,
)

EDGE_OF_SPACE = Check(
    code="TB803",
    title=Sentence("최적값이 탐색 범위 안에 있습니다", "The best values lie inside their ranges"),
    why=Sentence(
        "최적값이 범위의 끝에 있으면 더 나은 값이 범위 밖에 있을 수 있습니다.",
        "A best value at the end of its range may have a better one beyond it.",
    ),
    threshold=Sentence(
        "절반이 넘는 폴드에서 범위의 끝 2% 안에 있으면 알립니다. 우연이라면 한 폴드에서 4%만 그렇습니다.",
        "Reported where more than half of the folds lie within 2% of an end; by luck 4% of folds do.",
    ),
    causes=(),
    look=_edges,
)
