"""Search spaces as plain values, kept beside the estimator they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

Value = bool | int | float | str | None


@dataclass(frozen=True)
class Float:
    """A real number in ``[low, high]``, searched on a log scale where `log` says so."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.log)


@dataclass(frozen=True)
class Int:
    """A whole number in ``[low, high]``, in steps of `step`, or on a log scale."""

    low: int
    high: int
    log: bool = False
    step: int = 1

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.log)


@dataclass(frozen=True)
class Choice:
    """One of a few plain values."""

    options: tuple[Value, ...]

    def __post_init__(self) -> None:
        if len(set(self.options)) != len(self.options) or not self.options:
            raise ValueError(f"Choice needs distinct options, got {self.options!r}")


Dimension = Float | Int | Choice


@dataclass(frozen=True)
class Space:
    """Which parameters of an estimator are tuned, and over what.

    Parameters
    ----------
    dimensions
        Parameter name → dimension. Names are those of the estimator's ``__init__``.
    """

    dimensions: Mapping[str, Dimension]

    def __post_init__(self) -> None:
        object.__setattr__(self, "dimensions", MappingProxyType(dict(self.dimensions)))

    def __iter__(self) -> Iterator[str]:
        return iter(self.dimensions)

    def __len__(self) -> int:
        return len(self.dimensions)

    def __reduce__(self) -> tuple[type[Space], tuple[dict[str, Dimension]]]:
        return (Space, (dict(self.dimensions),))

    def without(self, fixed: Mapping[str, Any]) -> Space:
        """Return the space with the parameters that are fixed already taken out."""
        return Space({name: d for name, d in self.dimensions.items() if name not in fixed})

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return plain data: what a job key is made from and a report prints."""
        return {name: {"kind": type(d).__name__, **_plain(d)} for name, d in self.dimensions.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Mapping[str, Any]]) -> Space:
        """Read back what `to_dict` wrote."""
        kinds: dict[str, type[Dimension]] = {"Float": Float, "Int": Int, "Choice": Choice}
        return cls({name: _dimension(kinds[d["kind"]], d) for name, d in data.items()})


def _dimension(kind: type[Dimension], data: Mapping[str, Any]) -> Dimension:
    values = {name: value for name, value in data.items() if name != "kind"}
    return Choice(tuple(values["options"])) if kind is Choice else kind(**values)


def _plain(dimension: Dimension) -> dict[str, Any]:
    return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(dimension).items()}


def _check_range(low: float, high: float, log: bool) -> None:
    if not low < high or (log and low <= 0):
        raise ValueError(f"needs low < high (and low > 0 on a log scale), got low={low!r}, high={high!r}, log={log!r}")
