"""The examples of bringing a model: each is diagnosed as the README says, by its file and by its class."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import triage_bench

EXAMPLES = Path(__file__).resolve().parents[2] / "benchmarks" / "examples"
SIGNS = ("숨이 차고 가슴이 조입니다", "머리가 지끈거리고 어지럽습니다", "손가락을 칼에 베었습니다")
WHEN = ("어제부터", "오늘 아침", "방금", "사흘 전부터", "밤새", "운동하다가", "밥을 먹다가")


def rows(count: int) -> dict[str, list[str]]:
    texts = [f"{WHEN[i % 7]} {SIGNS[i % 3]} {'계속 ' * (i % 4)}{i}번" for i in range(count)]
    return {"증상": texts, "KTAS": [str(i % 3 + 1) for i in range(count)]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "params"),
    [
        ("sklearn_model.py:make_model", {"C": 2.0}),
        ("torch_model.py:SyllableGRU", {"units": 8, "epochs": 10, "learning_rate": 0.02}),
        pytest.param(
            "keras_model.py:CharacterCNN",
            {"filters": 16, "epochs": 10},
            marks=pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="Keras is not installed"),
        ),
    ],
)
def test_each_example_gets_a_verdict_of_its_own(model: str, params: dict[str, float], tmp_path: Path) -> None:
    found = triage_bench.diagnose(
        rows(48),
        text="증상",
        label="KTAS",
        model=str(EXAMPLES / model),
        params=params,
        budget="quick",
        out=tmp_path / "run",
        workers=1,
        quiet=True,
    )
    name = model.partition(":")[2]
    assert found.model_verdict is not None and (found.model_verdict.model or "").startswith(name)
    own = found.leaderboard[found.leaderboard["model"] == name]
    assert len(own) and set(own["status"]) == {"ok"}
    majority = found.leaderboard[found.leaderboard["model"] == "majority"]
    assert own["score"].max() > majority["score"].max() + 0.2


def test_an_example_that_lacks_its_library_says_what_to_install() -> None:
    if importlib.util.find_spec("keras") is not None:
        pytest.skip("Keras is installed here")
    code = "import keras_model; keras_model.CharacterCNN().fit(['가'], ['1'])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=EXAMPLES, check=False)
    assert ran.returncode == 1 and "pip install keras tensorflow-cpu" in ran.stderr
