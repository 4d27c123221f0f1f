"""Which columns hold texts and labels, where nobody said it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.columns import Cell, Table, cell_text, is_missing

LOOKED_AT = 2_000
"""Rows a guess is made on."""

MOST_CLASSES = 100
FEWEST_CHARACTERS = 4
"""Mean length below which a column is not taken for texts."""

_TEXT_NAME = re.compile(r"text|sentence|utterance|document|comment|증상|문장|본문|내용|호소|텍스트|발화", re.IGNORECASE)
_LABEL_NAME = re.compile(
    r"label|class|target|category|ktas|level|라벨|레이블|분류|등급|중증도|클래스|단계", re.IGNORECASE
)


def guessed_columns(
    table: Table, text: str | None, label: str | None
) -> tuple[tuple[str, str] | None, tuple[Notice, ...]]:
    """Return the columns of texts and labels: as given, else the likeliest.

    Returns
    -------
    columns : tuple of str, or None
        None where no column looks like it.
    notices
        What was guessed.
    """
    if text is not None and label is not None:
        return (text, label), ()
    found_text = text or _likeliest(table, _text_score, other=label)
    found_label = label or _likeliest(table, _label_score, other=found_text)
    if found_text is None or found_label is None:
        return None, ()
    said = _said(text is None, label is None, found_text, found_label, len(table.columns))
    return (found_text, found_label), tuple(said)


def _likeliest(table: Table, score: Callable[[str, Sequence[str]], float], other: str | None) -> str | None:
    scores = {
        name: score(name, [cell_text(cell) for cell in _some(cells)])
        for name, cells in table.columns.items()
        if name != other
    }
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best is not None and scores[best] > 0 else None


def _some(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells[:LOOKED_AT] if not is_missing(cell)]


def _text_score(name: str, cells: Sequence[str]) -> float:
    """Long, different and with letters; 0 for what cannot be texts."""
    if not cells:
        return 0.0
    length = sum(map(len, cells)) / len(cells)
    lettered = sum(any(c.isalpha() for c in cell) for cell in cells) / len(cells)
    if length < FEWEST_CHARACTERS or lettered < 0.5:
        return 0.0
    return length * len(set(cells)) / len(cells) * (3 if _TEXT_NAME.search(name) else 1)


def _label_score(name: str, cells: Sequence[str]) -> float:
    """Few values, each of several rows; the name counts most."""
    classes = len(set(cells))
    if classes < 2 or classes > min(MOST_CLASSES, len(cells) / 2):
        return 0.0
    return (10 if _LABEL_NAME.search(name) else 1) + 1 / classes


def _said(text: bool, label: bool, found_text: str, found_label: str, of: int) -> Iterator[Notice]:
    for guessed, option, column, ko, en in (
        (text, "--text", found_text, "문장", "texts"),
        (label, "--label", found_label, "라벨", "labels"),
    ):
        if guessed:
            yield Notice(
                "columns.guessed",
                1,
                of,
                Sentence(
                    f"열 {column!r}을(를) {ko}(으)로 보았습니다. 다르면 {option}으로 지정하십시오.",
                    f"The column {column!r} was taken for the {en}; name another one with {option}.",
                ),
            )
