"""First weights: what a layer starts from decides whether it starts at all."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from triage_bench.core.errors import UnknownNameError


def _he(weights: Tensor) -> Tensor:
    return nn.init.kaiming_uniform_(weights, nonlinearity="relu")


SCHEMES: dict[str, Callable[[Tensor], Tensor]] = {
    "xavier": nn.init.xavier_uniform_,
    "he": _he,
    "orthogonal": nn.init.orthogonal_,
}
"""Glorot and Bengio 2010; He et al. 2015; Saxe et al. 2014."""

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def initialise(encoder: nn.Module, scheme: str) -> None:
    """Set the weights of an encoder's linear, convolutional and recurrent layers.

    Recurrent weights start orthogonal whatever the scheme, gate by gate, and the forget gate's bias
    of an LSTM at 1 (Jozefowicz et al. 2015); every other bias starts at 0.

    Parameters
    ----------
    encoder
        Changed in place; draws from torch's generator.
    scheme
        A name in `SCHEMES`.

    Raises
    ------
    UnknownNameError
        If there is no such scheme.
    """
    if scheme not in SCHEMES:
        raise UnknownNameError("initialisation", scheme, SCHEMES)
    for module in encoder.modules():
        if isinstance(module, nn.RNNBase):
            _recurrent(module, SCHEMES[scheme])
        elif isinstance(module, nn.Linear | nn.Conv1d):
            SCHEMES[scheme](module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _recurrent(module: nn.RNNBase, fill: Callable[[Tensor], Tensor]) -> None:
    gates = GATES[type(module).__name__]
    for name, weights in module.named_parameters():
        if name.startswith("weight_ih"):
            fill(weights)
        elif name.startswith("weight_hh"):
            for gate in torch.chunk(weights.data, gates):
                nn.init.orthogonal_(gate)
        else:
            nn.init.zeros_(weights)
            if gates == GATES["LSTM"] and name.startswith("bias_ih"):
                hidden = module.hidden_size
                nn.init.ones_(weights.data[hidden : 2 * hidden])  # torch's order: input, forget, cell, output
