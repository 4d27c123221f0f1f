"""On a cluster: a bad item costs its child, a bad worker costs its items a try elsewhere, nothing is lost."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from triage_bench.core.errors import ClusterError, InputError, UnknownNameError
from triage_bench.executors import warden
from triage_bench.executors.base import Done, Limits, Lost, Remote
from triage_bench.executors.children import Children, Packed
from triage_bench.executors.choose import executor

pytest.importorskip("distributed", reason="needs the extra [dask]")

from benchmarks.cluster.processes import Cluster, cluster
from triage_bench.executors.dask import DaskExecutor

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are fresh interpreters: they find `crew` on the path that they inherit."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("PYTHONPATH", str(HERE))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster of two workers, for tests that leave both alive."""
    with cluster(tmp_path_factory.mktemp("pair"), 2, {"PYTHONPATH": str(HERE)}) as found:
        yield found


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[Cluster]:
    """Return a cluster of one scheduler, for tests that break it."""
    found = Cluster(tmp_path, {"PYTHONPATH": str(HERE)})
    yield found
    found.end()


def crew() -> Any:
    return importlib.import_module("crew")


def values(results: Any) -> list[Any]:
    found = list(results)
    assert all(isinstance(one, Done) for one in found), [one for one in found if isinstance(one, Lost)]
    return sorted(one.value for one in found)


def later(seconds: float, act: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def test_workers_of_its_own_answer_every_item_once_and_leave_nothing_behind() -> None:
    assert values(DaskExecutor(workers=2).map(crew().square, range(7))) == [i * i for i in range(7)]
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    assert not [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.slow
def test_each_bad_item_gets_the_state_it_gets_on_one_machine(pair: Cluster, tmp_path: Path) -> None:
    items = ["fine", "exit:0", "segfault", "hang", "grow", f"once:{tmp_path / 'tried'}", "print", "also fine"]
    limits = Limits(seconds=25.0, memory=600 * 2**20)
    results = {result.item: result for result in DaskExecutor(pair.address).map(crew().misbehave, items, limits)}
    lost = {item: result.kind for item, result in results.items() if isinstance(result, Lost)}
    assert lost == {"exit:0": "killed", "segfault": "killed", "hang": "timeout", "grow": "out-of-memory"}
    assert len(results) == len(items)
    assert all(process.poll() is None for process in pair.workers.values())
    assert results[items[5]].value == "did once"  # type: ignore[union-attr]


def test_closing_the_iterator_frees_the_cluster_and_takes_the_desk_back(pair: Cluster) -> None:
    results = DaskExecutor(pair.address).map(crew().misbehave, ["fine", "hang", "hang"])
    next(results)
    started = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 30
    assert values(DaskExecutor(pair.address).map(crew().square, [3])) == [9]
    _until(lambda: not any(DaskExecutor(pair.address).everywhere(crew().desks).values()))


def test_the_function_comes_to_a_worker_once_and_not_with_every_item(pair: Cluster, tmp_path: Path) -> None:
    function = crew().Heavy(tmp_path)
    assert values(DaskExecutor(pair.address).map(function, range(40))) == [i + 1 for i in range(40)]
    unpacked = [line for path in tmp_path.glob("unpacked-*") for line in path.read_text().splitlines()]
    assert len(unpacked) <= 2, "one process per worker unpacks it"


@pytest.mark.slow
def test_a_worker_that_is_killed_and_one_that_freezes_cost_a_try_elsewhere(
    fragile: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warden, "SILENCE_SECONDS", 4.0)
    for name in ("killed", "frozen", "steady"):
        fragile.add(name)
    fragile.wait(3)
    timers = [
        later(3.0, lambda: fragile.signal("killed", signal.SIGKILL)),
        later(4.0, lambda: fragile.signal("frozen", signal.SIGSTOP)),
    ]
    started = time.monotonic()
    assert values(DaskExecutor(fragile.address).map(crew().nap, [1.0] * 14)) == [1.0] * 14
    assert time.monotonic() - started < 60
    for timer in timers:
        timer.join()


@pytest.mark.slow
def test_a_worker_that_joins_later_is_given_work_and_one_that_leaves_is_not_missed(fragile: Cluster) -> None:
    later(1.0, lambda: fragile.add("first"))
    later(6.0, lambda: fragile.add("second"))
    later(9.0, lambda: fragile.signal("first", signal.SIGTERM))
    found = list(DaskExecutor(fragile.address).map(crew().where, [0.5] * 24))
    assert len(found) == 24 and all(isinstance(one, Done) for one in found)
    assert {Path(one.value).name for one in found if isinstance(one, Done)} == {"first", "second"}


def test_a_lost_scheduler_ends_the_map_with_what_to_do(fragile: Cluster) -> None:
    fragile.add("worker")
    fragile.wait(1)
    results = DaskExecutor(fragile.address).map(crew().nap, [0.5] * 60)
    assert isinstance(next(results), Done)
    os.killpg(fragile.scheduler.pid, signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(ClusterError, match="the same command goes on from here"):
        list(results)
    assert time.monotonic() - started < 45


@pytest.mark.slow
def test_items_that_wait_for_a_gpu_run_anywhere_once_the_last_worker_with_one_has_died(fragile: Cluster) -> None:
    fragile.add("plain")
    fragile.add("gpu", "--resources", "GPU=1")
    fragile.wait(2)
    results = DaskExecutor(fragile.address).map(crew().Placed(), [f"network-{i}" for i in range(12)])
    first = next(results)
    fragile.signal("gpu", signal.SIGKILL)
    found = [first, *results]
    assert len(found) == 12 and {one.item for one in found} == {f"network-{i}" for i in range(12)}
    places = [Path(one.value).name for one in found if isinstance(one, Done)]
    assert len(places) == 12 and places[0] == "gpu" and places[-1] == "plain"


@pytest.mark.slow
def test_items_that_like_a_gpu_go_where_one_is_declared(fragile: Cluster) -> None:
    fragile.add("plain")
    fragile.add("gpu", "--resources", "GPU=1")
    fragile.wait(2)
    items = [f"{kind}-{i}" for i in range(6) for kind in ("network", "linear")]
    found = {one.item: one.value for one in DaskExecutor(fragile.address).map(crew().Placed(), items)}  # type: ignore[union-attr]
    assert {Path(place).name for item, place in found.items() if item.startswith("network")} == {"gpu"}
    assert "plain" in {Path(place).name for place in found.values()}
    fragile.signal("gpu", signal.SIGKILL)
    rest = {one.item: one.value for one in DaskExecutor(fragile.address).map(crew().Placed(), items)}  # type: ignore[union-attr]
    assert {Path(place).name for place in rest.values()} == {"plain"}


def test_the_memory_that_a_worker_was_given_holds_for_its_items(fragile: Cluster) -> None:
    fragile.add("small", "--memory-limit", "400MiB")
    fragile.wait(1)
    (found,) = DaskExecutor(fragile.address).map(crew().misbehave, ["grow"], Limits(seconds=60.0))
    assert isinstance(found, Lost) and found.kind == "out-of-memory" and "400 MiB" in found.reason


def test_a_driver_that_is_killed_leaves_no_item_running_and_no_rows_on_the_cluster(pair: Cluster) -> None:
    code = (
        "import sys; from crew import slow; from triage_bench.executors.dask import DaskExecutor\n"
        "for _ in DaskExecutor(sys.argv[1]).map(slow, [1, 2, 3]): pass"
    )
    driver = subprocess.Popen([sys.executable, "-c", code, pair.address])
    there = DaskExecutor(pair.address)
    _until(lambda: all(there.everywhere(crew().busy).values()))
    driver.kill()
    driver.wait()
    _until(lambda: not any(there.everywhere(crew().busy).values()))
    assert not any(there.everywhere(crew().desks).values())


def test_a_worker_of_another_version_is_refused_by_name(pair: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage_bench.executors.dask.own_versions", lambda: {"triage-bench": "99.0"})
    with pytest.raises(ClusterError, match=r"worker tcp://.* runs triage-bench .*this is triage-bench 99\.0"):
        list(DaskExecutor(pair.address).map(crew().square, [1]))


def test_a_folder_is_seen_by_workers_on_this_machine_and_by_nobody_when_it_cannot_be_made(
    pair: Cluster, tmp_path: Path
) -> None:
    there = DaskExecutor(pair.address)
    assert isinstance(there, Remote)
    assert there.sees(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
    (tmp_path / "file").write_text("")
    assert not there.sees(tmp_path / "file" / "cache")


def test_without_a_worker_for_as_long_as_is_waited_nobody_sees_a_folder(
    fragile: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage_bench.executors.dask.FIRST_WORKER_SECONDS", 0.5)
    assert not DaskExecutor(fragile.address).sees(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_children_without_a_cluster_keep_their_process_between_items(monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children(Packed(crew().pid), Limits())
    try:
        first, second = children.do(None), children.do(None)
        assert isinstance(first, Done) and isinstance(second, Done) and first.value == second.value != os.getpid()
        assert isinstance(children.do(None, lambda: False), Lost)
        others = [children.do(None, owner=owner) for owner in ("a", "a", "b", None)]
        pids = [other.value for other in others if isinstance(other, Done)]
        assert pids[0] == pids[1] and len({first.value, *pids}) == 4
    finally:
        children.end()
    assert isinstance(children.do(None), Lost)


@pytest.mark.slow
def test_an_address_that_nobody_answers_and_options_that_contradict_are_refused() -> None:
    with pytest.raises(InputError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:1'"):
        executor("dask", address="tcp://127.0.0.1:1")
    with pytest.raises(InputError, match="add --executor dask"):
        executor("local", address="tcp://127.0.0.1:8786")
    with pytest.raises(InputError, match="has its own"):
        executor("dask", 2, "tcp://127.0.0.1:8786")
    with pytest.raises(UnknownNameError, match="Did you mean 'dask'"):
        executor("dusk")


def _until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.3)
