"""A bad item costs its own worker and nothing else."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from triage_bench.executors.base import Done, Limits, Lost
from triage_bench.executors.local import LocalExecutor
from triage_bench.executors.memory import resident_bytes
from triage_bench.executors.serial import SerialExecutor

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are fresh interpreters: they find `crew` on the path that they inherit."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("PYTHONPATH", str(HERE))


def crew() -> Any:
    return importlib.import_module("crew")


@pytest.mark.parametrize("workers", [1, 2])
def test_every_item_is_answered_once(workers: int) -> None:
    results = list(LocalExecutor(workers).map(crew().square, range(7)))
    assert sorted(result.value for result in results if isinstance(result, Done)) == [i * i for i in range(7)]


def test_workers_have_one_thread_and_the_driver_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (result,) = LocalExecutor(1).map(crew().threads, [None])
    assert isinstance(result, Done) and result.value == "1"
    assert "OMP_NUM_THREADS" not in os.environ


def test_each_bad_item_gets_its_state_and_the_good_ones_their_answers(tmp_path: Path) -> None:
    items = ["fine", "exit:0", "segfault", "hang", "grow", f"once:{tmp_path / 'tried'}", "print", "also fine"]
    limits = Limits(seconds=25.0, memory=600 * 2**20)
    results = {result.item: result for result in LocalExecutor(2).map(crew().misbehave, items, limits)}
    lost = {item: result.kind for item, result in results.items() if isinstance(result, Lost)}
    assert lost == {"exit:0": "killed", "segfault": "killed", "hang": "timeout", "grow": "out-of-memory"}
    assert len(results) == len(items)
    assert "exit code 0" in results["exit:0"].reason  # type: ignore[union-attr]
    assert "SIGSEGV" in results["segfault"].reason  # type: ignore[union-attr]
    assert results[items[5]].value == "did once"  # type: ignore[union-attr]


@pytest.mark.parametrize("workers", [1, 2])
def test_items_of_two_owners_never_meet_in_a_process(workers: int) -> None:
    items = ["a.1", ".1", "b.1", ".2", "a.2", ".3", "b.2"]
    results = list(LocalExecutor(workers).map(crew().Owned(), items))
    owners: dict[int, set[str]] = {}
    for result in results:
        assert isinstance(result, Done)
        owners.setdefault(result.value, set()).add(result.item.partition(".")[0])
    assert sorted(result.item for result in results) == sorted(items)
    assert all(len(of_one) == 1 for of_one in owners.values())
    assert workers > 1 or len(owners) == 3  # one process serves all items of an owner


def test_closing_the_iterator_ends_the_workers() -> None:
    started = time.monotonic()
    results = LocalExecutor(2).map(crew().misbehave, ["fine", "hang", "hang"])
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 30


def test_workers_die_with_their_driver(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import sys; sys.path.insert(0, {str(HERE)!r})
        from crew import slow
        from triage_bench.executors.local import LocalExecutor
        if __name__ == "__main__":
            for _ in LocalExecutor(2).map(slow, [1, 2]): pass
        """
    )
    path = tmp_path / "driver.py"
    path.write_text(script)
    driver = subprocess.Popen([sys.executable, str(path)])
    workers = _wait_for_children(driver.pid, 2)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline and any(_alive(pid) for pid in workers):
        time.sleep(0.2)
    assert not any(_alive(pid) for pid in workers)


def test_a_process_holds_memory_and_one_that_is_gone_holds_none() -> None:
    assert resident_bytes(os.getpid()) > 2**20
    assert resident_bytes(2**22 + 1) == 0


def test_serial_gives_the_same_answers_in_order() -> None:
    assert [r.value for r in SerialExecutor().map(crew().square, [3, 1, 2])] == [9, 1, 4]  # type: ignore[union-attr]


def _wait_for_children(pid: int, count: int) -> list[int]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        children = [
            int(line) for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if _is_worker(int(line))
        ]
        if len(children) == count:
            return children
        time.sleep(0.1)
    raise AssertionError("the workers did not start")


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
