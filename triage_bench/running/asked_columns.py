"""Which columns of public data sets are read beside their texts: as asked, else as the suite says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from triage_bench.core.dataset import Dataset, DatasetSummary
from triage_bench.core.errors import NoColumnsError, UnknownNameError
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.datasets.beside import Beside, columns_of, with_columns
from triage_bench.datasets.cards import read_cards


def settled(name: str, asked: Beside) -> Beside:
    """Return what is asked of a public data set, `auto` replaced by its card's word where the card has one.

    Parameters
    ----------
    name
        The data set's.
    asked
        Columns by name, which come first, and whether the others are sorted by their type.
    """
    card = read_cards().get(name)
    if not asked.auto or card is None or not (card.numeric or card.categorical):
        return asked
    numeric = [one for one in card.numeric if one not in asked.categorical]
    categorical = [one for one in card.categorical if one not in asked.numeric]
    return Beside(
        tuple(dict.fromkeys((*asked.numeric, *numeric))), tuple(dict.fromkeys((*asked.categorical, *categorical)))
    )


def with_asked_columns(
    found: Sequence[Dataset | DatasetSummary], asked: Beside, stated: Collection[str] = ()
) -> list[Dataset | DatasetSummary]:
    """Return the data sets of a run with the columns that their models may read.

    Parameters
    ----------
    found
        Data sets, and summaries of those that had to be skipped.
    asked
        What the command says. A named column is read in every data set that has it, in place of what else would be
        read there; `auto` holds for all.
    stated
        The data sets for which the suite says `auto`.

    Raises
    ------
    UnknownNameError
        If no data set has a named column.
    DataError
        As `with_columns`. A data set without columns to read is no error: it stays text only, and says so.
    """
    datasets = [one for one in found if isinstance(one, Dataset)]
    if datasets:
        _check_named(datasets, [one.name for one in found if not isinstance(one, Dataset)], asked)
    return [_read(one, asked, one.name in stated) if isinstance(one, Dataset) else one for one in found]


def _check_named(datasets: Sequence[Dataset], skipped: Sequence[str], asked: Beside) -> None:
    known = list(dict.fromkeys(name for one in datasets for name in columns_of(one)))
    for name in (*asked.numeric, *asked.categorical):
        if name not in known:
            hint = f"Those of {', '.join(skipped)} are not known: skipped here." if skipped else ""
            raise UnknownNameError("column", name, known, hint)


def _read(dataset: Dataset, asked: Beside, stated: bool) -> Dataset:
    here = set(columns_of(dataset))
    numeric, categorical = (tuple(n for n in names if n in here) for names in (asked.numeric, asked.categorical))
    if not (numeric or categorical or asked.auto or stated):
        return dataset if dataset.side is not None or not asked else _text_only(dataset)
    auto = asked.auto or not (numeric or categorical)
    try:
        return with_columns(dataset, settled(dataset.name, Beside(numeric, categorical, auto)))
    except NoColumnsError:
        if numeric or categorical:  # they give the label away, which whoever named them has to hear
            raise
        return _text_only(dataset)


def _text_only(dataset: Dataset) -> Dataset:
    said = Sentence(
        "문장과 함께 읽을 열이 없어 문장만 읽습니다.",
        "No column beside the text to read: its models read the text alone.",
    )
    return replace(dataset, notices=(*dataset.notices, Notice("columns.none", 0, len(columns_of(dataset)), said)))
