"""Every path the program reads or writes, in one frozen object."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from triage_bench.core.digest import digest

DATA_HOME_VARIABLE = "TRIAGE_BENCH_DATA"


@dataclass(frozen=True)
class Workspace:
    """Where a run keeps its things.

    Attributes
    ----------
    run
        The run's own directory, e.g. ``reports/all-standard``.
    data_home
        Where public data sets are looked for and downloaded to.
    cache
        Token and count caches; deleting it loses nothing but time.
    """

    run: Path
    data_home: Path
    cache: Path

    @classmethod
    def at(cls, run: Path | str, *, data_home: Path | None = None, cache: Path | None = None) -> Workspace:
        """Return the workspace of a run directory, with the user's own data home and cache."""
        return cls(Path(run), data_home or default_data_home(), cache or default_cache())

    @property
    def records(self) -> Path:
        """One sealed file per finished job."""
        return self.run / "records"

    @property
    def plan(self) -> Path:
        """What the run set out to do."""
        return self.run / "plan.json"

    @property
    def lock(self) -> Path:
        """Held while a run writes here."""
        return self.run / ".lock"

    @property
    def tensorboard(self) -> Path:
        """Event files of the networks' training; derived from the records."""
        return self.run / "tensorboard"

    @property
    def page(self) -> Path:
        """The report that people read."""
        return self.run / "index.html"

    @property
    def figures(self) -> Path:
        """What the report of this run has computed and drawn before; in the cache, because what it says is believed."""
        return self.cache / "figures" / f"{digest(str(self.run.resolve()))}.json"

    @property
    def report_json(self) -> Path:
        """The report that programs read."""
        return self.run / "report.json"


def default_data_home() -> Path:
    """Return ``TRIAGE_BENCH_DATA``, else the platform's user data directory."""
    given = os.environ.get(DATA_HOME_VARIABLE)
    return Path(given).expanduser() if given else _platform_folder("data")


def default_cache() -> Path:
    """Return the platform's user cache directory."""
    return _platform_folder("cache")


def _platform_folder(kind: str) -> Path:
    import platformdirs

    find = platformdirs.user_data_path if kind == "data" else platformdirs.user_cache_path
    return find("triage_bench", appauthor=False)
