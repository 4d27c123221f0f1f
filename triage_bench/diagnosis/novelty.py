"""TB54x: what the test side says that the training side never did."""

from __future__ import annotations

from collections.abc import Iterator

from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import Check, Seen

EXCESS = 0.05
"""Share of new character bigrams on the test side beyond what a random cut shows. No healthy sample of 500 rows or
more reached it, 68 % of shifted ones did: a lead beside the classifier that tells the two sides apart."""

FEWEST = 50
"""Test rows below which new bigrams hang on single texts."""


def _novelty(case: Case) -> Iterator[Seen]:
    new, expected, rows = case.fact("new_bigram_share"), case.fact("new_bigram_expected"), case.fact("test_rows")
    words, usual = case.fact("new_eojeol_share"), case.fact("new_eojeol_expected")
    if new is None or expected is None or words is None or usual is None or rows is None or rows < FEWEST:
        text = Sentence(
            f"따로 정해진 평가 문장이 {FEWEST}개 이상인 자료가 아닙니다.",
            f"There is no test side of its own with at least {FEWEST} rows.",
        )
        yield Seen("not_applicable", text)
        return
    foreign = new - expected >= EXCESS
    tail = Sentence("", "")
    if foreign:
        tail = Sentence(
            " 평가 문장은 학습 문장과 다른 곳에서 왔거나 다르게 전처리되었습니다.",
            " The test texts come from elsewhere, or were preprocessed differently.",
        )
    text = Sentence(
        ko=f"평가 문장 {int(rows)}개의 글자 바이그램 중 {new:.1%}가 학습 문장에 없습니다(무작위로 나누면 "
        f"{expected:.1%}). 어절은 {words:.1%}(무작위로 나누면 {usual:.1%})입니다.{tail.ko}",
        en=f"Of the character bigrams in {int(rows)} test texts, {new:.1%} never occur in training (with a random cut "
        f"{expected:.1%}); of the eojeol {words:.1%} (with a random cut {usual:.1%}).{tail.en}",
    )
    numbers = {
        "test_rows": int(rows),
        "new_bigrams": round(new, 4),
        "expected_bigrams": round(expected, 4),
        "new_eojeol": round(words, 4),
        "expected_eojeol": round(usual, 4),
    }
    yield Seen("tip" if foreign else "passed", text, numbers)


NEW_BIGRAMS = Check(
    code="TB541",
    title=Sentence("평가 문장의 글자는 학습 문장에도 나옵니다", "Test texts are written like the training texts"),
    why=Sentence(
        "학습에서 본 적 없는 글자 조합은 어떤 모델도 읽지 못합니다.",
        "What training never held, no model can read.",
    ),
    threshold=Sentence(
        "학습 쪽에 없는 글자 바이그램의 비율이 무작위로 나눌 때보다 0.05 이상 높으면 알립니다. 정상 자료에서는 500행 "
        "이상에서 그런 일이 없었고, 다른 곳에서 온 평가 문장의 68%를 찾아냅니다. 평가 문장이 50개 이상일 때만 봅니다.",
        "Reported where the share of new character bigrams is at least 0.05 above that of a random cut: never seen in "
        "healthy data of 500 rows or more, and in 68% of test sides from elsewhere. Looked at from 50 test rows on.",
    ),
    causes=("data.shift",),
    look=_novelty,
)
