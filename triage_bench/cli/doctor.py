"""``doctor``: versions, machine, writable places, and a self-test of a few seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from triage_bench.cli import options

Line = dict[str, str]


def doctor(address: options.Address = None, quiet: options.Quiet = False, json: options.Json = False) -> None:
    """Say what is here, what is missing, and whether a small run works; exit 1 if something does not.

    Example:  triage-bench doctor
    """
    from triage_bench.cli.plain import print_lines

    lines = list(_lines() if address is None else _workers(address))
    shown = [line for line in lines if line["state"] != "ok"] if quiet and not json else lines
    print_lines(shown, json=json)
    if any(line["state"] == "problem" for line in lines):
        raise typer.Exit(1)


def _lines() -> Iterator[Line]:
    from triage_bench.core.workspace import default_cache, default_data_home
    from triage_bench.running.environment import machine, versions

    yield from (_line(f"version of {name}", "ok", number) for name, number in versions().items())
    yield from (_line(name, "ok", value) for name, value in machine().items())
    yield _line("graphics processor", "ok", _accelerator())
    yield _tried("Java for KoNLPy", _java)
    yield _line("console", *_encoding())
    for name, folder in (("data home", default_data_home()), ("cache", default_cache()), ("here", Path.cwd())):
        yield _writable(name, folder)
    yield _tried("self-test", _self_test)


def _workers(address: str) -> Iterator[Line]:
    """Look at every worker of a cluster: what differs from here, which folders it shares, where it can write."""
    from functools import partial

    from triage_bench.core.workspace import default_cache, default_data_home
    from triage_bench.executors.base import Remote
    from triage_bench.executors.choose import executor
    from triage_bench.running.workplace import workplace

    cluster = executor("dask", address=address)
    assert isinstance(cluster, Remote)
    from triage_bench.executors.dask import own_versions  # after the line that says what to install without it

    found = cluster.everywhere(partial(workplace, default_data_home(), default_cache()))
    if not found:
        yield _line("workers", "note", "none yet; an adaptive cluster starts them when there is work")
    common = cluster.everywhere(own_versions)
    for worker in sorted(found.keys() & common.keys()):  # one may have left in between
        yield from _worker(worker, found[worker], common[worker])
    if found:
        shared = cluster.sees(default_cache())
        said = (
            "seen by every worker: public data lies there" if shared else "not shared: rows travel to each worker once"
        )
        yield _line("shared cache", "ok" if shared else "note", said)


def _worker(name: str, seen: Any, common: Any) -> Iterator[Line]:
    """Say what a worker answered; `common` is what it has of the versions that a run insists on."""
    from triage_bench.running.workplace import Workplace

    if not isinstance(seen, Workplace) or not isinstance(common, dict):
        broken = common if isinstance(seen, Workplace) else seen
        yield _line(f"{name}: versions", "problem", f"{type(broken).__name__}; install the same triage-bench there")
        return
    yield _versions(name, seen.versions, common)
    yield _line(f"{name}: data home", "ok" if seen.data else "note", "seen" if seen.data else "not seen; rows travel")
    yield _line(f"{name}: cache", "ok" if seen.cache else "note", "writable" if seen.cache else "not writable there")
    room = "not writable; set TMPDIR there" if seen.free is None else f"writable, {seen.free / 2**30:.0f} GiB free"
    yield _line(f"{name}: temporary files", "problem" if seen.free is None else "ok", room)


def _versions(name: str, there: Mapping[str, str], common: Mapping[str, str]) -> Line:
    """Say what runs in another version: a problem where a run refuses the worker, else a note, as scores may differ."""
    from triage_bench.executors.dask import own_versions, unfit
    from triage_bench.running.environment import versions
    from triage_bench.running.workplace import differing

    refused = unfit(common, own_versions())
    other = ", ".join(differing(versions(), there))
    state = "problem" if refused else "note" if other else "ok"
    return _line(f"{name}: versions", state, "; ".join(filter(None, (refused, other))) or "as here")


def _line(what: str, state: str, found: str) -> Line:
    return {"what": what, "state": state, "found": found}


def _accelerator() -> str:
    from triage_bench.models.neural.device import device_name

    return device_name()


def _java() -> str:
    """Start the JVM as a tagger would, in a process of its own: this one may fork later."""
    import subprocess
    import sys

    code = "from triage_bench.text.tokenizers.konlpy import okt; okt().tokenize(['아버지가 방에 들어가신다'])"
    start = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    if ended.returncode:
        raise RuntimeError((ended.stderr.strip().splitlines() or ["the JVM did not start"])[-1])
    return f"Okt answers after {time.monotonic() - start:.1f} s"


def _encoding() -> tuple[str, str]:
    """Return whether this terminal can show Korean."""
    import sys

    encoding = sys.stdout.encoding or "unknown"
    try:
        "한글 ✓ ±".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "note", f"{encoding} cannot show every character; set PYTHONIOENCODING=utf-8"
    return "ok", encoding


def _writable(name: str, folder: Path) -> Line:
    import shutil

    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free / 2**30
    if os.access(there, os.W_OK):
        return _line(name, "ok", f"writable, {free:.0f} GiB free")
    return _line(name, "problem", "not writable; set TRIAGE_BENCH_DATA, or start elsewhere")


def _tried(name: str, attempt: Callable[[], str]) -> Line:
    try:
        return _line(name, "ok", attempt())
    except Exception as error:  # whatever breaks is what the user needs to read
        return _line(name, "problem", f"{type(error).__name__}: {error}")


def _self_test() -> str:
    """Run the smoke suite in this process."""
    import tempfile

    from triage_bench.core.workspace import Workspace
    from triage_bench.executors.base import Limits
    from triage_bench.executors.choose import executor
    from triage_bench.running.budget import budget
    from triage_bench.running.planning import load_datasets, plan_run
    from triage_bench.running.suite import read_suite
    from triage_bench.running.sweep import sweep

    start = time.monotonic()
    suite = read_suite("smoke")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.at(folder, cache=Path(folder))
        found = list(load_datasets(suite.datasets, workspace))
        planned = plan_run("smoke", found, suite.recipes, (), budget("quick"), seed=0, workspace=workspace)
        swept = sweep(planned.plan, planned.datasets, workspace, executor("serial"), Limits())
    failed = [record.reason for record in swept.run.records.values() if not record.ok]
    if failed:
        raise RuntimeError(f"{len(failed)} jobs failed; the first: {failed[0]}")
    return f"{len(swept.run.records)} jobs ok in {time.monotonic() - start:.1f} s"
