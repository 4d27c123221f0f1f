"""Which columns beside the text a model may read: named by the user, or found by their type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import DataError, InputError, NoColumnsError, UnknownNameError
from triage_bench.core.identifiers import identifiers
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.side_columns import MISSING, category_in, number_in
from triage_bench.datasets.files import ROW_COLUMN
from triage_bench.datasets.telling_columns import telling_columns

AUTO = "auto"

FEWEST_NUMBERS = 0.9
"""Share of a column's cells that must be numbers for it to be found numeric."""
FEW_VALUES = 8
"""A column of so few different whole numbers is found categorical: codes, not amounts."""
MOST_CATEGORIES = 30
"""More different words are free text or names."""
ANOTHER_RATING = 0.4
"""Cohen's kappa from which a column with the labels' own values is another rating of the same case (Landis and
Koch 1977: "moderate")."""


@dataclass(frozen=True)
class Beside:
    """What the options say.

    Attributes
    ----------
    numeric, categorical
        Columns by name.
    auto
        Whether the others are sorted by their type as well.
    """

    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    auto: bool = False

    @property
    def wanted(self) -> tuple[str, ...] | None:
        """The columns a file's reader has to keep; None means all."""
        return None if self.auto else (*self.numeric, *self.categorical)

    def __bool__(self) -> bool:
        return self.auto or bool(self.numeric or self.categorical)

    @classmethod
    def asked(cls, numeric: Sequence[str] | None, categorical: Sequence[str] | None, columns: str | None) -> Beside:
        """Read the options ``--numeric``, ``--categorical`` (repeated, or separated by commas) and ``--columns``.

        Raises
        ------
        UnknownNameError
            If ``--columns`` is anything but ``auto``.
        InputError
            If a column is named as both kinds.
        """
        if columns is not None and columns != AUTO:
            raise UnknownNameError("value of --columns", columns, (AUTO,))
        found = cls(_named(numeric), _named(categorical), columns == AUTO)
        both = sorted({*found.numeric} & {*found.categorical})
        if both:
            raise InputError(f"the column {both[0]!r} is named as numeric and as categorical; name it once.")
        return found


NOTHING = Beside()


def with_columns(dataset: Dataset, beside: Beside) -> Dataset:
    """Return the data set with the columns that its models may read.

    A column that gives the label away is left out, and said: it would be the answer, not a feature. So is one
    that is another rating of the same case (the nurse's level where the expert's is asked).

    Parameters
    ----------
    dataset
        Its `columns` are chosen from. Of an official split only training rows decide.
    beside
        What was asked for; where nothing was, the data set comes back as it is.

    Raises
    ------
    UnknownNameError
        If a column does not exist.
    DataError
        If a numeric column holds hardly any number.
    NoColumnsError
        If no column is left.
    """
    if not beside:
        return dataset
    known = columns_of(dataset)
    for name in (*beside.numeric, *beside.categorical):
        if name not in known:
            raise UnknownNameError("column", name, known)
    rows = dataset.open_rows
    seen = {name: [dataset.columns[name][row] for row in rows.tolist()] for name in known}
    kinds = {**dict.fromkeys(beside.numeric, "numeric"), **dict.fromkeys(beside.categorical, "categorical")}
    if beside.auto:
        kinds = {**{name: kind for name in known if (kind := kind_of(seen[name]))}, **kinds}
    wanted = {name: seen[name] for name in kinds}
    away = giving_away(wanted, dataset.labels[rows], dataset.label_names)
    numeric = tuple(name for name in known if kinds.get(name) == "numeric" and name not in away)
    categorical = tuple(name for name in known if kinds.get(name) == "categorical" and name not in away)
    _check_left(dataset, numeric, categorical, away, seen)
    notices = tuple(_notices(away, numeric, seen, len(kinds)))
    before = tuple(one for one in dataset.notices if not one.code.startswith("columns."))  # of another choice
    chosen = replace(
        dataset,
        columns=dataset.columns if not away else {n: v for n, v in dataset.columns.items() if n not in away},
        numeric=numeric,
        categorical=categorical,
        notices=(*before, *notices),
    )
    from triage_bench.datasets.vital_signs import odd_columns  # SciPy's statistics, only where columns are read

    return replace(chosen, notices=(*chosen.notices, *odd_columns(chosen)))


def columns_of(dataset: Dataset) -> list[str]:
    """Return the columns that stand beside the text, by name."""
    return [name for name in dataset.columns if name != ROW_COLUMN]


def kind_of(cells: Sequence[Any]) -> str | None:
    """Return ``"numeric"``, ``"categorical"``, or None for free text, identifiers, and what never changes."""
    known = [cell for cell in map(category_in, cells) if cell != MISSING]
    different = set(known)
    if len(different) < 2:
        return None
    numbers = np.array([number_in(cell) for cell in known])
    are = ~np.isnan(numbers)
    if are.mean() < FEWEST_NUMBERS:
        tells_nobody = not any(identifiers(value) for value in different)
        return "categorical" if len(different) <= min(MOST_CATEGORIES, len(known) // 2) and tells_nobody else None
    whole = bool((numbers[are] == np.round(numbers[are])).all())
    if whole and len(different) <= FEW_VALUES:
        return "categorical"
    # Whole numbers of which none comes twice number the rows.
    return None if whole and len(different) == len(known) else "numeric"


def giving_away(
    columns: Mapping[str, Sequence[Any]], labels: NDArray[np.int64], label_names: Sequence[str]
) -> dict[str, float]:
    """Return the columns that tell the label, or rate the same case again, with the share of rows they tell."""
    spelt = {name: list(map(category_in, cells)) for name, cells in columns.items()}
    found = telling_columns(spelt, labels)
    for name, values in spelt.items():
        share = _rating(values, labels, label_names)
        if name not in found and share is not None:
            found[name] = share
    return found


def _rating(values: Sequence[str], labels: NDArray[np.int64], label_names: Sequence[str]) -> float | None:
    """Return the share of rows on which a column agrees with the label, if it speaks the labels' language."""
    place = {category_in(name): code for code, name in enumerate(label_names)}
    numbers = {category_in(name).rpartition(" ")[2]: code for code, name in enumerate(label_names)}
    if len(numbers) == len(place) and all(number.isdecimal() for number in numbers):
        place.update(numbers)  # "KTAS 3" is 3 in most tables
    given = np.array([place.get(value, -1) for value in values], dtype=np.int64)
    known = given >= 0
    spoken = [value for value in values if value != MISSING]
    if not spoken or known.sum() < FEWEST_NUMBERS * len(spoken) or len(set(given[known].tolist())) < 2:
        return None
    agreement = float((given[known] == labels[known]).mean())
    shares = [np.bincount(codes[known], minlength=len(label_names)) / known.sum() for codes in (given, labels)]
    chance = float(shares[0] @ shares[1])
    return agreement if chance < 1 and (agreement - chance) / (1 - chance) >= ANOTHER_RATING else None


def _check_left(
    dataset: Dataset,
    numeric: Sequence[str],
    categorical: Sequence[str],
    away: Mapping[str, float],
    seen: Mapping[str, Sequence[Any]],
) -> None:
    for name in numeric:
        given = [cell for cell in seen[name] if category_in(cell) != MISSING]
        numbers = sum(not np.isnan(number_in(cell)) for cell in given)
        if 2 * numbers < len(given) or not numbers:
            raise DataError(
                f"{dataset.name}: only {numbers:,} of {len(given):,} values in {name!r} are numbers; "
                f"if its words are what matters, name it with --categorical {name}.",
                f"{dataset.name}: {name!r}의 값 {len(given):,}개 가운데 숫자는 {numbers:,}개뿐입니다. "
                f"범주라면 --categorical {name}(으)로 지정하십시오.",
            )
    if not (numeric or categorical):
        listed = ", ".join(map(repr, away))
        why = f"; {listed} give the label away" if away else ""
        why_ko = f" {listed}은(는) 라벨을 그대로 알려 줍니다." if away else ""
        raise NoColumnsError(
            f"{dataset.name}: no column is left that a model may read beside the text{why}. "
            "Name others with --numeric or --categorical, or leave the options out.",
            f"{dataset.name}: 문장과 함께 읽을 열이 없습니다.{why_ko} "
            "--numeric이나 --categorical로 다른 열을 지정하거나 이 옵션을 빼십시오.",
        )


def _notices(
    away: Mapping[str, float], numeric: Sequence[str], seen: Mapping[str, Sequence[Any]], of: int
) -> Iterator[Notice]:
    if away:
        listed = ", ".join(f"{name!r} ({100 * share:.0f} %)" for name, share in away.items())
        said = Sentence(
            ko=f"지정한 열 {of:,}개 가운데 {len(away):,}개({listed})는 라벨을 그대로 알려 주거나 같은 사례를 다시 "
            "평가한 값이므로 모델에 주지 않았습니다.",
            en=f"{len(away):,} of {of:,} columns ({listed}) give the label away or rate the same case again; no model "
            "reads them.",
        )
        yield Notice("columns.away", len(away), of, said)
    unread = {name: _unread(seen[name]) for name in numeric}
    lost = {name: count for name, count in unread.items() if count}
    if lost:
        listed = ", ".join(f"{name!r} {count:,}" for name, count in lost.items())
        total = sum(len(seen[name]) for name in lost)
        said = Sentence(
            ko=f"숫자로 읽을 수 없는 값 {sum(lost.values()):,}개를 빈 값으로 보았습니다({listed}).",
            en=f"{sum(lost.values()):,} values that are no numbers were taken as missing ({listed}).",
        )
        yield Notice("columns.unread", sum(lost.values()), total, said)


def _unread(cells: Iterable[Any]) -> int:
    return sum(category_in(cell) != MISSING and bool(np.isnan(number_in(cell))) for cell in cells)


def _named(given: Sequence[str] | None) -> tuple[str, ...]:
    parts = (part.strip() for one in given or () for part in one.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))
