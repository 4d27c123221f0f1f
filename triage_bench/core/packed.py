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
_LOCAL = b"PK\x03\x04"
_NEW_YEAR = 0x21  # 1980: the clock has no place in a file that is compared by content
_SMALL = 4_096
"""Bytes of an array up to which packing costs time and saves no room: a disk gives out blocks of that size."""


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
        body += _LOCAL + said + file + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(named), len(named), len(directory), len(body), 0)
    return bytes(body + directory + b"PK\x05\x06" + end)


def _packed(content: bytes, dtype: np.dtype[Any]) -> tuple[int, bytes]:
    """Return a member's content and how it is packed: probabilities shrink by a tenth, and take most of the time."""
    if dtype.kind in "fc" or len(content) <= _SMALL:
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
        members = _members(data) or _members_of_any(data)
    except (zipfile.BadZipFile, zlib.error, struct.error) as error:
        raise ValueError("these bytes are no npz file") from error
    return {name.removesuffix(".npy"): _array(content) for name, content in members.items()}


def _members(data: bytes) -> dict[str, bytes]:
    """Return the members of an archive as `pack` writes it; nothing where it is of another kind."""
    found: dict[str, bytes] = {}
    at = 0
    while data.startswith(_LOCAL, at):
        _, flags, method, _, _, sum_, packed, size = _MEMBER.unpack_from(data, at + len(_LOCAL))
        at += len(_LOCAL) + _MEMBER.size
        letters, extra = struct.unpack_from("<HH", data, at)
        if flags or extra:
            return {}
        name, at = data[at + 4 : at + 4 + letters].decode(), at + 4 + letters
        content = data[at : at + packed]
        if method == zipfile.ZIP_DEFLATED:
            content = zlib.decompress(content, -zlib.MAX_WBITS)
        if len(content) != size or zlib.crc32(content) != sum_:
            raise zipfile.BadZipFile(name)
        found[name], at = content, at + packed
    return found


def _members_of_any(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


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
