"""Every problem has its place, its words in two languages and the way on; the door is the same for every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from triage_bench.cli.app import main
from triage_bench.core.errors import DataError
from triage_bench.datasets import read_file
from triage_bench.datasets.validation import Problem, validate_file

ROWS = [f"가슴이 답답하고 어지러워요 {i},{i % 3 + 1}" for i in range(30)]


def a_file(tmp_path: Path, rows: list[str], header: str = "증상,KTAS", name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def changed(**lines: str) -> list[str]:
    """Return the rows with some replaced, by their number in the file."""
    return [lines.get(f"row{at + 2}", row) for at, row in enumerate(ROWS)]


def problems(path: Path) -> dict[str, Problem]:
    return {problem.code: problem for problem in validate_file(path, "증상", "KTAS").problems}


@pytest.mark.parametrize(
    ("row5", "code", "place", "level"),
    [
        (",1", "text.empty", "a.csv:5:1", "changed"),
        ("배가 아파요,", "labels.missing", "a.csv:5:2", "changed"),
        ("배가 아파요,１", "labels.merged", "a.csv:5:2", "changed"),
        ("배가\u200b 아파요,1", "text.invisible", "a.csv:5:1", "changed"),
        ("배가\u00a0아파요,1", "text.spaces", "a.csv:5:1", "changed"),
        ("배가 아파요,1", "text.nfc", "a.csv:5:1", "changed"),
        ("배가 \ufffd아파요,1", "text.lost", "a.csv:5:1", "warning"),
        ("ê°\u0080ì\u008a´ì\u009d´,1", "text.mojibake", "a.csv:5:1", "warning"),
        ("ᄀᄀᄀ 아파요,1", "text.jamo", "a.csv:5:1", "warning"),
        ("배가 \ue123 아파요,1", "text.unknown", "a.csv:5:1", "warning"),
        ("nan,1", "text.nothing", "a.csv:5:1", "warning"),
        ("2024-01-01,1", "text.numbers", "a.csv:5:1", "warning"),
        ("ㅋ,1", "text.letterless", "a.csv:5:1", "warning"),
        ("가" * 3_000 + ",1", "text.long", "a.csv:5:1", "warning"),
        ("번호는 010-1234-5678,1", "text.identifiers", "a.csv:5:1", "warning"),
        ("가슴이 답답하고 어지러워요 0,1", "text.duplicate", "a.csv:5:1", "warning"),
        ("가슴이 답답하고 어지러워요 0,2", "text.conflict", "a.csv:2:1", "warning"),
        ("배가 아파요,9", "labels.single", "a.csv:5:2", "warning"),
        ("배가 아파요,none", "labels.words_for_nothing", "a.csv:5:2", "warning"),
        ("배가 아파요,2024-01-01", "labels.measurements", "a.csv:5:2", "warning"),
    ],
)
def test_each_problem_has_its_place(tmp_path: Path, row5: str, code: str, place: str, level: str) -> None:
    text = row5.replace("배가 아파요", "\u1107\u1162가 아파요") if code == "text.nfc" else row5
    found = problems(a_file(tmp_path, changed(row5=text)))
    assert (found[code].place, found[code].level) == (place, level)
    assert found[code].text.ko != found[code].text.en


def test_a_sound_file_has_nothing_but_notes(tmp_path: Path) -> None:
    found = validate_file(a_file(tmp_path, ROWS), "증상", "KTAS")
    assert found.usable and found.classes == {"1": 10, "2": 10, "3": 10}
    assert {problem.level for problem in found.problems} <= {"note"}


def test_every_ragged_row_is_named(tmp_path: Path) -> None:
    found = validate_file(a_file(tmp_path, changed(row4="배가, 아파요,1", row9="하나", row11='열린 "따옴표,1')))
    assert not found.usable
    assert [problem.place for problem in found.problems] == ["a.csv:4:3", "a.csv:9:1"]


@pytest.mark.parametrize(
    ("content", "place", "word"),
    [
        (b"", "a.csv", "empty"),
        (b"text,label\n", "a.csv", "no rows"),
        (b"text,text\na,b\n", "a.csv:1:2", "twice"),
        ("text,label\n머리가 아파요,3\n".encode() + "배가 아파요,3\n".encode("cp949"), "a.csv:3", "two encodings"),
        (b'text,label\n"open,1\n', "a.csv:2:1", "quotation"),
        (b"\xff\xfet\x00e", "a.csv", "UTF-16"),
        ("증상\n가슴\n".encode("iso2022_kr"), "a.csv:1", "ISO-2022-KR"),
    ],
)
def test_what_cannot_be_read_is_refused_in_both_languages(
    tmp_path: Path, content: bytes, place: str, word: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    found = validate_file(path, "text", "label")
    assert not found.usable and found.problems[0].level == "refused"
    assert found.problems[0].place == place and word in found.problems[0].text.en
    assert any("가" <= letter <= "힣" for letter in found.problems[0].text.ko)


def test_a_misspelt_column_names_the_nearest_and_columns_are_guessed(tmp_path: Path) -> None:
    path = a_file(tmp_path, [f"{i},{row},메모" for i, row in enumerate(ROWS)], "번호,증상,KTAS,비고")
    assert "'증상'" in validate_file(path, "증싱", "KTAS").problems[0].text.ko
    guessed = validate_file(path)
    assert (guessed.text, guessed.label, guessed.usable) == ("증상", "KTAS", True)


def test_every_command_says_what_validate_says(tmp_path: Path) -> None:
    path = a_file(tmp_path, changed(row5="전화 010-1234-5678,1", row6=",2", row7="배가 아파요,１"))
    said = {notice.code for notice in read_file(path, text="증상", label="KTAS").notices}
    assert said == set(problems(path)) and "text.identifiers" in said


def test_what_read_file_refuses_cannot_be_used(tmp_path: Path) -> None:
    path = a_file(tmp_path, [f"{row.split(',')[0]},1" for row in ROWS])
    with pytest.raises(DataError):
        read_file(path, text="증상", label="KTAS")
    assert not validate_file(path, "증상", "KTAS").usable


@pytest.mark.parametrize(
    ("label", "place"),
    [("1", "a.csv:1:2"), ("id{}", "a.csv:1:2"), ("010-1234-567{}", "a.csv:2:2")],
)
def test_a_column_that_cannot_be_the_labels_is_pointed_at(tmp_path: Path, label: str, place: str) -> None:
    path = a_file(tmp_path, [f"{row.split(',')[0]},{label.format(at % 10)}" for at, row in enumerate(ROWS[:15])])
    found = validate_file(path, "증상", "KTAS")
    assert not found.usable
    assert [(problem.level, problem.place) for problem in found.problems] == [("refused", place)]


def test_names_that_stand_twice_in_a_json_object_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "배가 아파요", "label": 1, "label": 2}\n', encoding="utf-8")
    found = validate_file(path, "text", "label")
    assert found.problems[0].place == "a.jsonl:1:1" and "'label' stands twice" in found.problems[0].text.en


def test_the_command_ends_with_0_or_2_and_never_shows_a_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = a_file(tmp_path, changed(row5="동백꽃 전화 010-1234-5678 \x1b[31m,1"))
    assert main(["validate", str(path), "--text", "증상", "--label", "KTAS", "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "a.csv:5:1: warning text.identifiers: There is what looks like phone numbers in 1 rows" in shown
    assert "동백꽃" not in shown and "1234" not in shown and "\x1b" not in shown
    assert main(["validate", str(path), "--text", "증", "--label", "KTAS", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["usable"] is False
    assert main(["validate", str(path), "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["validate", str(path), "--lang", "fr"]) == 2
