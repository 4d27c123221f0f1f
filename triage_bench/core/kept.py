"""What a fitted thing is made of, in forms that a file can hold and that never run as code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.errors import ModelFileError

T = TypeVar("T")
SEPARATOR = "/"


@dataclass(frozen=True, eq=False)
class Kept:
    """Plain data, arrays and files of other formats; parts nest by name.

    What is read back comes from a file that anybody may have written: the readers below check
    kind and shape, and raise where something else stands.

    Attributes
    ----------
    plain
        JSON data.
    arrays
        Arrays of numbers, by name; those of a part are called ``"part/name"``.
    files
        Whole files by name, e.g. ``"trees.txt"``; parts share them.
    """

    plain: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def with_parts(self, **parts: Kept) -> Kept:
        """Return this with others inside it, each under its name."""
        plain, arrays, files = dict(self.plain), dict(self.arrays), dict(self.files)
        for name, part in parts.items():
            plain[name] = dict(part.plain)
            arrays.update({f"{name}{SEPARATOR}{key}": array for key, array in part.arrays.items()})
            files.update(part.files)
        return Kept(plain, arrays, files)

    def part(self, name: str) -> Kept:
        """Return what `with_parts` put under a name."""
        begin = f"{name}{SEPARATOR}"
        arrays = {key.removeprefix(begin): array for key, array in self.arrays.items() if key.startswith(begin)}
        return Kept(self.value(name, dict), arrays, self.files)

    def value(self, name: str, kind: type[T]) -> T:
        """Return a plain value.

        Raises
        ------
        ModelFileError
            If it is missing or of another kind.
        """
        found = self.plain.get(name)
        if kind is float and type(found) is int:
            found = float(found)
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise ModelFileError(f"the model file says {name}={found!r:.60}; expected {kind.__name__}.")
        return found

    def array(self, name: str, kinds: str, *shape: int | None) -> NDArray[Any]:
        """Return an array.

        Parameters
        ----------
        name
            What it was kept under.
        kinds
            Allowed letters of ``dtype.kind``: ``"f"``, ``"iu"`` …
        *shape
            The expected shape; None stands for any number.

        Raises
        ------
        ModelFileError
            If it is missing, of another kind or shape, or holds NaN or infinity.
        """
        found = self.arrays.get(name)
        if found is None:
            raise ModelFileError(f"the model file lacks the array {name!r}.")
        fits = found.ndim == len(shape) and all(
            want in (None, have) for want, have in zip(shape, found.shape, strict=True)
        )
        if found.dtype.kind not in kinds or not fits:
            raise ModelFileError(
                f"the model file's array {name!r} is {found.dtype} of shape {found.shape}; "
                f"expected kind {kinds!r} and shape {shape}."
            )
        if found.dtype.kind == "f" and not np.isfinite(found).all():
            raise ModelFileError(f"the model file's array {name!r} holds values that are not finite.")
        return found

    def file(self, name: str) -> bytes:
        """Return a whole file.

        Raises
        ------
        ModelFileError
            If it is missing.
        """
        if name not in self.files:
            raise ModelFileError(f"the model lacks its file {name!r}.")
        return self.files[name]
