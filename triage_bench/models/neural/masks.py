"""Where a text is, and where only padding: the four readings every encoder shares."""

from __future__ import annotations

import torch
from torch import Tensor


def inside(lengths: Tensor, longest: int) -> Tensor:
    """Return whether each position belongs to its text, shape (texts, longest)."""
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


def silenced(states: Tensor, lengths: Tensor) -> Tensor:
    """Return states with zeros behind each text's end."""
    return states.masked_fill(~inside(lengths, states.shape[1])[..., None], 0.0)


def largest(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the largest value over each text's own positions, shape (texts, width)."""
    return states.masked_fill(~inside(lengths, states.shape[1])[..., None], -torch.inf).amax(dim=1)


def mirrored(lengths: Tensor, longest: int) -> Tensor:
    """Return positions that read each text from its end and leave the padding behind it in place."""
    places = torch.arange(longest, device=lengths.device).expand(len(lengths), longest)
    ends = lengths[:, None]
    return torch.where(places < ends, ends - 1 - places, places)


def reordered(states: Tensor, places: Tensor) -> Tensor:
    """Return the states of each text in the order of `places`."""
    return states.gather(1, places[..., None].expand_as(states))
