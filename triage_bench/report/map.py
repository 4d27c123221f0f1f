"""The map of a data set's texts: what lies near says the same; labels by colour, errors by shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triage_bench.core.exhibit import Exhibit
from triage_bench.core.run import Outcome
from triage_bench.report.charts import escaped

COLOURS = (
    *("#0e7c86", "#c4622d", "#7a5ea8", "#5b7f2b", "#b0447a", "#3d6fb6"),
    *("#a8821d", "#6d7680", "#c23b3b", "#2f9e6e", "#8c5a3c", "#4aa3d8"),
)
"""One per label; data with more labels has no map: they could not be told apart."""

WIDTH, HEIGHT, MARGIN = 460, 340, 8
DOT, CROSS = 5.5, 3


def map_of(exhibit: Exhibit, outcome: Outcome | None) -> dict[str, Any] | None:
    """Return the points of a map with their labels, and which of them the model got wrong; None where there is none."""
    if not exhibit.points or outcome is None or len(outcome.dataset.classes) > len(COLOURS):
        return None
    predictions = outcome.predictions
    given = dict(zip(predictions.rows.tolist(), predictions.labels.tolist(), strict=True))
    wrong = set(predictions.rows[predictions.labels != predictions.predicted].tolist())
    points = [[one.x, one.y, given[one.row], int(one.row in wrong)] for one in exhibit.points if one.row in given]
    return {
        "labels": list(outcome.dataset.label_names),
        "points": points,
        "shown": len(points),
        "wrong": sum(point[3] for point in points),
        "agreement": exhibit.agreement,
        "chance": exhibit.chance,
    }


def colour(number: int) -> str:
    """Return the colour of the n-th label."""
    return COLOURS[number % len(COLOURS)]


def draw_map(found: Mapping[str, Any], title: str) -> str:
    """Draw a map as SVG: one path per label and shape, so that a point costs a few bytes."""
    parts = []
    for code in range(len(found["labels"])):
        mine = [point for point in found["points"] if point[2] == code]
        right = "".join(f"M{x} {y}h0" for x, y in (_place(point) for point in mine if not point[3]))
        wrong = "".join(_cross(*_place(point)) for point in mine if point[3])
        shade = colour(code)
        if right:
            parts.append(f'<path d="{right}" stroke="{shade}" stroke-width="{DOT}" stroke-linecap="round"/>')
        if wrong:
            parts.append(f'<path d="{wrong}" stroke="{shade}" stroke-width="1.8" fill="none"/>')
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="marks map" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'style="max-width:{WIDTH}px"><title>{escaped(title)}</title>{body}</svg>'
    )


def _place(point: Sequence[int]) -> tuple[int, int]:
    x, y = point[0] / 1000, point[1] / 1000
    return round(MARGIN + x * (WIDTH - 2 * MARGIN)), round(MARGIN + y * (HEIGHT - 2 * MARGIN))


def _cross(x: int, y: int) -> str:
    return f"M{x - CROSS} {y - CROSS}l{2 * CROSS} {2 * CROSS}m0-{2 * CROSS}l-{2 * CROSS} {2 * CROSS}"
