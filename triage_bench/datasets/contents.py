"""What single texts hold that is worth a warning: identifiers, words for nothing, numbers, damage, odd lengths.

Nothing is changed here and no row is set aside; the notices name rows, never what stands in them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.identifiers import NAMES, Kind, kinds_in
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.damage import damage
from triage_bench.datasets.normalise import ROWS_NAMED

AT_ONCE = 50_000
"""Texts looked at together: their code points take 4 bytes each, and a few such arrays stand side by side."""

LONG, TIMES_MEDIAN = 1_000, 20
"""A text is long from so many characters, if that is also so many times the median."""

WORDS_FOR_NOTHING = frozenset({"na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "?", "unknown", "없음", "미상"})
"""How programs and people write that there is nothing."""

_UNKNOWN = ("Co", "Cn")
"""Categories of code points that nobody has given a letter to: private use, unassigned."""

_NUMBER_OR_DATE = re.compile(r"[\s\d.,:/%+\-년월일시분초]*\d[\s\d.,:/%+\-년월일시분초]*")

_SAID: Mapping[str, tuple[str, str]] = {
    "text.nothing": (
        "‘없음’을 뜻하는 말(nan, null, 없음, - 등)만 있는 문장이 {count}개입니다. 문장으로 두었습니다. "
        "값이 없다는 뜻이면 칸을 비우십시오.",
        "{count} texts are only a word for nothing (nan, null, -). They were kept as texts; "
        "if they mean that, leave the cell empty.",
    ),
    "text.numbers": (
        "숫자나 날짜만 있는 문장이 {count}개입니다. 열이 밀렸는지 확인하십시오.",
        "{count} texts are only a number or a date. Check whether columns slipped.",
    ),
    "text.long": (
        "다른 문장보다 매우 긴(중앙값의 20배 이상) 문장이 {count}개입니다. 여러 행이 합쳐졌는지 확인하십시오.",
        "{count} texts are far longer than the others (20 times the median or more). "
        "Check whether rows ran into one another.",
    ),
    "text.letterless": (
        "글자가 한 개 이하인 문장이 {count}개입니다. 이런 문장에서는 배울 것이 없습니다.",
        "{count} texts hold one letter at most; there is nothing to learn from them.",
    ),
    "text.mojibake": (
        "다른 인코딩으로 잘못 읽힌 글자(예: ‘ê°€’)가 있는 문장이 {count}개입니다. 원본 파일에서 다시 저장하십시오.",
        "{count} texts hold letters read in a wrong encoding before (such as ‘ê°€’). "
        "Save the file again from its source.",
    ),
    "text.misread": (
        "UTF-8을 CP949로 잘못 읽은 듯한 문장이 {count}개입니다. 원본 파일에서 다시 저장하십시오.",
        "{count} texts look like UTF-8 that was read as CP949. Save the file again from its source.",
    ),
    "text.unknown": (
        "어떤 글자로도 정해지지 않은 문자가 있는 문장이 {count}개입니다. 다른 인코딩의 내용이 섞였는지 확인하십시오.",
        "{count} texts hold code points that are no letter of any script. Another encoding may be mixed in.",
    ),
    "text.jamo": (
        "음절로 합쳐지지 않는 자모가 있는 문장이 {count}개입니다. 원본 파일을 확인하십시오.",
        "{count} texts hold conjoining jamo that make no syllable. Look at the source of the file.",
    ),
}


def text_notices(texts: Sequence[str], rows: Sequence[int]) -> Iterator[Notice]:
    """Yield one notice per kind of finding.

    Parameters
    ----------
    texts
        Normalised; empty ones are passed over: they are told of elsewhere.
    rows
        Where each stands in the file.
    """
    yield from identifier_notices(texts, rows)
    found = {
        "text.nothing": _where(text.strip().casefold() in WORDS_FOR_NOTHING for text in texts),
        "text.numbers": _where(_NUMBER_OR_DATE.fullmatch(text) is not None for text in texts),
        "text.long": _long(texts),
        "text.unknown": _unknown(texts),
        **_damaged(texts),
    }
    for code, forms in _SAID.items():
        at = found[code]
        if len(at):
            said = Sentence(*(form.format(count=f"{len(at):,}") for form in forms))
            yield Notice(code, len(at), len(texts), said, tuple(rows[i] for i in at[:ROWS_NAMED].tolist()))


def identifier_notices(texts: Sequence[str], rows: Sequence[int]) -> Iterator[Notice]:
    """Yield one notice if any text names a person by number or address; parameters as in `text_notices`."""
    kinds = [(at, found) for at, text in enumerate(texts) if (found := kinds_in(text))]
    if not kinds:
        return
    counts: Counter[Kind] = Counter(kind for _, found in kinds for kind in found)
    ko = ", ".join(f"{NAMES[kind].ko} {count:,}행" for kind, count in sorted(counts.items()))
    en = ", ".join(f"{NAMES[kind].en}s in {count:,} rows" for kind, count in sorted(counts.items()))
    yield Notice(
        "text.identifiers",
        len(kinds),
        len(texts),
        Sentence(
            f"개인식별정보로 보이는 내용이 있습니다: {ko}. 출력에서는 가립니다. 학습 전에 파일에서 지우십시오. "
            "이 검사는 비식별화 도구가 아니며 이름이나 주소는 찾지 못합니다.",
            f"There is what looks like {en}. Outputs hide it; remove it from the file before training. "
            "This is no de-identification: names and addresses are not found.",
        ),
        tuple(rows[at] for at, _ in kinds[:ROWS_NAMED]),
    )


def _unknown(texts: Sequence[str]) -> NDArray[np.int64]:
    odd = "".join(letter for letter in set().union(*texts) if unicodedata.category(letter) in _UNKNOWN)
    if not odd:
        return np.empty(0, dtype=np.int64)
    search = re.compile(f"[{re.escape(odd)}]").search
    return _where(search(text) is not None for text in texts)


def _long(texts: Sequence[str]) -> NDArray[np.int64]:
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    if not len(lengths):
        return lengths
    return np.flatnonzero(lengths >= max(LONG, TIMES_MEDIAN * float(np.median(lengths))))


def _damaged(texts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    kinds = ("mojibake", "misread", "jamo", "letterless")  # lost letters are told of where texts are normalised
    found: dict[str, list[NDArray[np.int64]]] = {f"text.{kind}": [] for kind in kinds}
    for begin in range(0, len(texts), AT_ONCE):
        part = texts[begin : begin + AT_ONCE]
        said = np.array([bool(text.strip()) for text in part], dtype=np.bool_)
        hits = damage(part)
        for kind in kinds:
            found[f"text.{kind}"].append(np.flatnonzero(hits[kind] & said) + begin)
    return {code: np.concatenate(parts) if parts else np.empty(0, dtype=np.int64) for code, parts in found.items()}


def _where(hits: Iterator[bool]) -> NDArray[np.int64]:
    return np.flatnonzero(np.fromiter(hits, dtype=np.bool_))
