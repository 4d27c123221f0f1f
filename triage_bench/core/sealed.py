"""Files that are there as a whole or not at all, under a seal that tells whether a byte was lost or changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from triage_bench.core.aside import aside_of
from triage_bench.core.digest import DIGEST_BYTES, canonical_json, digest_bytes
from triage_bench.core.errors import RecordError, UnreadableError


def write_sealed(path: Path, data: Mapping[str, Any], tail: bytes = b"", *, lasting: bool = True) -> None:
    """Write plain data as canonical JSON, a line with its digest, and bytes that follow as they are.

    Raises
    ------
    TypeError, ValueError
        If it is not plain data, or holds a NaN. Nothing was written then.
    """
    body = canonical_json(data).encode("utf-8", "surrogatepass")
    write_whole(path, b"".join((body, b"\n", _seal(body, tail), b"\n", tail)), lasting=lasting)


def read_sealed(path: Path) -> dict[str, Any]:
    """Read plain data that `write_sealed` wrote without a tail.

    Raises
    ------
    RecordError
        If a byte is missing, added or changed.
    """
    data, tail = read_with_tail(path)
    if tail:
        raise RecordError(f"{path.name} is damaged: something follows its end.")
    return data


def read_with_tail(path: Path) -> tuple[dict[str, Any], bytes]:
    """Read what `write_sealed` wrote: the plain data, and the bytes that follow.

    Raises
    ------
    RecordError
        If a byte is missing, added or changed.
    """
    try:
        body, seal, tail = bytes_of(path).split(b"\n", 2)
    except ValueError as error:
        raise RecordError(f"{path.name} is incomplete.") from error
    if _seal(body, tail) != seal:
        raise RecordError(f"{path.name} is damaged: its seal does not match its content.")
    data: dict[str, Any] = json.loads(body.decode("utf-8", "surrogatepass"))
    return data, tail


def _seal(body: bytes, tail: bytes) -> bytes:
    return digest_bytes(body + tail).encode()  # JSON ends where it ends: nothing can pass from one to the other


def write_whole(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write a file so that at every moment it is there as a whole or not at all.

    Parameters
    ----------
    path, data
        Where, and what.
    lasting
        Wait until the disk has it, so that even a power cut leaves it whole.
    """
    aside = aside_of(path)
    try:
        with open(aside, "wb") as stream:  # noqa: PTH123  see `aside_of`
            stream.write(data)
            if lasting:
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(aside, path)  # noqa: PTH105
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    if not lasting:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def bytes_of(path: Path) -> bytes:
    """Return a stored file's bytes.

    Raises
    ------
    RecordError
        If there is no such file.
    UnreadableError
        If it cannot be read just now.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise RecordError(f"{path.name} is missing.") from error
    except OSError as error:
        raise UnreadableError(
            f"{path.name} cannot be read: {error.strerror}. Nothing was changed; mend that and repeat the command."
        ) from error


def unsealed(path: Path) -> bytes:
    """Return the bytes before the digest that ends a file."""
    raw = path.read_bytes()
    data, seal = raw[: -2 * DIGEST_BYTES], raw[-2 * DIGEST_BYTES :]
    if digest_bytes(data).encode() != seal:
        raise RecordError(f"{path.name} is damaged: its seal does not match its content.")
    return data
