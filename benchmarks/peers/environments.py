"""A virtual environment for each tool that triage_bench does not bring along."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.peers.plan import Peer

INSTALLED = "installed.txt"
"""What pip says is installed; it is there when the environment is complete."""


def python_of(peer: Peer, work: Path) -> Path | None:
    """Return the Python that runs a tool, None where its environment is not there."""
    if peer.environment is None:
        return Path(sys.executable)
    home = _home(peer, work)
    return home / "bin" / "python" if (home / INSTALLED).is_file() else None


def install(peers: Iterable[Peer], work: Path) -> None:
    """Make the environments that are missing; one that cannot be made is told of and left out."""
    for peer in {peer.environment: peer for peer in peers}.values():
        if python_of(peer, work) is None:
            _say(f"{peer.environment}: pip install {' '.join(peer.needs)}")
            _make(peer, work)


def _make(peer: Peer, work: Path) -> None:
    home = _home(peer, work)
    python = home / "bin" / "python"
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".log").open("w") as log:
        steps = (
            [sys.executable, "-m", "venv", "--clear", str(home)],
            [str(python), "-m", "pip", "install", "--quiet", "--no-input", *peer.needs],
        )
        for step in steps:
            if subprocess.run(step, stdout=log, stderr=subprocess.STDOUT, check=False).returncode:
                _say(f"{peer.environment}: cannot be installed, see {log.name}")
                return
    frozen = subprocess.run([str(python), "-m", "pip", "freeze"], capture_output=True, text=True, check=True)
    (home / INSTALLED).write_text(frozen.stdout, "utf-8")


def version_of(peer: Peer, work: Path) -> str:
    """Return the tool's name and version as pip tells them, empty for our own environment."""
    if peer.environment is None or python_of(peer, work) is None:
        return ""
    wanted = peer.needs[0].split("==")[0].split("[")[0].lower()
    lines = (_home(peer, work) / INSTALLED).read_text("utf-8").splitlines()
    return next((line for line in lines if line.lower().startswith(f"{wanted}==")), "")


def _home(peer: Peer, work: Path) -> Path:
    return work / "environments" / str(peer.environment)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
