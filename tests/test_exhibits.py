"""The few rows a report shows: whose they are, what may be read of them, and what stands beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triage_bench.cli.exhibits import write_exhibits
from triage_bench.core.dataset import Dataset, DatasetSummary, Provenance
from triage_bench.core.exhibit import Exhibit
from triage_bench.core.job import Job, Recipe
from triage_bench.core.plan import Plan
from triage_bench.core.protocol import Protocol
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.report.page import render_page
from triage_bench.report.view import build_view
from triage_bench.running.job import run_job
from triage_bench.store import Store
from triage_bench.text.corpus import Corpus

PHONE = "010-1234-5678"
FOLDS = 3


def rows(private: bool) -> Dataset:
    """Return sentences about two complaints, with a phone number in each and labels that are partly wrong."""
    rng = np.random.default_rng(3)
    labels = np.arange(90) % 2
    words = (("가슴이", "아프고", "숨이", "차요"), ("발목을", "삐어서", "조금", "부었어요"))
    texts = [f"{' '.join(rng.permutation(words[label]))} 번호{row % 45} {PHONE}" for row, label in enumerate(labels)]
    noisy = np.where(rng.random(90) < 0.2, 1 - labels, labels)
    return Dataset("mine", tuple(texts), noisy, ("응급", "비응급"), provenance=Provenance(private=private))


@pytest.fixture(scope="module", params=[True, False], ids=["private", "public"])
def measured(request: pytest.FixtureRequest) -> tuple[Run, Dataset]:
    dataset = rows(request.param)
    recipe, protocol = Recipe("tfidf-lr", {"tokenizer": "char_wb"}), Protocol("stratified", folds=FOLDS)
    jobs = tuple(Job(dataset.name, dataset.digest, recipe, protocol, 0, fold) for fold in range(FOLDS))
    records = {job.key: run_job(job, dataset, Corpus(dataset.texts)) for job in jobs}
    plan = Plan("mine", "quick", 0, ("triage-bench",), (DatasetSummary.of(dataset, {}),), jobs)
    return Run(plan, records), dataset


def exhibit_of(measured: tuple[Run, Dataset], folder: Path, *, show_texts: bool) -> Exhibit:
    run, dataset = measured
    store = Store(Workspace(folder, folder, folder))
    write_exhibits(run, {dataset.digest: dataset}, store, show_texts=show_texts)
    return store.read_exhibits()[dataset.name]


def test_texts_of_ones_own_are_shown_only_when_asked_for_and_never_with_a_phone_number(
    measured: tuple[Run, Dataset], tmp_path: Path
) -> None:
    run, dataset = measured
    closed = exhibit_of(measured, tmp_path / "closed", show_texts=False)
    opened = exhibit_of(measured, tmp_path / "opened", show_texts=True)
    assert opened.texts and all(one.text for one in opened.shown) and len(opened.shown) > 2
    page = render_page(build_view(run, exhibits={"mine": opened}, seconds=1.0))
    assert "가슴이" in page
    if dataset.provenance.private:
        assert not closed.texts and not any(one.text for one in closed.shown)
        assert not any(near.text for one in closed.shown for near in one.neighbours)
        assert PHONE not in page and "•" * len(PHONE) in page
    else:
        assert closed.texts and all(one.text for one in closed.shown)


def test_without_texts_the_page_holds_no_sentence_of_the_file(measured: tuple[Run, Dataset], tmp_path: Path) -> None:
    run, dataset = measured
    if not dataset.provenance.private:
        pytest.skip("a public data set's texts may be read")
    page = render_page(
        build_view(run, exhibits={"mine": exhibit_of(measured, tmp_path, show_texts=False)}, seconds=1.0)
    )
    assert not [text for text in dataset.texts if text in page]
    assert PHONE not in page and "번호7" not in page


def test_every_neighbour_was_trained_on_and_no_row_is_its_own(measured: tuple[Run, Dataset], tmp_path: Path) -> None:
    run, dataset = measured
    (outcome,) = run.outcomes
    predictions = outcome.predictions
    units = dict(zip(predictions.rows.tolist(), predictions.units.tolist(), strict=True))
    shown = exhibit_of(measured, tmp_path, show_texts=True).shown
    assert any(one.neighbours for one in shown)
    for one in shown:
        assert dataset.labels[one.row] == one.given
        for near in one.neighbours:
            assert units[near.place] != units[one.row] and dataset.labels[near.place] == near.label


def test_a_map_lies_within_its_frame_and_an_exhibit_reads_back_as_written(
    measured: tuple[Run, Dataset], tmp_path: Path
) -> None:
    exhibit = exhibit_of(measured, tmp_path, show_texts=True)
    assert all(0 <= value <= 1000 for point in exhibit.points for value in (point.x, point.y))
    assert exhibit.agreement is None or 0 <= exhibit.agreement <= 1
    assert Exhibit.from_dict(exhibit.to_dict()) == exhibit
    assert replace(exhibit, shown=()) != exhibit
