"""Digests by content: the same value gives the same digest in every process, for ever.

BLAKE2b over canonical JSON. Never ``hash()``, ``id()`` or pickle bytes, which differ from one
process or version to the next.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # listing what there is digests nothing, and numpy costs as much as all else
    import numpy as np
    from numpy.typing import NDArray

DIGEST_BYTES = 16
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical_json(value: Any) -> str:
    """Write plain data (dict, list, str, int, float, bool, None) in exactly one way.

    Raises
    ------
    ValueError
        If a float is NaN or infinite: JSON has no word for it.
    TypeError
        If a value is not plain data.
    """
    return _ENCODER.encode(value)


def digest(value: Any) -> str:
    """Return the hexadecimal digest of plain data."""
    return digest_bytes(canonical_json(value).encode("utf-8", "surrogatepass"))


def digest_bytes(data: bytes | memoryview) -> str:
    """Return the hexadecimal digest of raw bytes."""
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).hexdigest()


def digest_texts(texts: Iterable[str]) -> str:
    """Return the digest of a sequence of texts; where one ends and the next begins counts."""
    state = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()


def word_digests(words: Iterable[str]) -> NDArray[np.uint64]:
    """Return 64 bits of each word's digest, shape (words,): to recognise a word without writing it down.

    Two of a million words share one with a probability of 3e-8.
    """
    import numpy as np

    raw = b"".join(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest() for word in words)
    return np.frombuffer(raw, dtype="<u8").astype(np.uint64)


def digest_array(array: np.ndarray[Any, Any]) -> str:
    """Return the digest of an array's type, shape and content, whatever its memory layout."""
    import numpy as np

    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    state = hashlib.blake2b(f"{little.dtype.str}{little.shape}".encode(), digest_size=DIGEST_BYTES)
    state.update(little.tobytes())
    return state.hexdigest()
