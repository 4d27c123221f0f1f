"""TB212–TB215: what the score is worth on new topics, new sources and new sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.beside import LEARNER, RANDOM, beside, not_run, noticed
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Z95, Estimate, difference, macro_f1, macro_f1_influence

TOPIC_LOSS = 0.05
"""Loss on new topics that is worth a word. It is never a fault: healthy data sets lose 16 to 64 % of what
they score above chance when topics are held out."""

UNSEEN = 0.05
"""Share of test rows whose class stands in no training row, above which a cut says more about the classes
than about the topics."""

SOURCE_DROP = 0.20
"""Loss on a new source from which on the score rests on who wrote a row: planted source marks lost 0.75, and
no honest data loses a fifth."""

ONE_SOURCE_DROP = 0.10
"""Loss when a single source is trained on that is worth a word; fewer rows alone cost some of it."""

COPIES_DROP, COPIES_SHARE, COPIES_AGREE = 0.085, 0.25, 0.75
"""Near-copies carry a score where keeping them together costs this much, this share of rows has one, and
their labels agree this often: together they found 93.5 % of planted paraphrases and accused no healthy
sample of four Korean data sets; the loss alone accused 3 %."""

GROUP_DROP, GROUP_Z = 0.05, 3.0
"""Loss with the user's own groups kept together: they are known to belong together, so less is needed; and the
standard errors it must exceed. Another draw of the folds alone has given 2.1, with a group for every row."""


def _topics(case: Case) -> Iterator[Seen]:
    planned = case.planned("topic-held-out", LEARNER)
    if not planned:
        yield not_run("주제를 통째로 평가하는", "hold out whole topics")
        return
    pairs = [(one, other) for one in planned if one.complete and (other := beside(case, one, RANDOM)) is not None]
    fair = [(one, other) for one, other in pairs if noticed(one, "split.unseen_class") <= UNSEEN * len(one.predictions)]
    if not pairs:
        yield Seen("skipped", unfinished(planned))
    elif not fair:
        text = Sentence(
            "주제와 클래스가 거의 같아서, 주제를 빼면 클래스가 통째로 학습에서 빠집니다.",
            "Topics and classes nearly coincide: holding a topic out takes whole classes from training.",
        )
        yield Seen("not_applicable", text, records=tuple(key for one, _ in pairs for key in one.keys))
    else:
        yield _judge_topics(case, fair)


def _judge_topics(case: Case, pairs: list[tuple[Outcome, Outcome]]) -> Seen:
    losses = {_topic_count(one): _loss(other, one, case.classes) for one, other in pairs}
    worst = max(losses.values(), key=lambda loss: loss.value)
    listed = Sentence(
        ko=", ".join(f"{name.ko} {loss.value:+.3f}" for name, loss in losses.items()),
        en=", ".join(f"{name.en} {loss.value:+.3f}" for name, loss in losses.items()),
    )
    much = worst.value >= TOPIC_LOSS and worst.value > Z95 * worst.error
    base = macro_f1(pairs[0][1].predictions, case.classes)
    text = Sentence(
        ko=f"무작위 분할에서 macro-F1 {base.value:.3f}인 {LEARNER}가 처음 보는 주제에서 잃는 점수: {listed.ko}."
        + (" 새로운 주제의 문장에서는 그만큼 낮은 점수를 예상하십시오." if much else ""),
        en=f"{LEARNER} scores a macro-F1 of {base.value:.3f} on a random split; on topics it has never seen it loses: "
        f"{listed.en}." + (" Expect that much less on sentences about something new." if much else ""),
    )
    numbers: dict[str, float | int | str] = {
        "macro_f1_random": round(base.value, 4),
        "rows": len(pairs[0][1].predictions),
    }
    numbers |= {
        f"loss_{one.protocol.parts or 'given'}_topics": round(loss.value, 4)
        for (one, _), loss in zip(pairs, losses.values(), strict=True)
    }
    return Seen("tip" if much else "passed", text, numbers, tuple(key for one, _ in pairs for key in one.keys))


def _topic_count(outcome: Outcome) -> Sentence:
    parts = outcome.protocol.parts
    if parts is None:
        return Sentence("자료에 적힌 주제", "topics as given")
    return Sentence(f"주제 {parts}개", f"{parts} topics")


def _sources(case: Case) -> Iterator[Seen]:
    planned = case.planned("source-held-out", LEARNER)
    if not planned:
        text = Sentence("출처를 적은 열이 없습니다(--source).", "No column says who wrote a row (--source).")
        yield Seen("not_applicable", text)
        return
    for one in planned:
        other = beside(case, one, RANDOM) if one.complete else None
        if other is None:
            yield Seen("skipped", unfinished(planned), records=one.keys)
            continue
        drop, base = _loss(other, one, case.classes), macro_f1(other.predictions, case.classes)
        guilty = drop.value >= SOURCE_DROP and drop.value > Z95 * drop.error
        text = Sentence(
            ko=f"{LEARNER}의 macro-F1은 무작위 분할에서 {base.value:.3f}, 출처를 통째로 뺀 분할에서 "
            f"{base.value - drop.value:.3f}입니다({len(one.predictions):,}행, 차이 {drop.value:.3f}, 표준오차 "
            f"{drop.error:.3f})." + (" 점수가 내용보다 누가 썼는지에 기대고 있습니다." if guilty else ""),
            en=f"{LEARNER} has a macro-F1 of {base.value:.3f} on a random split and of {base.value - drop.value:.3f} "
            "with "
            f"whole sources held out ({len(one.predictions):,} rows; loss {drop.value:.3f}, standard error "
            f"{drop.error:.3f})."
            + (" The score rests on who wrote a row rather than on what it says." if guilty else ""),
        )
        yield Seen("issue" if guilty else "passed", text, _numbers(base, drop, len(one.predictions)), one.keys)


def _one_source(case: Case) -> Iterator[Seen]:
    planned = case.planned("one-source", LEARNER)
    if not planned:
        yield Seen("not_applicable", Sentence("비교할 출처가 없습니다.", "There are no sources to compare."))
        return
    for one in planned:
        other = beside(case, one, RANDOM) if one.complete else None
        if other is None:
            yield Seen("skipped", unfinished(planned), records=one.keys)
            continue
        scores = [macro_f1(r.predictions, case.classes).value for r in one.records if r.predictions is not None]
        base, mean, worst = macro_f1(other.predictions, case.classes), float(np.mean(scores)), min(scores)
        text = Sentence(
            ko=f"한 출처로만 학습하고 나머지 출처로 평가하면 {LEARNER}의 macro-F1은 평균 {mean:.3f}, 가장 낮게 "
            f"{worst:.3f}입니다(출처 {len(scores)}개, 무작위 분할 {base.value:.3f}). 학습 행이 줄어든 영향도 들어 "
            "있습니다.",
            en=f"Trained on one source and scored on the others, {LEARNER} has a macro-F1 of {mean:.3f} on average and "
            f"{worst:.3f} at the lowest ({len(scores)} sources; {base.value:.3f} on a random split). Part of that is "
            "the "
            "smaller number of training rows.",
        )
        numbers = {
            "macro_f1_random": round(base.value, 4),
            "mean": round(mean, 4),
            "lowest": round(worst, 4),
            "sources": len(scores),
        }
        yield Seen("tip" if base.value - mean >= ONE_SOURCE_DROP else "passed", text, numbers, one.keys)


def _kept_together(case: Case) -> Iterator[Seen]:
    planned = [one for purpose in ("benchmark", "grouped-split") for one in case.planned(purpose, LEARNER)]
    own = next((one for one in planned if one.protocol.split in ("grouped", "near-duplicate") and not one.tuned), None)
    if own is None:
        yield not_run("같은 묶음을 한쪽에 두고 평가하는", "keep what belongs together on one side")
        return
    at_random = beside(case, own, RANDOM) if own.complete else None
    if at_random is None:
        yield Seen("skipped", unfinished([own]), records=own.keys)
        return
    drop, base = _loss(at_random, own, case.classes), macro_f1(at_random.predictions, case.classes)
    grouped = own.protocol.split == "grouped"
    near, agree = case.fact("near_duplicate_rows") or 0.0, case.fact("near_duplicate_label_agreement") or 0.0
    certain = drop.value > Z95 * drop.error
    copies = near >= COPIES_SHARE * case.dataset.rows and agree >= COPIES_AGREE and drop.value >= COPIES_DROP
    costly = drop.value >= GROUP_DROP and drop.value >= GROUP_Z * drop.error
    leaks = costly if grouped else certain and copies
    what = Sentence("묶음", "groups") if grouped else Sentence("거의 같은 문장", "near-copies")
    text = Sentence(
        ko=f"{LEARNER}의 macro-F1은 무작위 분할에서 {base.value:.3f}, {what.ko}을 한쪽에 모으면 "
        f"{base.value - drop.value:.3f}입니다({len(own.predictions):,}행, 차이 {drop.value:.3f}, 표준오차 "
        f"{drop.error:.3f})."
        + (
            " 무작위 분할의 점수는 외운 만큼 부풀려져 있습니다. 새 문장이 실제로 같은 말을 되풀이한다면 그 점수도 "
            "맞습니다."
            if leaks
            else ""
        ),
        en=f"{LEARNER} has a macro-F1 of {base.value:.3f} on a random split and of {base.value - drop.value:.3f} with "
        f"{what.en} on one side ({len(own.predictions):,} rows; loss {drop.value:.3f}, standard error "
        f"{drop.error:.3f})."
        + (
            " A random split is inflated by what was memorised; if new data repeats the same phrases, it is right."
            if leaks
            else ""
        ),
    )
    numbers = {**_numbers(base, drop, len(own.predictions)), "near_duplicates": int(near)}
    yield Seen("issue" if leaks else "passed", text, numbers, (*own.keys, *at_random.keys))


def _loss(at_random: Outcome, held_out: Outcome, classes: int) -> Estimate:
    return difference(macro_f1_influence, at_random.predictions, held_out.predictions, classes)


def _numbers(base: Estimate, drop: Estimate, rows: int) -> dict[str, float | int | str]:
    return {
        "macro_f1_random": round(base.value, 4),
        "loss": round(drop.value, 4),
        "standard_error": round(drop.error, 4),
        "rows": rows,
    }


NEW_TOPICS = Check(
    code="TB212",
    title=Sentence("처음 보는 주제에서도 점수가 유지됩니다", "The score holds on topics that were never seen"),
    why=Sentence(
        "모은 자료에 없던 이야기가 들어오면 점수가 얼마나 떨어지는지 미리 알아야 합니다.",
        "One should know beforehand what the score becomes when people write about something new.",
    ),
    threshold=Sentence(
        "글에서 찾은 주제 5·10·20개를 각각 통째로 빼고 평가하여 0.05 넘게 잃으면 알립니다. 정상 자료도 많이 잃으므로 "
        "문제로 보지 않습니다. 학습에 없는 클래스가 5%를 넘으면 판단하지 않습니다.",
        "Reported from a loss of 0.05 on when 5, 10 or 20 topics found on the texts are held out. Never an issue: "
        "healthy data loses much as well. Not judged where more than 5% of rows are of classes unseen in training.",
    ),
    causes=(),
    look=_topics,
)

NEW_SOURCES = Check(
    code="TB213",
    title=Sentence("처음 보는 출처에서도 점수가 유지됩니다", "The score holds on sources that were never seen"),
    why=Sentence(
        "쓴 사람이나 만든 방법마다 말버릇이 있으면, 모델은 내용 대신 그것을 배웁니다.",
        "Every writer has habits; a model may learn these instead of what is said.",
    ),
    threshold=Sentence(
        "출처를 통째로 빼면 0.20 이상, 그리고 표준오차의 1.96배 넘게 떨어질 때 문제로 봅니다. 심어 둔 출처 표시는 "
        "0.75를 "
        "잃었습니다.",
        "An issue from a loss of 0.20 on, beyond 1.96 standard errors. Planted marks of the source lost 0.75.",
    ),
    causes=("data.shortcut",),
    look=_sources,
)

ONE_SOURCE = Check(
    code="TB214",
    title=Sentence("한 출처로 배워도 다른 출처에 통합니다", "What one source teaches holds for the others"),
    why=Sentence(
        "출처마다 라벨 기준이나 말투가 다르면 서로 가르칠 수 없습니다.",
        "Sources that label or write differently cannot teach each other.",
    ),
    threshold=Sentence(
        "평균이 무작위 분할보다 0.10 이상 낮으면 알립니다. 학습 행도 줄기 때문에 문제로는 보지 않습니다.",
        "Reported where the mean lies 0.10 below a random split; never an issue, since the rows are fewer as well.",
    ),
    causes=(),
    look=_one_source,
)

KEPT_TOGETHER = Check(
    code="TB215",
    title=Sentence("비슷한 문장을 한쪽에 모아도 점수가 유지됩니다", "The score holds when copies stay on one side"),
    why=Sentence(
        "같은 문장을 고쳐 쓴 것이 양쪽에 있으면 점수는 외운 것을 셉니다.",
        "Where reworded copies stand on both sides, the score counts what was memorised.",
    ),
    threshold=Sentence(
        "주어진 묶음을 지킬 때 0.05 이상(표준오차의 3배 이상) 떨어지거나, 거의 같은 문장이 25% 이상이고 그 라벨이 75% "
        "이상 일치하면서 0.085 이상(표준오차의 1.96배 초과) 떨어지면 문제로 봅니다.",
        "An issue from a loss of 0.05 on with the given groups (and 3 standard errors), or of 0.085 where at least "
        "25% of rows have a near-copy and 75% of these agree in label (and 1.96 standard errors).",
    ),
    causes=("data.leakage",),
    look=_kept_together,
)
