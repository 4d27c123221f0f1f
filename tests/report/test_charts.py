"""Charts: static drawings whose texts stay text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np

from triage_bench.report import charts

HOSTILE = '"><script>alert(1)</script>'
SPACE = "{http://www.w3.org/2000/svg}"


def drawing(low: float = 0.55, high: float = 0.75) -> str:
    rows = [{"x": x, "y": float(y), "series": "a"} for x, y in enumerate(np.linspace(low, high, 9), 1)]
    return charts.draw([charts.lines(rows, ["a", "b"])], f"{HOSTILE} / 학습")


def test_a_drawing_is_well_formed_and_names_itself() -> None:
    root = ElementTree.fromstring(drawing())
    assert root.tag == SPACE + "svg" and root.get("role") == "img"
    assert root.find(SPACE + "title").text == f"{HOSTILE} / 학습"  # type: ignore[union-attr]
    assert not list(root.iter(SPACE + "script")) and not list(root.iter(SPACE + "image"))


def test_axis_labels_are_the_values_they_stand_at() -> None:
    texts = [node.text or "" for node in ElementTree.fromstring(drawing()).iter(SPACE + "text")]
    values = [float(text) for text in texts if re.fullmatch(r"0\.\d+", text)]
    assert len(values) > 3
    assert np.allclose(np.diff(values), values[1] - values[0])


def test_the_same_values_give_the_same_drawing() -> None:
    assert drawing() == drawing()


def test_a_drawing_without_values_is_still_one() -> None:
    assert ElementTree.fromstring(charts.draw([charts.lines([], ["a"])], "leer")).tag == SPACE + "svg"


def test_missing_values_leave_a_gap() -> None:
    rows = [{"x": x, "y": None if x == 3 else x / 10, "series": "a"} for x in range(1, 6)]
    path = max(re.findall(r' d="(M[\d.]+,[^"]*)"', charts.draw([charts.lines(rows, ["a"])], "t")), key=len)
    assert path.count("M") == 2


def test_faint_lines_of_one_colour_are_one_path_and_none_is_lost() -> None:
    rows = [
        {"x": x, "y": x * fold, "series": s, "line": f"{fold}{s}"}
        for s in "ab"
        for fold in (1, 2, 3)
        for x in (1, 2, 3)
    ]
    drawn = charts.draw([charts.lines(rows, ["a", "b"], faint=True)], "t")
    paths = re.findall(r'<path d="([^"]*)"[^>]* opacity="0.3"/>', drawn)
    assert [path.count("M") for path in paths] == [3, 3]


def test_a_drawing_stays_light() -> None:
    assert len(drawing()) < 7_000
