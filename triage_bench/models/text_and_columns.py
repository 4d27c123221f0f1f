"""What a model reads: the text, the columns beside it, or both, as one sparse matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from triage_bench.core.errors import UnknownNameError
from triage_bench.core.kept import Kept
from triage_bench.models.columns import ColumnFeatures
from triage_bench.models.contract import Codes, LinearView
from triage_bench.text.corpus import Corpus

READINGS = ("text", "columns", "both")
"""Values of the parameter `columns` of an estimator."""


class TextFeatures(Protocol):
    """Grams of the text, all or the chosen ones, as a sparse matrix."""

    @property
    def width_(self) -> int:
        """How many features there are."""

    def fit_transform(self, corpus: Corpus, codes: Codes, /) -> csr_matrix:
        """Learn from these rows; return their features, shape (n, `width_`)."""

    def transform(self, corpus: Corpus, /) -> csr_matrix:
        """Return the features of rows, shape (n, `width_`)."""

    def unknown_shares(self, corpus: Corpus, /) -> NDArray[np.float64]:
        """Return the share of each text's grams that are not known."""

    def kept(self) -> Kept:
        """Return what was learnt."""


class TextAndColumns:
    """Features of the text first, then those of the columns.

    Parameters
    ----------
    text
        Features of the text; None where only columns are read.
    columns
        Features of the columns; None where only the text is read.
    """

    def __init__(self, text: TextFeatures | None, columns: ColumnFeatures | None) -> None:
        self.text, self.columns = text, columns

    @classmethod
    def reading(cls, what: str, text: TextFeatures, columns: ColumnFeatures) -> TextAndColumns:
        """Return the features that one of `READINGS` asks for.

        Raises
        ------
        UnknownNameError
            If it is none of them.
        """
        if what not in READINGS:
            raise UnknownNameError("columns", str(what), READINGS)
        return cls(None if what == "columns" else text, None if what == "text" else columns)

    @property
    def width_(self) -> int:
        """How many features there are."""
        return self.text_width_ + (0 if self.columns is None else self.columns.width_)

    @property
    def text_width_(self) -> int:
        """How many of them are the text's."""
        return 0 if self.text is None else self.text.width_

    @property
    def side_columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the numeric and of the categorical columns that are read."""
        return ((), ()) if self.columns is None else self.columns.columns

    def fit_transform(self, corpus: Corpus, codes: Codes) -> csr_matrix:
        """Learn from these rows; return their features, shape (n, `width_`)."""
        text = None if self.text is None else self.text.fit_transform(corpus, codes)
        return _joined(text, None if self.columns is None else self.columns.fit_transform(corpus, codes))

    def transform(self, corpus: Corpus) -> csr_matrix:
        """Return the features of rows, shape (n, `width_`)."""
        text = None if self.text is None else self.text.transform(corpus)
        return _joined(text, None if self.columns is None else self.columns.transform(corpus))

    def linear_view(self, weights: NDArray[np.floating[Any]]) -> LinearView | None:
        """Return the text's features with their part of a linear model's weights, shape (k, `width_`)."""
        return None if self.text is None else LinearView(self.text, weights[:, : self.text_width_])

    def unknown_shares(self, corpus: Corpus) -> NDArray[np.float64]:
        """Return the share of each text's grams that are not known; NaN where no text is read."""
        return np.full(len(corpus), np.nan) if self.text is None else np.asarray(self.text.unknown_shares(corpus))

    def kept(self) -> Kept:
        """Return what was learnt; without columns, the form that kept models have had from the beginning."""
        if self.columns is None:
            assert self.text is not None
            return self.text.kept()
        parts = {"columns": self.columns.kept()}
        return Kept().with_parts(**parts, **({} if self.text is None else {"text": self.text.kept()}))

    @classmethod
    def restored(cls, what: str, kept: Kept, text: Callable[[Kept], TextFeatures]) -> TextAndColumns:
        """Read back what `kept` gave, for one of `READINGS`; `text` reads back the text's part."""
        if what == "text":
            return cls(text(kept), None)
        read = text(kept.part("text")) if what == "both" else None
        return cls(read, ColumnFeatures.restored(kept.part("columns")))


class ReadsColumns:
    """What classifiers over `TextAndColumns` have in common; stands before `TextClassifier` among their bases."""

    features_: TextAndColumns

    def side_columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the numeric and of the categorical columns that are read."""
        return self.features_.side_columns


def _joined(text: csr_matrix | None, columns: Any) -> csr_matrix:
    if columns is None:
        assert text is not None
        return text
    dense = csr_matrix(np.asarray(columns, dtype=np.float64 if text is None else text.dtype))
    return dense if text is None else csr_matrix(hstack((text, dense), format="csr"))
