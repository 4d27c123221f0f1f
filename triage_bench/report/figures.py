"""Which charts the page has, drawn from the view alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from triage_bench.core.sentence import Sentence
from triage_bench.report import charts
from triage_bench.report.format import plain, score, short, visible
from triage_bench.report.words import WORDS

CALIBRATED = 4
"""More curves than this in one reliability diagram cannot be told apart."""
READABLE = 10
"""Rows of a bin below which its share of right answers is mostly luck: one answer more moves it by a tenth."""
APART = 2.0
"""One answer for everybody is drawn beside the rules unless it comes to cost so many times as much as they."""


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
        if one["rows"] >= READABLE
    ]
    caption = WORDS["caption_calibration"]
    svg = charts.draw(charts.reliability(values, series), _title(caption, shown[0]["dataset"]), width=280, height=280)
    return Figure(svg, caption, _keys([_with_error(model) for model in shown]))


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


def growth_figure(found: Mapping[str, Any]) -> Figure:
    """Return the score by training rows, with the range of the repeats behind it."""
    values = [{"x": one["rows"], "y": one["score"], "low": one["low"], "high": one["high"]} for one in found["points"]]
    caption = WORDS["caption_growth"]
    svg = charts.draw(charts.banded(values), _title(caption, found["dataset"]), width=300, height=170)
    return Figure(svg, caption, ())


def slice_figure(parameter: Mapping[str, Any], tried: Sequence[Mapping[str, Any]], about: str) -> str | None:
    """Return the inner scores of one parameter's values, each fold's mean taken off; None with too few trials."""
    name = parameter["name"]
    used = [one for one in tried if name in one["params"]]
    folds = {one["fold"] for one in used}
    if len(used) < 4:
        return None
    means = {fold: _mean([one["score"] for one in used if one["fold"] == fold]) for fold in folds}
    values = [{"x": one["params"][name], "y": one["score"] - means[one["fold"]]} for one in used]
    numbers = all(isinstance(one["x"], int | float) and not isinstance(one["x"], bool) for one in values)
    if not numbers:
        values = [{**one, "x": plain(one["x"])} for one in values]
    layers = [charts.dots(values, "log" if numbers and parameter["log"] else "linear" if numbers else "names")]
    return charts.draw(layers, _title(WORDS["caption_slice"], f"{about} · {name}"), width=210, height=130)


def cost_figure(decided: Mapping[str, Any]) -> Figure | None:
    """Return the mean cost of every rule as under-triage weighs more; None where levels have no urgency."""
    if not decided["curve"]:
        return None
    rules = ["argmax", "expected_level", "cost_optimal"]
    dearest = max(one[rule] for rule in rules for one in decided["curve"])
    # It is the line to stay below; far above, it would press the others onto the axis.
    if max(one["one_answer"] for one in decided["curve"]) <= APART * dearest:
        rules.append("one_answer")
    values = [{"x": one["weight"], "y": one[rule], "series": rule} for rule in rules for one in decided["curve"]]
    caption = WORDS["cost_curve"]
    names = [WORDS[rule if rule == "one_answer" else f"rule_{rule}"] for rule in rules]
    svg = charts.draw([charts.lines(values, rules)], _title(caption, decided["dataset"]), width=340)
    return Figure(svg, caption, _keys(names))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


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


def _with_error(model: Mapping[str, Any]) -> Sentence:
    name = _named(model).ko
    said = name if model.get("ece") is None else f"{name} · ECE {score(model['ece'])}"
    return Sentence(said, said)


def _title(caption: Sentence, about: str) -> str:
    return visible(f"{about}: {caption.ko} / {caption.en}")
