"""What stands where in the parts on words, rows, models and data sets: the view's entries with their geometry.

Like `layout`, it computes nothing that could be read as a number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from triage_bench.metrics import METRICS
from triage_bench.report.figures import growth_figure, slice_figure
from triage_bench.report.format import short, visible
from triage_bench.report.map import colour, draw_map
from triage_bench.report.origin import short_id
from triage_bench.report.words import WORDS

Entry = Mapping[str, Any]

EXPLAINED = 4
"""Models of a data set, one per family, of every method the best first, whose words it shows; report.json has all."""
COMPARED = 5
"""Models in the table of agreement."""
LINES = 8
"""Grams or words per class on the page."""
BROWSED = 6
"""Errors per data set on the page."""
SLICED = 6
"""Parameters whose values are drawn against the inner score."""
TINTS = 4
SHADES = 9

SECTIONS = (
    *("checks", "leaderboard", "errors", "decisions", "calibration", "growth"),
    *("tuning", "explanation", "review", "examples", "data"),
)


@dataclass(frozen=True)
class Cell:
    """A gram with how it is shown: blanks as a sign, and how dark."""

    name: str
    value: float
    share: int


def explained_groups(view: Entry, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return, per data set, what its first models go by, how far families agree, and its map."""
    agreements = {one["dataset"]: one for one in view["agreement"]}
    maps = {one["dataset"]: one for one in view["maps"]}
    groups = []
    for name in names:
        entries = best_of_each(one for one in view["explanation"] if one["dataset"] == name)
        methods = {one["model"]: one["method"] for one in entries}
        if entries:
            groups.append(
                {
                    "dataset": name,
                    "entries": [_goes_by(entries[at]) for at in _varied([one["method"] for one in entries], EXPLAINED)],
                    "agreement": _agreement(agreements.get(name), methods),
                    "map": _drawn_map(maps[name]) if name in maps else None,
                }
            )
    return groups


def browsers(view: Entry, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return, per data set, its errors by kind of confusion."""
    groups = []
    for group in sorted(view["examples"], key=lambda one: names.index(one["dataset"])):
        cells: dict[tuple[str, str], list[Entry]] = {}
        for error in group["errors"][:BROWSED]:
            cells.setdefault((error["given"], error["answered"]), []).append(error)
        listed = [
            {
                "id": cell_id(group["dataset"], *key),
                "given": key[0],
                "answered": key[1],
                "rows": errors[0]["mistaken"],
                "of": errors[0]["of"],
                "errors": errors,
            }
            for key, errors in cells.items()
        ]
        groups.append({**group, "cells": listed, "ids": {cell["id"] for cell in listed}})
    return groups


def cell_id(dataset: str, given: str, answered: str) -> str:
    """Return the id of the errors of one kind of confusion."""
    return "b" + short_id([dataset, given, answered])


def grown(view: Entry, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return, per data set, its learning curve over rows."""
    found = {one["dataset"]: one for one in view["growth"]}
    return [
        {"dataset": name, "entries": (found[name],), "figures": (growth_figure(found[name]),)}
        for name in names
        if name in found
    ]


def slices_of(view: Entry, searches: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return drawings of values against inner scores: in a run that tunes one family, its weightiest parameters."""
    if not view["final"] or not searches:
        return []
    search = searches[0]
    ranked = sorted(search["parameters"], key=lambda one: -(one["importance"] or 0.0))
    drawn = ((one, slice_figure(one, search["tried"], search["dataset"])) for one in ranked[:SLICED])
    return [{"name": one["name"], "at_edge": one["at_edge"], "svg": svg} for one, svg in drawn if svg is not None]


def finals(view: Entry, dataset: str) -> list[dict[str, Any]]:
    """Return the parameters to keep of a data set, as JSON to copy."""
    return [
        {**one, "json": json.dumps(one["params"], ensure_ascii=False)}
        for one in view["final"]
        if one["dataset"] == dataset
    ]


def by_model(view: Entry, names: Sequence[str], links: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every model with its best row on each data set, the tuned or the default one.

    Ensembles are left out: each has members of its own on every data set.
    """
    boards = {row: ranking["id"] for ranking in view["rankings"] for row in ranking["ids"]}
    models: dict[str, dict[str, Entry]] = {}
    for row in view["leaderboard"]:
        if "members" not in row:
            best = models.setdefault(row["name"], {})
            if row["dataset"] not in best or (row["rank"] or 1e9) < (best[row["dataset"]]["rank"] or 1e9):
                best[row["dataset"]] = row
    return [
        {
            "name": name,
            "cells": [(rows.get(one), boards[rows[one]["id"]] if one in rows else None) for one in names],
            "links": links.get(name, []),
        }
        for name, rows in sorted(models.items())
    ]


def model_links(
    view: Entry, groups: Sequence[Entry], errors: Sequence[Any], curves: Sequence[Any]
) -> dict[str, list[tuple[str, str, str]]]:
    """Return, per model, where the page says more of it: target, section, data set."""
    links: dict[str, list[tuple[str, str, str]]] = {}
    for drawn in errors:
        for one in drawn["entries"]:
            links.setdefault(one["model"], []).append((f"e{one['id']}", "errors", one["dataset"]))
    for drawn in curves:
        for one in drawn.entries:
            links.setdefault(one["model"], []).append((f"curve-{one['id']}", "learning", one["dataset"]))
    places = [drawn["dataset"] for drawn in errors]
    for one in sorted(view["tuning"], key=lambda one: places.index(one["dataset"]) if one["dataset"] in places else 0):
        links.setdefault(one["model"], []).append((f"tuning-{short_id(one['dataset'])}", "tuning", one["dataset"]))
    for group in groups:
        for one in group["entries"]:
            links.setdefault(one["model"], []).append((f"x-{one['id']}", "explanation", group["dataset"]))
    return links


def per_dataset(view: Entry, shown: Mapping[str, Iterable[str]], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return, per data set, the parts of the page that speak of it.

    Parameters
    ----------
    view
        The content of report.json.
    shown
        Section → names of the data sets that stand in it.
    names
        Data sets in the page's order.
    """
    boards = {one["dataset"]: f"board-{one['id']}" for one in reversed(view["rankings"])}
    found = []
    for name in names:
        links = []
        for section in SECTIONS:
            if section == "leaderboard":
                links += [(section, boards[name])] if name in boards else []
            elif name in shown[section]:
                links.append((section, f"{section}-{short_id(name)}"))
        found.append({"name": name, "links": links})
    return found


def offered(view: Entry) -> dict[str, Any]:
    """Return what the leaderboard can be filtered by, and which metrics its legend explains."""
    rows = view["leaderboard"]
    known = {name for row in rows for name in row["scores"]}
    return {
        "datasets": list(dict.fromkeys(row["dataset"] for row in rows)),
        "families": sorted({row["model"] for row in rows}),
        "units": sorted({row["tokenizer"] for row in rows if row["tokenizer"]}),
        "metrics": [metric for metric in METRICS.values() if metric.name in known],
    }


def best_of_each(entries: Iterable[Entry]) -> list[Entry]:
    """Keep the first entry of every estimator: with each of its tokenizers the page would show much of a kind."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry["estimator"], entry)
    return list(first.values())


def _goes_by(entry: Entry) -> dict[str, Any]:
    in_units = any(label["grams"] for label in entry["classes"])
    columns = [
        {"label": label["label"], "said": label["grams" if in_units else "words"][:LINES]} for label in entry["classes"]
    ]
    lines = []
    for at in range(max((len(column["said"]) for column in columns), default=0)):
        lines.append([_cell(column["said"], at) for column in columns])
    return {**entry, "in_units": in_units, "columns": columns, "lines": lines}


def _cell(said: Sequence[Entry], at: int) -> Cell | None:
    if at >= len(said):
        return None
    strongest = said[0]["value"] or 1.0
    whole = visible(short(said[at]["name"], 24))
    bare = whole.strip(" ")
    # A blank at an end is part of the gram; between tokens it only tells them apart.
    name = "␣" * whole.startswith(" ") + bare + "␣" * whole.endswith(" ")
    return Cell(name, said[at]["value"], max(1, round(TINTS * said[at]["value"] / strongest)))


def _varied(kinds: Sequence[str], most: int) -> list[int]:
    """Return the places of the first of every kind and then of the first others, so many in all, in their order."""
    first = {kind: at for at, kind in reversed(list(enumerate(kinds)))}.values()
    return sorted(sorted(range(len(kinds)), key=lambda at: at not in first)[:most])


def _agreement(found: Entry | None, methods: Mapping[str, str]) -> dict[str, Any] | None:
    if found is None:
        return None
    kept = _varied([methods[model] for model in found["models"]], COMPARED)
    lines = []
    for at, place in enumerate(kept):
        shares = [found["overlap"][place][other] for other in kept]
        cells = [{"share": share, "shade": round(SHADES * (share or 0.0))} for share in shares]
        lines.append({"model": found["models"][place], "at": at, "cells": cells})
    return {"models": [found["models"][place] for place in kept], "lines": lines, "common": found["common"]}


def _drawn_map(found: Entry) -> dict[str, Any]:
    said = WORDS["map"]
    title = visible(f"{found['dataset']}: {said.ko} / {said.en}")
    keys = [{"label": label, "colour": colour(number)} for number, label in enumerate(found["labels"])]
    return {**found, "svg": draw_map(found, title), "legend": keys}
