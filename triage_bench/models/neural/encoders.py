"""Encoders: embedded tokens → one vector per text. Architectures differ here and nowhere else.

An encoder is a module with ``forward(embedded, lengths)`` and a ``width``. `embedded` has shape
(texts, longest, dimensions), padded behind each text's end; `lengths` has shape (texts,). What
stands in the padding must not reach the result of shape (texts, width).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LSTMEncoder(nn.Module):
    """Long short-term memory, in one or both directions, in one or more layers.

    The result is the last state of each direction (at the text's true end, and for the backward
    direction at its true beginning) beside the largest value of every state over time.

    Parameters
    ----------
    dimensions
        Width of the embedded tokens.
    hidden
        Units per direction.
    layers
        Layers, with `dropout` between them.
    bidirectional
        Whether a second LSTM reads each text from its end.

    Notes
    -----
    Hochreiter and Schmidhuber 1997. Recurrent weights start orthogonal and the forget gate's bias
    at 1 (Jozefowicz et al. 2015).
    """

    def __init__(self, dimensions: int, hidden: int, layers: int, bidirectional: bool, dropout: float) -> None:
        super().__init__()
        directions = 2 if bidirectional else 1
        inputs = [dimensions] + [hidden * directions] * (layers - 1)
        self.forwards = nn.ModuleList(_lstm(width, hidden) for width in inputs)
        self.backwards = nn.ModuleList(_lstm(width, hidden) for width in inputs if bidirectional)
        self.between = nn.Dropout(dropout)
        self.width = 2 * hidden * directions

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return one vector per text, shape (texts, width)."""
        states, mirror = embedded, mirrored(lengths, embedded.shape[1])
        for depth, reader in enumerate(self.forwards):
            given = self.between(states) if depth else states
            parts = [reader(given)[0]]
            if self.backwards:
                # Mirrored about each text's own end, padding comes last for this direction too:
                # exact, and faster than packing.
                parts.append(_reorder(self.backwards[depth](_reorder(given, mirror))[0], mirror))
            states = torch.cat(parts, dim=-1)
        return torch.cat((self._ends(states, lengths), largest(states, lengths)), dim=-1)

    def _ends(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Return the state of each direction after it has read the whole text."""
        last = states[torch.arange(len(lengths), device=states.device), lengths - 1]
        if not self.backwards:
            return last
        half = states.shape[-1] // 2
        return torch.cat((last[:, :half], states[:, 0, half:]), dim=-1)


def mirrored(lengths: Tensor, longest: int) -> Tensor:
    """Return positions that read each text from its end and leave the padding behind it in place."""
    places = torch.arange(longest, device=lengths.device).expand(len(lengths), longest)
    ends = lengths[:, None]
    return torch.where(places < ends, ends - 1 - places, places)


def largest(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the largest value over each text's own positions, shape (texts, width)."""
    inside = torch.arange(states.shape[1], device=states.device) < lengths[:, None]
    return states.masked_fill(~inside[..., None], -torch.inf).amax(dim=1)


def _reorder(states: Tensor, places: Tensor) -> Tensor:
    return states.gather(1, places[..., None].expand_as(states))


def _lstm(width: int, hidden: int) -> nn.LSTM:
    lstm = nn.LSTM(width, hidden, batch_first=True)
    for name, weights in lstm.named_parameters():
        if name.startswith("weight_ih"):
            nn.init.xavier_uniform_(weights)
        elif name.startswith("weight_hh"):
            for gate in torch.chunk(weights.data, 4):
                nn.init.orthogonal_(gate)
        else:
            nn.init.zeros_(weights)
            if name.startswith("bias_ih"):
                nn.init.ones_(weights.data[hidden : 2 * hidden])  # torch's order: input, forget, cell, output
    return lstm
