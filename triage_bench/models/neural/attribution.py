"""What each token adds to an answer: integrated gradients; and what a network with attention attends to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from triage_bench.models.neural.batches import ordered_batches
from triage_bench.models.neural.device import one_thread
from triage_bench.models.neural.loop import inputs
from triage_bench.models.neural.losses import Objective
from triage_bench.models.neural.network import TextNetwork
from triage_bench.models.neural.vocabulary import Sequences

STEPS = 20
"""Points of the path at which gradients are taken."""

TEXTS_AT_ONCE = 64

PerText = list[NDArray[np.float64]]


def integrated_gradients(
    network: TextNetwork, objective: Objective, sequences: Sequences, codes: NDArray[np.int64]
) -> tuple[PerText, float]:
    """Return what each token adds to the log-probability of one class per text, and what the sums miss.

    Parameters
    ----------
    network, objective
        A trained network and the law of its outputs.
    sequences
        Token numbers, row after row.
    codes : ndarray of int64, shape (texts,)
        The class that is asked about.

    Returns
    -------
    list of ndarray, float
        Per text one number per token; and by what share of the change of the log-probability from a text
        of zero vectors their sums miss it, over all texts.

    Notes
    -----
    Columns that are read beside the text stay as they are.

    Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks": gradients along the
    straight line from zero embeddings to the text's own, at `STEPS` points of Gauss-Legendre quadrature.
    """
    device = next(network.parameters()).device
    network.eval()
    found: PerText = [np.empty(0)] * len(sequences)
    missed = changed = 0.0
    # cuDNN keeps no gradients of a recurrent network outside training.
    with one_thread(), torch.backends.cudnn.flags(enabled=False):
        for rows in ordered_batches(sequences.lengths, TEXTS_AT_ONCE):
            tokens, *rest = inputs(sequences, rows, device)
            asked = torch.as_tensor(codes[rows], device=device)
            with torch.no_grad():
                embedded = network.embedding(tokens)
                whole = _log_probability(network, objective, embedded, rest, asked)
                nothing = _log_probability(network, objective, torch.zeros_like(embedded), rest, asked)
            values = _along_the_path(network, objective, embedded, rest, asked).double().cpu().numpy()
            change = (whole - nothing).double().cpu().numpy()
            missed += float(np.abs(change - values.sum(axis=1)).sum())
            changed += float(np.abs(change).sum())
            for place, row in enumerate(rows.tolist()):
                found[row] = values[place, : int(sequences.lengths[row])]
    return found, missed / changed if changed else 0.0


def attention_weights(network: TextNetwork, sequences: Sequences) -> PerText | None:
    """Return the attention on every token of each text; None where the network has none."""
    attended = getattr(network.encoder, "attended", None)
    if attended is None:
        return None
    device = next(network.parameters()).device
    network.eval()
    found: PerText = [np.empty(0)] * len(sequences)
    with one_thread(), torch.inference_mode():
        for rows in ordered_batches(sequences.lengths, TEXTS_AT_ONCE):
            tokens, lengths, *_ = inputs(sequences, rows, device)
            weights = attended(network.embedding(tokens), lengths)
            if weights is None:
                return None
            values = weights.double().cpu().numpy()
            for place, row in enumerate(rows.tolist()):
                found[row] = values[place, : int(sequences.lengths[row])]
    return found


def _along_the_path(
    network: TextNetwork, objective: Objective, embedded: Tensor, rest: Sequence[Tensor], asked: Tensor
) -> Tensor:
    total = torch.zeros_like(embedded)
    places, weights = np.polynomial.legendre.leggauss(STEPS)
    for place, weight in zip(((places + 1) / 2).tolist(), (weights / 2).tolist(), strict=True):
        point = (embedded * place).detach().requires_grad_(True)
        score = _log_probability(network, objective, point, rest, asked).sum()
        (gradient,) = torch.autograd.grad(score, point)
        total += weight * gradient
    return (total * embedded).sum(dim=-1)


def _log_probability(
    network: TextNetwork, objective: Objective, embedded: Tensor, rest: Sequence[Tensor], asked: Tensor
) -> Tensor:
    return objective.log_probabilities(network.read(embedded, *rest))[torch.arange(len(asked)), asked]
