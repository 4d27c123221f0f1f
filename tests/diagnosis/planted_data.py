"""Worlds in which each check of the data comes out as named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from planted import Cases
from planted_models import SMALL

from triage_bench.core.sentence import Notice, Sentence

NEAR_COPIES = {"test_rows": 200, "test_rows_sharing_near_duplicate": 80}
LEAKY = {"test_rows": 200, "test_rows_sharing_group": 140, "test_rows_sharing_text": 4}


def data(world: Any, notice: str = "", **facts: float) -> Any:
    """A data set of 1,000 rows with these facts, and 40 rows noticed while reading."""
    made = world(facts={"distinct_texts": 1000.0, **{name: float(value) for name, value in facts.items()}})
    if notice:
        made.summary = replace(made.summary, notices=(Notice(notice, 40, 1000, Sentence("40", "40")),))
    return made


def read_columns(world: Any, *codes: str) -> Any:
    """A data set with a test side, of which 40 columns are read, with notices of these codes."""
    made = data(world, test_rows=50)
    said = Sentence("열 40개", "40 columns")
    notices = tuple(Notice(code, 40, 40, said) for code in ("columns.read", *codes))
    made.summary = replace(made.summary, notices=notices)
    return made


def without_a_test_side(made: Any) -> Any:
    facts = {name: value for name, value in made.summary.facts.items() if name != "test_rows"}
    made.summary = replace(made.summary, facts=facts)
    return made


def near(world: Any, close: int, agreement: float) -> Any:
    facts = {"compared_rows": 1000, "close_rows": close, "contradicted_rows": round(close * (1 - agreement))}
    return data(world, **facts, close_label_agreement=agreement, close_chance_agreement=0.3, close_ceiling=0.9)


def shortcut(world: Any, coverage: float, precision: float, rows: int = 1000, **more: float) -> Any:
    facts = {"shortcut_coverage": coverage, "shortcut_precision": precision, "shortcut_rows": rows, **more}
    made = data(world, **facts, shortcut_tokens=1)
    words = {"shortcut_tokens": ("검사실",), "shortcut_labels": ("a",)}
    made.summary = replace(made.summary, words=words)
    return made


def new_bigrams(world: Any, share: float, rows: int = 200) -> Any:
    new = {"new_bigram_share": share, "new_bigram_expected": 0.04}
    return data(world, **new, new_eojeol_share=0.5, new_eojeol_expected=0.4, test_rows=rows)


OF_DATA: Cases = {
    "TB501": {
        "issue": [lambda W: W(facts={"distinct_texts": 700}, split="stratified").add()],
        "tip": [lambda W: W(facts={"distinct_texts": 700}).add()],
        "passed": [lambda W: W(facts={"distinct_texts": 999}).add()],
        "not_applicable": [lambda W: W(facts={}).add()],
    },
    "TB502": {
        "issue": [lambda W: W(facts={"conflicting_rows": 200})],
        "tip": [lambda W: W(facts={"conflicting_rows": 20})],
        "passed": [lambda W: W(facts={"conflicting_rows": 2})],
        "not_applicable": [lambda W: W(facts={})],
    },
    "TB503": {
        "issue": [lambda W: W(facts={"near_duplicate_rows": 400}, split="stratified").add()],
        "tip": [lambda W: W(facts={"near_duplicate_rows": 400}).add()],
        "passed": [lambda W: W(facts={"near_duplicate_rows": 40}).add()],
        "not_applicable": [lambda W: W(facts={})],
    },
    "TB504": {
        "issue": [
            lambda W: W(split="official", facts=LEAKY).add(),
            lambda W: W(split="official", facts={**NEAR_COPIES, "test_rows_sharing_close_copy": 60}).add(),
        ],
        "tip": [
            lambda W: W(split="official", facts={"test_rows": 200, "test_rows_sharing_text": 4}).add(),
            lambda W: W(split="official", facts={**NEAR_COPIES, "test_rows_sharing_close_copy": 30}).add(),
        ],
        "passed": [
            lambda W: W(split="official", facts={"test_rows": 200, "test_rows_sharing_text": 0}).add(),
            lambda W: W(split="grouped").add(),
            lambda W: W().add(),
        ],
        "not_applicable": [
            lambda W: W(split="official", facts={}).add(),
            lambda W: W(split="stratified").add(),
            lambda W: W(),
        ],
    },
    "TB505": {
        "issue": [
            lambda W: W(split="official").add(right=0.9).add(right=0.7, split="grouped"),
            lambda W: W(split="official").add(right=0.9).beside(W(name="data-grouped", split="grouped").add(right=0.7)),
        ],
        "passed": [lambda W: W(split="official").add(right=0.85).add(right=0.85, split="grouped")],
        "not_applicable": [lambda W: W(split="official").add(), lambda W: W(split="grouped").add()],
        "skipped": [lambda W: W(split="official").add().add(split="grouped", missing=True)],
    },
    "TB451": {
        "issue": [
            lambda W: data(W, damaged_rows=20, damaged_share=0.02, mojibake_rows=15, lost_rows=5),
            lambda W: data(W, damaged_rows=3, damaged_share=0.03),  # on a small test side
            lambda W: data(W, "text.nfc", damaged_rows=0, damaged_share=0),
        ],
        "tip": [
            lambda W: data(W, damaged_rows=2, damaged_share=0.002, jamo_rows=2),
            lambda W: data(W, damaged_rows=30, damaged_texts=2, damaged_share=0.03),  # copied, and still one slip
        ],
        "passed": [lambda W: data(W, damaged_rows=0, damaged_share=0)],
        "not_applicable": [lambda W: W()],
    },
    "TB452": {
        "issue": [lambda W: data(W, letterless_rows=120, letterless_share=0.12)],
        "passed": [lambda W: data(W, letterless_rows=17, letterless_share=0.017)],
        "not_applicable": [lambda W: W()],
    },
    "TB521": {
        "issue": [
            lambda W: near(W, 300, 0.55),
            lambda W: near(W, 300, 0.55).add(right=0.6).add(right=0.6, columns="both"),
        ],
        "tip": [
            lambda W: near(W, 300, 0.80),
            lambda W: near(W, 300, 0.55).add(right=0.6).add(right=0.9, columns="both"),
        ],
        "passed": [lambda W: near(W, 300, 0.95), lambda W: near(W, 31, 0.70)],
        "not_applicable": [lambda W: W(), lambda W: near(W, 29, 0.1)],
    },
    "TB531": {
        "issue": [lambda W: data(W, frame_share=0.5, opening_share=0.5, ending_share=0.6, openings_for_half=12)],
        "passed": [lambda W: data(W, frame_share=0.2, opening_share=0.2, ending_share=0.55, openings_for_half=90)],
        "not_applicable": [
            lambda W: W(),
            lambda W: data(W, frame_share=0.9, opening_share=0.9, ending_share=0.9, distinct_texts=99),
        ],
    },
    "TB532": {
        "issue": [lambda W: shortcut(W, 0.42, 0.99), lambda W: shortcut(W, 0.30, 0.98)],
        "tip": [lambda W: shortcut(W, 0.03, 0.99, shortcut_rare_coverage=0.6)],
        "passed": [
            lambda W: shortcut(W, 0.25, 0.99),
            lambda W: shortcut(W, 0.60, 0.89),
            lambda W: shortcut(W, 0.03, 0.99, shortcut_rare_coverage=0.3),
            lambda W: shortcut(W, 0.03, 0.89, shortcut_rare_coverage=0.6),
        ],
        "not_applicable": [lambda W: W(), lambda W: shortcut(W, 0.9, 1.0, rows=99)],
    },
    "TB541": {
        "tip": [lambda W: new_bigrams(W, 0.12)],
        "passed": [lambda W: new_bigrams(W, 0.05)],
        "not_applicable": [lambda W: W(), lambda W: new_bigrams(W, 0.5, rows=49)],
    },
    "TB611": {
        "issue": [lambda W: data(W, compared_columns=3, telling_columns=1, source_tells=1)],
        "tip": [lambda W: data(W, compared_columns=3, telling_columns=1), lambda W: data(W, "labels.column")],
        "passed": [lambda W: data(W, compared_columns=3, telling_columns=0, source_tells=0)],
        "not_applicable": [lambda W: W(), lambda W: data(W, compared_columns=0, telling_columns=0)],
    },
    **{
        code: {
            outcome: [lambda W, notice=notice: read_columns(W, notice)],
            "passed": [lambda W: read_columns(W)],
            "not_applicable": [lambda W: W()] + [lambda W: without_a_test_side(read_columns(W))] * (code == "TB615"),
        }
        for code, outcome, notice in (
            ("TB612", "issue", "columns.away"),
            ("TB613", "issue", "columns.impossible"),
            ("TB614", "tip", "columns.gaps"),
            ("TB615", "tip", "columns.drift"),
        )
    },
    "TB601": {
        "issue": [lambda W: W({"a": 900, "b": 100})],
        "passed": [lambda W: W()],
        "not_applicable": [lambda W: W({"a": 100})],
    },
    "TB602": {
        "issue": [lambda W: W({"a": 500, "b": 3}).add()],
        "tip": [lambda W: W({"a": 500, "b": 8}).add()],
        "passed": [lambda W: W().add()],
        "not_applicable": [lambda W: W({"a": 100})],
    },
    "TB603": {
        "issue": [lambda W: W(SMALL), lambda W: W({str(i): 12 for i in range(20)})],
        "tip": [lambda W: W({str(i): 30 for i in range(10)})],
        "passed": [lambda W: W()],
        "not_applicable": [lambda W: W({"a": 100})],
    },
}
