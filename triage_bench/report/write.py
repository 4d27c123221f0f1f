"""Writing the report: every file aside first, then renamed, so that none is ever half there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from triage_bench.core.aside import clear_aside
from triage_bench.core.costs import Costs
from triage_bench.core.digest import digest
from triage_bench.core.errors import InputError, UnknownNameError
from triage_bench.core.memo import code_digest
from triage_bench.core.run import Run
from triage_bench.core.sentence import LANGUAGES
from triage_bench.core.workspace import Workspace
from triage_bench.leaderboard.export import Language, to_csv, to_excel_csv, to_markdown
from triage_bench.leaderboard.table import Row, leaderboard
from triage_bench.report.origin import run_block
from triage_bench.report.page import render_page
from triage_bench.report.tables import findings_csv, findings_excel_csv, summary_text
from triage_bench.report.tensorboard_rows import write_row_files
from triage_bench.report.view import REPORT_SCHEMA, build_view
from triage_bench.store import Store, write_whole

FILES = (
    "leaderboard.csv",
    "leaderboard.excel.csv",
    "leaderboard.md",
    "findings.csv",
    "findings.excel.csv",
    "summary.txt",
    "index.html",
    "report.json",
)


def write_report(
    run: Run,
    workspace: Workspace,
    *,
    command: Sequence[str] | None = None,
    seconds: float | None = None,
    reused: int = 0,
    language: str = "ko",
    costs: Costs | None = None,
) -> Path:
    """Write the report of a run beside its records.

    Parameters
    ----------
    run
        Plan and records.
    workspace
        Where the run keeps its things.
    command
        What reproduces the run; the plan's own command where it is None.
    seconds, reused
        Wall time that has just passed, and how many jobs were found done. Where `seconds` is
        None the report is only rendered again: start, time and reuse are those of the report
        that was there before.
    language
        What the page opens in: ``"ko"`` or ``"en"``.
    costs
        What the user says that errors cost, for data sets with these labels.

    Returns
    -------
    Path
        The page, ``index.html``. Beside it: ``report.json``, ``leaderboard.csv`` (and
        ``leaderboard.excel.csv``), ``leaderboard.md``, ``findings.csv`` (with such a twin), ``summary.txt``.

    Raises
    ------
    UnknownNameError
        If there is no such language.
    InputError
        If no data set has the labels that costs are given for.
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    if costs is not None:
        _check_costs(costs, run)
    started, took, found = _timed(run, workspace, seconds, reused)
    kept = Store(workspace).read_exhibits()
    exhibits = {one.name: kept[one.name] for one in run.plan.datasets if one.name in kept}  # another plan left others
    rows = leaderboard(run)
    view = build_view(run, rows, exhibits, command=command, started=started, seconds=took, reused=found, costs=costs)
    shows = any(one.texts for one in exhibits.values() if run.plan.dataset(one.dataset).provenance.private)
    view["run"]["fingerprint"] = _fingerprint(run, language, shows, costs)
    workspace.run.mkdir(parents=True, exist_ok=True)
    clear_aside(workspace.run)
    for name, text in files_of(view, rows, "en" if language == "en" else "ko").items():
        write_whole(workspace.run / name, text.encode("utf-8", "replace"))
    write_row_files(view, exhibits, workspace)
    return workspace.page


def is_current(run: Run, workspace: Workspace, language: str, *, show_texts: bool = False) -> bool:
    """Whether the report that is there shows this run already: a repeated command need not draw it again.

    Parameters
    ----------
    run, workspace, language
        As in `write_report`. Other code counts as another report.
    show_texts
        Whether texts of the user's own were asked for: with and without them are two reports.
    """
    shows = show_texts and any(one.provenance.private for one in run.plan.datasets)
    wanted = _fingerprint(run, language, shows)
    complete = all((workspace.run / name).is_file() for name in FILES)
    return complete and _written_before(workspace).get("fingerprint") == wanted


def files_of(view: dict[str, Any], rows: Sequence[Row], language: Language) -> dict[str, str]:
    """Return every file of the report by name; the page after what it names.

    ``report.json`` comes last: it says what the report shows, and a process that is killed before it leaves a report
    that does not count as drawn.
    """
    return {
        "leaderboard.csv": to_csv(rows),
        "leaderboard.excel.csv": to_excel_csv(rows),
        "leaderboard.md": to_markdown(rows, language),
        "findings.csv": findings_csv(view),
        "findings.excel.csv": findings_excel_csv(view),
        "summary.txt": summary_text(view, language),
        "index.html": render_page(view, language),
        "report.json": _json(view),
    }


def _json(view: Mapping[str, Any]) -> str:
    """Return the view as JSON, each entry of its lists on a line: Python's own indentation takes ten times as long."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    lines = []
    for name, part in view.items():
        held = "[\n" + ",\n".join(map(encode, part)) + "\n]" if isinstance(part, list) and part else encode(part)
        lines.append(f"{encode(name)}: {held}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _check_costs(costs: Costs, run: Run) -> None:
    known = {one.name: tuple(one.classes) for one in run.plan.datasets}
    if all(costs.among(classes) is None for classes in known.values()):
        listed = "; ".join(f"{name}: {', '.join(classes)}" for name, classes in known.items() if classes)
        raise InputError(f"costs are given for {', '.join(costs.labels)}; the labels here are {listed or 'none'}.")


def _fingerprint(run: Run, language: str, shows: bool, costs: Costs | None = None) -> str:
    plan = {name: part for name, part in run.plan.to_dict().items() if name != "command"}
    records = sorted((key, record.status) for key, record in run.records.items())
    made = {"code": code_digest(), "language": language, "texts": shows}
    made |= {} if costs is None else {"costs": [costs.labels, costs.table.tolist()]}
    return digest({"plan": plan, "records": records, **made})


def _timed(run: Run, workspace: Workspace, seconds: float | None, reused: int) -> tuple[str | None, float, int]:
    """Return when the run started, how long it took and what it reused."""
    if seconds is not None:
        started = datetime.now(UTC) - timedelta(seconds=seconds)
        return started.isoformat(timespec="seconds"), round(seconds, 2), reused
    known = _written_before(workspace)
    if known.get("id") != run_block(run, command=None, started=None, seconds=0.0, reused=0)["id"]:
        return None, 0.0, reused
    return known["started"], known["seconds"], known["jobs"]["reused"]


def _written_before(workspace: Workspace) -> dict[str, Any]:
    """Return the ``run`` entry of the report that is there, or nothing where none can be read."""
    try:
        before = json.loads(workspace.report_json.read_text(encoding="utf-8"))
        return dict(before["run"]) if before["schema"] <= REPORT_SCHEMA else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
