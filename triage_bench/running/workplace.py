"""What a worker of a cluster has around it: versions, the driver's folders, room to write."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from triage_bench.running.environment import versions


@dataclass(frozen=True)
class Workplace:
    """One worker's surroundings.

    Attributes
    ----------
    versions
        Of every library that a score may depend on.
    data, cache
        Whether it sees the driver's data home and cache, and may write to the cache.
    free
        Bytes free where its temporary files go; None where it cannot write there.
    """

    versions: Mapping[str, str]
    data: bool
    cache: bool
    free: int | None


def workplace(data_home: Path, cache: Path) -> Workplace:
    """Look around; runs on the worker.

    Parameters
    ----------
    data_home, cache
        The driver's folders.
    """
    return Workplace(versions(), data_home.is_dir(), _writable(cache), _room())


def differing(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Return what runs in another version there, each as ``name version there (version here)``."""
    names = sorted(here.keys() | there.keys())
    return [
        f"{name} {there.get(name, 'missing')} (here {here.get(name, 'missing')})"
        for name in names
        if here.get(name) != there.get(name)
    ]


def _room() -> int | None:
    try:
        place = Path(tempfile.gettempdir())
    except FileNotFoundError:  # it looked for a folder that can be written to, and found none
        return None
    return shutil.disk_usage(place).free if _writable(place) else None


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError:
        return False
    return True
