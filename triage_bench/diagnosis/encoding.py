"""TB45x: letters that were damaged before the text came here."""

from __future__ import annotations

from collections.abc import Iterator

from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.check import Check, Seen

DAMAGED, NOTED = 0.01, 0.002
"""Share of damaged rows, on the worse side of an official split: an issue, and worth a word. Of 258,000 clean
rows of five data sets 0.02 % look damaged (film reviews that misspell on purpose), so any line between 0.1 %
and 20 % finds the same."""

FEWEST = 3
"""Different damaged texts that make it an issue: one that is copied ten times is still one slip of a finger."""

LETTERLESS = 0.10
"""Share of rows with fewer than two letters. Film reviews have 0.4 %, terse English complaints 1.7 %."""

KINDS = {
    "mojibake_rows": Sentence("서유럽 인코딩으로 잘못 읽힌 글", "read as a Western encoding"),
    "lost_rows": Sentence("사라진 글자(U+FFFD)", "letters lost (U+FFFD)"),
    "misread_rows": Sentence("CP949로 잘못 읽힌 글", "read as CP949"),
    "jamo_rows": Sentence("합칠 수 없는 첫가끝 자모", "jamo that cannot be composed"),
}
"""Facts that count one kind of damage each, and its name."""

_NOT_LOOKED_FOR = Sentence("글자의 손상을 찾지 않았습니다.", "Damaged characters were not looked for.")


def _damaged(case: Case) -> Iterator[Seen]:
    count, share, rows = case.fact("damaged_rows"), case.fact("damaged_share"), case.dataset.rows
    if count is None or share is None or not rows:
        yield Seen("not_applicable", _NOT_LOOKED_FOR)
        return
    decomposed = case.noticed("text.nfc") or 0
    texts = case.fact("damaged_texts")
    damaged = share >= DAMAGED and (count if texts is None else texts) >= FEWEST
    mixed = decomposed >= DAMAGED * rows
    noted = share >= NOTED or decomposed >= NOTED * rows
    kinds = [(name, int(case.fact(fact) or 0)) for fact, name in KINDS.items() if case.fact(fact)]
    listed = Sentence(
        ko=", ".join(f"{name.ko} {number}행" for name, number in kinds),
        en=", ".join(f"{name.en}: {number}" for name, number in kinds),
    )
    of = Sentence(f"({listed.ko})" if kinds else "", f" ({listed.en})" if kinds else "")
    nfc = Sentence("", "")
    if decomposed:
        nfc = Sentence(
            f" 자모가 풀린 글(NFD) {decomposed}개는 읽으면서 합쳤지만, 이 파일을 그대로 읽는 다른 프로그램에는 낯선 "
            f"글자로 "
            "보입니다.",
            f" Decomposed (NFD) texts, {decomposed} of them, were composed while reading; another program that reads "
            "the file as it is sees unknown letters.",
        )
    text = Sentence(
        ko=f"{rows}행 중 {int(count)}행{of.ko}의 글자가 손상되어 있습니다. 더 많은 쪽에서 {share:.1%}입니다.{nfc.ko}",
        en=f"{int(count)} of {rows} rows have damaged characters{of.en}: {share:.1%} on the side that has "
        f"more.{nfc.en}",
    )
    numbers = {"damaged": int(count), "rows": rows, "share": round(share, 4), "decomposed": decomposed}
    yield Seen("issue" if damaged or mixed else "tip" if noted else "passed", text, numbers)


def _stripped(case: Case) -> Iterator[Seen]:
    count, share, rows = case.fact("letterless_rows"), case.fact("letterless_share"), case.dataset.rows
    if count is None or share is None or not rows:
        yield Seen("not_applicable", _NOT_LOOKED_FOR)
        return
    stripped = share >= LETTERLESS
    tail = Sentence("", "")
    if stripped:
        tail = Sentence(
            " 한글을 지우는 정규식(예: [^a-zA-Z])으로 정제하지 않았는지 확인하십시오.",
            " Look for a clean-up regex that strips Hangul (such as [^a-zA-Z]).",
        )
    text = Sentence(
        ko=f"{rows}행 중 {int(count)}행에는 글자가 두 개도 없습니다. 더 많은 쪽에서 {share:.1%}입니다.{tail.ko}",
        en=f"{int(count)} of {rows} rows hold fewer than two letters: {share:.1%} on the side that has more.{tail.en}",
    )
    yield Seen(
        "issue" if stripped else "passed", text, {"letterless": int(count), "rows": rows, "share": round(share, 4)}
    )


DAMAGED_CHARACTERS = Check(
    code="TB451",
    title=Sentence("글자가 손상되지 않았습니다", "No character is damaged"),
    why=Sentence(
        "모든 글이 똑같이 깨지면 글자 n-그램의 점수는 그대로여서 점수로는 알 수 없습니다. 형태소 분석기와 사전 학습 "
        "모델만 조용히 나빠집니다.",
        "Where all texts are damaged alike, the score of character n-grams stays what it is and tells nothing. A "
        "morphological analyser or a pretrained model gets worse in silence.",
    ),
    threshold=Sentence(
        "코드 값으로 손상이 드러나는 행, 또는 자모가 풀린 행이 1% 이상이면 문제로 보고(손상은 서로 다른 글 3개 "
        "이상일 때), 0.2% 이상이면 알립니다. 깨끗한 258,000행에서는 0.02%였고, 기준이 0.1%이든 20%이든 결과는 "
        "같았습니다.",
        "An issue from 1% of rows whose code points betray damage (3 different texts at least), or with decomposed "
        "jamo; a tip from 0.2% on. Of 258,000 clean rows 0.02% looked like it, and any line from 0.1% to 20% found the "
        "same.",
    ),
    causes=("language.encoding",),
    look=_damaged,
)

STRIPPED_LETTERS = Check(
    code="TB452",
    title=Sentence("글마다 글자가 남아 있습니다", "Every text has letters left"),
    why=Sentence(
        "영어용 정제 규칙은 한글을 모두 지워 문장 부호와 숫자만 남깁니다.",
        "A clean-up rule made for English strips all Hangul and leaves punctuation and digits.",
    ),
    threshold=Sentence(
        "글자가 두 개 미만인 행이 10% 이상이면 문제로 봅니다. 정상 자료에서는 많아야 1.7%였습니다.",
        "An issue where 10% of the rows hold fewer than two letters; healthy data had 1.7% at most.",
    ),
    causes=("language.encoding",),
    look=_stripped,
)
