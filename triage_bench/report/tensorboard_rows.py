"""TensorBoard's texts and projector, from the report's own entries: one folder per data set.

The tab "Text" shows the errors of the best model; the projector turns the map of the page into a space that can be
walked through. Texts stand in both only where the report may show them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from triage_bench.core.exhibit import Exhibit
from triage_bench.core.workspace import Workspace
from triage_bench.report.format import short, visible
from triage_bench.report.tensorboard import folder_name, text_event, write_events

FOLDER = "rows."
"""How the folders begin."""
LONGEST = 120
"""Characters of a text beside a point of the projector."""
CONFIG = """embeddings {
  tensor_name: "texts"
  tensor_path: "coordinates.tsv"
  metadata_path: "points.tsv"
}
"""


def write_row_files(view: Mapping[str, Any], exhibits: Mapping[str, Exhibit], workspace: Workspace) -> None:
    """Write what TensorBoard shows of single rows, in place of what was there.

    Parameters
    ----------
    view
        What `triage_bench.report.view.build_view` returned.
    exhibits
        The rows of each data set that are shown, by its name.
    workspace
        Files go to its ``tensorboard`` folder.
    """
    for old in workspace.tensorboard.glob(f"{FOLDER}*"):  # they may hold texts that are not to be shown any more
        shutil.rmtree(old, ignore_errors=True)
    errors = {one["dataset"]: one for one in view["examples"]}
    maps = {one["dataset"]: one for one in view["maps"]}
    for name in errors.keys() & exhibits.keys():
        folder = workspace.tensorboard / f"{FOLDER}{folder_name(name)}"
        write_events(folder, [text_event(_tag(errors[name]), _table(errors[name]))])
        if name in maps and _complete(exhibits[name], maps[name]):
            _write_projector(folder, exhibits[name], maps[name])


def _tag(entry: Mapping[str, Any]) -> str:
    return f"errors/{entry['model']}{' tuned' if entry['tuned'] else ''}"


def _table(entry: Mapping[str, Any]) -> str:
    """Return the errors as a Markdown table: TensorBoard renders nothing else, and cleans what it renders."""
    lines = ["| row | given | answered | probability | text |", "|---|---|---|---|---|"]
    for one in entry["errors"]:
        text = "".join(
            f"**{_cell(piece['text'])}**" if (piece["value"] or 0) > 0 else _cell(piece["text"])
            for piece in one["pieces"]
        )
        cells = (str(one["row"]), _cell(one["given"]), _cell(one["answered"]), f"{one['probability']:.2f}", text or "–")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Return a text that is neither markup nor the end of a cell."""
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", plain)


def _complete(exhibit: Exhibit, found: Mapping[str, Any]) -> bool:
    """Whether every point can be projected: a map leaves out rows without an answer, older ones keep no axes."""
    return len(found["points"]) == len(exhibit.points) and all(point.axes for point in exhibit.points)


def _write_projector(folder: Path, exhibit: Exhibit, found: Mapping[str, Any]) -> None:
    """Write the format of the projector: a configuration, a table of coordinates, a table of what each point is."""
    points = list(zip(exhibit.points, found["points"], strict=True))
    about = [
        (point.row, found["labels"][label], "wrong" if wrong else "right", short(point.text, LONGEST))
        for point, (_, _, label, wrong) in points
    ]
    (folder / "coordinates.tsv").write_text(_tsv(point.axes for point, _ in points), encoding="utf-8")
    (folder / "points.tsv").write_text(_tsv([("row", "label", "answer", "text"), *about]), encoding="utf-8")
    (folder / "projector_config.pbtxt").write_text(CONFIG, encoding="utf-8")


def _tsv(rows: Iterable[Sequence[Any]]) -> str:
    return "".join("\t".join(" ".join(visible(str(cell)).split()) for cell in row) + "\n" for row in rows)
