"""What is typed, what is printed where, and how each command ends."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from triage_bench.cli.app import Commands, main
from triage_bench.cli.plain import cells, pad, safe
from triage_bench.core.workspace import Workspace
from triage_bench.store import Store

HEAVY = ("torch", "sklearn", "lightgbm", "optuna", "pandas", "konlpy", "jpype", "kiwipiepy", "rich", "altair", "scipy")


def ended(*arguments: str) -> int:
    return main(arguments)


LEAVES = (
    *(name for name in Commands.targets if name not in ("list", "data")),
    *(f"list {kind}" for kind in ("models", "tokenizers", "datasets", "suites", "checks")),
    *(f"data {what}" for what in ("list", "fetch", "verify", "export")),
)


@pytest.mark.parametrize("command", ["", "list", "data", *LEAVES])
def test_every_command_explains_itself_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*command.split(), "--help") == 0
    text = capsys.readouterr().out
    assert "Example:" in text or command in ("", "data", "list")


@pytest.mark.parametrize("command", LEAVES)
def test_every_command_can_be_quiet_and_those_with_a_table_give_it_as_json(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(*command.split(), "--help") == 0
    text = capsys.readouterr().out
    assert "--quiet" in text
    assert "--json" in text or command == "data export"


def test_the_list_of_commands_names_what_can_be_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--help") == 0
    shown = capsys.readouterr().out
    for name, target in Commands.targets.items():
        module, _, attribute = target.place.partition(":")
        assert hasattr(import_module(module), attribute)
        assert f"  {name} " in shown and target.summary.endswith(".")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("tune tfi", {"tfidf-lr"}),
        ("tune lstm[", {"lstm[mecab]", "lstm[eojeol]"}),
        ("run --suite pub", {"published"}),
        ("fit lstm --dataset kob", {"kobill"}),
        ("data fetch nsmc-", {"nsmc-10k"}),
        ("list mo", {"models"}),
        ("comp", {"compare"}),
        ("run --budget ", {"quick", "standard", "thorough"}),
        ("diagnose my.csv --scale ", {"nominal", "ordinal", "triage"}),
    ],
)
def test_a_shell_completes_names_without_loading_anything_heavy(typed: str, offered: set[str]) -> None:
    words = f"triage-bench {typed}"
    place = len(words.split()) - (0 if typed.endswith(" ") else 1)
    environment = {"_TRIAGE_BENCH_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
    code = (
        "import sys; from triage_bench.cli.app import main; main();"
        f"sys.stderr.write(','.join(m for m in {(*HEAVY, 'numpy', 'pydantic')!r} if m in sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    assert offered <= set(ran.stdout.split())
    assert ran.stderr == ""


@pytest.mark.parametrize("kind", ["models", "tokenizers", "datasets", "suites", "checks"])
def test_whatever_there_is_can_be_listed_as_a_table_and_as_json(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("list", kind) == 0
    table = capsys.readouterr().out.splitlines()
    assert ended("list", kind, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == len(table) - 1 > 3 or kind == "suites"
    assert all(row["name"] in line for row, line in zip(rows, table[1:], strict=True))


@pytest.mark.parametrize(
    "command", [["--help"], ["list", "models"], ["list", "datasets"], ["list", "checks"], ["list", "suites"]]
)
def test_listing_loads_nothing_heavy(command: list[str]) -> None:
    code = (
        f"import sys; from triage_bench.cli.app import main; main({command!r});"
        f"sys.stderr.write(','.join(m for m in {(*HEAVY, 'numpy', 'importlib.metadata')!r} if m in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr == ""


def test_every_check_tells_where_its_line_is_drawn_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("list", "checks", "--json") == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert ended("list", "checks", "--thresholds", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in told] == names
    for lang in ("ko", "en"):
        assert ended("list", "checks", "--thresholds", "--lang", lang) == 0
        text = capsys.readouterr().out
        assert all(one[part][lang] in text for one in told for part in ("title", "why", "threshold"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--suite", "al"], "unknown suite 'al'. Did you mean 'all'?"),
        (["run", "--suite", "smoke", "--budget", "qick"], "Did you mean 'quick'?"),
        (["run", "--suite", "smoke", "--executor", "locl"], "Did you mean 'local'?"),
        (["run", "--suite", "smoke", "--lang", "kr"], "Did you mean 'ko'?"),
        (["tune", "lsmt", "--dataset", "kobill"], "Did you mean 'lstm'?"),
        (["tune", "lstm"], "name either --dataset NAME or --data FILE"),
        (["tune", "lstm", "--dataset", "kobil"], "Did you mean 'kobill'?"),
        (["tune", "lstm", "--data", "no-such.csv", "--text", "a", "--label", "b"], "no-such.csv"),
        (["tune", "lstm", "--data", "x.csv"], "--text COLUMN --label COLUMN"),
        (["tune", "lstm", "--dataset", "kobill", "--search", "hiden=3..9"], "Did you mean 'hidden'?"),
        (["tune", "lstm", "--dataset", "kobill", "--pretrain", "nsmc", "--search", "hidden"], "starts from"),
        (["report", "no-such-run"], "holds no run"),
        (["data", "fetch", "nsmcc"], "Did you mean 'nsmc'?"),
        (["diagnose", "x.csv", "--text", "a", "--label", "b", "--scale", "triag"], "Did you mean 'triage'?"),
    ],
)
def test_wrong_input_gets_one_message_and_exit_code_2(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ended(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ") and message in shown.err
    assert len(shown.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((), "fields where the header has 2"),
        (("--lang=en",), "fields where the header has 2"),
        (("--lang", "ko"), "첫 줄의 열은 2개입니다"),
    ],
)
def test_a_file_that_is_refused_is_told_problem_by_problem_in_the_language_asked_for(
    asked: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("text,label\na,1\nb,2,3\nc,2\nd,4,4\n", encoding="utf-8")
    assert main(["diagnose", str(file), "--text", "text", "--label", "label", *asked]) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in told] == ["mine.csv:3:3", "mine.csv:5:3"]
    assert all(said in line for line in told)


@pytest.mark.parametrize(("typed", "meant"), [(["diagnos"], "diagnose"), (["list", "modles"], "models")])
def test_a_mistyped_command_is_answered_with_the_nearest(
    typed: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(*typed) == 2
    assert f"Did you mean {meant!r}?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["run"], ["no-such-command"], ["list", "modles"], ["run", "--suite", "smoke", "--workers", "0"]]
)
def test_a_wrong_command_line_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*arguments) == 2
    assert capsys.readouterr().err


def test_tables_align_by_terminal_cells() -> None:
    assert cells("증상 a") == 6
    assert cells("e\u0301") == 1
    assert cells(pad("증상", 7)) == 7


def test_no_escape_code_reaches_the_terminal() -> None:
    assert safe("a\x1b[31mb\r\n\x07") == "a\\x1b[31mb\\x0d\\x0a\\x07"


def test_starting_up_costs_little(tmp_path: Path) -> None:
    """A few bare interpreters at most; the ratio holds on a busy machine where seconds do not."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def seconds(*command: str) -> float:
        """Return the least processor time of five starts: unlike the clock's, it is not a neighbour's."""
        best = float("inf")
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, env=environment)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return best

    bare = seconds("-c", "pass")
    assert seconds("-m", "triage_bench", "--help") <= max(12 * bare, 0.3)
    assert seconds("-m", "triage_bench", "list", "models") <= max(15 * bare, 0.35)


@pytest.mark.slow
def test_a_run_writes_its_report_and_a_second_one_has_nothing_to_do(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "triage_bench", "run", "--suite", "smoke", "--budget", "quick", "--out", "r"]
    first = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    assert first.stdout.splitlines()[-1] == "report: r/index.html"
    verdicts = json.loads((tmp_path / "r" / "report.json").read_text(encoding="utf-8"))["verdicts"]
    assert verdicts and all(one["summary"]["ko"] in first.stdout for one in verdicts)
    assert "12 jobs, 0 done already" in first.stderr
    assert max(map(len, first.stderr.splitlines())) <= 120
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert names >= {"index.html", "report.json", "leaderboard.csv", "leaderboard.md", "findings.csv", "records"}
    written = (tmp_path / "r" / "index.html").stat().st_mtime_ns
    again = subprocess.run(
        [*command, "--json"], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )
    assert "12 jobs, 12 done already" in again.stderr
    rows = json.loads(again.stdout)
    assert {row["model"] for row in rows} == {"majority", "tfidf-lr"}
    assert (tmp_path / "r" / "index.html").stat().st_mtime_ns == written


@pytest.mark.slow
def test_tuning_a_file_saved_by_excel_in_korea(tmp_path: Path) -> None:
    signs = ("숨이 차고 가슴이 아픕니다", "머리가 조금 아픕니다", "손가락을 베었습니다")
    lines = [f'"{i}번째 환자, {signs[i % 3]} {"계속 " * (i % 5)}{i}일째",{i % 3 + 1}' for i in range(60)]
    (tmp_path / "내 자료.csv").write_bytes("\r\n".join(["증상,KTAS", *lines, ""]).encode("cp949"))
    arguments = ["tune", "tfidf-lr", "--data", "내 자료.csv", "--text", "증상", "--label", "KTAS", "--trials", "3"]
    arguments += ["--search", "max_df", "--search", "C=1..100:log"]
    ran = subprocess.run(
        [sys.executable, "-m", "triage_bench", *arguments, "--folds", "3", "--out", "run", "--workers", "1"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    assert ran.returncode == 0, ran.stderr
    best = json.loads((tmp_path / "run" / "best_parameters.json").read_text())
    assert best["model"] == "tfidf-lr" and 1 <= best["params"]["C"] <= 100
    tuned = [one for one in Store(Workspace.at(tmp_path / "run")).read_run().records.values() if one.trials]
    assert tuned and all({"C", "max_df"} < {*trial.params} for one in tuned for trial in one.trials)
    page = (tmp_path / "run" / "index.html").read_text()
    assert signs[0] not in page
