"""labels_to_review.csv: safe to open, free of texts that are private and of rows that are tested on."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triage_bench.cli.review import FILE, reviews_of, write_reviews
from triage_bench.core.dataset import TEST, TRAIN, Dataset, DatasetSummary, Provenance
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import Predictions, RunRecord
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.diagnosis.case import Case
from triage_bench.report.review import review_csv

ROWS = 200


def made(private: bool = True, official: bool = False) -> Dataset:
    rng = np.random.default_rng(0)
    texts = ["".join(map(chr, rng.integers(0xAC00, 0xD7A4, 20))) for _ in range(ROWS // 2)]
    texts = [text + end for text in texts for end in ("", "!")]
    texts[7] = "=HYPERLINK(1) " + texts[7]
    labels = np.repeat(np.arange(ROWS // 2) % 3, 2)
    labels[1::10] = (labels[1::10] + 1) % 3  # every fifth pair contradicts itself
    side = np.where(np.arange(ROWS) % 8 >= 6, TEST, TRAIN).astype(np.int8)
    return Dataset(
        "우리 자료",
        tuple(texts),
        labels,
        ("응급", "=준응급", "비응급"),
        official=side if official else None,
        columns={"file_row": tuple(range(2, ROWS + 2))},
        provenance=Provenance(private=private),
    )


def judged(dataset: Dataset) -> Run:
    """A run whose only model answers every row it may with its pair's first label."""
    scored = np.arange(ROWS) if dataset.official is None else np.flatnonzero(dataset.official == TEST)
    answer = dataset.labels[scored // 2 * 2]
    probabilities = np.full((len(scored), 3), 0.05, dtype=np.float32)
    probabilities[np.arange(len(scored)), answer] = 0.9
    protocol = Protocol("stratified" if dataset.official is None else "official", folds=2)
    job = Job(dataset.name, dataset.digest, Recipe("tfidf-lr"), protocol)
    predictions = Predictions(scored, dataset.labels[scored], answer, probabilities, scored)
    record = RunRecord(job, "ok", predictions=predictions, train_rows=150)
    plan = Plan("s", "quick", 0, (), (DatasetSummary.of(dataset, {}),), (job,))
    return Run(plan, {job.key: record})


def reviewed(dataset: Dataset, **options: bool) -> list[dict[str, str]]:
    run = judged(dataset)
    text = review_csv(reviews_of(Case(run, run.plan.datasets[0]), dataset, **options))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_the_changed_labels_are_listed_with_their_contradicting_neighbour() -> None:
    rows = reviewed(made())
    assert {int(row["row"]) - 2 for row in rows} == set(range(1, ROWS, 10))
    for row in rows:
        assert int(row["neighbour_row"]) == int(row["row"]) - 1
        assert row["suggested"].lstrip("'") in row["why_en"] and row["neighbour_row"] in row["why_ko"]


def test_a_private_text_stays_out_unless_it_is_allowed() -> None:
    assert {row["text"] for row in reviewed(made())} == {""}
    assert all(len(row["text_digest"]) == 32 for row in reviewed(made()))
    assert all(row["text"] for row in reviewed(made(), show_texts=True))
    assert all(row["text"] for row in reviewed(made(private=False)))


def test_no_cell_is_a_live_formula() -> None:
    data = made(private=False)
    texts = list(data.texts)
    texts[1] = "\t=cmd|' /C calc'!A0" + texts[1]
    for row in reviewed(replace(data, texts=tuple(texts))):
        for cell in row.values():
            assert not cell.lstrip().startswith(("=", "+", "@")), cell


@pytest.mark.parametrize("private", [True, False])
def test_rows_of_an_official_test_side_never_enter(private: bool) -> None:
    data = made(private, official=True)
    assert data.official is not None
    rows = reviewed(data)
    assert rows
    listed = {int(row["row"]) - 2 for row in rows} | {int(row["neighbour_row"]) - 2 for row in rows}
    assert not listed & set(np.flatnonzero(data.official == TEST).tolist())


def test_labels_of_test_rows_have_no_say_in_the_list() -> None:
    data = made(official=True)
    assert data.official is not None
    other = data.labels.copy()
    other[data.official == TEST] = (other[data.official == TEST] + 1) % 3
    first, second = reviewed(data), reviewed(replace(data, labels=other))
    assert [row["row"] for row in first] == [row["row"] for row in second]
    assert [row["suggested"] for row in first] == [row["suggested"] for row in second]


def test_the_file_stands_in_the_run_folder_and_covers_targets_only(tmp_path: Path) -> None:
    data = made()
    workspace = Workspace.at(tmp_path / "run", cache=tmp_path / "cache", data_home=tmp_path)
    write_reviews(judged(data), {data.digest: data}, workspace)
    assert len((tmp_path / "run" / FILE).read_text("utf-8-sig").splitlines()) == 1 + ROWS // 10
    reference = replace(data, provenance=Provenance(role="reference"))
    write_reviews(judged(reference), {reference.digest: reference}, workspace)
    assert len((tmp_path / "run" / FILE).read_text("utf-8-sig").splitlines()) == 1
