"""TB53x: answers that can be had without understanding: sentence frames and telling tokens."""

from __future__ import annotations

from collections.abc import Iterator

from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import Check, Seen

FRAMED = 0.45
"""Share of the texts that twelve openings, and twelve endings, hold. Healthy data stays below 0.42 at any size
(0.40 in ktas-sim, whose people all speak to a nurse); planted frames in 40 % of the texts reach 0.51."""

FEWEST_TEXTS = 100
"""Distinct texts below which a dozen openings hold much of any data."""

COVERAGE, PRECISION = 0.35, 0.93
"""Held-out rows that a dozen tokens answer for, and how often they are right. Tokens planted in 40 % of the rows
cover 0.38–0.46 with a precision of at least 0.99. Honest key words fail one of the two: kobill covers 0.25 with
0.99, ktas-sim 0.60 with 0.89."""

FEWER, PURER = 0.28, 0.975
"""A second line: the words of rare labels are too few to be sure of, so that words planted in 40 % of 500 rows with
five labels cover 0.25–0.35, at a precision of 0.98 and more. Honest words that cover as much are right in 0.94 at most
(160 draws of 400 to 1,000 rows of ktas-sim). With it 17 of 20 such files are found, without it 1 of 20."""


def _frames(case: Case) -> Iterator[Seen]:
    share, texts = case.fact("frame_share"), case.fact("distinct_texts")
    opening, ending = case.fact("opening_share"), case.fact("ending_share")
    if share is None or opening is None or ending is None or texts is None or texts < FEWEST_TEXTS:
        text = Sentence(
            f"서로 다른 글이 {FEWEST_TEXTS}개보다 적어 문장 틀을 세지 않았습니다.",
            f"Sentence frames are not counted below {FEWEST_TEXTS} different texts.",
        )
        yield Seen("not_applicable", text)
        return
    half, poor = int(case.fact("openings_for_half") or 0), share >= FRAMED
    tail = Sentence("", "")
    if poor:
        tail = Sentence(
            " 글이 몇 가지 틀에서 나왔습니다. 틀이 라벨을 알려 주면 모델은 틀만 외웁니다.",
            " The texts come from a few frames; where a frame goes with a label, a model learns the frame.",
        )
    text = Sentence(
        ko=f"서로 다른 글 {int(texts)}개 중 {opening:.0%}가 흔한 첫머리 12가지로 시작하고 {ending:.0%}가 흔한 끝머리 "
        f"12가지로 끝납니다. 첫머리 {half}가지가 글의 절반을 이룹니다.{tail.ko}",
        en=f"Of {int(texts)} different texts, {opening:.0%} begin in one of 12 common ways and {ending:.0%} end in "
        f"one of 12. Half of the texts share {half} openings.{tail.en}",
    )
    numbers = {
        "texts": int(texts),
        "openings": round(opening, 4),
        "endings": round(ending, 4),
        "openings_for_half": half,
    }
    yield Seen("issue" if poor else "passed", text, numbers)


def gives_away(case: Case) -> bool:
    """Whether a few words give the label of many rows away."""
    coverage, precision = case.fact("shortcut_coverage") or 0.0, case.fact("shortcut_precision") or 0.0
    tells = (coverage >= COVERAGE and precision >= PRECISION) or (coverage >= FEWER and precision >= PURER)
    return tells and (case.fact("shortcut_rows") or 0) >= FEWEST_TEXTS


def _tells_the_rare(case: Case) -> bool:
    """Whether they do so for the rows that are not of the one class which nearly all rows have."""
    coverage, precision = case.fact("shortcut_rare_coverage") or 0.0, case.fact("shortcut_precision") or 0.0
    return coverage >= COVERAGE and precision >= PRECISION


def _shortcut(case: Case) -> Iterator[Seen]:
    coverage, precision, rows = (case.fact(f"shortcut_{name}") for name in ("coverage", "precision", "rows"))
    if coverage is None or precision is None or rows is None or rows < FEWEST_TEXTS or case.classes < 2:
        text = Sentence(
            f"서로 다른 글이 {FEWEST_TEXTS}개보다 적어 라벨을 알려 주는 낱말을 찾지 않았습니다.",
            f"Telling tokens are not looked for below {FEWEST_TEXTS} different texts.",
        )
        yield Seen("not_applicable", text)
        return
    cheap, rare = gives_away(case), _tells_the_rare(case)
    told = case.fact("shortcut_rare_coverage") or 0.0
    tokens, labels = case.dataset.words.get("shortcut_tokens", ()), case.dataset.words.get("shortcut_labels", ())
    pairs = [f"‘{token}’→{label}" for token, label in zip(tokens, labels, strict=True)]
    count = int(case.fact("shortcut_tokens") or 0)
    listed = f" {', '.join(pairs)}." if pairs else ""
    tail = Sentence(listed, listed)
    if rare and not cheap:
        tail = Sentence(
            f"{listed} 드문 클래스에서는 {told:.0%}에 나옵니다. 이 낱말이 그 라벨의 뜻인지 확인하십시오.",
            f"{listed} Of the rare classes' texts it is {told:.0%}; ask whether these words are what the label means.",
        )
    if cheap:
        tail = Sentence(
            f"{listed} 새 문장에도 이 낱말이 있을지, 라벨을 정한 이유가 이 낱말인지 확인하십시오.",
            f"{listed} Ask whether new sentences will hold these, and whether they are why the label was given.",
        )
    text = Sentence(
        ko=f"글 {int(rows)}개에서 고른 낱말 {count}개가 따로 둔 글의 {coverage:.0%}에 나오며, 그중 {precision:.0%}의 "
        f"라벨을 맞힙니다.{tail.ko}",
        en=f"{count} tokens chosen in {int(rows)} texts stand in {coverage:.0%} of the texts held out, and give away "
        f"the label of {precision:.0%} of these.{tail.en}",
    )
    numbers = {"tokens": count, "coverage": round(coverage, 4), "precision": round(precision, 4), "texts": int(rows)}
    numbers |= {"rare_coverage": round(told, 4)} if rare else {}
    yield Seen("issue" if cheap else "tip" if rare else "passed", text, numbers)


FRAMES = Check(
    code="TB531",
    title=Sentence("글이 몇 가지 틀에서 나오지 않았습니다", "The texts do not come from a few frames"),
    why=Sentence(
        "한 사람이나 언어 모델이 틀에 맞추어 쓴 글은 행 수보다 훨씬 적은 것을 가르칩니다.",
        "Texts written into frames, by one person or a language model, teach far less than their number.",
    ),
    threshold=Sentence(
        "흔한 첫머리(4글자) 12가지와 흔한 끝머리 12가지가 각각 서로 다른 글의 45% 이상을 차지하면 문제로 봅니다. "
        "정상 자료는 42%를 넘지 않았고, 글의 40%를 틀에 넣은 자료는 51% 이상이었습니다. 서로 다른 글이 100개 이상일 "
        "때만 셉니다.",
        "An issue where the 12 commonest openings (4 characters) and the 12 commonest endings each hold 45% of the "
        "different texts. Healthy data stayed below 42%; with 40% of the texts poured into frames it was 51% and more. "
        "Counted from 100 different texts on.",
    ),
    causes=("data.shortcut",),
    look=_frames,
)

SHORTCUT_TOKENS = Check(
    code="TB532",
    title=Sentence("낱말 몇 개로 라벨을 맞힐 수 없습니다", "A few tokens do not give the label away"),
    why=Sentence(
        "낱말 몇 개가 라벨을 알려 주면 점수는 높지만, 그 낱말이 없는 새 문장에서는 무너집니다.",
        "Where a few tokens give the label away the score is high, until a new sentence lacks them.",
    ),
    threshold=Sentence(
        "다른 글에서 고른 낱말 12개 이하가 글의 35% 이상에 나오고 그중 93% 이상을 맞히거나, "
        "28% 이상에 나오고 97.5% 이상을 맞히면 문제로 봅니다. 글의 40%에 심은 낱말은 어느 한쪽에 들었고, 정상 자료는 "
        "둘 다 못 미쳤습니다. 서로 다른 글이 100개 이상일 때만 찾습니다. "
        "한 클래스가 85%를 넘으면 그 클래스를 더 잘 알려 줄 낱말은 없으므로, 나머지 클래스 행의 35% "
        "이상에 나오고 93% 이상을 맞힐 때 알립니다.",
        "An issue where at most 12 tokens, chosen on other texts, stand in 35% of the texts and are right for 93% of "
        "these, or in 28% and are right for 97.5%. Tokens planted in 40% of the texts reach one of the two, healthy "
        "data neither. Looked for from 100 different texts on. No word can tell a class much better that has more than "
        "85% of the rows: there, a tip where they stand in 35% of the other classes' rows and are right for 93%.",
    ),
    causes=("data.shortcut",),
    look=_shortcut,
)
