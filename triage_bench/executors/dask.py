"""Several machines through Dask: a cluster of this machine's own, or the user's.

What is done to the items reaches each worker once, as a plugin that the scheduler hands to every worker that is
there or joins later; an item travels as itself. A worker does its items in child processes under the same limits as
on one machine (see `Children`), and a worker that dies, hangs or leaves costs its items a try elsewhere.
"""

from __future__ import annotations

import logging
import os
import platform
import queue
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dask import config
from distributed import Client, Future, KilledWorker, LocalCluster, Scheduler, SchedulerPlugin, Worker, WorkerPlugin
from distributed import get_worker as this_worker

from triage_bench.core.errors import ClusterError, InputError
from triage_bench.executors.base import Done, Limits, Lost, likes_gpu, owner_of
from triage_bench.executors.children import Children, Packed
from triage_bench.executors.warden import Warden

CONNECT_SECONDS = 10
FIRST_WORKER_SECONDS = 900.0
"""How long the first worker is waited for before it is asked what it sees: a batch system's queue takes minutes, and
nothing could run without a worker meanwhile. Longer, and rows travel: whether that was needed is not worth an hour."""
LEAST_UNDER_WAY = 128
AHEAD = 3
"""Items under way per thread of the cluster: enough that none waits for the driver, few enough to hold in memory."""
SETTLED_AT_ONCE = 256
WAIT_SECONDS = 1.0
GPU = "GPU"
"""The resource that workers with a graphics processor declare: ``dask worker … --resources GPU=1``."""

# A scheduler or nanny in this process may not tear the progress display, nor may a lost connection.
QUIET = logging.CRITICAL


NO_PAGES: dict[str, list[str]] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}


class DaskExecutor:
    """Runs items on the workers of a Dask cluster.

    Parameters
    ----------
    address
        The scheduler of the user's cluster, ``tcp://host:port`` or ``tls://…``; None starts workers on this machine.
    workers
        How many workers are started; only without an address.

    Attributes
    ----------
    workers : int
        How many items run at once; 0 where that is not known: an adaptive cluster starts workers when there is work.

    Raises
    ------
    InputError
        If no scheduler answers at the address.
    """

    def __init__(self, address: str | None = None, workers: int = 1) -> None:
        self.address, self.workers = address, workers
        if address is not None:
            with _connected(address) as client:
                self.workers = sum(client.nthreads().values())

    def map(
        self, function: Callable[[Any], Any], items: Sequence[Any], limits: Limits | None = None
    ) -> Iterator[Done | Lost]:
        """Yield one `Done` or `Lost` per item as they finish; see `Executor.map`.

        Raises
        ------
        ClusterError
            If the scheduler is lost, a worker runs another version, or no worker is left for an hour.
        """
        if not items:
            return
        with self._cluster() as client:
            yield from _Course(client, function, items, limits or Limits()).outcomes()

    def everywhere(self, function: Callable[[], Any]) -> dict[str, Any]:
        """Call a function once on every worker; what it returned, or the exception it raised, by worker address."""
        with self._cluster() as client:
            answers: dict[str, Any] = client.run(function, on_error="return")
        return answers

    def sees(self, folder: Path) -> bool:
        """Whether every worker sees this machine's folder at the same place; one that does not exist yet is made.

        Where no worker is yet, the first one is waited for: an adaptive cluster has none before there is work.
        """
        if self.address is None:
            return True
        with suppress(OSError, CancelledError):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".seen-", buffering=0) as probe:
                probe.write(os.urandom(16))
                look = partial(_content, Path(probe.name))
                with self._cluster() as client:
                    if not client.nthreads():
                        # Only a task makes an adaptive cluster start a worker; asking all of none does not.
                        client.submit(look, pure=False).exception(timeout=FIRST_WORKER_SECONDS)
                    found = client.run(look, on_error="return")
                return bool(found) and set(found.values()) == {look()}
        return False

    @contextmanager
    def _cluster(self) -> Iterator[Client]:
        if self.address is not None:
            with _connected(self.address) as client:
                yield client
            return
        # Its own certificates and no web pages: nobody else on this machine may send it work or see what it does.
        with (
            config.set(NO_PAGES),
            LocalCluster(
                n_workers=self.workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                security=True,
                dashboard_address=None,
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                memory_limit=0,
                silence_logs=QUIET,
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield client


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    logging.getLogger("distributed").setLevel(QUIET)
    try:
        # A scheduler that went is not waited for: the run ends and goes on later.
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="triage-bench")
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers at {address!r} ({type(error).__name__}); expected an address such as "
            "tcp://host:8786, as `dask scheduler` prints it."
        ) from error
    try:
        yield client
    finally:
        client.close(timeout=CONNECT_SECONDS)


class Letter:
    """An item on its way; opaque to Dask, which would look for tasks inside tuples and dataclasses.

    Parameters
    ----------
    index, item, owner
        Its place among the items, itself, and whose it is (see `owner_of`).
    """

    __slots__ = ("index", "item", "owner")

    def __init__(self, index: int, item: Any, owner: str | None = None) -> None:
        self.index, self.item, self.owner = index, item, owner

    def __reduce__(self) -> tuple[Any, ...]:
        return (Letter, (self.index, self.item, self.owner))


class Desk(WorkerPlugin):
    """What a worker needs to do items: received once, whether it was there at the start or joined later.

    Parameters
    ----------
    function, limits
        What is done to an item, and what it may use up.
    versions
        What the driver runs; a worker of another version would make other records.
    """

    def __init__(self, function: Callable[[Any], Any], limits: Limits, versions: Mapping[str, str]) -> None:
        self.function, self.limits, self.versions = function, limits, dict(versions)

    def setup(self, worker: Worker) -> None:
        """Get ready on a worker, within the memory that it was given."""
        self._children: Children | None = None
        if said := unfit(own_versions(), self.versions):
            raise ClusterError(f"worker {worker.address} {said}.")
        given = worker.memory_manager.memory_limit
        share = given / worker.state.nthreads if given else None
        memory = min((one for one in (share, self.limits.memory) if one), default=None)
        limits = replace(self.limits, memory=None if memory is None else int(memory))
        self._children = Children(self.function, limits, worker.local_directory)

    def teardown(self, worker: Worker) -> None:
        """End what is under way."""
        if self._children is not None:
            self._children.end()

    def do(self, item: Any, wanted: Callable[[], bool], owner: str | None) -> Done | Lost:
        """Do one item; what comes back leaves the item behind, the driver has it."""
        if self._children is None:
            raise ClusterError("a worker with another version joined")
        return replace(self._children.do(item, wanted, owner), item=None)


class Farewell(SchedulerPlugin):
    """Takes the desk back from every worker when its driver is gone, however it went: rows do not linger there.

    Parameters
    ----------
    name, client
        Of the desk, and of the driver's client.
    """

    def __init__(self, name: str, client: str) -> None:
        self.name, self.client = f"{name}-farewell", client
        self._desk = name

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Hear that a client has left."""
        if client == self.client:
            scheduler.loop.add_callback(self._clear, scheduler)

    async def _clear(self, scheduler: Scheduler) -> None:
        with suppress(Exception):  # the cluster may be closing
            scheduler.remove_plugin(name=self.name)
            await scheduler.unregister_worker_plugin(comm=None, name=self._desk)


def own_versions() -> dict[str, str]:
    """Return what driver and workers must have in common: records are pickled between them."""
    return {
        "triage-bench": version("triage-bench"),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "distributed": version("distributed"),
    }


def unfit(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Return why a worker with these versions is refused by a driver with those; empty where it is not."""
    return "" if there == here else f"runs {_listed(there)}; this is {_listed(here)}"


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def answer(desk: str, letter: Letter) -> tuple[int, Done | Lost]:
    """Do an item on the worker that this runs on."""
    worker = this_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state in ("executing", "long-running")

    plugin: Desk = worker.plugins[desk]
    return letter.index, plugin.do(letter.item, wanted, letter.owner)


class _Course:
    """One `map` from its first item to its last."""

    def __init__(self, client: Client, function: Callable[[Any], Any], items: Sequence[Any], limits: Limits) -> None:
        self.client, self.function, self.items, self.limits = client, function, items, limits
        self.name = f"triage-bench-{client.id}"
        self.waiting = deque(range(len(items)))
        self.under_way: dict[int, Future] = {}
        self.on_gpu: set[int] = set()
        self.finished: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.warden = Warden(client, self.name, GPU)
        self._tries = 0

    def outcomes(self) -> Iterator[Done | Lost]:
        with _gone_as_error(self.warden):
            self.client.register_plugin(Farewell(self.name, self.client.id))
            self.client.register_plugin(Desk(Packed(self.function), self.limits, own_versions()), name=self.name)
        try:
            with self.warden:
                while self.waiting or self.under_way:
                    with _gone_as_error(self.warden):
                        self._send()
                        found = self._settled(self._finished())
                        self._bring_back_from_gpu()
                    yield from found
        finally:
            with suppress(Exception):  # nothing that goes wrong with the farewell may hide why it is said
                self.client.cancel(list(self.under_way.values()), force=True)

    def _send(self) -> None:
        """Have enough items under way; many at a time, because each sending costs a graph."""
        most = max(LEAST_UNDER_WAY, AHEAD * self.warden.threads)
        room = min(most - len(self.under_way), len(self.waiting))
        if room < min(most // 4, len(self.waiting)):
            return
        taken = [self.waiting.popleft() for _ in range(room)]
        gpu = {index for index in taken if self.warden.gpus and likes_gpu(self.function, self.items[index])}
        self._submit([index for index in taken if index not in gpu])
        self._submit(sorted(gpu), {GPU: 1})
        self.on_gpu |= gpu

    def _submit(self, indices: Sequence[int], resources: dict[str, int] | None = None) -> None:
        if not indices:
            return
        self._tries += 1
        futures = self.client.map(
            answer,
            [self.name] * len(indices),
            [Letter(index, self.items[index], owner_of(self.function, self.items[index])) for index in indices],
            # Tuples with one name are one group to the scheduler, which then keeps them back until a thread is free.
            key=[(self.name, index, self._tries) for index in indices],
            resources=resources,
            pure=False,
        )
        for index, future in zip(indices, futures, strict=True):
            self.under_way[index] = future
            future.add_done_callback(lambda _, index=index: self.finished.put(index))

    def _finished(self) -> list[int]:
        """Return the items whose end was heard of; none after a while without."""
        found: list[int] = []
        with suppress(queue.Empty):
            found.append(self.finished.get(timeout=WAIT_SECONDS))
            while len(found) < SETTLED_AT_ONCE:
                found.append(self.finished.get_nowait())
        self.warden.check()
        return [index for index in dict.fromkeys(found) if index in self.under_way]

    def _settled(self, indices: Sequence[int]) -> list[Done | Lost]:
        """Fetch what came of items; one whose worker died with the answer is done again meanwhile."""
        ready = [self.under_way[index] for index in indices if self.under_way[index].status == "finished"]
        outcomes: list[Done | Lost] = []
        for index, outcome in self.client.gather(ready, errors="skip") if ready else ():
            self._forget(index)
            outcomes.append(replace(outcome, item=self.items[index]))
        for index in indices:
            future = self.under_way.get(index)
            if future is not None and future.status == "error":
                outcomes.append(self._mourned(index, future))
            elif future is not None and future.status == "cancelled":
                raise ClusterError("the scheduler was lost")
        return outcomes

    def _mourned(self, index: int, future: Future) -> Lost:
        error = future.exception()
        if not isinstance(error, KilledWorker):
            raise error
        self._forget(index)
        died = config.get("distributed.scheduler.allowed-failures", 3) + 1
        return Lost(self.items[index], "killed", f"the workers that it was given to died, {died} times in a row")

    def _forget(self, index: int) -> None:
        self.under_way.pop(index).release()
        self.on_gpu.discard(index)

    def _bring_back_from_gpu(self) -> None:
        """Let items run anywhere once no worker with a graphics processor is left."""
        if self.on_gpu and not self.warden.gpus:
            indices, self.on_gpu = sorted(self.on_gpu), set()
            self.client.cancel([self.under_way[index] for index in indices], force=True)
            self._submit(indices)


@contextmanager
def _gone_as_error(warden: Warden) -> Iterator[None]:
    """Turn what Dask raises when its scheduler is gone, and a worker that is unfit, into one kind of error."""
    try:
        yield
    except ClusterError as error:
        raise ClusterError(f"{error} What was finished is kept; the same command goes on from here.") from error
    except (OSError, TimeoutError, RuntimeError, ValueError, ImportError, AttributeError, KeyError) as error:
        said = f"the cluster let the run down ({type(error).__name__}). See `doctor --address`."
        raise ClusterError(f"{said} What was finished is kept; the same command goes on from here.") from error


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())
