"""A PostgreSQL on loopback, as Debian packages it: started for as long as it is needed, then gone with its data."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
OWNER = "postgres"
"""Who runs the server where this process is root: it refuses to be root."""


def programs() -> Path | None:
    """Return the folder of the server's programs, the newest version's; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def database() -> Iterator[str]:
    """Start a server with an empty database, and yield its address with a password, as SQLAlchemy writes it."""
    place = programs()
    assert place is not None
    folder = Path(tempfile.mkdtemp(prefix="triage-bench-postgres-"))
    who: dict[str, Any] = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.geteuid() == 0 else {}
    password, port = secrets.token_urlsafe(16), _free_port()
    try:
        (folder / "password").write_text(password)
        if who:
            for path in (folder, folder / "password"):
                shutil.chown(path, OWNER, OWNER)
        words: list[str | Path] = [
            "-D",
            folder / "data",
            "-U",
            "bench",
            "-A",
            "scram-sha-256",
            "--pwfile",
            folder / "password",
        ]
        subprocess.run([place / "initdb", *words, "-N"], check=True, capture_output=True, cwd=folder, **who)
        with _served(place, folder, port, who):
            yield f"postgresql+psycopg://bench:{password}@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(place: Path, folder: Path, port: int, who: dict[str, Any]) -> Iterator[None]:
    words: list[str | Path] = ["-D", folder / "data", "-h", "127.0.0.1", "-p", str(port), "-k", folder, "-F"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([place / "postgres", *words], stdout=log, stderr=log, cwd=folder, **who)
    try:
        deadline = time.monotonic() + START_SECONDS
        while subprocess.run([place / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]).returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # at once, without waiting for those who are connected
        server.wait(START_SECONDS)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
