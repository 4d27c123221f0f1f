"""Which charts the page has, drawn from the view alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from triage_bench.core.sentence import Sentence
from triage_bench.report import charts
from triage_bench.report.format import short, visible
from triage_bench.report.words import WORDS

CALIBRATED = 4
"""More curves than this in one reliability diagram cannot be told apart."""


@dataclass(frozen=True)
class Key:
    """One line of a legend: a name in both languages, a colour, a dash pattern."""

    name: Sentence
    colour: str
    dash: str


@dataclass(frozen=True)
class Figure:
    """A chart with what has to stand beside it in words.

    Attributes
    ----------
    svg
        The drawing.
    caption
        What is drawn, and what the axes are.
    keys
        The legend, where there is more than one series.
    """

    svg: str
    caption: Sentence
    keys: tuple[Key, ...]


def learning_figures(curves: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return losses and scores by epoch of one entry of the view's ``learning``."""
    about = f"{curves['dataset']} · {curves['model']}"
    figures = []
    for kind in ("loss", "score"):
        names = [name for name in curves["curves"] if name.endswith(kind)]
        if any(epoch.get(name) is not None for name in names for epoch in curves["mean"]):
            layers = [
                charts.lines(_folds(curves, names), names, faint=True),
                charts.lines(_means(curves, names), names),
            ]
            caption = WORDS[f"caption_{kind}"]
            keys = _keys([WORDS[name] for name in names])
            figures.append(Figure(charts.draw(layers, _title(caption, about)), caption, keys))
    return tuple(figures)


def calibration_figure(models: Sequence[Mapping[str, Any]]) -> Figure:
    """Return the reliability diagram of the first models of one data set."""
    shown = models[:CALIBRATED]
    series = [str(number) for number in range(len(shown))]
    values = [
        {"x": one["confidence"], "y": one["share_right"], "series": number}
        for number, model in zip(series, shown, strict=True)
        for one in model["bins"]
    ]
    caption = WORDS["caption_calibration"]
    svg = charts.draw(charts.reliability(values, series), _title(caption, shown[0]["dataset"]), width=280, height=280)
    return Figure(svg, caption, _keys([_named(model) for model in shown]))


def tuning_figure(searches: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Return the best inner score after each trial, for the searches of one data set."""
    shown = [search for search in searches if len(search["best_so_far"]) > 1][: len(charts.SERIES)]
    if not shown:
        return None
    series = [str(number) for number in range(len(shown))]
    values = [
        {"x": one["trial"], "y": one["score"], "series": number}
        for number, search in zip(series, shown, strict=True)
        for one in search["best_so_far"]
    ]
    caption = WORDS["caption_tuning"]
    svg = charts.draw([charts.lines(values, series)], _title(caption, shown[0]["dataset"]), width=420)
    return Figure(svg, caption, _keys([_named(search) for search in shown]))


def _means(curves: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    return [{"x": epoch["epoch"], "y": epoch.get(name), "series": name} for name in names for epoch in curves["mean"]]


def _folds(curves: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"x": epoch["epoch"], "y": epoch.get(name), "series": name, "line": f"{fold['repeat']}.{fold['fold']}.{name}"}
        for name in names
        for fold in curves["folds"]
        for epoch in fold["epochs"]
    ]


def _keys(names: Sequence[Sentence]) -> tuple[Key, ...]:
    styles = [charts.style(number) for number in range(len(names))]
    return tuple(
        Key(name, colour, ",".join(map(str, dash))) for name, (colour, dash) in zip(names, styles, strict=True)
    )


def _named(entry: Mapping[str, Any]) -> Sentence:
    name = short(visible(entry["model"]), 40)
    return Sentence(name, name)


def _title(caption: Sentence, about: str) -> str:
    return visible(f"{about}: {caption.ko} / {caption.en}")
