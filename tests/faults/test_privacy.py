"""Identifiers are planted wherever a file can hold them; then every byte that is left behind is searched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.reliability.privacy import (
    DIAGNOSIS,
    FILE_PHONE,
    OTHERS,
    PHONE,
    PLANTED,
    QUOTING_MODEL,
    RESIDENT,
    ROW_WORDS,
    hits,
    planted_file,
    ran,
)
from triage_bench.core.dataset import Dataset, Provenance
from triage_bench.core.identifiers import identifiers, kinds_in, redacted
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import RunRecord
from triage_bench.running.discretion import discreet, without_texts


@pytest.mark.slow
def test_a_diagnosis_leaves_nobody_behind(tmp_path: Path) -> None:
    path = planted_file(tmp_path)
    (tmp_path / "quoting.py").write_text(QUOTING_MODEL, encoding="utf-8")
    code, out, err = ran(tmp_path, *(word.format(file=path) for word in DIAGNOSIS))
    assert code == 1, err.decode()[-2_000:]
    assert b"resident registration number" in err
    assert any(b"[row text]" in one.read_bytes() for one in tmp_path.rglob("records/*.json"))
    assert list((tmp_path / "cache").rglob("figures/*.json"))  # what reports keep between commands is searched, too
    assert hits(tmp_path, path, {"stdout": out, "stderr": err}, (*PLANTED, ROW_WORDS)) == []


@pytest.mark.slow
def test_tuning_fitting_and_predicting_leave_nobody_behind(tmp_path: Path) -> None:
    path = planted_file(tmp_path)
    for command in OTHERS:
        code, out, err = ran(tmp_path, *(word.format(file=path) for word in command))
        assert code == 0, err.decode()[-2_000:]
        assert hits(tmp_path, path, {"stdout": out, "stderr": err}) == []
    assert "(rare)" in (tmp_path / "answers.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("header", "label", "message"),
    [
        (f"증상,{PHONE}", "1", "name of this column holds a phone number"),
        ("증상,KTAS", PHONE, "labels hold a phone number"),
        ("증상,KTAS", f"{RESIDENT} 환자", "labels hold a resident registration number"),
    ],
)
def test_a_header_or_a_label_that_is_an_identifier_is_refused_unspoken(
    tmp_path: Path, header: str, label: str, message: str
) -> None:
    path = tmp_path / f"{FILE_PHONE}.csv"
    rows = [f"가슴이 답답해요 {i},{label if i % 3 == 0 else i % 3}" for i in range(30)]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    for arguments in (("validate", path, "--lang", "en"), ("diagnose", path, "--text", "증상", "--label", "KTAS")):
        code, out, err = ran(tmp_path, *arguments)
        assert code == 2 and message in (out + err).decode()
        assert hits(tmp_path, path, {"stdout": out, "stderr": err, "none": b"", "nor": b""}) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("환자900101-1234567입니다", "resident"),
        ("9001011234567", "resident"),
        ("210101-3******", "resident"),
        ("０１０－１２３４－５６７８로 전화", "phone"),
        ("+82 10-1234-5678", "phone"),
        ("02-123-4567", "phone"),
        ("메일hong@example.com로", "e-mail"),
        ("차트번호: 12345678", "chart"),
        ("MRN12345678", "chart"),
    ],
)
def test_what_names_a_person_is_found_beside_hangul(text: str, kind: str) -> None:
    assert kinds_in(text) == {kind}
    assert f"[{kind}]" in redacted(text) and not identifiers(redacted(text))


@pytest.mark.parametrize(
    "text",
    [
        "혈압 120/80, 체온 36.5",
        "2024-01-01 12:00",
        "1588-1234",
        "991301-1234567",
        "0.01012345678",
        "환자 12345명",
        "@홍길동",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert identifiers(text) == () and redacted(text) == text


def test_a_digest_is_no_phone_number_and_a_home_folder_names_nobody() -> None:
    digest = "ab01012345678cdef01012345678abcd"
    assert redacted(digest) == digest
    assert redacted("there is no file '/home/hong/a.csv'") == "there is no file '~/a.csv'"


def test_a_reason_quotes_no_text() -> None:
    texts = ["가슴이  쥐어짜듯 아픕니다", "ok"]
    said = without_texts("ValueError: could not convert string to float: '가슴이 쥐어짜듯 아픕니다'", texts)
    assert said == "ValueError: could not convert string to float: '[row text]'"
    assert without_texts("ValueError: ok is not ok", texts) == "ValueError: ok is not ok"


@pytest.mark.parametrize("private", [True, False])
def test_a_fact_quotes_no_private_text_either(private: bool) -> None:
    texts = ("가슴이 쥐어짜듯 아픕니다", "목이 아파요")
    data = Dataset("d", texts, np.array([0, 1]), ("1", "2"), provenance=Provenance(private=private))
    said = {"alone.broken": f"ValueError: {texts[0]}", "small.error": f"call {PHONE}", "alone.of": 1.0}
    job = Job("d", data.digest, Recipe("majority"), Protocol("grouped"))
    found = discreet(RunRecord(job, "failed", "ValueError", facts=said), data)
    quoted = "ValueError: [row text]" if private else said["alone.broken"]
    assert found.facts == {"alone.broken": quoted, "small.error": "call [phone]", "alone.of": 1.0}


def test_texts_that_name_people_are_not_cached(tmp_path: Path) -> None:
    from triage_bench.text.cache import TokenCache
    from triage_bench.text.tokenizers import tokenizer

    cache = TokenCache(tmp_path)
    cache.tokens([f"연락처 {PHONE}"], tokenizer("eojeol"))
    assert list(tmp_path.rglob("*")) == []
    cache.tokens(["가슴이 답답해요"], tokenizer("eojeol"))
    assert np.count_nonzero([path.is_file() for path in tmp_path.rglob("*")]) == 1
