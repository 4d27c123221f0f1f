"""``labels_to_review.csv``: the rows to look at again, in a form a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from triage_bench.core.sentence import Sentence
from triage_bench.leaderboard.export import in_spreadsheet

COLUMNS = (
    "rank",
    "dataset",
    "row",
    "text_digest",
    "text",
    "given",
    "suggested",
    "why_ko",
    "why_en",
    "neighbour_row",
    "neighbour_similarity",
    "probability_given",
    "probability_suggested",
    "chance_wrong",
    "worth_macro_f1",
)


@dataclass(frozen=True)
class Review:
    """A row to look at again, in the reader's terms.

    Attributes
    ----------
    dataset
        The data set it is of.
    row
        Where it stands in the user's file, as a spreadsheet counts; in a public data set its number, from 0.
    text_digest, text
        The digest always; the text only where it may be shown, else empty.
    given, suggested
        Labels by name.
    neighbour
        Where the nearest text with another label stands, and how similar it is (cosine); None
        where no text is near.
    probability_given, probability_suggested
        What a model trained without this row gives the two labels.
    wrong
        Chance that the given label is wrong.
    worth
        Expected gain of macro-F1.
    by
        Who gave the probabilities: a model's name.
    """

    dataset: str
    row: int
    text_digest: str
    text: str
    given: str
    suggested: str
    neighbour: tuple[int, float, str] | None
    probability_given: float
    probability_suggested: float
    wrong: float
    worth: float
    by: str


def review_csv(reviews: Iterable[Review]) -> str:
    """Return the worklist: one line per row, most doubtful first, with a byte order mark for spreadsheets.

    No cell is a live formula: a text that begins like one gets an apostrophe in front.
    """
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for rank, one in enumerate(reviews, start=1):
        writer.writerow({name: in_spreadsheet(value) for name, value in _cells(rank, one).items()})
    return "\ufeff" + stream.getvalue()


def why(one: Review) -> Sentence:
    """Say what speaks against the given label."""
    given, suggested = one.probability_given, one.probability_suggested
    said = Sentence(
        ko=f"이 행 없이 학습한 {one.by}: ‘{one.suggested}’ {suggested:.2f}, ‘{one.given}’ {given:.2f}",
        en=f"{one.by}, trained without this row: ‘{one.suggested}’ {suggested:.2f}, ‘{one.given}’ {given:.2f}",
    )
    if one.neighbour is None:
        return said
    row, cosine, label = one.neighbour
    return Sentence(
        ko=f"{said.ko}; 가장 비슷한 반대 사례는 {row}행(유사도 {cosine:.2f}, ‘{label}’)",
        en=f"{said.en}; nearest row against it: {row} (similarity {cosine:.2f}, ‘{label}’)",
    )


def _cells(rank: int, one: Review) -> dict[str, Any]:
    reason = why(one)
    return {
        "rank": rank,
        "dataset": one.dataset,
        "row": one.row,
        "text_digest": one.text_digest,
        "text": one.text,
        "given": one.given,
        "suggested": one.suggested,
        "why_ko": reason.ko,
        "why_en": reason.en,
        "neighbour_row": "" if one.neighbour is None else one.neighbour[0],
        "neighbour_similarity": "" if one.neighbour is None else round(one.neighbour[1], 4),
        "probability_given": round(one.probability_given, 4),
        "probability_suggested": round(one.probability_suggested, 4),
        "chance_wrong": round(one.wrong, 4),
        "worth_macro_f1": round(one.worth, 6),
    }
