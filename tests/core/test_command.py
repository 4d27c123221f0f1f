"""Options are found again however they were typed."""

from __future__ import annotations

from triage_bench.core.command import options


def test_both_spellings_give_the_same() -> None:
    spaced = options(["triage-bench", "tune", "lstm", "--data", "my file.csv", "--out", "there", "--quiet"])
    joined = options(["triage-bench", "tune", "lstm", "--data=my file.csv", "--out=there", "--quiet"])
    assert list(spaced) == list(joined) == [("--data", "my file.csv"), ("--out", "there"), ("--quiet", "")]


def test_what_is_given_may_hold_an_equals_sign_or_nothing() -> None:
    assert list(options(["--label=a=b", "--text="])) == [("--label", "a=b"), ("--text", "")]
    assert list(options([])) == []
