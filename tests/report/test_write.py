"""The files beside the page, and how numbers and foreign texts are written."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import factory
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bench.core.errors import UnknownNameError
from triage_bench.core.exhibit import Exhibit
from triage_bench.core.memo import remembering
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.leaderboard import intervals, paired, stacking
from triage_bench.leaderboard.ensembles import rankings
from triage_bench.leaderboard.table import leaderboard
from triage_bench.report import charts
from triage_bench.report import format as written
from triage_bench.report.page import render_page
from triage_bench.report.tables import summary_text
from triage_bench.report.write import is_current, write_report
from triage_bench.store import Store

FILES = {
    "index.html",
    "report.json",
    "leaderboard.csv",
    "leaderboard.excel.csv",
    "leaderboard.md",
    "findings.csv",
    "findings.excel.csv",
    "summary.txt",
}


def place(folder: Path) -> Workspace:
    return Workspace(folder / "run", folder / "data", folder / "cache")


@pytest.fixture(scope="module")
def small() -> Run:
    return factory.build_run(rows=200, recipes=(factory.RECIPES[0], factory.RECIPES[1]))


def test_a_report_is_drawn_again_for_another_language_and_by_other_code(
    small: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = place(tmp_path)
    assert not is_current(small, workspace, "ko")
    write_report(small, workspace)
    assert is_current(small, workspace, "ko") and not is_current(small, workspace, "en")
    monkeypatch.setattr("triage_bench.report.write.code_digest", lambda: "of tomorrow")
    assert not is_current(small, workspace, "ko")


def test_every_file_is_written_and_nothing_half_done_stays(small: Run, tmp_path: Path) -> None:
    page = write_report(small, place(tmp_path), seconds=4.2, reused=1, language="en")
    assert page == tmp_path / "run" / "index.html"
    assert {path.name for path in page.parent.iterdir()} == FILES
    told = json.loads((page.parent / "report.json").read_text(encoding="utf-8"))["run"]
    assert told["seconds"] == 4.2 and told["jobs"]["reused"] == 1 and told["started"].endswith("+00:00")
    assert told["command"] == ["triage-bench", "run", "--suite", "all"]


def test_rendering_again_gives_the_same_bytes_and_keeps_when_it_was(small: Run, tmp_path: Path) -> None:
    folder = write_report(small, place(tmp_path), seconds=4.2, reused=1).parent
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_report(small, place(tmp_path))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_rendering_again_computes_and_draws_nothing_that_was_before(
    small: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rendered(seconds: float | None = None) -> dict[str, bytes]:
        leaderboard.cache_clear()
        rankings.cache_clear()
        with remembering(place(tmp_path).figures):
            folder = write_report(small, place(tmp_path), seconds=seconds).parent
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    first = rendered(4.2)
    for module, name in ((intervals, "_interval"), (paired, "_compared"), (stacking, "_fitted"), (charts, "_drawn")):
        monkeypatch.delattr(module, name)
    assert rendered() == first


def test_a_damaged_report_of_before_costs_only_its_times(small: Run, tmp_path: Path) -> None:
    workspace = place(tmp_path)
    workspace.run.mkdir()
    workspace.report_json.write_text('{"schema": 1, "run"', encoding="utf-8")
    write_report(small, workspace)
    assert json.loads(workspace.report_json.read_text(encoding="utf-8"))["run"]["started"] is None


def test_the_rows_of_a_data_set_that_an_earlier_plan_had_are_passed_over(small: Run, tmp_path: Path) -> None:
    Store(place(tmp_path)).write_exhibit("of another suite", Exhibit("once", texts=True))
    view = json.loads((write_report(small, place(tmp_path), seconds=1.0).parent / "report.json").read_text("utf-8"))
    assert "once" not in {one["name"] for one in view["datasets"]}


def test_an_unknown_language_names_the_known_ones(small: Run, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="'ko', 'en'"):
        write_report(small, place(tmp_path), language="kr")


def test_the_tables_tell_the_same_as_the_page(small: Run, tmp_path: Path) -> None:
    folder = write_report(small, place(tmp_path), seconds=1.0).parent
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader(io.StringIO((folder / "leaderboard.csv").read_text(encoding="utf-8"))))
    assert [row["name"] for row in rows] == [entry["name"] for entry in told["leaderboard"]]
    scores = [one["score"] for one in told["leaderboard"]]
    assert [float(row["score"]) for row in rows] == pytest.approx(scores, abs=1e-6)
    assert (folder / "leaderboard.excel.csv").read_text(encoding="utf-8").startswith("\ufeff")
    findings = list(csv.DictReader(io.StringIO((folder / "findings.csv").read_text(encoding="utf-8"))))
    assert [row["code"] for row in findings] == [one["code"] for one in told["findings"]]


def test_the_command_that_reproduces_a_run_is_one_that_a_shell_reads(view: dict[str, Any]) -> None:
    command = ["triage-bench", "tune", "lstm[mecab]", "--text", "주 증상", "--label", "KTAS", "--params", "{'$(x)'}"]
    other = {**view, "run": {**view["run"], "command": command}}
    assert shlex.split(summary_text(other).strip().splitlines()[-1]) == command
    shown = re.search(r'<code id="command">(.*?)</code>', render_page(other))
    assert shown and shlex.split(unescape(re.sub("<[^>]*>", "", shown.group(1)))) == command


def test_the_summary_has_no_control_character(view: dict[str, Any]) -> None:
    for language in ("ko", "en"):
        text = summary_text(view, language)
        assert all(character.isprintable() or character == "\n" for character in text)
        assert view["verdicts"][0]["summary"][language] in text


def test_a_lone_surrogate_in_a_name_costs_no_report(tmp_path: Path) -> None:
    triage, _, missing = factory.summaries(200)
    broken = replace(missing, reason="깨진\ud800글자")
    run = factory.build_run(recipes=factory.RECIPES[:2], datasets=(triage, broken))
    page = write_report(run, place(tmp_path), seconds=1.0)
    assert "[U+D800]" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("score", 0.12345, "0.123"),
        ("score", None, "–"),
        ("score", float("nan"), "–"),
        ("signed", -0.0421, "−0.042"),
        ("signed", -0.0001, "+0.000"),
        ("count", 1234567, "1,234,567"),
        ("seconds", 0.037, "0.04"),
        ("seconds", 1234.5, "1,234"),
        ("p_value", 0.0004, "<0.001"),
        ("plain", 1e-05, "1e−05"),
        ("plain", True, "true"),
        ("plain", None, "–"),
    ],
)
def test_a_number_is_written_in_one_way(name: str, value: Any, expected: str) -> None:
    assert written.FORMATS[name](value) == expected


@given(st.text())
def test_what_hides_is_shown_and_what_shows_stays(text: str) -> None:
    shown = written.visible(text)
    assert not any(character in shown for character in "\u200b\u202e\ufeff\x1b\n\x00")
    assert all(character in shown for character in text if character.isalnum())


@given(st.text(min_size=1), st.integers(2, 20))
def test_a_cut_text_is_short_and_begins_the_same(text: str, longest: int) -> None:
    cut = written.short(text, longest)
    assert len(cut) <= longest
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
