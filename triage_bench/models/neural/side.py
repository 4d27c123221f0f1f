"""The columns beside a text, as a network reads them: a small dense branch, or nothing else."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from triage_bench.models.columns import ColumnFeatures
from triage_bench.models.neural.network import OUTPUT_SPREAD
from triage_bench.models.neural.vocabulary import UNKNOWN, Sequences
from triage_bench.text.corpus import Corpus

FARTHEST = 1e6
"""Features are cut here: a slip of the pen with thirty digits must not become infinite in 32 bits."""


class SideBranch(nn.Module):
    """Features of the columns → one vector per row: a dense layer, ReLU, dropout.

    Parameters
    ----------
    features
        See `side_width`.
    units
        Units of the layer.
    dropout
        Share of them that is silenced.

    Raises
    ------
    ValueError
        If there is to be no unit.
    """

    def __init__(self, features: int, units: int, dropout: float) -> None:
        super().__init__()
        if units < 1:
            raise ValueError(f"column_hidden counts units, 1 or more; got {units!r}.")
        self.width = units
        self.hidden = nn.Linear(features, units)
        self.dropout = nn.Dropout(dropout)

    def forward(self, side: Tensor) -> Tensor:
        """Return vectors, shape (rows, width), of features, shape (rows, features)."""
        found: Tensor = self.dropout(torch.relu(self.hidden(side)))
        return found


class ColumnNetwork(nn.Module):
    """Columns alone → outputs, one per class (or as the loss wants them).

    Parameters
    ----------
    side
        Reads the columns.
    first_bias : Tensor, shape (outputs,)
        Bias of the output layer at the start.
    """

    def __init__(self, side: SideBranch, first_bias: Tensor) -> None:
        super().__init__()
        self.side = side
        self.output = nn.Linear(side.width, len(first_bias))
        nn.init.normal_(self.output.weight, std=OUTPUT_SPREAD)
        self.output.bias.data.copy_(first_bias)

    def forward(self, tokens: Tensor, lengths: Tensor, side: Tensor) -> Tensor:
        """Return outputs, shape (rows, outputs), of features, shape (rows, features); no token is looked at."""
        outputs: Tensor = self.output(self.side(side))
        return outputs


def side_width(columns: ColumnFeatures) -> int:
    """Return how many features the branch is given: one, always 0, where no column says anything."""
    return max(1, columns.width_)


def side_features(columns: ColumnFeatures, corpus: Corpus) -> NDArray[np.float32]:
    """Return the features of rows, shape (rows, `side_width`).

    Raises
    ------
    InputError
        If the rows lack a column that was learnt from.
    """
    found = np.zeros((len(corpus), side_width(columns)), dtype=np.float32)
    found[:, : columns.width_] = np.clip(columns.transform(corpus), -FARTHEST, FARTHEST)
    return found


def textless(rows: int) -> Sequences:
    """Return rows of which no text is read: one unknown token each."""
    return Sequences(np.full(rows, UNKNOWN, dtype=np.int64), np.arange(rows + 1, dtype=np.int64))
