"""Label cells → codes and names: what is the same label, in which order, on which scale.

Spellings that differ only by surrounding or repeated space, width (ＫＴＡＳ), case or normal form
are one label and are merged, with a notice. Spellings one edit apart may be two labels; they are
reported, never merged.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Scale
from triage_bench.core.errors import DataError
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.columns import Cell, cell_text
from triage_bench.datasets.contents import WORDS_FOR_NOTHING
from triage_bench.datasets.normalise import ROWS_NAMED, normalise_text, row_list

MISSING = -1
"""The code of a row without a label."""

_WHOLE = re.compile(r"([+-]?\d+)\.0+")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_FRACTION = re.compile(r"[+-]?\d+[.,]\d+")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}.*|\d{1,2}월 ?\d{1,2}일|\d{1,2}-[a-z]{3}")
_ONE_NUMBER = re.compile(r"(\D*)(\d+)(\D*)")
_URGENCY_COLUMN = re.compile(r"ktas|triage|acuity|urgency|\besi\b|\bctas\b|\bmts\b|중증도|응급도|긴급도|트리아지", re.I)
_URGENCY_WORDS = frozenset(
    {"ktas", "k", "level", "lv", "단계", "등급", "ktas단계", "ktas등급", "ktaslevel", "esi", "ctas"}
)


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels in their order.

    Attributes
    ----------
    codes : ndarray of int64, shape (n,)
        Index into `names`, or `MISSING`.
    names
        The labels as people wrote them most often, in order.
    scale
        As given, or as assumed from the names; a notice tells which.
    notices
        What was merged, suspected and assumed.
    """

    codes: NDArray[np.int64]
    names: tuple[str, ...]
    scale: Scale
    notices: tuple[Notice, ...]


def read_labels(cells: Sequence[Cell], column: str, rows: Sequence[int], scale: Scale | None = None) -> Labels:
    """Read a column of labels.

    Parameters
    ----------
    cells
        One per row: text, number, or nothing.
    column
        The column's name; ``ktas_level`` and the like suggest a triage scale.
    rows
        The rows' numbers in the file, for messages.
    scale
        What the user says the order of the labels means; None assumes it from the names.

    Raises
    ------
    DataError
        If `scale` asks for an order and the labels carry no numbers to be ordered by.
    """
    raw = [cell_text(cell) for cell in cells]
    spelling_of = {text: _spelling(text) for text in set(raw)}
    key_of = {text: _key(spelling) for text, spelling in spelling_of.items()}
    spellings = [spelling_of[text] for text in raw]
    keys = [key_of[text] for text in raw]
    shown = _most_frequent(keys, spellings)
    order = _ordered(shown)
    code = {key: index for index, key in enumerate(order)}
    names = tuple(shown[key] for key in order)
    meant = _scale(order, column, scale)
    numbered = scale is None and bool(order) and all(_level(key) is not None for key in order)
    codes = np.array([code.get(key, MISSING) for key in keys], dtype=np.int64)
    notices = (
        *_merged_notice(keys, raw, shown, rows),
        *_similar_notice(order, names, keys, rows),
        *_written_notice(order, names, keys, rows),
        *_nothing_notice(keys, spellings, rows),
        *((_scale_notice(names, meant, len(cells)),) if numbered else ()),
    )
    return Labels(codes, names, meant, notices)


def label_key(text: str) -> str:
    """Return what all spellings of one label share: 1 and 1.0, KTAS 1 and ktas  1."""
    return _key(_spelling(text))


def _spelling(text: str) -> str:
    """Write a label as the user would: trimmed, in NFC, a whole number without its ``.0``."""
    return _without_zeros(" ".join(normalise_text(text).split()))


def _without_zeros(text: str) -> str:
    """Return 1 for 1.0: how a program writes a number is no spelling of the user's."""
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def _key(spelling: str) -> str:
    """Return what two spellings of one label share."""
    wide = unicodedata.normalize("NFKC", spelling).casefold()
    return _without_zeros(" ".join(unicodedata.normalize("NFKC", wide).split()))


def _most_frequent(keys: Sequence[str], spellings: Sequence[str]) -> dict[str, str]:
    """Return per key the spelling used most often; of equals the first by code point."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for key, spelling in zip(keys, spellings, strict=True):
        if key:
            counts[key][spelling] += 1
    return {key: min(found, key=lambda name: (-found[name], name)) for key, found in counts.items()}


def _level(key: str) -> float | None:
    """Return the one number of a label: 3 of ``3``, ``ktas 3``, ``3단계``; None where there is none."""
    if _NUMBER.fullmatch(key):
        return float(key)
    match = _ONE_NUMBER.fullmatch(key)
    return float(match[2]) if match else None


def _frame(key: str) -> str:
    """Return a label without its number, spaces and punctuation: ``ktas`` of ``ktas-3``."""
    if _NUMBER.fullmatch(key):
        return ""
    return "".join(letter for letter in key if letter.isalpha())


def _ordered(keys: Iterable[str]) -> list[str]:
    """Sort by number where every label has one in a comparable frame, else by code point.

    Not by frequency: the order would change with the rows, and every stored job with it.
    """
    keys = list(keys)
    frames = {_frame(key) for key in keys}
    levels = {key: _level(key) for key in keys}
    if len(frames) == 1 or frames <= _URGENCY_WORDS | {""}:
        numbered = {key: level for key, level in levels.items() if level is not None}
        if len(numbered) == len(keys):
            return sorted(keys, key=lambda key: (numbered[key], key))
    return sorted(keys)


def _scale(keys: Sequence[str], column: str, given: Scale | None) -> Scale:
    levels = [_level(key) for key in keys]
    if given in ("ordinal", "triage") and None in levels:
        without = next(key for key, level in zip(keys, levels, strict=True) if level is None)
        raise DataError(
            f"column {column!r}: the scale {given!r} needs labels with a number to order them by, got {without!r}. "
            "Number the levels (1, 2, 3 …; on a triage scale 1 is the most urgent), or use the scale 'nominal'."
        )
    if given is not None:
        return given
    urgent = _URGENCY_COLUMN.search(column) or any(_frame(key) in _URGENCY_WORDS for key in keys)
    one_to_five = len(set(levels)) == len(levels) and set(levels) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    return "triage" if urgent and one_to_five and keys else "nominal"


def _merged_notice(
    keys: Sequence[str], raw: Sequence[str], shown: dict[str, str], rows: Sequence[int]
) -> Iterable[Notice]:
    variants: dict[str, set[str]] = defaultdict(set)
    for key, text in zip(keys, raw, strict=True):
        if key:
            variants[key].add(_without_zeros(text))
    changed = {(text, key) for key, texts in variants.items() if len(texts) > 1 for text in texts - {shown[key]}}
    if changed:
        pairs = zip(keys, raw, rows, strict=True)
        where = [row for key, text, row in pairs if (_without_zeros(text), key) in changed]
        count = len(where)
        listed = ", ".join(f"{text!r} → {shown[key]!r}" for text, key in sorted(changed)[:5])
        yield Notice(
            "labels.merged",
            count,
            len(keys),
            Sentence(
                f"대소문자, 공백, 전각 문자만 다른 라벨을 하나로 합쳤습니다(행 {count:,}개): {listed}",
                f"Labels that differ only by case, space or width were merged ({count:,} rows): {listed}",
            ),
            tuple(where[:ROWS_NAMED]),
        )


def _similar_notice(
    order: Sequence[str], names: Sequence[str], keys: Sequence[str], rows: Sequence[int]
) -> Iterable[Notice]:
    if len(order) > 300:  # pairs grow with the square; such a column is refused as an identifier anyway
        return
    near = [(i, j) for i, j in combinations(range(len(order)), 2) if _probably_the_same(order[i], order[j])]
    pairs = [(names[i], names[j]) for i, j in near]
    if pairs:
        alike = {order[i] for pair in near for i in pair}
        of, where = len(keys), [row for key, row in zip(keys, rows, strict=True) if key in alike]
        listed = ", ".join(f"{a!r} / {b!r}" for a, b in pairs[:5])
        yield Notice(
            "labels.similar",
            len(pairs),
            of,
            Sentence(
                f"철자가 한 글자 차이거나 번호가 같은 라벨 {len(pairs):,}쌍이 있습니다. 합치지 않았습니다. "
                f"같은 뜻이라면 파일에서 고치십시오: {listed}",
                f"{len(pairs):,} pairs of labels are one edit apart or share a number. They were kept apart; "
                f"if they mean the same, correct them in the file: {listed}",
            ),
            tuple(where[:ROWS_NAMED]),
        )


def _written_notice(
    order: Sequence[str], names: Sequence[str], keys: Sequence[str], rows: Sequence[int]
) -> Iterable[Notice]:
    """Tell of labels that are dates, or numbers with a fraction: measurements, as a rule, not classes."""
    odd = {
        key: name for key, name in zip(order, names, strict=True) if _DATE.fullmatch(key) or _FRACTION.fullmatch(key)
    }
    if odd:
        where = [row for key, row in zip(keys, rows, strict=True) if key in odd]
        listed = ", ".join(map(repr, list(odd.values())[:5]))
        yield Notice(
            "labels.measurements",
            len(where),
            len(keys),
            Sentence(
                f"날짜이거나 소수인 라벨이 {len(odd):,}가지 있습니다: {listed}. 라벨 열이 맞는지, "
                "스프레드시트가 바꾼 값이 아닌지 확인하십시오.",
                f"{len(odd):,} labels are dates or numbers with a fraction: {listed}. Check that this is the column of "
                "the labels, and that a spreadsheet did not rewrite them.",
            ),
            tuple(where[:ROWS_NAMED]),
        )


def _probably_the_same(a: str, b: str) -> bool:
    if _frame(a) != _frame(b) and _level(a) is not None and _level(a) == _level(b):
        return {_frame(a), _frame(b)} <= _URGENCY_WORDS | {""}
    letters_a, letters_b = (unicodedata.normalize("NFD", key) for key in (a, b))
    if min(len(letters_a), len(letters_b)) < 5 or re.findall(r"\d", a) != re.findall(r"\d", b):
        return False  # 내과 and 외과, KTAS 1 and KTAS 2 are different things
    return _one_edit(letters_a, letters_b)


def _one_edit(a: str, b: str) -> bool:
    """Whether one insertion, deletion or replacement turns one into the other."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return a[start + (len(a) == len(b)) :] == b[start + 1 :]


def _nothing_notice(keys: Sequence[str], spellings: Sequence[str], rows: Sequence[int]) -> Iterable[Notice]:
    found = [i for i, key in enumerate(keys) if key in WORDS_FOR_NOTHING]
    if found:
        words = ", ".join(sorted({repr(spellings[i]) for i in found}))
        where = row_list([rows[i] for i in found])
        yield Notice(
            "labels.words_for_nothing",
            len(found),
            len(keys),
            Sentence(
                f"{words} 라벨은 '값 없음'일 수 있으나 하나의 라벨로 두었습니다(행 {where}). "
                "값이 없다는 뜻이면 칸을 비우십시오.",
                f"The label {words} may mean 'no value' but was kept as a label (rows {where}). "
                "If it means that, leave the cell empty.",
            ),
            tuple(rows[i] for i in found[:ROWS_NAMED]),
        )


def _scale_notice(names: Sequence[str], scale: Scale, of: int) -> Notice:
    if scale == "triage":
        text = Sentence(
            f"라벨을 중증도로 보았습니다. 가장 긴급한 등급은 {names[0]}, 가장 덜 긴급한 등급은 {names[-1]}입니다.",
            f"The labels {names[0]} to {names[-1]} were taken for levels of urgency, {names[0]} being the most urgent.",
        )
    else:
        text = Sentence(
            "숫자 라벨을 순서가 없는 이름으로 보았습니다. 순서가 있으면 척도(ordinal 또는 triage)를 지정하십시오.",
            "The numbered labels were taken for names without an order. If their order means something, "
            "say so with the scale (ordinal or triage).",
        )
    return Notice("labels.scale", len(names), of, text)
