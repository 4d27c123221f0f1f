"""Seeds by coordinate: what a random number is for decides it, not when it is drawn.

Two jobs never share a stream by accident, and a job gives the same answer whether it runs
first, last, alone or on another machine.
"""

from __future__ import annotations

import hashlib

import numpy as np


def seed_for(*coordinates: str | int) -> int:
    """Return a seed in ``[0, 2**32)`` for a place in the experiment.

    Parameters
    ----------
    *coordinates
        What the randomness is for, from the general to the particular:
        ``seed_for(run_seed, dataset_digest, "split", repeat)``.
    """
    if not coordinates:
        raise ValueError("seed_for needs at least one coordinate")
    path = "\x1f".join(f"{type(c).__name__}:{c}" for c in coordinates)
    return int.from_bytes(hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "little")


def generator_for(*coordinates: str | int) -> np.random.Generator:
    """Return a NumPy generator seeded by `seed_for`."""
    return np.random.default_rng(seed_for(*coordinates))
