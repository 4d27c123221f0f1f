"""A Dask cluster of processes on loopback, as a user would start it: one scheduler, workers that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 60.0


class Cluster:
    """A scheduler and its workers.

    Parameters
    ----------
    folder
        Where they keep their files and logs.
    environment
        Variables for all of them, beside this process's own.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = {**os.environ, **(environment or {})}
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self._whereabouts = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(self._whereabouts)
        )
        self.address = self._address()

    def add(self, name: str, *more: str, nanny: bool = False, environment: Mapping[str, str] | None = None) -> None:
        """Start a worker with one thread and wait until its process stands; `more` goes to ``dask worker``."""
        local = self.folder / name
        local.mkdir()
        self.workers[name] = self._start(
            "worker",
            self.address,
            "--nthreads",
            "1",
            "--name",
            name,
            "--local-directory",
            str(local),
            "--nanny" if nanny else "--no-nanny",
            *(() if "--memory-limit" in more else ("--memory-limit", "0")),
            *more,
            log=name,
            environment=environment,
        )

    def wait(self, count: int) -> None:
        """Wait until so many workers have joined."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=START_SECONDS)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a worker's process."""
        self.workers[name].send_signal(number)

    def scheduler_load(self) -> tuple[float, float]:
        """Return the scheduler's processor seconds and its memory in MiB, as Linux tells them (proc_pid_stat(5))."""
        told = Path(f"/proc/{self.scheduler.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        ticks, pages = int(told[11]) + int(told[12]), int(told[21])
        return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def end(self) -> None:
        """End everything that was started here."""
        _end([*self.workers.values()])  # first: without its scheduler a worker would look for it again
        _end([self.scheduler])

    def _start(
        self, kind: str, *words: str, log: str = "", environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", kind, *words, "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        with (self.folder / f"{log or kind}.log").open("wb") as file:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**self.environment, **(environment or {})},
                start_new_session=True,
                cwd=self.folder,
            )

    def _address(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.scheduler.poll() is None:
            with suppress(FileNotFoundError, json.JSONDecodeError):
                return str(json.loads(self._whereabouts.read_text())["address"])
            time.sleep(0.05)
        raise RuntimeError(f"the scheduler did not start: {(self.folder / 'scheduler.log').read_text()[-2000:]}")


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, signal.SIGTERM)
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def cluster(
    folder: Path, workers: int = 2, environment: Mapping[str, str] | None = None, *more: str
) -> Iterator[Cluster]:
    """Start a scheduler with workers, and end them afterwards."""
    found = Cluster(folder, environment)
    try:
        for number in range(workers):
            found.add(f"worker-{number}", *more)
        found.wait(workers)
        yield found
    finally:
        found.end()
