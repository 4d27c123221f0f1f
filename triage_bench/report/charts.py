"""Charts as static SVG: a Vega-Lite specification drawn by vl-convert, placed in the page as it is.

Text stays text: the reader's own Korean font shows it, it prints, and nothing has to run. Colours
that depend on light or dark are left to the page's style. The specifications are written out as
plain data: building the same ones through Altair costs a second of imports and pandas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from triage_bench.core.memo import recalled

SERIES = ("#0e7c86", "#c4622d", "#7a5ea8", "#5b7f2b", "#b0447a", "#3d6fb6", "#8a6d1d", "#666f7a")
"""Told apart in light and dark, by most colour-blind readers, and never by colour alone: dashes differ too."""
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 1], [10, 4], [1, 3], [6, 2, 1, 2])

# A point of a line, which vl-convert draws as a path of two arcs.
_DOT = r'<path transform="translate\(([-\d.]+),([-\d.]+)\)" d="M([\d.]+),0A[^"]*" fill="([^"]+)"[^>]*/>'

# A straight line of an axis or its grid, and a run of such lines of one colour and width.
_NUMBER = r"(-?[\d.]+)"
_LINE = rf'<line transform="translate\({_NUMBER},{_NUMBER}\)" x2="{_NUMBER}" y2="{_NUMBER}"( stroke="[^"]*"[^>]*?)/>'
_LINES = re.compile(rf'{_LINE}(?:<line transform="[^"]*" x2="[^"]*" y2="[^"]*"\5/>)*')

# Faint lines of one colour, one behind the other: single folds.
_FAINT = re.compile(r'<path d="[^"]*"( stroke="[^"]*"[^>]* opacity="0\.3"/>)(?:<path d="[^"]*"\1)+')

CONFIG = {
    "aria": False,
    "background": None,
    "font": "inherit",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 11,
        "labelColor": "#667",
        "gridColor": "#8884",
        "domainColor": "#8888",
        "tickColor": "#8888",
        "title": None,
        "tickCount": 5,
        "tickSize": 4,
    },
    "line": {"strokeWidth": 2.25},
}

Spec = dict[str, Any]


def style(number: int) -> tuple[str, list[int]]:
    """Return colour and dash pattern of the n-th series, counting from 0."""
    return SERIES[number % len(SERIES)], list(DASHES[number % len(DASHES)])


def lines(values: Sequence[Mapping[str, Any]], series: Sequence[str], *, faint: bool = False) -> Spec:
    """Return a layer with one line per series over a counted x.

    Parameters
    ----------
    values
        Rows with ``x``, ``y``, ``series`` and, where one series has several lines, ``line``.
    series
        Names in the order of their colours.
    faint
        Whether the lines stay in the background: single folds behind their mean.
    """
    axis = {"format": "d", "tickMinStep": 1, "grid": False}
    mark = {"type": "line", "strokeWidth": 1, "opacity": 0.3} if faint else {"type": "line", "point": len(values) < 5}
    return {
        "data": {"values": [dict(value) for value in values]},
        "mark": mark,
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "axis": axis, "scale": {"nice": False, "zero": False}},
            "y": {"field": "y", "type": "quantitative", "scale": {"zero": False}},
            **({"detail": {"field": "line"}} if faint else {}),
            **_told_apart(series),
        },
    }


def banded(values: Sequence[Mapping[str, Any]]) -> tuple[Spec, Spec]:
    """Return the layers of a line with points and a band behind it: rows with ``x``, ``y``, ``low``, ``high``."""
    data = {"values": [dict(value) for value in values]}
    x = {"field": "x", "type": "quantitative", "axis": {"format": ",d", "grid": False}, "scale": {"nice": False}}
    scale = {"zero": False}
    band = {
        "data": data,
        "mark": {"type": "area", "opacity": 0.18, "color": SERIES[0]},
        "encoding": {
            "x": x,
            "y": {"field": "low", "type": "quantitative", "scale": scale},
            "y2": {"field": "high"},
        },
    }
    line = {
        "data": data,
        "mark": {"type": "line", "color": SERIES[0], "point": {"color": SERIES[0], "size": 34}},
        "encoding": {"x": x, "y": {"field": "y", "type": "quantitative", "scale": scale}},
    }
    return band, line


def dots(values: Sequence[Mapping[str, Any]], scale: str) -> Spec:
    """Return a layer of points: rows with ``x`` and ``y``, on a ``"linear"`` or ``"log"`` scale or by ``"names"``."""
    if scale == "names":
        x: Spec = {"field": "x", "type": "nominal", "axis": {"labelAngle": 0, "labelLimit": 70, "grid": False}}
    else:
        axis = {"grid": False, "tickCount": 4, "format": "~g"}
        x = {"field": "x", "type": "quantitative", "axis": axis, "scale": {"type": scale, "zero": False}}
    return {
        "data": {"values": [dict(value) for value in values]},
        "mark": {"type": "circle", "size": 22, "color": SERIES[0], "opacity": 0.55},
        "encoding": {"x": x, "y": {"field": "y", "type": "quantitative", "scale": {"zero": False}}},
    }


def reliability(values: Sequence[Mapping[str, Any]], series: Sequence[str]) -> tuple[Spec, Spec]:
    """Return the layers of a reliability diagram: the diagonal, and confidence against the share of right answers."""
    unit = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": ".1f"}}
    diagonal = {
        "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
        "mark": {"type": "line", "color": "#8889", "strokeDash": [3, 3], "strokeWidth": 1.5},
        "encoding": {"x": {"field": "x", **unit}, "y": {"field": "y", **unit}},
    }
    curve = lines(values, series)
    curve["mark"] = {"type": "line", "point": {"size": 30}}
    curve["encoding"] |= {"x": {"field": "x", **unit}, "y": {"field": "y", **unit}}
    return diagonal, curve


def draw(layers: Sequence[Spec], title: str, *, width: int = 300, height: int = 190) -> str:
    """Draw layers over each other and return the SVG, with a title and without fixed size.

    Parameters
    ----------
    layers
        What `lines` or `reliability` returned.
    title
        What a screen reader says and a pointer shows; plain text.
    width, height
        Size of the plot in pixels, without its axes.
    """
    spec = {"config": CONFIG, "width": width, "height": height, "layer": list(layers)}
    svg: str = recalled("chart", [spec, title], lambda: _drawn(spec, title))
    return svg


def _drawn(spec: Spec, title: str) -> str:
    import vl_convert

    return _slim(vl_convert.vegalite_to_svg(spec, vl_version="6.1"), title)


def escaped(text: str) -> str:
    """Return a text for use inside SVG markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _told_apart(series: Sequence[str]) -> dict[str, Any]:
    """Return colour and dash per series; the legend stands in the page, in both languages."""
    field = {"field": "series", "type": "nominal", "legend": None}
    styles = [style(at) for at in range(len(series))]
    return {
        "color": {**field, "scale": {"domain": list(series), "range": [colour for colour, _ in styles]}},
        "strokeDash": {**field, "scale": {"domain": list(series), "range": [dash for _, dash in styles]}},
    }


def _slim(svg: str, title: str) -> str:
    """Take out what a page does not need, and let the width follow the page."""
    svg = re.sub(r'\s(?:xmlns:xlink|version|pointer-events|role|aria-[a-z]+|font-family)="[^"]*"', "", svg)
    svg = re.sub(r'<path class="(?:background|foreground)"[^>]*/>', "", svg)
    svg = re.sub(r'(?<!<svg xmlns="http://www.w3.org/2000/svg") class="[^"]*"| opacity="1"', "", svg)
    svg = re.sub(r'="[^"]*"', lambda found: re.sub(r"(\d+\.\d)\d+", r"\1", found.group()), svg)  # never the labels
    svg = re.sub(r' stroke-dasharray="1,0"|(?<=\d)\.0(?=[,L" ])', "", svg)  # a whole line; a whole number
    svg = re.sub(_DOT, r'<circle cx="\1" cy="\2" r="\3" fill="\4"/>', svg)
    svg = _LINES.sub(_as_path, svg).replace(' font-size="11px" fill="#667"', "")  # the page's style says so
    while "<g></g>" in svg:
        svg = svg.replace("<g></g>", "")
    svg = _FAINT.sub(_joined, _without_bare_groups(svg))
    width = re.search(r'width="(\d+)"', svg)
    limit = f' style="max-width:{width.group(1)}px"' if width else ""
    svg = re.sub(r'<svg([^>]*?) width="\d+" height="\d+"', rf'<svg\1 role="img"{limit}', svg, count=1)
    return svg.replace(">", f"><title>{escaped(title)}</title>", 1)


def _as_path(lines: re.Match[str]) -> str:
    """Return a run of lines as one path, a tenth of its length."""
    moves = (f"M{x} {y}l{dx} {dy}" for x, y, dx, dy, _ in re.findall(_LINE, lines.group()))
    return f'<path d="{"".join(moves)}"{lines.group(5)}/>'


def _joined(lines: re.Match[str]) -> str:
    """Return a run of faint lines as one path."""
    moves = "".join(re.findall(r' d="([^"]*)"', lines.group()))
    return f'<path d="{moves}"{lines.group(1)}'


def _without_bare_groups(svg: str) -> str:
    """Take out groups that say nothing of what they hold."""
    bare: list[bool] = []

    def kept(tag: re.Match[str]) -> str:
        if tag.group() == "</g>":
            return "" if bare.pop() else "</g>"
        if tag.group().endswith("/>"):
            return ""
        bare.append(tag.group() in ("<g>", '<g transform="translate(0,0)">'))
        return "" if bare[-1] else tag.group()

    return re.sub(r"</g>|<g\b[^>]*>", kept, svg)
