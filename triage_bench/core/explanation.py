"""What a fitted model's answers rest on, in a form that a record can hold: few words, no text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Weighed = tuple[str, float]
"""A gram or a word, and what it adds to the score of a class over the mean of all classes."""

Span = tuple[int, int, float]
"""Where a word begins and ends in its text, in characters, and what it adds to the answer."""

FEWEST_TEXTS = 5
"""Training texts, near-duplicates counted once, that must hold a word before a record may spell it:
what fewer people said could be somebody's name or words."""


@dataclass(frozen=True)
class ExplainedText:
    """One scored text and the words that decided its answer.

    Attributes
    ----------
    row
        Its number in the data set; the text itself is not here.
    answer
        Code of the answered label.
    spans
        Its words with what each adds to the answer, the strongest first.
    attention
        Share of the model's attention that each word gets, where it has one.
    """

    row: int
    answer: int
    spans: tuple[Span, ...]
    attention: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """What one fitted model goes by.

    Attributes
    ----------
    method
        ``"weights"``, ``"tree-shap"``, ``"integrated-gradients"`` or ``"occlusion"``.
    unit
        What the model reads: its tokenizer.
    grams
        Per label code, what speaks for it most in the model's own units; empty where it has none.
    words
        Per label code, the words (between spaces) that add most to this answer, over `rows` texts that
        are the same for every model of a fold.
    texts
        Wrong answers, the surest of each kind, and a right one per class.
    rows
        How many scored texts `words` rests on.
    gap
        Integrated gradients: by what share of the change of the score their sums miss it.
    """

    method: str
    unit: str
    grams: tuple[tuple[Weighed, ...], ...]
    words: tuple[tuple[Weighed, ...], ...]
    texts: tuple[ExplainedText, ...]
    rows: int
    gap: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "method": self.method,
            "unit": self.unit,
            "grams": [[list(one) for one in label] for label in self.grams],
            "words": [[list(one) for one in label] for label in self.words],
            "texts": [
                {
                    "row": one.row,
                    "answer": one.answer,
                    "spans": [list(span) for span in one.spans],
                    **({"attention": [list(span) for span in one.attention]} if one.attention else {}),
                }
                for one in self.texts
            ],
            "rows": self.rows,
            "gap": self.gap,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Explanation:
        """Read back what `to_dict` wrote."""
        return cls(
            method=data["method"],
            unit=data["unit"],
            grams=_labels(data["grams"]),
            words=_labels(data["words"]),
            texts=tuple(
                ExplainedText(one["row"], one["answer"], _spans(one["spans"]), _spans(one.get("attention", ())))
                for one in data["texts"]
            ),
            rows=data["rows"],
            gap=data["gap"],
        )


def _labels(data: Any) -> tuple[tuple[Weighed, ...], ...]:
    return tuple(tuple((str(name), float(value)) for name, value in label) for label in data)


def _spans(data: Any) -> tuple[Span, ...]:
    return tuple((int(start), int(end), float(value)) for start, end, value in data)
