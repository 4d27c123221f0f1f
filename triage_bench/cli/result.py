"""What a command prints last: the leaderboard, the verdicts, and where the report is."""

from __future__ import annotations

import json as json_module

from triage_bench.cli.plain import print_lines, tell, write, write_json
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace


def print_result(run: Run, workspace: Workspace, language: str, *, json: bool) -> None:
    """Print the leaderboard and the verdicts, and the report's path last."""
    from triage_bench.leaderboard.export import to_dicts
    from triage_bench.leaderboard.table import leaderboard
    from triage_bench.report.tables import gain_lines, verdict_lines

    rows = leaderboard(run)
    if json:
        write_json(to_dicts(rows))
        tell(str(workspace.page))
        return
    print_lines(
        [
            {
                "data set": row.dataset,
                "rank": "–" if row.rank is None else f"{row.rank}{'=' if row.tied_with_best and row.rank > 1 else ''}",
                "model": row.name,
                "": "tuned" if row.tuned else f"{len(row.members)} members" if row.members else "default",
                row.metric: "–" if row.score is None else f"{row.score:.3f}",
                "95 % interval": "–" if row.ci_low is None else f"{row.ci_low:.3f}–{row.ci_high:.3f}",
                "fit s": "–" if row.fit_seconds is None else f"{row.fit_seconds:.1f}",
                "status": row.status,
            }
            for row in rows
        ]
    )
    report = json_module.loads(workspace.report_json.read_text(encoding="utf-8"))
    for line in ("", *gain_lines(report, language), *verdict_lines(report, language), ""):
        write(line)
    write(f"report: {workspace.page}")
