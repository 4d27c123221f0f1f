"""The files of a kept model: numbers, JSON and text under one seal; nothing in them is ever run.

The seal, ``SHA256SUMS``, shows damage and careless change; whoever can write the folder can seal it
again. So what a sealed file says is checked as if a stranger had written it.
"""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from triage_bench.core.errors import InputError, ModelFileError
from triage_bench.store import write_whole

SEAL, CARD = "SHA256SUMS", "README.md"
DESCRIPTION, ARRAYS = "model.json", "arrays.npz"
LARGEST = {
    SEAL: 1 << 12,
    DESCRIPTION: 1 << 24,
    ARRAYS: 1 << 33,
    "weights.safetensors": 1 << 33,
    "tokenizer.json": 1 << 27,
    "trees.txt": 1 << 30,
}
"""Every file there can be, and the bytes it may have. The card is for people: it is neither read nor sealed."""

MOST_ARRAYS = 256
LONGEST_HEADER = 10_000
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_.]+)")
_MEMBER = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*\.npy")


def write_model_folder(folder: Path, files: Mapping[str, bytes], card: str) -> None:
    """Write a model's files; the seal comes last, and without it nobody takes the folder for a model.

    Raises
    ------
    InputError
        If the folder is a file, holds a model already, or cannot be written.
    """
    check_free(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            write_whole(folder / name, data)
        write_whole(folder / CARD, card.encode())
        lines = [f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())]
        write_whole(folder / SEAL, "".join(lines).encode())
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be written: {error.strerror}.") from error


def check_free(folder: Path) -> None:
    """Refuse a folder that a model must not be written to: a file, or the folder of another model.

    Raises
    ------
    InputError
        If it is one of these.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{str(folder)!r} is a file; name a folder for the model.")
    if (folder / SEAL).exists():
        raise InputError(f"{str(folder)!r} holds a model already; name another folder, or delete that one first.")


def read_model_folder(folder: Path) -> dict[str, bytes]:
    """Return the sealed files of a model.

    Raises
    ------
    ModelFileError
        If the folder holds no model, or a file is missing, unknown, too large, no plain file, or does not
        match its seal.
    """
    if not folder.is_dir():
        raise ModelFileError(f"there is no folder {str(folder)!r}; name the one that `fit --save` wrote.")
    if not (folder / SEAL).exists():
        raise ModelFileError(f"{str(folder)!r} holds no model (no {SEAL}), or one that was not written to its end.")
    found: dict[str, bytes] = {}
    for line in _plain_file(folder / SEAL).decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[2] not in LARGEST or match[2] in (SEAL, *found):
            raise ModelFileError(f"{SEAL} names a file that no model has: {line[-60:]!r}.")
        data = _plain_file(folder / match[2])
        if sha256(data).hexdigest() != match[1]:
            raise ModelFileError(f"{match[2]} is damaged or was changed: it does not match {SEAL}.")
        found[match[2]] = data
    for name in (DESCRIPTION, ARRAYS):
        if name not in found:
            raise ModelFileError(f"{SEAL} does not name {name}; the model is incomplete.")
    return found


def _plain_file(path: Path) -> bytes:
    """Read a file that is neither a link nor a device, up to the size it may have."""
    largest = LARGEST[path.name]
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise ModelFileError(f"{path.name} is missing, a link, or cannot be read.") from error
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or state.st_size > largest:
        os.close(descriptor)
        raise ModelFileError(f"{path.name} is no plain file of {largest:,} bytes at most.")
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(largest)


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return arrays as the bytes of an uncompressed ``.npz`` file; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    contiguous: dict[str, Any] = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    np.savez(buffer, allow_pickle=False, **contiguous)
    return buffer.getvalue()


def unpack_arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """Read back what `pack_arrays` wrote.

    Raises
    ------
    ModelFileError
        If it is anything else: compressed (a small file could unpack to a huge one), with odd names,
        with Python objects inside, or with headers that promise more than there is.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members, len(data))
            return {one.filename.removesuffix(".npy"): _array(archive.read(one)) for one in members}
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        raise ModelFileError(f"{ARRAYS} is damaged, or no archive of plain arrays.") from error


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    if len(members) > MOST_ARRAYS or sum(one.file_size for one in members) > size:
        raise ValueError("more than the archive can hold")
    for one in members:
        if not _MEMBER.fullmatch(one.filename) or one.compress_type != zipfile.ZIP_STORED or one.flag_bits & 1:
            raise ValueError("an odd member")
    if len({one.filename for one in members}) != len(members):
        raise ValueError("a name twice")


def _array(data: bytes) -> NDArray[Any]:
    # Not `numpy.load`: it sets aside the memory that the header asks for before it looks for the data.
    stream = io.BytesIO(data)
    read = npy.read_array_header_1_0 if npy.read_magic(stream) == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(stream, max_header_size=LONGEST_HEADER)
    if dtype.hasobject or dtype.kind not in "fiu" or dtype.itemsize > 8:
        raise ValueError("not plain numbers")
    begin = stream.tell()
    if any(length < 0 for length in shape) or prod(shape) * dtype.itemsize != len(data) - begin:
        raise ValueError("the header's shape is not that of the data")
    return np.frombuffer(data, dtype, offset=begin).reshape(shape, order="F" if fortran else "C").copy()
