"""Side columns turned into features: everything that learns is fitted on the training rows given."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_selection import mutual_info_classif

from triage_bench.core.errors import InputError, ModelFileError, UnknownNameError
from triage_bench.core.kept import Kept
from triage_bench.core.seeds import seed_for
from triage_bench.core.side_columns import MISSING, SideColumns
from triage_bench.models.column_space import SCALES
from triage_bench.models.contract import Codes
from triage_bench.text.corpus import Corpus

Dense = NDArray[np.float64]

QUANTILES = 100
"""Steps of the empirical distribution that ``"quantile"`` keeps."""
BINS = 8
"""Ranges of about as many training rows each, of ``"bins"``: a pulse is worrying when low and when high, which
no single weight can say."""

SEED = 0
"""Of the mutual information's tie-breaking noise."""


class ColumnFeatures:
    """Numbers scaled, gaps filled and marked, categories one-hot, all times a weight.

    A gap is filled with the column's median and, where the training rows have gaps, marked in a column of its
    own. Categories that few training rows have are one, and so are those never seen; a missing category is a
    category. Columns without any number among the training rows say nothing and are left out.

    Parameters
    ----------
    scale
        ``"none"``; ``"standard"`` (mean 0, deviation 1); ``"minmax"`` (0 to 1 on the training rows); ``"robust"``
        (median 0, interquartile range 1); ``"log"`` (sign kept, log(1 + |x|), then standard); ``"quantile"``
        (the share of training rows below); ``"bins"`` (one-hot ranges of equal shares). The first four and
        ``"quantile"`` equal scikit-learn's.
    weight
        What all features are multiplied by: the text's rows have length 1, and a penalty compares.
    rare_below
        Categories of fewer training rows count as one.
    kept
        How many features to keep, by mutual information with the label; None keeps all.
    """

    def __init__(
        self, scale: str = "standard", weight: float = 1.0, rare_below: int = 5, kept: int | None = None
    ) -> None:
        if scale not in SCALES:
            raise UnknownNameError("column_scale", str(scale), SCALES)
        if weight <= 0 or (kept is not None and kept < 1):
            raise ValueError(f"column_weight and columns_kept must be positive, got {weight!r} and {kept!r}.")
        self.scale, self.weight, self.rare_below, self.most = scale, weight, rare_below, kept

    @classmethod
    def asked_by(cls, model: Any) -> ColumnFeatures:
        """Return what an estimator's parameters ask for."""
        return cls(model.column_scale, model.column_weight, model.rare_below, model.columns_kept)

    def fit_transform(self, corpus: Corpus, codes: Codes) -> Dense:
        """Learn from these rows; return their features, shape (n, columns)."""
        side = side_of(corpus)
        self.numeric_ = {name: v for name, v in map(self._learnt, side.numeric.items()) if v is not None}
        self.categories_ = {name: _frequent(values, self.rare_below) for name, values in side.categorical.items()}
        whole = self._whole(side)
        self.chosen_ = self._chosen(whole, codes)
        return whole[:, self.chosen_] * self.weight

    def transform(self, corpus: Corpus) -> Dense:
        """Return the features of rows, shape (n, columns).

        Raises
        ------
        InputError
            If the rows lack a column that was learnt from.
        """
        side = side_of(corpus)
        for name in (*self.numeric_, *self.categories_):
            if name not in side.numeric and name not in side.categorical:
                raise InputError(f"the model reads the column {name!r}, which these rows do not have.")
        return self._whole(side)[:, self.chosen_] * self.weight

    @property
    def columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the numeric and of the categorical columns that are read."""
        return tuple(self.numeric_), tuple(self.categories_)

    @property
    def width_(self) -> int:
        """How many features there are."""
        return len(self.chosen_)

    def kept(self) -> Kept:
        """Return what was learnt."""
        plain = {
            "scale": self.scale,
            "weight": self.weight,
            "numeric": list(self.numeric_),
            "categories": [[name, list(values)] for name, values in self.categories_.items()],
            "marked": [bool(marked) for _, _, marked in self.numeric_.values()],
        }
        medians = np.array([median for median, _, _ in self.numeric_.values()], dtype=np.float64)
        tables = {f"table{i}": table for i, (_, table, _) in enumerate(self.numeric_.values())}
        return Kept(plain, {"medians": medians, "chosen": self.chosen_, **tables})

    @classmethod
    def restored(cls, kept: Kept) -> ColumnFeatures:
        """Read back what `kept` gave.

        Raises
        ------
        ModelFileError
            If something else stands there.
        """
        made = cls(kept.value("scale", str), kept.value("weight", float))
        names, marked = kept.value("numeric", list), kept.value("marked", list)
        medians = kept.array("medians", "f", len(names))
        tables = [kept.array(f"table{i}", "f", None) for i in range(len(names))]
        made.numeric_ = {
            str(name): (float(median), table, bool(one))
            for name, median, table, one in zip(names, medians, tables, marked, strict=True)
        }
        made.categories_ = {str(name): tuple(map(str, values)) for name, values in kept.value("categories", list)}
        made.chosen_ = kept.array("chosen", "iu", None).astype(np.int64)
        width = sum(made._number_width(t) + m for _, t, m in made.numeric_.values())
        width += sum(len(values) + 1 for values in made.categories_.values())
        if len(made.chosen_) and (made.chosen_.min() < 0 or made.chosen_.max() >= width):
            raise ModelFileError("the model file chooses features of side columns that there are not.")
        return made

    def _learnt(self, column: tuple[str, Dense]) -> tuple[str, tuple[float, Dense, bool] | None]:
        name, values = column
        known = values[~np.isnan(values)]
        if not len(known):
            return name, None
        median = float(np.median(known))
        filled = np.where(np.isnan(values), median, values)
        return name, (median, _table(filled, self.scale), len(known) < len(values))

    def _number_width(self, table: Dense) -> int:
        return len(table) + 1 if self.scale == "bins" else 1

    def _whole(self, side: SideColumns) -> Dense:
        blocks: list[Dense] = []
        for name, (median, table, marked) in self.numeric_.items():
            gaps = np.isnan(side.numeric[name])
            blocks.append(_scaled(np.where(gaps, median, side.numeric[name]), table, self.scale))
            blocks += [gaps[:, None].astype(np.float64)] * marked
        for name, categories in self.categories_.items():
            place = {value: i for i, value in enumerate(categories)}
            codes = [place.get(value, len(categories)) for value in side.categorical[name]]
            blocks.append(np.eye(len(categories) + 1)[codes])
        return np.concatenate(blocks, axis=1) if blocks else np.empty((len(side), 0))

    def _chosen(self, whole: Dense, codes: Codes) -> NDArray[np.int64]:
        varies = np.flatnonzero(np.ptp(whole, axis=0) > 0) if len(whole) else np.arange(0)
        if self.most is None or self.most >= len(varies):
            return varies.astype(np.int64)
        discrete = np.array([len(np.unique(column)) <= BINS for column in whole[:, varies].T])
        looked_at = whole[:, varies]
        for place in np.flatnonzero(discrete):  # scikit-learn wants values that are discrete to be whole as well
            looked_at[:, place] = np.unique(looked_at[:, place], return_inverse=True)[1]
        seed = seed_for(SEED, "mutual information")
        neighbours = max(1, min(3, len(codes) - 1))
        said = mutual_info_classif(
            looked_at, codes, discrete_features=discrete, n_neighbors=neighbours, random_state=seed
        )
        return np.sort(varies[np.argsort(-said, kind="stable")[: self.most]]).astype(np.int64)


def side_of(corpus: Corpus) -> SideColumns:
    """Return the rows' side columns.

    Raises
    ------
    InputError
        If there are none.
    """
    if corpus.side is None:
        raise InputError(
            "this model reads columns beside the text, and none were given; name --numeric or --categorical."
        )
    return corpus.side


def _frequent(values: tuple[str, ...], rare_below: int) -> tuple[str, ...]:
    counts = Counter(values)
    return tuple(sorted(value for value, rows in counts.items() if rows >= rare_below or value == MISSING))


def _table(values: Dense, scale: str) -> Dense:
    """Return what a scale keeps of a column: centre and spread, or the quantiles."""
    if scale == "quantile":
        return np.quantile(values, np.linspace(0, 1, min(QUANTILES, len(values))))
    if scale == "bins":
        return np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
    centre, spread = 0.0, 1.0
    if scale == "log":
        values = _log(values)
    if scale in ("standard", "log"):
        centre, spread = values.mean(), values.std()
    elif scale == "minmax":
        centre, spread = values.min(), np.ptp(values)
    elif scale == "robust":
        low, centre, high = np.quantile(values, (0.25, 0.5, 0.75))
        spread = high - low
    return np.array([centre, spread if spread > 0 else 1.0], dtype=np.float64)


def _scaled(values: Dense, table: Dense, scale: str) -> Dense:
    if scale == "bins":
        return np.eye(len(table) + 1)[np.searchsorted(table, values, side="right")]
    if scale == "quantile":
        # The middle of a run of equal quantiles, as scikit-learn has it.
        shares = np.linspace(0, 1, len(table))
        above = np.interp(values, table, shares)
        below = -np.interp(-values, -table[::-1], -shares[::-1])
        shares_below = np.where(values >= table[-1], 1.0, (above + below) / 2)
        return np.where(values <= table[0], 0.0, shares_below)[:, None]
    moved = ((_log(values) if scale == "log" else values) - table[0]) / table[1]
    return np.asarray(moved, dtype=np.float64)[:, None]


def _log(values: Dense) -> Dense:
    found: Any = np.sign(values) * np.log1p(np.abs(values))
    return np.asarray(found, dtype=np.float64)
