"""Encoders: embedded tokens → one vector per text. Architectures differ here and nowhere else.

An encoder is a module with ``forward(embedded, lengths)`` and a ``width``. `embedded` has shape
(texts, longest, dimensions), padded behind each text's end; `lengths` has shape (texts,). What
stands in the padding must not reach the result of shape (texts, width).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from triage_bench.models.neural.masks import inside, largest, mirrored, reordered, silenced

CELLS: dict[str, Callable[..., nn.RNNBase]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
POOLINGS = ("last+max", "last", "max", "attention")


class MeanEncoder(nn.Module):
    """The mean of a text's embeddings (Joulin et al. 2017).

    Parameters
    ----------
    dimensions
        Width of the embeddings.
    """

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.width = dimensions

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return one vector per text, shape (texts, width)."""
        return silenced(embedded, lengths).sum(dim=1) / lengths[:, None]


class BagEncoder(nn.Module):
    """A multi-layer perceptron over a bag of words; the embedding is its first layer.

    The sum of embeddings, divided by the square root of their number, is a first layer applied to
    the text's 0/1 vector of words scaled to norm 1.

    Parameters
    ----------
    dimensions
        Units of the first layer: the width of the embeddings.
    hidden
        Units of each further layer.
    layers
        Layers, the first included.
    dropout
        Share of units silenced between layers.
    """

    def __init__(self, dimensions: int, hidden: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(dimensions))
        widths = [dimensions] + [hidden] * (layers - 1)
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))
        self.between = nn.Dropout(dropout)
        self.width = widths[-1]

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return one vector per text, shape (texts, width)."""
        total = silenced(embedded, lengths).sum(dim=1) / lengths[:, None].sqrt()
        vector = torch.relu(total + self.bias)
        for layer in self.layers:
            vector = torch.relu(layer(self.between(vector)))
        return vector


class RecurrentEncoder(nn.Module):
    """A recurrent network in one or both directions, in one or more layers.

    Parameters
    ----------
    cell
        A name in `CELLS`: Elman 1990; Cho et al. 2014; Hochreiter and Schmidhuber 1997.
    dimensions
        Width of the embedded tokens.
    hidden
        Units per direction.
    layers
        Layers, with `dropout` between them, the same units for a whole text (Gal and Ghahramani 2016).
    bidirectional
        Whether a second network reads each text from its end.
    pooling
        What is kept of the states: ``"last"``, the state of each direction after it has read the
        whole text; ``"max"``, the largest value of every unit over time; ``"last+max"``, both;
        ``"attention"``, their mean weighted by additive attention.
    """

    def __init__(
        self,
        cell: str,
        dimensions: int,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
        pooling: str = "last+max",
    ) -> None:
        super().__init__()
        if pooling not in POOLINGS:
            raise ValueError(f"pooling must be one of {', '.join(map(repr, POOLINGS))}, got {pooling!r}.")
        width = hidden * (2 if bidirectional else 1)
        inputs = [dimensions] + [width] * (layers - 1)
        make = CELLS[cell]
        self.forwards = nn.ModuleList(make(size, hidden, batch_first=True) for size in inputs)
        self.backwards = nn.ModuleList(make(size, hidden, batch_first=True) for size in inputs if bidirectional)
        self.between = nn.Dropout1d(dropout)
        self.attention = AdditiveAttention(width) if pooling == "attention" else None
        self.pooling = pooling
        self.width = width * len(pooling.split("+"))

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return one vector per text, shape (texts, width)."""
        states = self._states(embedded, lengths)
        if self.attention is not None:
            return self.attention(states, lengths)
        parts = []
        if "last" in self.pooling:
            parts.append(self._ends(states, lengths))
        if "max" in self.pooling:
            parts.append(largest(states, lengths))
        return torch.cat(parts, dim=-1)

    def attended(self, embedded: Tensor, lengths: Tensor) -> Tensor | None:
        """Return the weight of every position, shape (texts, longest); None without attention."""
        if self.attention is None:
            return None
        return self.attention.weights(self._states(embedded, lengths), lengths)

    def _states(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        states, mirror = embedded, mirrored(lengths, embedded.shape[1])
        for depth, reader in enumerate(self.forwards):
            given = self.between(states.transpose(1, 2)).transpose(1, 2) if depth else states
            parts = [reader(given)[0]]
            if self.backwards:
                # Mirrored about each text's own end, padding comes last for this direction too:
                # exact, and faster than packing.
                parts.append(reordered(self.backwards[depth](reordered(given, mirror))[0], mirror))
            states = torch.cat(parts, dim=-1)
        return states

    def _ends(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Return the state of each direction after it has read the whole text."""
        last = states[torch.arange(len(lengths), device=states.device), lengths - 1]
        if not self.backwards:
            return last
        half = states.shape[-1] // 2
        return torch.cat((last[:, :half], states[:, 0, half:]), dim=-1)


class AdditiveAttention(nn.Module):
    """The mean of states, weighted by what a small network makes of each (Bahdanau et al. 2015).

    Parameters
    ----------
    width
        Width of the states.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.score = nn.Linear(width, 1, bias=False)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Return one vector per text, shape (texts, width); padding has no weight."""
        return (self.weights(states, lengths)[..., None] * silenced(states, lengths)).sum(dim=1)

    def weights(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Return the weight of every state, shape (texts, longest); those of a text sum to 1."""
        scores = self.score(torch.tanh(self.hidden(states)))[..., 0]
        outside = ~inside(lengths, states.shape[1])
        return torch.softmax(scores.masked_fill(outside, -torch.inf), dim=1)


class Convolutions(nn.Module):
    """Filters of several widths along the sequence, one state per position.

    Parameters
    ----------
    dimensions
        Width of the embedded tokens.
    filters
        Filters of each width.
    widths
        Tokens that a filter sees.
    """

    def __init__(self, dimensions: int, filters: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.filters = nn.ModuleList(nn.Conv1d(dimensions, filters, width) for width in widths)
        self.widths = widths
        self.width = filters * len(widths)

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return states, shape (texts, longest, width); beyond a text's end filters see zeros."""
        channels = silenced(embedded, lengths).transpose(1, 2)
        # As many states as positions: a filter stands in the middle of what it sees.
        found = [
            one(nn.functional.pad(channels, _beside(width)))
            for width, one in zip(self.widths, self.filters, strict=True)
        ]
        return torch.relu(torch.cat(found, dim=1)).transpose(1, 2)


class ConvolutionalEncoder(nn.Module):
    """What each filter finds at its best place in the text (TextCNN, Kim 2014).

    Parameters
    ----------
    dimensions, filters, widths
        See `Convolutions`.
    """

    def __init__(self, dimensions: int, filters: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.convolutions = Convolutions(dimensions, filters, widths)
        self.width = self.convolutions.width

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return one vector per text, shape (texts, width)."""
        return largest(self.convolutions(embedded, lengths), lengths)


class ConvolutionalRecurrentEncoder(nn.Module):
    """Convolutions along the sequence whose states a recurrent network reads (Zhou et al. 2015).

    Parameters
    ----------
    convolutions
        One state per position.
    recurrent
        Reads them.
    """

    def __init__(self, convolutions: Convolutions, recurrent: RecurrentEncoder) -> None:
        super().__init__()
        self.convolutions, self.recurrent = convolutions, recurrent
        self.width = recurrent.width

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return one vector per text, shape (texts, width)."""
        return self.recurrent(self.convolutions(embedded, lengths), lengths)


def _beside(width: int) -> tuple[int, int]:
    return (width - 1) // 2, width // 2
