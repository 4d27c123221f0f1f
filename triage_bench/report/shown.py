"""What the report shows of single rows: errors, labels to look at again, the map, and people's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triage_bench.core.exhibit import Exhibit
from triage_bench.core.run import Outcome, Run
from triage_bench.leaderboard.table import Row
from triage_bench.report.examples import examples_of, exhibited
from triage_bench.report.levels import levels_of, measured
from triage_bench.report.map import map_of


def rows_shown(run: Run, rows: Sequence[Row], exhibits: Mapping[str, Exhibit]) -> dict[str, list[dict[str, Any]]]:
    """Return the entries of the view that speak of single rows.

    Returns
    -------
    dict
        ``examples``: errors of the best model of each data set, word by word; ``maps``; ``review``: the
        first labels to look at again; ``human``: people's answers, measured like a model's.
    """
    found: dict[str, list[dict[str, Any]]] = {"examples": [], "maps": [], "review": [], "human": []}
    for summary in run.plan.datasets:
        mine = [row for row in rows if row.dataset == summary.name]
        outcome = exhibited(run.where(dataset=summary.name, purpose="benchmark"), mine)
        exhibit = exhibits.get(summary.name)
        about = {"dataset": summary.name, "private": summary.provenance.private}
        if outcome is not None and (errors := examples_of(outcome, exhibit)):
            texts = exhibit is not None and exhibit.texts
            found["examples"].append({**about, **_whose(outcome), "texts": texts, "errors": errors})
        if exhibit is None:
            continue
        if (drawn := map_of(exhibit, outcome)) is not None and outcome is not None:
            found["maps"].append({**about, "model": outcome.recipe.name, **drawn})
        if exhibit.doubts:
            found["review"].append(
                {**about, "rows": [dict(vars(one)) for one in exhibit.doubts], "of": exhibit.doubted}
            )
        if exhibit.human:
            counts = [list(row) for row in exhibit.human]
            found["human"].append(
                {
                    **about,
                    "rows": sum(map(sum, counts)),
                    "matrix": counts,
                    "scores": measured(counts, summary.scale),
                    "levels": levels_of(counts, summary.label_names),
                }
            )
    return found


def _whose(outcome: Outcome) -> dict[str, Any]:
    explanation = next(record.explanation for record in outcome.records if record.explanation is not None)
    return {"model": outcome.recipe.name, "tuned": outcome.tuned, "method": explanation.method}
