"""Results that depend on nothing but what they are computed from, kept between two commands: a matter of time only.

While a memo is open (`remembering`), `recalled` looks a result up by the digest of its inputs before it computes it.
Elsewhere it just computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from triage_bench.core.digest import canonical_json, digest, digest_bytes
from triage_bench.core.errors import TriageBenchError
from triage_bench.core.identifiers import identifiers
from triage_bench.core.sealed import read_sealed, write_sealed

_PACKAGE = Path(__file__).resolve().parent.parent
_ROOMS = ("core", "metrics", "leaderboard", "diagnosis", "report")


class _Memo:
    """Plain results by key, and which of them were asked for since."""

    def __init__(self, results: Mapping[str, Any]) -> None:
        self.before = results
        self.used: dict[str, Any] = {}


_open: ContextVar[_Memo | None] = ContextVar("open memo", default=None)


@contextmanager
def remembering(path: Path) -> Iterator[None]:
    """Keep the results of every `recalled` inside, and use those that were kept last time.

    Parameters
    ----------
    path
        A sealed file. What was not asked for this time is dropped from it. One that cannot be read, is damaged or
        was written by other code counts as none; one that cannot be written costs nothing but time.

    Notes
    -----
    It belongs into the user's own cache and never into a run's directory: what it says is believed.
    """
    code = code_digest()  # before anything is computed: sources that change meanwhile are not what computed it
    memo = _Memo(_kept(path, code))
    token = _open.set(memo)
    try:
        yield
    finally:
        _open.reset(token)
    if memo.used.keys() != memo.before.keys():
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_sealed(path, {"code": code, "results": memo.used}, lasting=False)


def recalled(what: str, of: Any, compute: Callable[[], Any]) -> Any:
    """Return what `compute` gives, or gave last time for the same inputs.

    Parameters
    ----------
    what
        Names the computation.
    of
        All it depends on, as plain data; an array by its digest. With a NaN in it nothing is looked up or kept.
    compute
        Gives plain data. A result with an identifier of a person in it is not kept, nor one with a NaN.
    """
    memo = _open.get()
    if memo is None:
        return compute()
    try:
        key = digest([what, of])
    except ValueError:  # JSON has no word for NaN
        return compute()
    if key in memo.used:
        return memo.used[key]
    if key in memo.before:
        found = memo.before[key]
    else:
        found = compute()
        if not _may_be_kept(found):
            return found
    memo.used[key] = found
    return found


def _may_be_kept(found: Any) -> bool:
    try:
        return not any(identifiers(canonical_json(found)))
    except ValueError:  # as above
        return False


def _kept(path: Path, code: str) -> Mapping[str, Any]:
    try:
        data = read_sealed(path)
        return dict(data["results"]) if data["code"] == code else {}
    except (OSError, TriageBenchError, ValueError, KeyError, TypeError):
        return {}


@cache
def code_digest() -> str:
    """Return the digest of the source that reads records, page and all, and of what it counts and draws with."""
    from importlib.metadata import version

    files = [path for room in _ROOMS for path in (_PACKAGE / room).rglob("*.*") if path.suffix != ".pyc"]
    sources = {path.relative_to(_PACKAGE).as_posix(): digest_bytes(path.read_bytes()) for path in files}
    return digest({"sources": sources, "libraries": {name: version(name) for name in ("numpy", "vl-convert-python")}})
