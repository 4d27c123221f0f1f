"""Where several workers that search together meet: a study in PostgreSQL, through Optuna's own storage."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from triage_bench.core.errors import UnavailableError
from triage_bench.tuning.alone import one_line

if TYPE_CHECKING:
    import optuna

GRACE = 4
"""Heartbeats that a trial of a shared study may miss before somebody else does it again."""
CONNECT_SECONDS = 10


@dataclass(frozen=True)
class SharedStorage:
    """Where the workers of one search meet.

    Attributes
    ----------
    url
        A PostgreSQL database as SQLAlchemy writes it, with its password: neither records nor messages may carry it.
        None is the memory of this process, where a search by one worker comes to the same.
    beat
        Seconds between two heartbeats of a trial.
    """

    url: str | None = field(repr=False)
    beat: int = 20

    def check(self) -> None:
        """Make the tables where they are missing.

        Raises
        ------
        UnavailableError
            If the database does not answer or lets nobody in, or its driver is not installed.
        """
        with self.opened():
            pass

    @contextmanager
    def opened(self) -> Iterator[optuna.storages.BaseStorage]:
        """Connect, and say of whatever goes wrong on the way where it did, without the password."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        if self.url is None:
            yield optuna.storages.InMemoryStorage()
            return
        storage = self._connected()
        try:
            yield storage
        except optuna.exceptions.StorageInternalError as error:
            raise UnavailableError(f"the search's storage was lost: {self._hidden(error.__cause__ or error)}") from None
        finally:
            with suppress(Exception):  # the database may be gone
                storage.remove_session()
                storage.engine.dispose()

    def _connected(self) -> optuna.storages.RDBStorage:
        import optuna

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            try:
                return optuna.storages.RDBStorage(
                    str(self.url),
                    {"pool_pre_ping": True, "pool_size": 2, "connect_args": {"connect_timeout": CONNECT_SECONDS}},
                    heartbeat_interval=self.beat,
                    grace_period=GRACE * self.beat,
                    heartbeat_stale_trial_callback=_wait_again,
                )
            except ImportError:
                raise UnavailableError(
                    'the database driver of --storage is missing. Install it with: pip install "triage-bench[postgres]"'
                ) from None
            except Exception as error:
                raise UnavailableError(
                    f"the storage of the search cannot be opened: {self._hidden(error)}. "
                    "Expected postgresql+psycopg://USER:PASSWORD@HOST/DATABASE of a database that is there."
                ) from None

    def _hidden(self, error: BaseException) -> str:
        """Return an error as a line without the address and its password."""
        said, url = one_line(error), str(self.url)
        with suppress(ValueError):
            parts = urlsplit(url)
            for secret in (url, parts.netloc, parts.password or "", unquote(parts.password or ""), parts.query):
                said = said.replace(secret, "…") if secret else said
        return said


def lay_out(study: optuna.Study, place: int) -> None:
    """Add a trial that waits for whoever takes it."""
    from optuna.trial import TrialState, create_trial

    study.add_trial(create_trial(state=TrialState.WAITING, user_attrs={"place": place}))


def _wait_again(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
    """Lay out the place of a trial whose worker is gone; Optuna's own callback would pass on half an outcome."""
    if "reason" not in trial.user_attrs:
        lay_out(study, place_of(trial))


def place_of(trial: optuna.trial.FrozenTrial) -> int:
    """Return which of the wanted trials this is, counting from 0; one that is done again has its old place."""
    return int(trial.user_attrs["place"])


def record_beat(storage: optuna.storages.BaseStorage, number: int) -> None:
    """Say that whoever does a trial is alive; in the memory of one process nobody asks."""
    if hasattr(storage, "record_heartbeat"):
        storage.record_heartbeat(number)


@contextmanager
def beating(storage: optuna.storages.BaseStorage, number: int, seconds: float) -> Iterator[None]:
    """Keep a trial's heart beating; a beat that fails is followed by others."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(seconds):
            with suppress(Exception):
                record_beat(storage, number)
        storage.remove_session()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
