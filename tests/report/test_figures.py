"""Which charts the page has, and what is left out of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from triage_bench.report.figures import READABLE, calibration_figure, cost_figure


def a_model(rows: Sequence[int], ece: float | None = 0.0625) -> dict[str, Any]:
    bins = [
        {"low": at / 10, "high": (at + 1) / 10, "rows": count, "confidence": at / 10 + 0.05, "share_right": 0.5}
        for at, count in enumerate(rows)
    ]
    return {"dataset": "d", "model": "linear-svm", "ece": ece, "bins": bins}


def points(svg: str) -> int:
    return svg.count("<circle")


def test_a_bin_with_too_few_rows_is_not_drawn() -> None:
    everything = calibration_figure([a_model([READABLE] * 4)])
    assert points(everything.svg) == 4
    assert points(calibration_figure([a_model([READABLE - 1, READABLE, READABLE, READABLE])]).svg) == 3


def test_a_curve_of_calibration_says_its_error_beside_its_name() -> None:
    assert calibration_figure([a_model([40])]).keys[0].name.ko == "linear-svm · ECE 0.062"
    assert calibration_figure([a_model([40], None)]).keys[0].name.en == "linear-svm"


@pytest.mark.parametrize(("one_answer", "lines"), [(1.5, 4), (9.0, 3)])
def test_one_answer_for_everybody_is_drawn_where_it_leaves_the_rules_apart(one_answer: float, lines: int) -> None:
    curve = [
        {"weight": w, "argmax": 0.1 * w, "expected_level": 0.12 * w, "cost_optimal": 0.09 * w, "one_answer": one_answer}
        for w in (1.0, 5.0, 10.0)
    ]
    figure = cost_figure({"dataset": "d", "curve": curve})
    assert figure is not None and len(figure.keys) == lines
