"""The view as a table of findings and as a few lines to paste; the leaderboard writes its own tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from triage_bench.leaderboard.export import neutral
from triage_bench.metrics import METRICS
from triage_bench.report.format import score, shell, visible

FINDINGS = ("code", "dataset", "model", "outcome", "title_ko", "title_en", "text_ko", "text_en", "numbers", "records")

Entry = Mapping[str, Any]


def findings_csv(view: Entry) -> str:
    """Return findings.csv; lists and numbers stand in one cell, apart by semicolons."""
    return _csv(FINDINGS, _finding_rows(view))


def findings_excel_csv(view: Entry) -> str:
    """Return the same for spreadsheets: with a byte order mark and no live formula."""
    rows = [{name: neutral(value) for name, value in row.items()} for row in _finding_rows(view)]
    return "\ufeff" + _csv(FINDINGS, rows, "\r\n")


def _finding_rows(view: Entry) -> list[dict[str, Any]]:
    return [
        {
            **{name: visible(one[name] or "") for name in ("code", "dataset", "model", "outcome")},
            **{f"{part}_{tongue}": visible(one[part][tongue]) for part in ("title", "text") for tongue in ("ko", "en")},
            "numbers": "; ".join(f"{name}={value}" for name, value in one["numbers"].items()),
            "records": "; ".join(one["records"]),
        }
        for one in view["findings"]
    ]


def summary_text(view: Entry, language: str = "ko") -> str:
    """Return a few lines to paste into a message: verdicts, next steps, the best model of each data set."""
    lines = [f"triage_bench · {visible(view['run']['suite'])} · {visible(view['run']['budget'])}", ""]
    lines += verdict_lines(view, language)
    issues = [one for one in view["findings"] if one["outcome"] == "issue"]
    lines += [f"▲ {one['code']} [{visible(one['dataset'])}] {visible(one['text'][language])}" for one in issues]
    lines.append("")
    for row in (row for row in view["leaderboard"] if row["rank"] == 1):
        metric = METRICS[row["metric"]].title.said_in(language)
        interval = "" if row["ci_low"] is None else f" ({score(row['ci_low'])}–{score(row['ci_high'])})"
        lines.append(f"{visible(row['dataset'])}: {visible(row['name'])}, {metric} {score(row['score'])}{interval}")
    lines += gain_lines(view, language)
    lines += [f"– {visible(one['name'])}: {visible(one['reason'] or '')}" for one in view["datasets"] if one["reason"]]
    return "\n".join([*lines, "", visible(" ".join(map(shell, view["run"]["command"])))]) + "\n"


def verdict_lines(view: Entry, language: str) -> list[str]:
    """Return each verdict in a sentence, with its next steps below."""
    lines = []
    for verdict in view["verdicts"]:
        lines.append(f"[{visible(verdict['dataset'])}] {visible(verdict['summary'][language])}")
        lines += [f"  → {visible(step[language])}" for step in verdict["next_steps"]]
    return lines


def gain_lines(view: Entry, language: str) -> list[str]:
    """Return what each pre-trained model brings over TF-IDF, one sentence each."""
    return [
        f"[{visible(ranking['dataset'])}] {visible(gain['text'][language])}"
        for ranking in view["rankings"]
        for gain in ranking.get("gains", ())
    ]


def _csv(columns: Sequence[str], rows: Iterable[Entry], ending: str = "\n") -> str:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, lineterminator=ending)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
