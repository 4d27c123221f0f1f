from __future__ import annotations

import csv
import io
import json
import math
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import DataError, UnknownNameError
from triage_bench.datasets import read_file
from triage_bench.datasets.normalise import normalise_text

Rows = list[dict[str, Any]]

SENTENCES = [
    "가슴이 답답하고 식은땀이 나요",
    "손가락을 칼에 베었어요",
    "어제부터 열이 나고, 기침을 해요",
    '의사가 "괜찮다"고 했는데 또 아파요',
    "넘어져서\n무릎이 까졌어요",
    "숨이 차서 말을 못 하겠어요",
]


def some_rows(n: int = 12) -> Rows:
    return [
        {"text": f"{SENTENCES[i % 6]} {i}", "label": i % 3 + 1, "patient": i // 2, "writer": "abc"[i % 3]}
        for i in range(n)
    ]


def delimited(rows: Rows, delimiter: str = ",", line_end: str = "\n") -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(rows[0])
    writer.writerows(["" if cell is None else cell for cell in row.values()] for row in rows)
    return out.getvalue()


def write_csv(path: Path, rows: Rows) -> Path:
    return written(path.with_suffix(".csv"), delimited(rows).encode())


def write_tsv(path: Path, rows: Rows) -> Path:
    return written(path.with_suffix(".tsv"), delimited(rows, "\t").encode("utf-16"))


def write_excel_csv(path: Path, rows: Rows) -> Path:
    return written(path.with_suffix(".csv"), delimited(rows, line_end="\r\n").encode("utf-8-sig"))


def write_jsonl(path: Path, rows: Rows) -> Path:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return written(path.with_suffix(".jsonl"), lines.encode())


def write_parquet(path: Path, rows: Rows) -> Path:
    parquet.write_table(arrow.Table.from_pylist(rows), path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def write_xlsx(path: Path, rows: Rows) -> Path:
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row.values(), start=1):
            cell = book.active.cell(number, column)
            cell.value = value
            cell.data_type = "s" if isinstance(value, str) else cell.data_type  # no formulas
    book.save(path.with_suffix(".xlsx"))
    return path.with_suffix(".xlsx")


WRITERS = [write_csv, write_tsv, write_excel_csv, write_jsonl, write_parquet, write_xlsx]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def read(path: Path, **more: Any) -> Dataset:
    return read_file(path, **{"text": "text", "label": "label", **more})


def codes_of(dataset: Dataset) -> dict[str, tuple[int, int]]:
    return {notice.code: (notice.count, notice.of) for notice in dataset.notices}


@pytest.mark.parametrize("write", WRITERS)
def test_the_same_rows_give_the_same_dataset_in_every_format(tmp_path: Path, write: Callable[..., Path]) -> None:
    rows = some_rows()
    dataset = read(write(tmp_path / "mine", rows), group="patient", source="writer", name="내 자료")
    assert dataset.name == "내 자료"
    assert dataset.texts == tuple(row["text"] for row in rows)
    assert [dataset.label_names[code] for code in dataset.labels] == [str(row["label"]) for row in rows]
    assert dataset.groups is not None and dataset.groups.tolist() == [row["patient"] for row in rows]
    assert dataset.sources == tuple(row["writer"] for row in rows)
    assert dataset.provenance.private and dataset.provenance.role == "target"
    first = 2 if write not in (write_jsonl, write_parquet) else 1
    assert dataset.columns == {"file_row": tuple(range(first, first + len(rows)))}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\"',;가나"), max_size=20)
LABELS = st.sampled_from(["긍정", "부정", "K1", 1, 2.0, "", None, "NA", " Urgent", "urgent"])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("write", WRITERS)
def test_any_texts_and_labels_survive_every_format(tmp_path: Path, write: Callable[..., Path], data: Any) -> None:
    cells = st.tuples(TEXTS.filter(lambda text: "\ufffe" not in text and "\uffff" not in text), LABELS)
    drawn = data.draw(st.lists(cells, min_size=1, max_size=12))
    base = [(f"문장 {i}", "ab"[i % 2]) for i in range(30)]
    labels = [None if label is None else str(label) for _, label in [*drawn, *base]]
    rows = [{"text": text, "label": label} for (text, _), label in zip([*drawn, *base], labels, strict=True)]
    dataset = read(write(tmp_path / "mine", rows))
    kept = [row for row in rows if normalise_text(row["text"]).strip() and (row["label"] or "").strip()]
    assert dataset.texts == tuple(normalise_text(row["text"]) for row in kept)
    for row, code in zip(kept, dataset.labels.tolist(), strict=True):
        written_label = str(row["label"]).removesuffix(".0").strip().casefold()
        assert dataset.label_names[code].casefold() == written_label
    notices = codes_of(dataset)
    said = sum(notices.get(code, (0, 0))[0] for code in ("file.blank_rows", "text.empty", "labels.missing"))
    assert len(rows) - len(kept) <= said  # a row without both is said twice


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_from_excel_is_read_whatever_its_dialect(
    tmp_path: Path, encoding: str, line_end: str, delimiter: str
) -> None:
    path = written(tmp_path / "mine.csv", delimited(some_rows(), delimiter, line_end).encode(encoding))
    dataset = read(path)
    assert dataset.texts == tuple(row["text"] for row in some_rows())
    assert ("file.encoding" in codes_of(dataset)) == (not encoding.startswith("utf-8"))


def test_excels_own_separator_line_is_understood(tmp_path: Path) -> None:
    assert len(read(written(tmp_path / "a.csv", b"sep=;\r\n" + delimited(some_rows(), ";").encode()))) == 12


def test_free_quotes_in_a_tab_separated_file_are_letters(tmp_path: Path) -> None:
    lines = ["text\tlabel"] + [f'"아프다 {i}\t{i % 2}' if i % 3 else f'"정말" 아프다 {i}\t{i % 2}' for i in range(12)]
    dataset = read(written(tmp_path / "a.tsv", "\n".join(lines).encode()))
    assert len(dataset) == 12
    assert dataset.texts[1] == '"아프다 1'
    assert "file.quotes" in codes_of(dataset)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "text,label\n아파요,1\n아파요,많이,2\n",
            r"a\.csv:3:3: 3 fields where the header has 2 \(separated by comma\)",
        ),
        ("text,label,by\n아파요,1\n", r"a\.csv:2:2: 2 fields where the header has 3"),
        ('text,label\n"a\nb",1\n"열이 나요,1\n기침,2\n', r"a\.csv:4:1: the quotation marks do not match \(noticed in"),
        ('text,label\n1,"많이" 아파요\n', r"a\.csv:2:2: the quotation marks do not match"),
        ('text,label\n"' + "가" * 200_000 + '",1\n', r"a\.csv:2:1: a field of 200,002 characters; at most"),
        ("text,label\n아파요,1\n1," + "가" * 200_000 + "\n", r"a\.csv:3:2: a field of 200,000 characters"),
        ("text,label,text\na,1,b\n", r"a\.csv:1:3: the header names 'text' twice"),
        ("\n\ntext,,label,label\na,,1,b\n", r"a\.csv:3:4: the header names 'label' twice"),
        ("text,label\n", r"a\.csv: no rows below the header"),
        ("", r"a\.csv: the file is empty"),
        ("\n\n", r"a\.csv: nothing but blank lines"),
        ("PK\x03\x04", r"a\.csv: its content is an Excel workbook, not \.csv; rename it to a\.xlsx"),
    ],
)
def test_a_broken_csv_is_refused_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(written(tmp_path / "a.csv", content.encode()))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.jsonl", b'{"text": "a"}\n{"text": ', r"a\.jsonl:2:\d+: not JSON .*one object per line"),
        ("a.jsonl", b"[1, 2]\n", r"a\.jsonl:1:1: expected an object .*got list"),
        ("a.jsonl", b"[" * 100_000, r"a\.jsonl:1:1: not JSON \(nested too deeply\)"),
        ("a.jsonl", b'{"text": ' + b"9" * 5_000 + b"}\n", r"a\.jsonl:1:1: not JSON \(a number of too many digits\)"),
        ("a.jsonl", b'{"text": ["a"], "label": 1}\n' * 12, r"a\.jsonl:1:1: column 'text' holds a list; expected text"),
        ("a.jsonl", b'{"text": "a", "label": [1]}\n' * 12, r"a\.jsonl:1:2: .*holds a list; expected one label per row"),
        ("a.parquet", b"PAR1 nothing PAR1", r"a\.parquet: damaged Parquet"),
        ("a.parquet", b"text,label\n", r"a\.parquet: its content is not Parquet"),
        ("a.xlsx", b"PK\x03\x04 nothing", r"a\.xlsx: damaged workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0....", r"old or password-protected"),
        ("a.doc", b"text", r"unknown extension '\.doc'; expected one of \.csv"),
    ],
)
def test_a_broken_file_of_another_format_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(written(tmp_path / name, data))


def test_a_missing_file_a_folder_and_a_misspelt_name_are_told_apart(tmp_path: Path) -> None:
    write_csv(tmp_path / "symptoms", some_rows())
    with pytest.raises(DataError, match=r"there is no file .*Did you mean 'symptoms\.csv'\?"):
        read(tmp_path / "symptom.csv")
    with pytest.raises(DataError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(DataError, match="cannot be read: File name too long"):
        read(tmp_path / f"{'a' * 300}.csv")


def test_a_misspelt_column_names_the_nearest(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a", some_rows())
    with pytest.raises(UnknownNameError, match=r"unknown column 'lable'\. Did you mean 'label'\?.*'patient'") as caught:
        read(path, label="lable")
    assert caught.value.exit_code == 2
    with pytest.raises(UnknownNameError, match="unknown column 'Writer'"):
        read(path, source="Writer")


def test_a_decomposed_column_name_is_found(tmp_path: Path) -> None:
    rows = [{unicodedata.normalize("NFD", "증상"): row["text"], "등급": row["label"]} for row in some_rows()]
    assert len(read(write_csv(tmp_path / "a", rows), text="증상", label="등급")) == 12


def test_rows_without_text_or_label_are_set_aside_and_said(tmp_path: Path) -> None:
    rows = some_rows()
    rows[1]["label"] = None
    rows[3]["text"] = " \u200b"
    rows[5]["text"] = "NA"
    dataset = read(write_csv(tmp_path / "a", rows))
    assert len(dataset) == 10
    assert "NA" in dataset.texts
    notices = {notice.code: notice for notice in dataset.notices}
    assert (notices["labels.missing"].count, notices["labels.missing"].of) == (1, 12)
    assert "rows 3)" in notices["labels.missing"].text.en
    assert notices["text.empty"].count == 1
    assert dataset.columns["file_row"] == (2, 4, 6, 7, 8, 9, 10, 11, 12, 13)


def test_blank_rows_of_a_spreadsheet_are_skipped_and_said(tmp_path: Path) -> None:
    lines = delimited([{"text": f"아파요 {i}", "label": i % 2} for i in range(12)]).splitlines()
    dataset = read(written(tmp_path / "a.csv", "\n".join([*lines[:5], ",", "", *lines[5:], ",,"[:1]]).encode()))
    assert len(dataset) == 12
    assert codes_of(dataset)["file.blank_rows"][0] == 2
    assert dataset.columns["file_row"][4] == 8


def test_duplicates_contradictions_and_lonely_classes_are_counted_and_kept(tmp_path: Path) -> None:
    rows = some_rows()
    rows[3]["text"], rows[3]["label"] = rows[0]["text"], rows[0]["label"]
    rows[4]["text"] = "  " + str(rows[0]["text"])
    rows[11]["label"] = 9
    dataset = read(write_csv(tmp_path / "a", rows))
    assert len(dataset) == 12
    notices = codes_of(dataset)
    assert notices["text.duplicate"] == (2, 12)
    assert notices["text.conflict"] == (3, 12)
    assert notices["labels.single"] == (1, 4)


def test_only_labels_that_a_row_carries_are_classes(tmp_path: Path) -> None:
    rows = some_rows()
    rows[0]["text"], rows[0]["label"] = "", "9"
    assert read(write_csv(tmp_path / "a", rows)).label_names == ("1", "2", "3")


def test_a_row_without_group_is_a_group_of_its_own(tmp_path: Path) -> None:
    rows = some_rows()
    rows[0]["patient"] = rows[1]["patient"] = None
    dataset = read(write_parquet(tmp_path / "a", rows), group="patient")
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert codes_of(dataset)["groups.missing"] == (2, 12)


def test_excel_floats_are_whole_labels_and_its_errors_are_missing(tmp_path: Path) -> None:
    rows = [{"text": f"아파요 {i}", "label": float(i % 2 + 1)} for i in range(12)]
    rows[4]["label"] = "#N/A"
    dataset = read(write_xlsx(tmp_path / "a", rows))
    assert dataset.label_names == ("1", "2")
    assert codes_of(dataset)["labels.missing"] == (1, 12)


def test_a_second_sheet_is_mentioned(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a", some_rows())
    book = openpyxl.load_workbook(path)
    book.create_sheet("둘째").append(["x"])
    book.save(path)
    assert codes_of(read(path))["file.sheets"] == (1, 2)


def test_nan_from_pandas_is_missing(tmp_path: Path) -> None:
    rows = [{"text": f"아파요 {i}", "label": float(i % 2) if i else math.nan} for i in range(12)]
    assert codes_of(read(write_parquet(tmp_path / "a", rows)))["labels.missing"] == (1, 12)


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        (lambda row, i: {**row, "label": "" if i else 1}, {}, "1 rows have both .* at least 10 are needed"),
        (lambda row, i: {**row, "label": 1}, {}, r"a\.csv:1:2: every label in 'label' is '1'.*at least two"),
        (lambda row, i: {**row, "label": f"id{i}"}, {}, "12 different labels in 12 rows.*were text and label swapped"),
        (lambda row, i: row, {"text": "label", "label": "text"}, "'text' has 12 different labels"),
        (lambda row, i: row, {"text": "patient"}, r"a\.csv:1:3: 'patient' holds nothing but numbers.*Name the column"),
        (lambda row, i: row, {"text": "label"}, "'label' is named both as label and as text"),
        (lambda row, i: row, {"group": "label"}, "'label' is named both as label and as group"),
        (lambda row, i: {**row, "patient": 7}, {"group": "patient"}, "every row has the same 'patient'"),
    ],
)
def test_what_cannot_work_stops_with_one_message(tmp_path: Path, change: Any, more: Any, message: str) -> None:
    rows = [change(row, i) for i, row in enumerate(some_rows())]
    with pytest.raises(DataError, match=message):
        read(write_csv(tmp_path / "a", rows), **more)


def test_adding_a_column_does_not_make_it_another_data_set(tmp_path: Path) -> None:
    rows = some_rows()
    before = read(write_csv(tmp_path / "a", rows)).digest
    assert read(write_csv(tmp_path / "a", [{**row, "memo": "x"} for row in rows])).digest == before
