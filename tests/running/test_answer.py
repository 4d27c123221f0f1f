"""New texts are read as they stand; what was not taken for a text is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage_bench.running.answer import parse_new_texts, read_new_texts


@pytest.mark.parametrize(
    ("header", "column", "trained_on", "told"),
    [
        ("가슴이 아파요", None, None, True),
        ("가슴이 아파요", None, "증상", True),
        ("증상", None, "증상", False),
        ("글", "글", "증상", False),
    ],
)
def test_a_first_line_taken_for_a_name_is_told_of_unless_it_is_known_as_one(
    tmp_path: Path, header: str, column: str | None, trained_on: str | None, told: bool
) -> None:
    path = tmp_path / "new.txt"
    path.write_text(f"{header}\n머리가 아파요\n", encoding="utf-8")
    found = read_new_texts(path, column, trained_on)
    assert (found.rows, found.texts) == ((2,), ("머리가 아파요",))
    assert [notice.code for notice in found.notices] == ["columns.guessed"] * told
    assert not any(header in notice.text.ko + notice.text.en for notice in found.notices)


def test_bare_lines_through_a_pipe_are_all_texts() -> None:
    found = parse_new_texts("가슴이 아파요\n머리가 아파요\n".encode(), None, None)
    assert found.rows == (1, 2) and found.notices == ()
