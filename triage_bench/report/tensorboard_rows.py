"""TensorBoard's texts and projector, from the report's own entries: one folder per data set.

The tab "Text" shows the errors of the best model; the projector turns the map of the page into a space that can be
walked through. Texts stand in both only where the report may show them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from triage_bench.core.digest import digest, digest_bytes
from triage_bench.core.exhibit import Exhibit
from triage_bench.core.workspace import Workspace
from triage_bench.report.format import short, visible
from triage_bench.report.tensorboard import folder_name, text_event, write_events

FOLDER = "rows."
"""How the folders begin."""
SEAL = "made-of.txt"
"""Tells a folder that need not be written again from one that is damaged or of another report."""
LONGEST = 120
"""Characters of a text beside a point of the projector."""
CONFIG = """embeddings {
  tensor_name: "texts"
  tensor_path: "coordinates.tsv"
  metadata_path: "points.tsv"
}
"""


def write_row_files(view: Mapping[str, Any], exhibits: Mapping[str, Exhibit], workspace: Workspace) -> None:
    """Write what TensorBoard shows of single rows, in place of what was there; what stands already is left.

    Parameters
    ----------
    view
        What `triage_bench.report.view.build_view` returned.
    exhibits
        The rows of each data set that are shown, by its name.
    workspace
        Files go to its ``tensorboard`` folder.
    """
    errors = {one["dataset"]: one for one in view["examples"]}
    maps = {one["dataset"]: one for one in view["maps"]}
    wanted: dict[Path, _Content] = {}
    for name in sorted(errors.keys() & exhibits.keys()):
        projected = name in maps and _complete(exhibits[name], maps[name])
        files = _projector(exhibits[name], maps[name]) if projected else {}
        folder = workspace.tensorboard / f"{FOLDER}{folder_name(name)}"
        wanted[folder] = _Content(_tag(errors[name]), _table(errors[name]), files)
    standing = {folder for folder, content in wanted.items() if _stands(folder, content)}
    for old in workspace.tensorboard.glob(f"{FOLDER}*"):  # they may hold texts that are not to be shown any more
        if old not in standing:
            shutil.rmtree(old, ignore_errors=True)
    for folder in wanted.keys() - standing:
        _write(folder, wanted[folder])


@dataclass(frozen=True)
class _Content:
    """What a data set's folder is made of: its errors under a tag, and the projector's files by name."""

    tag: str
    table: str
    files: Mapping[str, str]


def _write(folder: Path, content: _Content) -> None:
    write_events(folder, [text_event(content.tag, content.table)])
    for name, text in content.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / SEAL).write_text(_seal(folder, content), encoding="utf-8")


def _stands(folder: Path, content: _Content) -> bool:
    """Whether a folder holds this already: what writes event files costs a tenth of a report that is rendered again."""
    try:
        return (folder / SEAL).read_text("utf-8") == _seal(folder, content)
    except (OSError, UnicodeDecodeError):
        return False


def _seal(folder: Path, content: _Content) -> str:
    files = {path.name: digest_bytes(path.read_bytes()) for path in folder.iterdir() if path.name != SEAL}
    return digest([asdict(content), files])


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


def _projector(exhibit: Exhibit, found: Mapping[str, Any]) -> dict[str, str]:
    """Return the files of the projector: a configuration, a table of coordinates, a table of what each point is."""
    points = list(zip(exhibit.points, found["points"], strict=True))
    about = [
        (point.row, found["labels"][label], "wrong" if wrong else "right", short(point.text, LONGEST))
        for point, (_, _, label, wrong) in points
    ]
    return {
        "coordinates.tsv": _tsv(point.axes for point, _ in points),
        "points.tsv": _tsv([("row", "label", "answer", "text"), *about]),
        "projector_config.pbtxt": CONFIG,
    }


def _tsv(rows: Iterable[Sequence[Any]]) -> str:
    return "".join("\t".join(" ".join(visible(str(cell)).split()) for cell in row) + "\n" for row in rows)
