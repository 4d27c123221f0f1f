"""``fit`` and ``predict``: what goes in, what comes out, how they end."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from triage_bench.cli.app import main
from triage_bench.models.keeping import load_model
from triage_bench.testing import easy_sentences

LEVELS = {"응급": 1, "준응급": 2, "비응급": 3}
SIGNS = ["가슴이 쥐어짜듯 아픕니다", "콧물이 납니다", "배가 살살 아픕니다"]


def ended(*arguments: str | Path) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts, labels = easy_sentences(90)
    rows = [f'"{i}번, {text}",{LEVELS[label]}' for i, (text, label) in enumerate(zip(texts, labels, strict=True))]
    path = tmp_path_factory.mktemp("data") / "내 자료.csv"
    path.write_bytes("\r\n".join(["증상,KTAS", *rows, ""]).encode("cp949"))
    return path


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "ktas"
    assert (
        ended("fit", "tfidf-lr", "--data", data, "--text", "증상", "--label", "KTAS", "--save", folder, "--quiet") == 0
    )
    return folder


def given(monkeypatch: pytest.MonkeyPatch, text: str, encoding: str = "utf-8") -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode(encoding))))


@pytest.mark.parametrize("command", ["fit", "predict"])
def test_the_commands_explain_themselves_without_loading_anything_heavy(command: str) -> None:
    code = (
        f"import sys; from triage_bench.cli.app import main; main([{command!r}, '--help']);"
        "sys.stderr.write(','.join({'torch', 'sklearn', 'scipy', 'pandas', 'lightgbm'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr == "" and "Example:" in ran.stdout


def test_fit_keeps_all_rows_the_parameters_and_a_card(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--data", data, "--text", "증상", "--label", "KTAS", "--params", '{"C": 3.5}', "--tokenizer", "eojeol"]
    assert ended("fit", "tfidf-lr", *arguments, "--save", "m", "--json", "--lang", "en") == 0
    shown = capsys.readouterr()
    (line,) = json.loads(shown.out)
    assert line["rows"] == "90" and line["folder"] == "m" and line["model"] == "tfidf-lr[eojeol]"
    assert "The file was read as CP949." in shown.err
    kept = load_model("m")
    assert kept.description.params["C"] == 3.5 and kept.description.params["tokenizer"] == "eojeol"
    assert kept.labels == ("1", "2", "3") and kept.description.about.rows == 90
    assert kept.description.about.text_column == "증상"
    assert "내 자료" in Path("m/README.md").read_text()


def test_quiet_says_only_the_result(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--data", data, "--text", "증상", "--label", "KTAS", "--save", "m", "--quiet"]
    assert ended("fit", "majority", *arguments) == 0
    shown = capsys.readouterr()
    assert shown.err == "" and len(shown.out.splitlines()) == 2


def test_tuned_parameters_bring_their_score_to_the_card(data: Path) -> None:
    from triage_bench.datasets import read_file
    from triage_bench.models.linear import TfidfLogisticRegression

    digest = read_file(data, text="증상", label="KTAS").digest
    Path("run").mkdir()
    params = {**TfidfLogisticRegression().get_params(), "C": 7.0, "min_df": 2, "random_state": 5}
    best = {"model": "tfidf-lr", "params": params, "inner_score": 0.9}
    row = {
        "dataset": "내 자료",
        "model": "tfidf-lr",
        "tuned": True,
        "metric": "macro_f1",
        "score": 0.876,
        "ci_low": 0.8,
        "ci_high": 0.95,
        "split": "near-duplicate",
    }
    report = {
        "datasets": [{"name": "내 자료", "digest": digest}],
        "leaderboard": [{**row, "tuned": False, "score": 0.1}, row],
    }
    Path("run/best_parameters.json").write_text(json.dumps(best))
    Path("run/report.json").write_text(json.dumps(report))
    arguments = ["--data", data, "--text", "증상", "--label", "KTAS", "--params", "run/best_parameters.json", "--quiet"]
    assert ended("fit", "tfidf-lr", *arguments, "--save", "m") == 0
    assert load_model("m").description.params["min_df"] == 2
    assert "| macro\\_f1 | 0.876 | 0.800–0.950 | near-duplicate |" in Path("m/README.md").read_text()
    # Of other parameters, or other rows, that score says nothing.
    assert ended("fit", "tfidf-lr[eojeol]", *arguments, "--save", "other") == 0
    assert load_model("other").description.about.scores == ()
    report["datasets"][0]["digest"] = "other rows"
    Path("run/report.json").write_text(json.dumps(report))
    assert ended("fit", "tfidf-lr", *arguments, "--save", "third") == 0
    assert load_model("third").description.about.scores == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_file_is_answered_whatever_its_encoding(
    encoding: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("new.csv").write_bytes(
        "\r\n".join(["번호,증상", *(f"{i},{s}" for i, s in enumerate(SIGNS)), ""]).encode(encoding)
    )
    assert ended("predict", model, "new.csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["label"] for row in rows] == ["1", "3", "2"]
    assert [row["row"] for row in rows] == ["2", "3", "4"]
    for row in rows:
        assert sum(float(row[f"p_{label}"]) for label in "123") == pytest.approx(1, abs=1e-5)
        assert 0 <= float(row["unknown_share"]) < 0.2


def test_the_three_forms_say_the_same(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.jsonl").write_text("".join(json.dumps({"증상": sign}) + "\n" for sign in SIGNS))
    assert ended("predict", model, "new.jsonl", "--json", "--explain", "2") == 0
    array = json.loads(capsys.readouterr().out)
    assert ended("predict", model, "new.jsonl", "--format", "jsonl", "--explain", "2") == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == array
    assert ended("predict", model, "new.jsonl", "--explain", "2") == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["label"] for row in table] == [one["label"] for one in array] == ["1", "3", "2"]
    for row, one, sign in zip(table, array, SIGNS, strict=True):
        assert float(row["p_1"]) == one["probabilities"]["1"]
        assert len(one["explanation"]) == 2
        assert all(part["gram"].strip() in sign for part in one["explanation"])
        assert one["explanation"][0]["gram"] in row["explanation"]


def test_a_pipe_is_lines_or_json_lines_or_a_table(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for text, arguments in (
        ("\n".join(SIGNS), []),
        ("".join(json.dumps({"증상": sign}, ensure_ascii=False) + "\n" for sign in SIGNS), []),
        ("\n".join(["말", *SIGNS]), ["--text", "말"]),
    ):
        given(monkeypatch, text)
        assert ended("predict", model, "-", "--json", *arguments) == 0
        assert [one["label"] for one in json.loads(capsys.readouterr().out)] == ["1", "3", "2"]


def test_a_row_without_text_keeps_its_place_and_gets_no_answer(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, f"{SIGNS[0]}\n   \n{SIGNS[1]}\n")
    assert ended("predict", model, "-", "--format", "jsonl") == 0
    shown = capsys.readouterr()
    found = [json.loads(line) for line in shown.out.splitlines()]
    assert [one["label"] for one in found] == ["1", None, "3"] and found[1]["probabilities"] is None
    assert "1 of 3 rows have no text" in shown.err


def test_the_file_that_is_written_opens_in_excel(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.txt").write_text("증상\n" + "\n".join(SIGNS) + "\n")
    assert ended("predict", model, "new.txt", "--out", "answers.csv", "--quiet") == 0
    data = Path("answers.csv").read_bytes()
    assert data.startswith("\ufeffrow,label".encode()) and data.count(b"\r\n") == 4
    assert capsys.readouterr().out == ""
    assert ended("predict", model, "new.txt", "--out", "answers.jsonl") == 0
    assert [json.loads(line)["label"] for line in Path("answers.jsonl").read_text().splitlines()] == ["1", "3", "2"]
    assert not list(Path.cwd().glob(".*.tmp"))


def test_no_label_becomes_a_formula(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{text},{'=1+1' if i % 2 else '-3'}" for i, text in enumerate(easy_sentences(40)[0])]
    Path("odd.csv").write_text("\n".join(["t,l", *lines, ""]))
    assert ended("fit", "tfidf-lr", "--data", "odd.csv", "--text", "t", "--label", "l", "--save", "m", "--quiet") == 0
    capsys.readouterr()
    assert ended("predict", "m", "odd.csv") == 0
    labels = {row["label"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert labels <= {"'=1+1", "-3"} and len(labels) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "lsmt", "--save", "m", "--dataset", "kobill"], "Did you mean 'lstm'?"),
        (["fit", "tfidf-lr", "--save", "m"], "name either --dataset NAME or --data FILE"),
        (
            ["fit", "tfidf-lr", "--save", "m", "--dataset", "kobill", "--params", '{"minn_df": 1}'],
            "Did you mean 'min_df'?",
        ),
        (["fit", "tfidf-lr", "--save", "m", "--dataset", "kobill", "--params", "{"], "is not JSON"),
        (["fit", "tfidf-lr", "--save", "m", "--dataset", "kobill", "--params", "none.json"], "neither JSON nor a file"),
        (["fit", "tfidf-lr", "--save", "m", "--dataset", "kobill", "--tokenizer", "mecap"], "Did you mean 'mecab'?"),
        (["fit", "tfidf-lr", "--save", "MODEL", "--dataset", "kobill"], "holds a model already"),
        (["predict", "no-model", "x.csv"], "there is no folder 'no-model'"),
        (["predict", ".", "x.csv"], "holds no model"),
        (["predict", "MODEL", "no.csv"], "there is no file 'no.csv'"),
        (["predict", "MODEL", "two.csv"], "which column holds the texts? Add --text COLUMN, one of: 'a', 'b'"),
        (["predict", "MODEL", "two.csv", "--text", "c"], "unknown column 'c'"),
        (["predict", "MODEL", "two.csv", "--text", "a", "--format", "cvs"], "Did you mean 'csv'?"),
        (["predict", "MODEL", "two.csv", "--text", "a", "--out", "no/such/folder.csv"], "cannot be written"),
        (["predict", "MODEL", "two.csv", "--text", "a", "--json", "--out", "x"], "leave out --out"),
    ],
)
def test_wrong_input_gets_one_message_and_exit_code_2(
    arguments: list[str], message: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("two.csv").write_text("a,b\n1,2\n")
    assert ended(*(str(model) if one == "MODEL" else one for one in arguments)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err and shown.err.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in shown.err and not Path("m").exists()


def test_a_changed_model_is_not_used(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    folder = tmp_path / "changed"
    shutil.copytree(model, folder)
    (folder / "model.json").write_text("{}")
    Path("new.txt").write_text("증상\nx\n")
    assert ended("predict", folder, "new.txt") == 2
    assert "model.json is damaged or was changed" in capsys.readouterr().err


def test_an_interrupted_training_ends_with_130_and_goes_on(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from triage_bench.cli import fit as module

    params = '{"epochs": 3, "hidden": 4, "embedding": 4, "tokenizer": "eojeol"}'
    arguments: list[Any] = ["fit", "gru", "--data", data, "--text", "증상", "--label", "KTAS", "--params", params]
    assert ended(*arguments, "--save", "whole") == 0

    def stop(entry: Any) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "_epoch", stop)
        assert ended(*arguments, "--save", "m") == 130
    assert "--resume" in capsys.readouterr().err
    assert ended(*arguments, "--save", "m") == 2
    assert "interrupted; add --resume" in capsys.readouterr().err
    assert ended(*arguments, "--save", "m", "--resume") == 0
    assert {p.name: p.read_bytes() for p in Path("m").iterdir()} == {
        p.name: p.read_bytes() for p in Path("whole").iterdir()
    }
