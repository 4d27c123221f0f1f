"""Where a network computes, and how it does so the same way twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def choose_device() -> torch.device:
    """Return the first CUDA device if there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def device_name() -> str:
    """Return what a network would compute on, for people: a graphics card's name, or ``"none (CPU)"``."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none (CPU)"


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: on two, sums of gradients differ from run to run."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def reproducible(seed: int) -> Iterator[None]:
    """Draw initial weights and dropout from `seed`, on one thread; leave torch's own state as it was."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with one_thread(), torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


@contextmanager
def memory_errors() -> Iterator[None]:
    """Call it by its name when memory does not suffice: torch says RuntimeError.

    Raises
    ------
    MemoryError
        If torch could not have the memory it asked for.
    """
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and "allocate memory" not in str(error):
            raise
        raise MemoryError(
            "the network does not fit into memory; a smaller batch_size or max_length needs less."
        ) from error
