"""kobill: ten bills of the National Assembly, as they ship inside the konlpy package.

A row is one printed line of a bill; the class is the bill. Real Korean, public, and on every
machine that has konlpy, so a reference run needs no download.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from triage_bench.core.dataset import Dataset, Provenance
from triage_bench.core.errors import UnavailableError
from triage_bench.core.sentence import Notice, Sentence

BILLS = {
    "1809890": "지방공무원법",
    "1809891": "국가공무원법",
    "1809892": "교육공무원법",
    "1809893": "남녀고용평등법",
    "1809894": "고등교육법",
    "1809895": "하도급거래법",
    "1809896": "행정절차법",
    "1809897": "UAE 파병 동의안",
    "1809898": "소말리아 파병연장 동의안",
    "1809899": "결혼중개업법",
}
"""File name → what people call the bill."""

FEWEST_CHARACTERS, FEWEST_SYLLABLES = 10, 5
"""A shorter line, or one with fewer Hangul syllables, says nothing of its bill."""

EXPECTED = (0.43, 0.55)
"""Macro-F1 of character TF-IDF + logistic regression at its defaults, near-duplicates kept together, 5 folds:
0.49, and 0.06 either way for another cut."""

FULL_WIDTH = 28
"""A printed line of at least this many characters runs over the whole page, a shorter one stands in a table."""

_PAGE = re.compile(r"\s*-\s*\d+\s*-\s*")
_RULED = re.compile(r"-{4,}")
_TITLE = re.compile(
    r".*(일부개정법률안|동의안)( 등)?( 비용추계서.*)?|.*대비표|법률 제 호.*"
    r"|\(?\S{3}의원 대표발의 ?\)?|발의연월일.*|발\s*의\s*자.*"
)
_NAMES = re.compile(r"\S{2,4}([․·ㆍ]\S{2,4})+( 의원\(\d+인\))?")
_UNCHANGED = re.compile(r"(생 ?략|현행)[^)]*\)$|현행과 같음|현행과 같$")
_OPENS = re.compile(r"\s{2,}|제\d+조|[①-⑳]|\d+(의\d+)?\.|[가-하]\.|[○◦•*□(<\[|]|자료")
_SYLLABLE = re.compile(r"[가-힣]")


def load() -> Dataset:
    """Read the bills from the konlpy package, without importing it.

    Returns
    -------
    Dataset
        Rows in the order of the files and their lines; identical lines of one bill once, and
        lines that stand in several bills (legal formulas) not at all: no text could tell their
        bill. Both are counted in the notices.

    Raises
    ------
    UnavailableError
        If konlpy or its files are not there.
    """
    lines = {bill: list(_lines(path)) for bill, path in _files().items()}
    rows, notices = _distinct(lines)
    return Dataset(
        name="kobill",
        texts=tuple(text for text, _ in rows),
        labels=np.array([label for _, label in rows], dtype=np.int64),
        label_names=tuple(BILLS.values()),
        notices=notices,
        provenance=Provenance(
            title="국회 의안 10건 (KoNLPy kobill)",
            origin="KoNLPy, konlpy/data/corpus/kobill (대한민국 국회 의안정보시스템)",
            licence="public documents of the National Assembly of Korea; konlpy itself is GPL-3.0-or-later",
            role="reference",
            expected=EXPECTED,
        ),
    )


def _files() -> dict[str, Path]:
    spec = find_spec("konlpy")
    if spec is None or spec.origin is None:
        raise UnavailableError(
            "kobill ships inside the konlpy package, which is not installed. Install it with: pip install konlpy"
        )
    folder = Path(spec.origin).parent / "data" / "corpus" / "kobill"
    paths = {bill: folder / f"{bill}.txt" for bill in sorted(BILLS)}
    missing = [path.name for path in paths.values() if not path.is_file()]
    if missing:
        raise UnavailableError(
            f"the installed konlpy lacks {len(missing)} of the {len(paths)} kobill files ({missing[0]!r} …). "
            "Install it again with: pip install --force-reinstall konlpy"
        )
    return paths


def _lines(path: Path) -> Iterator[str]:
    """Yield the usable lines of a bill, words broken at a line's end mended."""
    printed = [line for line in path.read_text(encoding="utf-8").split("\n") if _is_text(line)]
    for line in _mended(printed):
        text = " ".join(line.split())
        if _is_usable(text):
            yield text


def _is_text(line: str) -> bool:
    # The comparison table shows what stays as it is with dashes, in lines between those of the other column.
    return bool(line.strip()) and not _PAGE.fullmatch(line) and not _RULED.search(line)


def _mended(printed: Sequence[str]) -> Iterator[str]:
    """Move the rest of a broken word up.

    The files keep a blank at a line's end where a word ends there. In the two-column comparison
    table the next line may belong to the other column, so its lines stay cut as they were printed.
    """
    rest = ""
    for line, following in zip(printed, [*printed[1:], ""], strict=True):
        whole = line[len(rest) :]
        runs_on = len(line) >= FULL_WIDTH and not line.endswith((" ", ".", ")", ":"))
        goes_on = runs_on and _SYLLABLE.match(following) and not _OPENS.match(following)
        rest = following.split(" ", 1)[0] if goes_on else ""
        yield whole + rest


def _is_usable(text: str) -> bool:
    if len(text) < FEWEST_CHARACTERS or len(_SYLLABLE.findall(text)) < FEWEST_SYLLABLES:
        return False
    # Titles and sponsors name the bill: a label, not a text.
    return not (_TITLE.fullmatch(text) or _NAMES.fullmatch(text) or _UNCHANGED.search(text))


def _distinct(lines: dict[str, list[str]]) -> tuple[list[tuple[str, int]], tuple[Notice, ...]]:
    bills_of: dict[str, set[int]] = {}
    for label, found in enumerate(lines.values()):
        for text in found:
            bills_of.setdefault(text, set()).add(label)
    total = sum(map(len, lines.values()))
    rows = [(text, min(bills)) for text, bills in bills_of.items() if len(bills) == 1]
    shared = sum(len(bills_of[text]) > 1 for found in lines.values() for text in found)
    return sorted(rows, key=lambda row: row[1]), (
        _notice("kobill.shared_lines", shared, total, "여러 의안에 똑같이 나오는 줄", "lines that several bills share"),
        _notice(
            "kobill.repeated_lines",
            total - shared - len(rows),
            total,
            "같은 의안에서 되풀이된 줄",
            "repeated lines of one bill",
        ),
    )


def _notice(code: str, count: int, of: int, ko: str, en: str) -> Notice:
    text = Sentence(ko=f"{ko} {count}개를 뺐습니다(전체 {of}개).", en=f"Left out {count} {en} (of {of}).")
    return Notice(code, count, of, text)
