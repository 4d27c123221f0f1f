"""The README says of faults what the stored results say, and nothing else."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from benchmarks.reliability.__main__ import CAMPAIGNS, README
from benchmarks.reliability.result import Result
from benchmarks.reliability.table import BEGIN, END, Line, read_lines, rendered, replaced, table_of, write_lines

LINE = Line("kills", "SIGKILL | and resume", 200, 199, "one\nlost", 0, "abc")


def test_the_readme_holds_the_table_of_the_stored_results() -> None:
    assert table_of(README.read_text("utf-8")) == rendered(read_lines())


def test_every_stored_line_is_of_a_campaign_that_exists() -> None:
    for name in {line.campaign for line in read_lines()}:
        assert name in CAMPAIGNS
        assert importlib.util.find_spec(f"benchmarks.reliability.{name}") is not None


def test_a_table_is_put_between_its_markers_and_nowhere_else(tmp_path: Path) -> None:
    readme = replaced(f"before\n{BEGIN}\nold\n{END}\nafter", [LINE])
    assert readme.startswith("before\n") and readme.endswith("\nafter") and "old" not in readme
    assert table_of(readme) == rendered([LINE])
    assert r"| SIGKILL \| and resume | 200 | 199 | one lost | 0 | abc |" in readme
    assert "99.50%" in readme
    write_lines(tmp_path / "results.jsonl", [LINE])
    assert read_lines(tmp_path / "results.jsonl") == [LINE]


@pytest.mark.parametrize("readme", ["none", f"{BEGIN} {BEGIN} {END}", f"{END} {BEGIN}"])
def test_a_readme_without_its_markers_is_refused(readme: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        replaced(readme, [LINE])


def test_more_cannot_survive_than_were_tried() -> None:
    with pytest.raises(ValueError, match="cannot have survived"):
        Result("x", 1, 2)
