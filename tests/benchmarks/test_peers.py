"""The comparison with other tools: clocks end what overruns, votes are judged fairly, results are told as they are."""

from __future__ import annotations

import ast
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.families.classical import Rows
from benchmarks.peers import rows as peer_rows
from benchmarks.peers.blending import Slice, decided
from benchmarks.peers.clock import Clock, TimeIsUp
from benchmarks.peers.members import Family, folds_of, members_of, more_seeds
from benchmarks.peers.plan import planned
from benchmarks.peers.running import Result, add_result, read_results
from benchmarks.peers.table import rendered
from triage_bench.text.corpus import Corpus

TOOLS = Path(peer_rows.__file__).parent / "tools"


def test_a_fit_that_overruns_is_ended_and_the_alarm_is_off_afterwards():
    clock = Clock(0.2)
    with pytest.raises(TimeIsUp), clock.until(0.1):
        time.sleep(30)
    assert clock.left() <= 0.1
    time.sleep(1.2)  # longer than the alarm takes to ring again
    assert clock.left() == 0.0


def test_without_time_no_fit_is_begun():
    begun = False
    with pytest.raises(TimeIsUp), Clock(1.0).until(2.0):
        begun = True
    assert not begun


def _noisy(codes: np.ndarray, right: float, rng: np.random.Generator) -> np.ndarray:
    """Return a member's probabilities that are right in about this share of the rows."""
    answers = np.where(rng.random(len(codes)) < right, codes, rng.integers(0, 3, len(codes)))
    return np.full((len(codes), 3), 0.1) + 0.7 * np.eye(3)[answers]


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_members_that_err_apart_are_voted_and_a_good_one_among_guesses_is_found(metric: str) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 600)
    alike = np.stack([_noisy(codes, 0.6, rng) for _ in range(3)])
    assert not decided(Slice(alike, codes, None, metric)).name.startswith("member")
    among = np.stack([_noisy(codes, 0.0, rng), np.eye(3)[codes], _noisy(codes, 0.0, rng)])
    chosen = decided(Slice(among, codes, None, metric))
    assert (chosen.vote(among).argmax(axis=1) == codes).all()


def test_a_rare_class_that_is_outvoted_counts_when_macro_f1_is_asked_for() -> None:
    rng = np.random.default_rng(0)
    codes = (rng.random(2_000) < 0.1).astype(np.int64)
    rare = np.clip(0.08 + 0.3 * codes + 0.05 * rng.normal(size=2_000), 0.01, 0.99)  # never above a half
    cube = np.stack([np.stack((1.0 - rare, rare), axis=1)] * 2)
    chosen = decided(Slice(cube, codes, None, "macro_f1"))
    assert chosen.score > 0.9


def test_a_vote_is_judged_on_groups_that_its_weights_have_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = np.random.default_rng(0).integers(0, 30, 300)
    codes = groups % 3
    judged: list[int] = []

    def greedy(cube: np.ndarray, learnt: np.ndarray) -> Any:
        seen = set(cube[0, :, 0].tolist())

        def vote(asked: np.ndarray) -> np.ndarray:
            assert not seen & set(asked[0, :, 0].tolist())
            judged.append(len(asked[0]))
            return np.full((len(asked[0]), 3), 1 / 3)

        return vote

    monkeypatch.setattr("benchmarks.peers.blending._greedy", greedy)
    numbered = (1.0 + groups[None, :, None]) / 40.0
    decided(Slice(np.repeat(np.repeat(numbered, 3, axis=2), 2, axis=0), codes, groups, "accuracy"))
    assert sum(judged) == 300


class _Model:
    """Remembers how many rows it learnt from; learning takes as long as it is told."""

    def __init__(self, seconds: float, random_state: int = 0) -> None:
        self.seconds, self.random_state = seconds, random_state

    def fit(self, texts: Corpus, labels: np.ndarray) -> _Model:
        time.sleep(self.seconds)
        self.texts = set(texts)
        return self

    def predict_proba(self, texts: Corpus) -> np.ndarray:
        known = np.array([float(text in self.texts) for text in texts])
        return np.stack((known, 1.0 - known), axis=1)


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> Rows:
    monkeypatch.setattr("benchmarks.peers.members.MODELS", SimpleNamespace(load=lambda name: _Model))
    labels = np.arange(40) % 2
    return Rows(Corpus([f"글 {row}" for row in range(40)]), labels, np.arange(40), np.arange(0), np.arange(40) // 2)


def test_a_member_has_answered_every_row_without_having_learnt_from_it(learnt: Rows) -> None:
    (member,) = members_of([Family("a", {"seconds": 0.0})], learnt, folds_of(learnt), Clock(5.0))
    assert (member.held_out[:, 0] == 0.0).all()
    assert (member.answers(learnt.corpus)[:, 0] == 1.0).all()
    assert learnt.groups is not None
    for train, asked in folds_of(learnt):
        assert not set(learnt.groups[train]) & set(learnt.groups[asked])


def test_a_family_too_slow_for_its_folds_is_given_up_early_and_the_next_one_tried(learnt: Rows) -> None:
    families = [Family(name, {"seconds": seconds}) for name, seconds in (("a", 0.01), ("b", 30.0), ("c", 0.01))]
    clock = Clock(4.0, reserve=0.05)
    found = members_of(families, learnt, folds_of(learnt), clock)
    assert [one.family.name for one in found] == ["a", "c"]
    assert clock.left() > 0.0


def test_what_is_left_goes_into_other_seeds_of_networks(learnt: Rows) -> None:
    clock = Clock(4.0, reserve=0.05)
    families = [Family("a", {"seconds": 0.0}), Family("b", {"seconds": 0.03}, seeded=True)]
    plain, network = more_seeds(members_of(families, learnt, folds_of(learnt), clock), learnt, clock)
    assert [model.random_state for model in network.models] == list(range(len(network.models)))
    assert len(network.models) > 1
    assert len(plain.models) == 1
    assert clock.left() > 0.0


def test_right_answers_stand_where_no_tool_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(Corpus(["가", "나", "다"]), np.array([0, 1, 7]), np.arange(2), np.arange(2, 3))
    monkeypatch.setattr(peer_rows, "drawn", lambda task: rows)
    peer_rows.write("T1", tmp_path)
    given = {path.name: json.loads(path.read_text("utf-8")) for path in (tmp_path / "rows" / "T1").iterdir()}
    assert given["asked.json"] == {"texts": ["다"]}
    assert given["train.json"] == {"texts": ["가", "나"], "labels": [0, 1], "groups": None, "metric": "macro_f1"}
    assert json.loads((tmp_path / "truth" / "T1.json").read_text("utf-8")) == {"labels": [7]}


@pytest.mark.parametrize("path", sorted(TOOLS.glob("*.py")), ids=lambda path: path.stem)
def test_what_runs_in_a_tools_environment_needs_nothing_of_ours(path: Path) -> None:
    named = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    ours = {node.module for node in named if (node.module or "").startswith(("triage_bench", "benchmarks"))}
    assert ours <= {"benchmarks.peers.tools.measured"}


def test_ours_is_planned_within_a_minute_and_within_the_budget():
    keys = [one.key for one in planned(["T2"], ["ours", "flaml", "autointent"], 120.0)]
    assert keys == [("T2", "ours", 60.0), ("T2", "ours", 120.0), ("T2", "flaml", 120.0)]
    assert [one.seconds for one in planned(["T1"], ["ours"], 30.0)] == [30.0]


def test_nobody_is_ahead_of_a_tool_that_did_not_answer(tmp_path: Path) -> None:
    def answered(peer: str, score: float) -> Result:
        return Result("T2", peer, 60.0, "answered", "", 0.5, score, 1.0, 1.0, 100.0)

    some = [answered("ours", 0.6), answered("flaml", 0.5), answered("sklearn-char-lr", 0.6)]
    some.append(Result("T2", "mljar-compete", 60.0, "not fitted in time"))
    stored = tmp_path / "results.jsonl"
    stored.write_text("".join(f"{one.line()}\n" for one in some) + '{"task": "T1", "pe', "utf-8")
    assert read_results(stored) == some
    add_result(stored, added := answered("autogluon-best", 0.7))
    assert read_results(stored) == [*some, added]
    told = rendered(read_results(stored))
    assert "ahead of 1 of 3: flaml; not ahead of autogluon-best, sklearn-char-lr" in told
    assert "mljar-compete" in told
    assert "not fitted in time" in told
