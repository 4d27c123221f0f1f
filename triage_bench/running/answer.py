"""New texts and what a kept model answers them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from triage_bench.core.errors import DataError, ModelFileError, UnknownNameError
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.side_columns import SideColumns
from triage_bench.datasets.columns import Table, cell_text
from triage_bench.datasets.contents import identifier_notices
from triage_bench.datasets.encoding import decode
from triage_bench.datasets.normalise import normalise_texts
from triage_bench.datasets.tables import parse_table, read_table
from triage_bench.models.explanation import Contribution, contributions
from triage_bench.models.keeping import KeptModel
from triage_bench.text.corpus import Corpus

AT_ONCE = 20_000
"""Texts answered together: a text's answer does not depend on its company, memory does."""


@dataclass(frozen=True)
class NewTexts:
    """Texts to be answered.

    Attributes
    ----------
    rows
        Where each stands in its file, as a spreadsheet counts.
    texts
        Normalised like the training texts.
    notices
        What was changed on the way.
    columns
        The file's columns by name, for a model that reads some of them.
    """

    rows: tuple[int, ...]
    texts: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a model says of one text.

    Attributes
    ----------
    row
        Where the text stands in its file.
    label
        The most probable label; None for a blank text: the model would only repeat its training shares.
    probabilities
        One per label, in the model's order; empty for a blank text.
    unknown_share
        Share of the text's units that the model does not know; None where that means nothing.
    explanation
        The grams that decided, if they were asked for.
    """

    row: int
    label: str | None
    probabilities: tuple[float, ...] = ()
    unknown_share: float | None = None
    explanation: tuple[Contribution, ...] = ()


def read_new_texts(path: Path, column: str | None, trained_on: str | None) -> NewTexts:
    """Read a file like any data file: CSV, TSV, JSON Lines, Parquet or XLSX, in any encoding these may have.

    Parameters
    ----------
    path
        The file.
    column
        The column of the texts. None means `trained_on` if the file has it, or the only column.
    trained_on
        The column in which the training texts stood.

    Raises
    ------
    DataError
        If the file cannot be read, or has several columns and none is named.
    UnknownNameError
        If there is no such column.
    """
    return _of_table(read_table(path), column, trained_on)


def parse_new_texts(data: bytes, column: str | None, trained_on: str | None) -> NewTexts:
    """Read what came through a pipe: JSON Lines, Parquet, XLSX, CSV if a column is named, else one text per line.

    Raises
    ------
    DataError
        If there is nothing, or it cannot be read.
    """
    if not data.strip():
        raise DataError("standard input is empty; expected texts, one per line, CSV or JSON Lines.")
    kind = _kind(data, column)
    if kind is not None:
        return _of_table(parse_table(data, Path(f"standard input{kind}")), column, trained_on)
    lines = decode(data, "standard input").text.splitlines()
    rows = tuple(range(1, len(lines) + 1))
    texts, notices = normalise_texts(lines, rows)
    return NewTexts(rows, texts, (*notices, *identifier_notices(texts, rows)))


def answers(kept: KeptModel, new: NewTexts, explain: int = 0) -> Iterator[Answer]:
    """Yield one answer per text, in order.

    Parameters
    ----------
    kept
        The model.
    new
        The texts.
    explain
        How many of the grams that decided each answer to name.

    Raises
    ------
    InputError
        If an explanation is asked of a model that is not linear.
    """
    side = _side(kept, new)
    for begin in range(0, len(new.texts), AT_ONCE):
        texts, rows = new.texts[begin : begin + AT_ONCE], new.rows[begin : begin + AT_ONCE]
        said = np.flatnonzero([bool(text.strip()) for text in texts])
        beside = None if side is None else side.take(begin + said)
        found = dict(zip(said.tolist(), _answered(kept, [texts[i] for i in said], beside, explain), strict=True))
        for place, row in enumerate(rows):
            label, probabilities, unknown, grams = found.get(place, (None, (), None, ()))
            yield Answer(row, label, probabilities, unknown, grams)


_Said = tuple[str | None, tuple[float, ...], float | None, tuple[Contribution, ...]]


def _answered(kept: KeptModel, texts: list[str], side: SideColumns | None, explain: int) -> list[_Said]:
    corpus = Corpus(texts, side=side)
    probabilities = kept.model.predict_proba(corpus)
    if not np.isfinite(probabilities).all():
        raise ModelFileError("the model answers values that are not finite; it was changed, or kept by mistake.")
    unknown = kept.model.unknown_shares(corpus)
    about = kept.description.about
    private_rows = None if about.licence else about.rows  # public data sets have a licence, files of one's own none
    grams = contributions(kept.model, corpus, explain, private_rows) if explain else [[] for _ in texts]
    return [
        (kept.labels[int(row.argmax())], tuple(row.tolist()), None if np.isnan(share) else float(share), tuple(one))
        for row, share, one in zip(probabilities, unknown, grams, strict=True)
    ]


def _side(kept: KeptModel, new: NewTexts) -> SideColumns | None:
    """Return the columns the model was fitted on, from the file by their names; None of a model that reads none."""
    numeric, categorical = kept.model.side_columns()
    if not (numeric or categorical):
        return None
    for name in (*numeric, *categorical):
        if name not in new.columns:
            raise UnknownNameError(
                "column", name, list(new.columns), "The model was fitted on this column beside the text; it needs it."
            )
    return SideColumns.read(new.columns, numeric, categorical)


def _of_table(table: Table, column: str | None, trained_on: str | None) -> NewTexts:
    name = column
    if name is None and trained_on is not None and trained_on in table.columns:
        name = trained_on
    if name is None and len(table.columns) == 1:
        name = next(iter(table.columns))
    if name is None:
        listed = ", ".join(map(repr, table.columns))
        raise DataError(f"{table.file}: which column holds the texts? Add --text COLUMN, one of: {listed}.")
    texts, notices = normalise_texts(map(cell_text, table.column(name)), table.rows)
    told = (*table.notices, *_header_notice(table, name in (column, trained_on)), *notices)
    return NewTexts(table.rows, texts, (*told, *identifier_notices(texts, table.rows)), table.columns)


def _header_notice(table: Table, known: bool) -> Iterator[Notice]:
    """Tell that the first row was taken for a name: in a file of bare lines it is a text, which is not quoted here."""
    if table.header and not known:
        said = Sentence(
            "첫 줄은 열 이름으로 보고 답하지 않았습니다. 첫 줄도 문장이면 그 위에 열 이름을 한 줄 넣으십시오.",
            "The first row was taken for the column's name and got no answer; if it is a text, put a name over it.",
        )
        yield Notice("columns.guessed", 1, 1, said)


def _kind(data: bytes, column: str | None) -> str | None:
    for mark, kind in ((b"PK\x03\x04", ".xlsx"), (b"PAR1", ".parquet")):
        if data.startswith(mark):
            return kind
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return ".jsonl"
    return None if column is None else ".csv"
