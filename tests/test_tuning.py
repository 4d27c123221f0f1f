"""Tuning never ends worse than the defaults, is the same for a seed, and keeps every trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from triage_bench.core.errors import TriageBenchError
from triage_bench.core.protocol import Tuning
from triage_bench.core.space import Choice, Float, Int, Space
from triage_bench.tuning import one_line, tune

SPACE = Space({"x": Float(-5, 5), "n": Int(1, 9, step=2), "kind": Choice(("a", "b"))})
DEFAULTS = {"x": 3.0, "n": 3, "kind": "a", "not searched": 1}


def hill(params: Mapping[str, Any], fold: int) -> float:
    return -abs(params["x"] - 1) / 10 - (params["kind"] == "a") / 10 + fold / 1_000


def test_the_defaults_are_the_first_trial_and_the_best_is_at_least_as_good() -> None:
    found = tune(SPACE, DEFAULTS, hill, Tuning(trials=25), 3, seed=0)
    assert dict(found.trials[0].params) == {"x": 3.0, "n": 3, "kind": "a"}
    assert len(found.trials) == 25
    assert found.score == max(t.score for t in found.trials if t.state == "complete" and t.score is not None)
    assert abs(found.params["x"] - 1) < 1 and found.params["kind"] == "b"


def test_one_seed_one_search() -> None:
    runs = [tune(SPACE, DEFAULTS, hill, Tuning(trials=12), 3, seed=s) for s in (4, 4, 5)]
    assert [t.params for t in runs[0].trials] == [t.params for t in runs[1].trials]
    assert [t.params for t in runs[0].trials] != [t.params for t in runs[2].trials]


def test_a_trial_that_falls_behind_is_given_up_and_never_chosen() -> None:
    folds: list[int] = []

    def score(params: Mapping[str, Any], fold: int) -> float:
        folds.append(fold)
        # Bad on the first fold, brilliant later: pruning must not let it win on half its folds.
        return 0.5 if params["x"] == 3.0 else (0.0 if fold == 0 else 5.0)

    found = tune(SPACE, DEFAULTS, score, Tuning(trials=6), 3, seed=0)
    assert found.params["x"] == 3.0
    assert [t.state for t in found.trials] == ["complete"] + ["pruned"] * 5
    assert folds == [0, 1, 2, 0, 0, 0, 0, 0]


def test_a_failed_trial_is_kept_with_its_reason_and_the_search_goes_on() -> None:
    def score(params: Mapping[str, Any], fold: int) -> float:
        if params["kind"] == "b":
            raise ValueError("b\nis \x1b[31mnot possible")
        return 1.0

    found = tune(SPACE, DEFAULTS, score, Tuning(trials=15), 2, seed=1)
    failed = [trial for trial in found.trials if trial.state == "failed"]
    assert failed and failed[0].reason == "ValueError: b is [31mnot possible"
    assert found.params["kind"] == "a"


def test_if_every_trial_fails_the_first_reason_is_told() -> None:
    def score(params: Mapping[str, Any], fold: int) -> float:
        raise ZeroDivisionError("nothing works")

    with pytest.raises(TriageBenchError, match="all 3 trials failed; the first: ZeroDivisionError: nothing works"):
        tune(SPACE, DEFAULTS, score, Tuning(trials=3), 2, seed=1)


def test_a_point_drawn_twice_is_computed_once() -> None:
    calls: list[Any] = []

    def score(params: Mapping[str, Any], fold: int) -> float:
        calls.append(params["kind"])
        return float(params["kind"] == "b")

    found = tune(Space({"kind": Choice(("a", "b"))}), {"kind": "a"}, score, Tuning(trials=10), 1, seed=0)
    assert len(found.trials) == 10
    assert sorted(calls) == ["a", "b"]


def test_after_the_timeout_no_trial_starts_but_the_defaults_were_scored() -> None:
    found = tune(SPACE, DEFAULTS, hill, Tuning(trials=1_000, timeout=0.0), 3, seed=0)
    assert len(found.trials) == 1


def test_an_exception_without_words_is_still_named() -> None:
    assert one_line(KeyError()) == "KeyError"
