"""A network's weights as safetensors: numbers with names, nothing that could run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from triage_bench.core.errors import ModelFileError

Network = TypeVar("Network", bound=nn.Module)

WEIGHTS = "weights.safetensors"
"""The file of a kept network."""


def packed(tensors: Mapping[str, Tensor]) -> bytes:
    """Return tensors as the bytes of a safetensors file."""
    return save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})


def unpacked(data: bytes, file: str = WEIGHTS) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file.

    Raises
    ------
    ModelFileError
        If the bytes are no such file: its header's size, offsets and shapes are checked before anything is read.
    """
    try:
        return load(data)
    except (SafetensorError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise ModelFileError(f"{file} is no safetensors file, or a damaged one.") from error


class _Undrawn(TorchFunctionMode):
    """Leave out normal draws: on tensors without memory the first of them costs 800 imports, 3 to 5 seconds."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") == "normal_":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def with_weights(make: Callable[[], Network], tensors: Mapping[str, Tensor], device: torch.device) -> Network:
    """Return a network with these weights.

    It is laid out without memory first: what a file claims of sizes is believed only as far as the file
    itself is long.

    Raises
    ------
    ModelFileError
        If a tensor is missing, too many, or of another shape or type than the network wants.
    """
    with torch.device("meta"), _Undrawn():
        network = make()
    wanted = network.state_dict()
    wrong = sorted(
        name
        for name in wanted.keys() | tensors.keys()
        if name not in wanted
        or name not in tensors
        or (wanted[name].shape, wanted[name].dtype) != (tensors[name].shape, tensors[name].dtype)
    )
    if wrong:
        raise ModelFileError(f"{WEIGHTS} does not fit the network that model.json describes: {', '.join(wrong[:5])}.")
    if any(name not in wanted for name, _ in network.named_buffers()):
        # What no file holds (the numbers of positions) is computed where a network is made in earnest; by now its
        # sizes are known to be those of the file.
        with torch.random.fork_rng(devices=[]):
            network = make()
    network.load_state_dict(dict(tensors), assign=True)
    network.to(device).eval()
    return network
