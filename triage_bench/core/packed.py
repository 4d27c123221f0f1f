"""Arrays as bytes: NumPy's own ``npz`` form, written and read several times as fast as NumPy does small ones."""

from __future__ import annotations

import ast
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = len(_MAGIC) + 2
_PLAIN, _LARGE = "biufc", 2**31
_MEMBER = struct.Struct("<HHHHHIII")
_NEW_YEAR = 0x21  # 1980: the clock has no place in a file that is compared by content


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return arrays as the bytes of an ``npz`` file."""
    named: dict[str, Any] = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    if any(one.dtype.kind not in _PLAIN for one in named.values()) or sum(a.nbytes for a in named.values()) > _LARGE:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **named)
        return buffer.getvalue()
    body, directory = bytearray(), bytearray()
    for name, array in named.items():
        file, content = f"{name}.npy".encode(), _header_of(array.dtype.str, array.shape) + array.tobytes()
        method, packed = _packed(content, array.dtype)
        said = _MEMBER.pack(20, 0, method, 0, _NEW_YEAR, zlib.crc32(content), len(packed), len(content))
        said += struct.pack("<HH", len(file), 0)
        directory += b"PK\x01\x02\x14\x00" + said + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + file
        body += b"PK\x03\x04" + said + file + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(named), len(named), len(directory), len(body), 0)
    return bytes(body + directory + b"PK\x05\x06" + end)


def _packed(content: bytes, dtype: np.dtype[Any]) -> tuple[int, bytes]:
    """Return a member's content and how it is packed: probabilities shrink by a tenth, and take most of the time."""
    if dtype.kind in "fc":
        return zipfile.ZIP_STORED, content
    return zipfile.ZIP_DEFLATED, zlib.compress(content, 1, -zlib.MAX_WBITS)


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of an ``npz`` file, writable; nothing is ever unpickled.

    Raises
    ------
    ValueError
        If it is another kind of file, or holds objects.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name.removesuffix(".npy"): _array(archive.read(name)) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise ValueError("these bytes are no npz file") from error


def _array(data: bytes) -> NDArray[Any]:
    if not data.startswith(_MAGIC):
        raise ValueError("an array's header has a form that this version does not write")
    begin = _HEADER + int.from_bytes(data[len(_MAGIC) : _HEADER], "little")
    dtype, fortran, shape = _header(data[_HEADER:begin])
    return np.frombuffer(data, dtype, offset=begin).reshape(shape, order="F" if fortran else "C").copy("K")


@lru_cache(maxsize=1_000)
def _header(header: bytes) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    """Read an array's header; the arrays of a run's records share a handful of them, and parsing costs most."""
    said = ast.literal_eval(header.decode("latin-1"))
    dtype = np.dtype(said["descr"])
    if dtype.hasobject:
        raise ValueError("an array of objects would have to be unpickled; refused")
    return dtype, bool(said["fortran_order"]), tuple(said["shape"])


@lru_cache(maxsize=1_000)
def _header_of(descr: str, shape: tuple[int, ...]) -> bytes:
    """Return what stands before an array's values: its form in words, filled up to 64 bytes."""
    said = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode("latin-1")
    said += b" " * (-(_HEADER + len(said) + 1) % 64) + b"\n"
    return _MAGIC + len(said).to_bytes(2, "little") + said
