"""What `run` reads beside the texts of a suite: what is asked, else what the suite says, else nothing at all."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triage_bench.cli.app import main
from triage_bench.cli.session import Session
from triage_bench.core.dataset import Dataset, DatasetSummary
from triage_bench.core.errors import NoColumnsError, UnknownNameError
from triage_bench.core.plan import Plan
from triage_bench.core.workspace import Workspace
from triage_bench.datasets.beside import Beside
from triage_bench.datasets.cards import card
from triage_bench.running import planning
from triage_bench.running.asked_columns import settled, with_asked_columns
from triage_bench.running.budget import Budget, budget
from triage_bench.running.one_family import tuning_data
from triage_bench.running.planning import Planned, plan_run
from triage_bench.running.suite import read_suite, recipe

AUTO = Beside(auto=True)


@pytest.fixture
def measured(sentences: Dataset) -> Dataset:
    rng = np.random.default_rng(0)
    age = rng.integers(20, 90, len(sentences)).tolist()
    way = rng.choice(["119", "도보"], len(sentences)).tolist()
    return replace(sentences, name="measured", columns={"age": tuple(age), "way": tuple(way)})


def readings(found: list[Dataset | DatasetSummary], workspace: Workspace) -> dict[str, list[str]]:
    recipes = [recipe("majority"), recipe("tfidf-lr")]
    plan = plan_run("t", found, recipes, ["shuffled-labels"], budget("quick"), seed=0, workspace=workspace).plan
    names: dict[str, list[str]] = {}
    for job in plan.jobs:
        if job.protocol.purpose == "benchmark" and not (job.fold or job.protocol.tuning.trials):
            names.setdefault(job.dataset, []).append(job.recipe.name)
    return names


def test_without_being_asked_a_run_plans_the_jobs_it_always_did(
    sentences: Dataset, measured: Dataset, workspace: Workspace
) -> None:
    found = with_asked_columns([sentences, measured], Beside())
    assert found == [sentences, measured]
    named = readings(found, workspace)
    assert named["measured"] == named["sentences"] == ["majority", "tfidf-lr"]
    assert len({measured.digest, sentences.digest}) == 2


def test_auto_holds_where_there_are_columns_and_the_others_say_that_they_stay_text_only(
    sentences: Dataset, measured: Dataset, workspace: Workspace
) -> None:
    gone = DatasetSummary("nsmc", status="skipped", reason="no network")
    found = with_asked_columns([gone, sentences, measured], AUTO)
    three = ["tfidf-lr", "tfidf-lr (columns=columns)", "tfidf-lr (columns=both)"]
    named = readings(found, workspace)
    assert named["sentences"] == ["majority", "tfidf-lr"] and named["measured"] == ["majority", *three]
    said = {one.name: {n.code: n.text for n in one.notices} for one in found}
    assert said["nsmc"] == {} and "columns.read" in said["measured"]
    assert said["sentences"]["columns.none"].ko == "문장과 함께 읽을 열이 없어 문장만 읽습니다."
    assert said["sentences"]["columns.none"].en.startswith("No column beside the text to read")
    [plain] = [one for one in found if one.name == "sentences"]
    assert isinstance(plain, Dataset) and plain.digest == sentences.digest


def test_a_named_column_is_read_wherever_it_stands_and_must_stand_somewhere(
    sentences: Dataset, measured: Dataset
) -> None:
    other = replace(measured, name="other", columns={**measured.columns, "pain": measured.columns["age"]})
    found = with_asked_columns([sentences, measured, other], Beside(("pain",), ("way",)))
    assert [(one.numeric, one.categorical) for one in found if isinstance(one, Dataset)] == [
        ((), ()),
        ((), ("way",)),
        (("pain",), ("way",)),
    ]
    with pytest.raises(UnknownNameError, match=r"unknown column 'wya'\. Did you mean 'way'\? Known: 'age', 'way'\."):
        with_asked_columns([sentences, measured], Beside((), ("wya",)))
    gone = DatasetSummary("nsmc", status="skipped", reason="no network")
    with pytest.raises(UnknownNameError, match="Those of nsmc are not known"):
        with_asked_columns([gone, measured], Beside((), ("wya",)))


def test_a_column_that_was_named_and_gives_the_label_away_ends_the_run(measured: Dataset) -> None:
    told = {**measured.columns, "answer": tuple("abcdefghij"[code] for code in measured.labels)}
    with pytest.raises(NoColumnsError, match="'answer'"):
        with_asked_columns([replace(measured, columns=told)], Beside((), ("answer",)))
    only = replace(measured, columns={"answer": told["answer"]})
    [found] = with_asked_columns([only], AUTO)
    assert isinstance(found, Dataset) and found.side is None and found.digest == only.digest


def test_a_suite_says_auto_for_some_and_what_is_asked_stands_in_its_place(
    sentences: Dataset, measured: Dataset
) -> None:
    found = with_asked_columns([sentences, measured], Beside(), stated=("measured",))
    assert found[0] is sentences
    assert [(one.numeric, one.categorical) for one in found[1:] if isinstance(one, Dataset)] == [(("age",), ("way",))]
    [named] = with_asked_columns([measured], Beside(("age",)), stated=("measured",))
    assert isinstance(named, Dataset) and (named.numeric, named.categorical) == (("age",), ())


def test_auto_takes_a_cards_word_for_what_is_known_at_triage() -> None:
    known, found = card("ktas_moon2019"), settled("ktas_moon2019", AUTO)
    assert found == Beside(known.numeric, known.categorical)
    later = {"KTAS_RN", "Diagnosis in ED", "Disposition", "Error_group", "Length of stay_min", "KTAS duration_min"}
    assert known.numeric and not {*known.numeric, *known.categorical} & {*later, "mistriage"}
    asked = settled("ktas_moon2019", Beside((), ("Age",), auto=True))
    assert asked.categorical[0] == "Age" and "Age" not in asked.numeric
    assert settled("ktas_moon2019", Beside(("Age",))) == Beside(("Age",))
    assert settled("kobill", AUTO) == settled("my file", AUTO) == AUTO


def test_the_suite_of_columns_reads_those_of_its_data_sets(workspace: Workspace) -> None:
    suite = read_suite("columns")
    assert set(suite.columns) == set(suite.datasets) >= {"ktas-sim-vitals", "ktas_moon2019"}
    assert read_suite("triage").columns == read_suite("all").columns == ()
    by_name = tuning_data(workspace, "ktas-sim-vitals", None, None, None, None, AUTO)
    [in_suite] = with_asked_columns(
        list(planning.load_datasets(["ktas-sim-vitals"], workspace)), Beside(), suite.columns
    )
    assert by_name.digest == (in_suite.digest if isinstance(in_suite, Dataset) else "")
    assert [n.code for n in by_name.notices].count("columns.read") == 1


@pytest.mark.data
def test_the_patients_columns_stand_side_by_side_with_their_texts(tmp_path: Path) -> None:
    if "TRIAGE_BENCH_DATA" not in os.environ:
        pytest.skip("TRIAGE_BENCH_DATA is not set")
    suite, here = read_suite("columns"), Workspace.at(tmp_path)
    found = with_asked_columns(list(planning.load_datasets(suite.datasets, here)), Beside(), suite.columns)
    assert all(isinstance(one, Dataset) and one.side is not None for one in found)


def run(tmp_path: Path, *options: str) -> int:
    return main(["run", "--suite", "smoke", "--budget", "quick", "--out", str(tmp_path / "r"), *options])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--numeric", "speker"), "error: unknown column 'speker'. Did you mean 'speaker'?"),
        (("--categorical", "speaker,frmae"), "error: unknown column 'frmae'. Did you mean 'frame'?"),
        (("--numeric", "speker", "--lang", "en"), "error: unknown column 'speker'. Did you mean 'speaker'?"),
        (("--columns", "atuo"), "error: unknown value of --columns 'atuo'. Did you mean 'auto'?"),
        (("--numeric", "speaker", "--categorical", "speaker"), "named as numeric and as categorical"),
        (("--numeric", "speaker"), "--categorical speaker"),
    ],
)
def test_a_wrong_column_ends_with_2_before_anything_runs(
    options: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *options) == 2
    said = capsys.readouterr().err
    assert message in said and "Traceback" not in said
    assert not (tmp_path / "r" / "records").exists()


def test_the_recorded_command_plans_the_same_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Plan] = []

    def conduct(self: Session, planned: Planned, size: Budget) -> int:
        plans.append(planned.plan)
        return 0

    monkeypatch.setattr(Session, "conduct", conduct)
    words = ["run", "--suite", "smoke", "--budget", "quick", "--categorical", "speaker", "--out", str(tmp_path / "r")]
    for _ in range(2):
        monkeypatch.setattr("sys.argv", ["triage-bench", *words])
        assert main(words) == 0
        assert plans[-1].command == ("triage-bench", *words)
        words = list(plans[-1].command[1:])
    first, second = ([job.key for job in plan.jobs] for plan in plans)
    assert first == second
    assert "tfidf-lr[char_wb] (columns=both)" in {job.recipe.name for job in plans[0].jobs}
    plain = ["run", "--suite", "smoke", "--budget", "quick", "--out", str(tmp_path / "r")]
    assert main(plain) == 0
    assert len(plans[-1].jobs) < len(first) and not {job.key for job in plans[-1].jobs} & set(first)
