"""``compare``: two runs, or two versions of one data set, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage_bench.cli import names, options

if TYPE_CHECKING:
    from triage_bench.core.run import Run
    from triage_bench.leaderboard.between import Between, Difference
    from triage_bench.leaderboard.versions import Change, Effect, Rows
    from triage_bench.metrics import Metric
    from triage_bench.store import Store

SCHEMA = 1
DASH = "–"


def compare(
    first: Annotated[Path, typer.Argument(help="Directory of a run: before.")],
    second: Annotated[Path, typer.Argument(help="Directory of another: after. Differences are after minus before.")],
    metric: Annotated[str, typer.Option(help="What to compare by: a metric of the answers.")] = "macro_f1",
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on",
            autocompletion=names.metrics,
            help="Exit with 1 if a difference meets it, e.g. 'macro_f1<-0.01'; may be repeated.",
        ),
    ] = None,
    data_versions: Annotated[
        bool, typer.Option("--data-versions", help="Compare two versions of one data set: rows and their effect.")
    ] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Show what differs between two runs: settings, then each model's paired difference, fold by fold.

    Refuses to state a difference where data, split or metric differ. Exit 1: --fail-on was met, or,
    with it, a model is not complete in the second run. Exit 2: nothing can be compared, or --fail-on not judged.

    Example:  triage-bench compare reports/before reports/after --fail-on "macro_f1<-0.01"
    """
    from triage_bench.cli.limits import broken, limits_of
    from triage_bench.core.workspace import Workspace
    from triage_bench.metrics import find
    from triage_bench.store import Store

    chosen, limits = find(metric), limits_of(fail_on or ())
    stores = Store(Workspace.at(first)), Store(Workspace.at(second))
    runs = stores[0].read_run(), stores[1].read_run()
    if data_versions:
        _versions(stores, runs, chosen, quiet=quiet, json=json)
        return
    found = _between(runs, chosen, quiet=quiet, json=json)
    failures = broken(limits, runs)
    _say(failures, quiet=False)
    if failures or (limits and any(one.reason.startswith("second run") for one in found.refused)):
        raise typer.Exit(1)


def _between(runs: tuple[Run, Run], metric: Metric, *, quiet: bool, json: bool) -> Between:
    from triage_bench.cli.plain import write_json
    from triage_bench.core.errors import InputError
    from triage_bench.leaderboard.between import between

    found = between(*runs, metric)
    refused = [f"{one.dataset} · {one.model}: not compared, {one.reason}" for one in found.refused]
    if not found.pairs:
        reason = refused[0] if refused else "they share no model on any data set"
        hint = " Two versions of one data set are compared with --data-versions." if _data_differ(found) else ""
        raise InputError(f"these runs cannot be compared: {reason}.{hint}")
    if json:
        write_json({"schema": SCHEMA, "metric": metric.name, **asdict(found)})
    else:
        _print_between(found, metric)
    _say(refused, quiet=quiet)
    if _data_differ(found):
        _say(["Two versions of one data set are compared with --data-versions."], quiet=quiet)
    return found


def _data_differ(found: Between) -> bool:
    return any(one.what == "data" for one in found.refused)


def _print_between(found: Between, metric: Metric) -> None:
    from triage_bench.cli.plain import print_lines, write

    print_lines([{"setting": what, "before": a or DASH, "after": b or DASH} for what, a, b in found.settings])
    for place, missing in (("before", found.only_first), ("after", found.only_second)):
        for dataset, model in missing:
            write(f"only {place}: {dataset} · {model}")
    if found.settings or found.only_first or found.only_second:
        write("")
    differing = [pair for pair in found.pairs if not pair.same]
    print_lines(
        [
            {
                "data set": pair.dataset,
                "model": pair.model,
                "": "tuned" if pair.tuned else "default",
                f"{metric.name} before": _number(pair.difference.first, metric),
                "after": _number(pair.difference.second, metric),
                **_interval(pair.difference, metric),
                "p": f"{pair.p_value:.4f}",
                "answers changed": f"{pair.changed:,} of {pair.rows:,}",
                "fold by fold": " ".join(_signed(fold.value, metric) for fold in pair.folds),
            }
            for pair in differing
        ]
    )
    same = len(found.pairs) - len(differing)
    if same:
        write(f"{same} of {len(found.pairs)} models gave every row the same answer in both runs")


def _versions(stores: tuple[Store, Store], runs: tuple[Run, Run], metric: Metric, *, quiet: bool, json: bool) -> None:
    from triage_bench.cli.plain import write_json
    from triage_bench.core.errors import InputError
    from triage_bench.leaderboard import versions

    before, after = (
        {one.name: one for one in run.plan.datasets if one.status == "ok" and one.provenance.role == "target"}
        for run in runs
    )
    shared = [name for name in before if name in after and before[name].digest != after[name].digest]
    pairs = [(name, name) for name in shared]
    if not pairs and len(before) == len(after) == 1:  # a file that was renamed
        pairs = [(next(iter(before)), next(iter(after)))]
    pairs = [(a, b) for a, b in pairs if before[a].digest != after[b].digest]
    if not pairs:
        raise InputError("both runs have the same data; compare them without --data-versions.")
    told = []
    for a, b in pairs:
        rows = tuple(
            versions.Rows(texts, tuple(summary.label_names[code] for code in codes.tolist()))
            for store, summary in zip(stores, (before[a], after[b]), strict=True)
            for texts, codes in (store.read_rows(summary.digest),)
        )
        change = versions.change_of(rows[0], rows[1])
        found = versions.effects(runs[0], runs[1], a, b, change, metric)
        told.append(_told(b, change, rows[0], rows[1], found))
        if not json:
            _print_version(b, change, rows[0], rows[1], found, metric)
    if json:
        write_json({"schema": SCHEMA, "metric": metric.name, "datasets": told})
    _say(["The split is drawn anew for each version: a difference holds its luck too."], quiet=quiet)


def _told(name: str, change: Change, first: Rows, second: Rows, found: tuple[Effect, ...]) -> dict[str, Any]:
    from triage_bench.leaderboard.versions import relabellings

    return {
        "dataset": name,
        "rows": {"before": len(first.labels), "after": len(second.labels), "kept": len(change.kept)},
        "came": [int(row) for row in change.came],
        "went": [int(row) for row in change.went],
        "relabelled": change.relabelled.tolist(),
        "relabellings": [[a, b, count] for (a, b), count in relabellings(change, first, second).items()],
        "models": [asdict(one) for one in found],
    }


def _print_version(
    name: str, change: Change, first: Rows, second: Rows, found: tuple[Effect, ...], metric: Metric
) -> None:
    from triage_bench.cli.plain import print_lines, safe, write
    from triage_bench.leaderboard.versions import relabellings

    write(
        f"{safe(name)}: {len(first.labels):,} rows before, {len(second.labels):,} after; {len(change.came):,} came, "
        f"{len(change.went):,} went, {len(change.relabelled):,} changed label, {len(change.kept):,} as before"
    )
    for (a, b), count in relabellings(change, first, second).items():
        write(f"  {safe(a)} → {safe(b)}: {count:,}")
    write("")
    print_lines(
        [
            {
                "model": one.model,
                "": "tuned" if one.tuned else "default",
                f"{metric.name} before": _number(one.first, metric),
                "after": _number(one.second, metric),
                **_interval(one.on_kept, metric, " on kept rows"),
                "right on kept": _share(one.accuracy_kept),
                "on new": _share(one.accuracy_came),
                "on those that went": _share(one.accuracy_went),
            }
            for one in found
        ]
    )


def _interval(found: Difference | None, metric: Metric, where: str = "") -> Mapping[str, str]:
    value = DASH if found is None else _signed(found.value, metric)
    known = found is not None and found.low is not None and found.high is not None
    ends = f"{_signed(found.low, metric)} to {_signed(found.high, metric)}" if found is not None and known else DASH
    return {f"difference{where}": value, "95 % interval": ends}


def _number(value: float, metric: Metric) -> str:
    return f"{value:.{metric.decimals}f}"


def _signed(value: float | None, metric: Metric) -> str:
    return DASH if value is None else f"{value:+.{metric.decimals}f}"


def _share(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}"


def _say(lines: list[str], *, quiet: bool) -> None:
    from triage_bench.cli.told import say

    for line in lines:
        say(line, quiet)
