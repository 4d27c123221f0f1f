"""Files of the leaderboard: the contract's keys, safe in a spreadsheet and in Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from triage_bench.core.run import Run
from triage_bench.leaderboard.export import CONTRACT, to_csv, to_dicts, to_excel_csv, to_markdown
from triage_bench.leaderboard.table import leaderboard
from triage_bench.metrics import METRICS

Make = Callable[..., Run]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_entries_have_the_contracts_keys_first_and_are_json(make_run: Make) -> None:
    entries = to_dicts(
        leaderboard(make_run({"tfidf-lr": 0.8, "lstm": "timeout", "lightgbm": 0.7, "late": None}), ensembles=False)
    )
    assert tuple(entries[0])[: len(CONTRACT)] == CONTRACT
    assert json.loads(json.dumps(entries, allow_nan=False)) == entries
    assert [(e["status"], e["state"]) for e in entries] == [
        ("ok", "ok"),
        ("ok", "ok"),
        ("failed", "timeout"),
        ("skipped", "skipped"),
    ]


def test_csv_has_the_contracts_columns_and_every_metric(make_run: Make) -> None:
    rows = leaderboard(make_run())
    lines = read(to_csv(rows))
    assert tuple(lines[0])[: len(CONTRACT)] == CONTRACT and set(METRICS) <= set(lines[0])
    assert [float(line["score"]) for line in lines] == [pytest.approx(row.score, abs=1e-6) for row in rows]
    assert to_csv(rows).splitlines()[0].startswith("dataset,model,tokenizer,protocol,metric,score")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠a", "  =1"])
def test_no_formula_lives_in_the_twin_for_excel(make_run: Make, text: str) -> None:
    rows = [replace(row, model=text, reason=text) for row in leaderboard(make_run({"a": 0.5}))]
    (line,) = read(to_excel_csv(rows).removeprefix("\ufeff"))
    shown = text.replace("\t", " ").replace("\r", " ")
    assert line["model"] == f"'{shown}" and line["reason"] == f"'{shown}"
    assert read(to_csv(rows))[0]["model"] == shown


def test_control_characters_of_names_reach_no_file(make_run: Make) -> None:
    rows = [replace(row, model="a\x1b[2J\nb", reason="x\r\ny") for row in leaderboard(make_run({"a": 0.5}))]
    for text in (to_csv(rows), to_excel_csv(rows), to_markdown(rows)):
        assert "\x1b" not in text and "\ny" not in text


def test_negative_numbers_stay_numbers_in_the_twin(make_run: Make) -> None:
    text = to_excel_csv(leaderboard(make_run(), ensembles=False))
    assert text.startswith("\ufeff") and "\r\n" in text
    assert float(read(text.removeprefix("\ufeff"))[1]["difference_to_best"]) < 0


def test_markdown_tells_one_table_per_data_set(make_run: Make) -> None:
    told = to_markdown(leaderboard(make_run({"a": 0.8, "b": 0.79, "lstm": "timeout"})))
    assert told.count("## ktas") == 1
    assert "Macro-F1 | 95 % interval | Quadratic weighted kappa" in told
    assert "| 2= |" in told and "| – | lstm" in told and "timeout: it broke" in told
    assert "매크로 F1" in to_markdown(leaderboard(make_run()), "ko")


def test_markdown_takes_no_name_for_markup(make_run: Make) -> None:
    rows = [replace(row, name="a|b\n<script>*x*") for row in leaderboard(make_run({"a": 0.5}))]
    assert r"a\|b &lt;script&gt;\*x\*" in to_markdown(rows)


def test_nothing_to_tell_is_an_empty_text() -> None:
    assert to_markdown(()) == "" and len(to_csv(()).splitlines()) == 1
