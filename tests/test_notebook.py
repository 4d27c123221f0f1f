"""`triage_bench.diagnose`: data in memory in, an object out that a notebook can show."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas
import pytest

import triage_bench
from triage_bench.cli import notebook
from triage_bench.cli.diagnosis import Diagnosis
from triage_bench.core.errors import DataError, InputError, UnknownNameError

SIGNS = ("숨이 차고 가슴이 조입니다", "머리가 지끈거리고 어지럽습니다", "손가락을 칼에 베었습니다")
COUNT = 60


@pytest.fixture(scope="module")
def frame() -> pandas.DataFrame:
    texts = [f"{i}번째 환자 {SIGNS[i % 3]} {'계속 ' * (i % 5)}" for i in range(COUNT)]
    return pandas.DataFrame({"증상": texts, "KTAS": [i % 3 + 1 for i in range(COUNT)]}, index=range(100, 100 + COUNT))


@pytest.fixture(scope="module")
def found(frame: pandas.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diagnosis]:
    folder = tmp_path_factory.mktemp("notebook") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder.parent / "cache"))
        yield triage_bench.diagnose(
            frame, text="증상", label="KTAS", budget="quick", out=folder, workers=1, lang="en", quiet=True
        )


@pytest.mark.slow
def test_the_result_speaks_in_data_frames(found: Diagnosis) -> None:
    assert found.verdict.dataset == "rows" and found.verdict.model is None and found.verdict.summary.en
    assert found.model_verdict is None
    assert isinstance(found.leaderboard, pandas.DataFrame)
    assert {"model", "score", "ci_low", "rank", "accuracy", "qwk"} <= set(found.leaderboard.columns)
    assert len(found.leaderboard) == len(found.report["leaderboard"]) > 2
    assert set(found.findings["outcome"]) >= {"passed"} and found.findings["numbers"].map(type).eq(dict).all()
    assert list(found.labels_to_review.columns)[:3] == ["rank", "dataset", "row"]
    assert found.labels_to_review["row"].between(0, COUNT - 1).all()
    assert found.page.is_file() and "Diagnosis(" in repr(found)


@pytest.mark.slow
def test_the_view_of_a_notebook_is_small_self_contained_and_without_texts(found: Diagnosis) -> None:
    view = found._repr_html_()
    assert len(view.encode()) < 30_000
    assert not any(word in view for word in ("<script", "<style", "<link", "src=", "href=", "http", *SIGNS))
    assert found.verdict.summary.en in view


@pytest.mark.slow
def test_the_same_call_again_and_the_same_rows_as_lists_have_nothing_to_do(
    found: Diagnosis, frame: pandas.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    again = triage_bench.diagnose(
        text=frame["증상"].tolist(),
        label=np.array(frame["KTAS"]),
        budget="quick",
        out=found.folder,
        workers=1,
        lang="en",
    )
    shown = capsys.readouterr()
    assert shown.out == "" and "[1/" not in shown.err
    jobs = again.report["run"]["jobs"]
    assert jobs["ok"] == jobs["planned"]
    assert again.verdict == found.verdict


@pytest.mark.slow
def test_texts_stand_on_the_page_only_when_asked_for(found: Diagnosis, frame: pandas.DataFrame) -> None:
    assert not any(sign in found.page.read_text("utf-8") for sign in SIGNS)
    shown = triage_bench.diagnose(
        frame,
        text="증상",
        label="KTAS",
        budget="quick",
        out=found.folder,
        workers=1,
        lang="en",
        quiet=True,
        show_texts=True,
    )
    assert any(sign.split()[0] in shown.page.read_text("utf-8") for sign in SIGNS)


def test_columns_beside_the_text_are_named_as_on_the_command_line(frame: pandas.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="체온"):
        triage_bench.diagnose(frame, text="증상", label="KTAS", numeric=["체온"], out=tmp_path)
    with pytest.raises(UnknownNameError, match="--columns"):
        triage_bench.diagnose(frame, text="증상", label="KTAS", columns="all", out=tmp_path)


def test_hostile_names_are_never_markup(tmp_path: Path) -> None:
    bad = "</td><img src=x onerror=alert(1)>\u202e"
    both = {"ko": bad, "en": bad}
    verdict = {
        "dataset": bad,
        "model": None,
        "area": "data",
        "cause": bad,
        "confidence": 0.5,
        "causes": [],
        "cleared": [],
        "summary": both,
        "next_steps": [both],
    }
    finding = {
        "code": bad,
        "model": bad,
        "outcome": "issue",
        "title": both,
        "text": both,
        "numbers": {},
        "dataset": bad,
    }
    row = {"dataset": bad, "name": bad, "metric": bad, "rank": 1, "tied_with_best": True, "score": 0.5, "ci_low": None}
    report = {
        "datasets": [{"name": bad, "role": "target"}],
        "verdicts": [verdict, {**verdict, "model": bad}],
        "findings": [finding],
        "leaderboard": [row],
    }
    (tmp_path / "report.json").write_text(json.dumps(report), "utf-8")
    view = Diagnosis(tmp_path)._repr_html_()
    assert "<img" not in view and "\u202e" not in view and "&lt;img" in view


def test_missing_cells_of_pandas_are_missing_here() -> None:
    column = pandas.Series(["가", None, pandas.NA, "나"], dtype="string")
    assert notebook._cells("text", column) == ["가", None, None, "나"]
    assert notebook._cells("label", pandas.Series([1.0, float("nan")])) == [1.0, None]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"data": {"a": ["x"] * 12, "b": [1, 2] * 6}, "text": "c", "label": "b"}, UnknownNameError, "'c'"),
        ({"data": {"a": ["x"] * 12, "b": [1, 2] * 5}, "text": "a", "label": "b"}, DataError, "one length"),
        ({"data": {"a": ["x"]}, "text": ["x"], "label": "a"}, InputError, "text= must name a column"),
        ({"text": "a", "label": "b"}, InputError, "expected a column of values"),
        ({"data": 3, "text": "a", "label": "b"}, InputError, "got int"),
        ({"text": [], "label": []}, DataError, "no rows"),
    ],
)
def test_what_cannot_work_is_said_before_anything_runs(
    arguments: dict[str, object], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        triage_bench.diagnose(**arguments, out=tmp_path / "run")  # type: ignore[arg-type]
    assert not (tmp_path / "run").exists()


def test_a_class_is_found_by_its_file_and_one_of_a_notebook_is_told_where_to_go(tmp_path: Path) -> None:
    assert notebook._place("mine.py:Model") == "mine.py:Model"
    assert notebook._place(Diagnosis).endswith("diagnosis.py:Diagnosis")
    typed = type("Typed", (), {"__module__": "__main__"})
    with pytest.raises(InputError, match=r"%%writefile my_model\.py"):
        notebook._place(typed)


def test_importing_the_package_loads_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import triage_bench; triage_bench.__version__\n"
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith(('triage_bench', 'typing', '_'))))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(ran.stdout.replace("'", '"')))
    assert not loaded & {"numpy", "pandas", "typer", "sklearn", "torch", "rich", "pathlib"}


def test_a_script_without_a_guard_is_not_run_again_by_its_workers(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "from triage_bench.cli.notebook import _main_set_aside\n"
        "from triage_bench.executors.local import LocalExecutor\n"
        "print('started', flush=True)\n"
        "with _main_set_aside():\n"
        "    print([done.value for done in LocalExecutor(1).map(abs, [-3])])\n",
        "utf-8",
    )
    ran = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split("\n")[:2] == ["started", "[3]"]
