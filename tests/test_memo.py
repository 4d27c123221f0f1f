"""What was computed is not computed again for the same inputs, and nothing else is ever believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from triage_bench.core import memo
from triage_bench.core.memo import recalled, remembering


@pytest.fixture
def counted() -> tuple[list[Any], Callable[[Any], Any]]:
    """What was computed, and a function that computes and notes it."""
    computed: list[Any] = []

    def ask(of: Any, result: Any = None) -> Any:
        def compute() -> Any:
            computed.append(of)
            return [of, 0.1] if result is None else result

        return recalled("a figure", of, compute)

    return computed, ask


Counted = tuple[list[Any], Callable[[Any], Any]]


def test_nothing_is_kept_where_no_memo_is_open(counted: Counted) -> None:
    computed, ask = counted
    assert ask(1) == ask(1) == [1, 0.1]
    assert computed == [1, 1]


def test_a_result_is_computed_once_per_input_and_what_is_not_asked_for_is_dropped(
    counted: Counted, tmp_path: Path
) -> None:
    computed, ask = counted
    for asked in ([1, 2, 1], [2], [1, 2]):
        with remembering(tmp_path / "cache" / "run.json"):
            assert [ask(of) for of in asked] == [[of, 0.1] for of in asked]
    assert computed == [1, 2, 1]


def test_another_computation_of_the_same_input_is_another_result(tmp_path: Path) -> None:
    with remembering(tmp_path / "run.json"):
        assert [recalled(what, 1, lambda what=what: what) for what in ("chart", "table")] == ["chart", "table"]


def test_a_damaged_file_and_one_of_other_code_count_as_none(
    counted: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed, ask = counted
    path = tmp_path / "run.json"
    with remembering(path):
        ask(1)
    path.write_bytes(path.read_bytes().replace(b"0.1", b"0.9"))
    with remembering(path):
        assert ask(1) == [1, 0.1]
    monkeypatch.setattr(memo, "code_digest", lambda: "as of tomorrow")
    with remembering(path):
        assert ask(1) == [1, 0.1]
    assert computed == [1, 1, 1]


def test_what_old_code_computed_is_not_believed_by_the_code_that_came_meanwhile(
    counted: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed, ask = counted
    with remembering(tmp_path / "run.json"):
        ask(1)
        monkeypatch.setattr(memo, "code_digest", lambda: "as of tomorrow")
    with remembering(tmp_path / "run.json"):
        ask(1)
    assert computed == [1, 1]


def test_numbers_that_name_a_person_and_those_that_are_none_are_not_kept(counted: Counted, tmp_path: Path) -> None:
    computed, ask = counted
    for _ in range(2):
        with remembering(tmp_path / "run.json"):
            assert ask(1, "call 010-1234-5678") == "call 010-1234-5678"
            assert ask(2, float("nan")) != 0
            assert ask(3) == [3, 0.1]
            assert ask(float("nan"), 4) == 4
    assert repr(computed) == "[1, 2, 3, nan, 1, 2, nan]"
    assert b"1234" not in (tmp_path / "run.json").read_bytes()


def test_a_place_that_cannot_be_written_to_costs_nothing_but_time(counted: Counted, tmp_path: Path) -> None:
    computed, ask = counted
    (tmp_path / "cache").write_text("a file, and no folder")
    for _ in range(2):
        with remembering(tmp_path / "cache" / "run.json"):
            assert ask(1) == [1, 0.1]
    assert computed == [1, 1]


def test_an_error_inside_leaves_the_memo_closed(tmp_path: Path, counted: Counted) -> None:
    computed, ask = counted
    with pytest.raises(RuntimeError), remembering(tmp_path / "run.json"):
        ask(1)
        raise RuntimeError
    ask(1)
    assert computed == [1, 1] and not (tmp_path / "run.json").exists()
