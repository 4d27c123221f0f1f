"""Which tools are measured, on which tasks, and by what each task is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

METRICS = {
    "T1": "macro_f1",
    "T2": "macro_f1",
    "T3": "accuracy",
    "R1": "macro_f1",
    "R2": "macro_f1",
    "R3": "accuracy",
}
"""Tasks and rehearsals (see `benchmarks.peers.rows`). The classes of T1's test rows are mixed differently from those
of its training rows: its accuracy says little."""

OURS = "ours"
OURS_SECONDS = 60.0
"""We are to be ahead within this time, whatever the others are given."""


@dataclass(frozen=True)
class Peer:
    """A tool in one of its variants.

    Attributes
    ----------
    name
        As it is written on the command line and in the table.
    module
        What is run, see `benchmarks.peers.tools.measured`.
    how
        The variant.
    environment
        Name of its virtual environment, None where it runs in that of triage_bench.
    needs
        What pip installs there.
    tasks
        The tasks it is measured on, None for all.
    """

    name: str
    module: str
    how: str = ""
    environment: str | None = None
    needs: tuple[str, ...] = ()
    tasks: frozenset[str] | None = None


_TOOLS = "benchmarks.peers.tools"
_AUTOGLUON = ("autogluon.tabular[all]==1.6.3", "torch==2.13.0")

PEERS = (
    Peer("sklearn-char-lr", f"{_TOOLS}.with_sklearn", "char-lr"),
    Peer("sklearn-char-svc", f"{_TOOLS}.with_sklearn", "char-svc"),
    Peer("sklearn-defaults", f"{_TOOLS}.with_sklearn", "defaults"),
    Peer("flaml", f"{_TOOLS}.with_flaml", "", "flaml", ("flaml[automl]==2.7.*", "packaging")),
    Peer("autogluon-medium", f"{_TOOLS}.with_autogluon", "medium_quality", "autogluon", _AUTOGLUON),
    Peer("autogluon-best", f"{_TOOLS}.with_autogluon", "best_quality", "autogluon", _AUTOGLUON),
    Peer("mljar-compete", f"{_TOOLS}.with_mljar", "Compete", "mljar", ("mljar-supervised==1.3.2",)),
    Peer("mljar-explain", f"{_TOOLS}.with_mljar", "Explain", "mljar", ("mljar-supervised==1.3.2",)),
    Peer(
        "autointent",
        f"{_TOOLS}.with_autointent",
        "classic-light",
        "autointent",
        ("autointent==0.4.*", "torch==2.13.0"),
        frozenset({"T1", "R1"}),
    ),
)
OWN = Peer(OURS, "benchmarks.peers.ours")


@dataclass(frozen=True)
class Measurement:
    """A tool on a task within a budget in seconds."""

    task: str
    peer: Peer
    seconds: float

    @property
    def key(self) -> tuple[str, str, float]:
        """What tells it from the others."""
        return self.task, self.peer.name, self.seconds


def planned(tasks: Sequence[str], peers: Sequence[str], seconds: float) -> list[Measurement]:
    """Return what is to be measured, task by task; ours twice, within 60 s and within the budget."""
    found = []
    for task in tasks:
        if OURS in peers:
            found += [Measurement(task, OWN, budget) for budget in sorted({min(OURS_SECONDS, seconds), seconds})]
        known = (peer for peer in PEERS if peer.name in peers)
        found += [Measurement(task, peer, seconds) for peer in known if peer.tasks is None or task in peer.tasks]
    return found
