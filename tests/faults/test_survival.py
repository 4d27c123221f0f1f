"""The campaigns of ``benchmarks/reliability`` on a few cases each: every fault they inject is survived."""

from __future__ import annotations

import importlib
import os

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="faults are injected by forking")


@pytest.mark.parametrize("campaign", ["kills", "records", "disk", "two_runs", "models", "command_line"])
def test_what_is_broken_on_purpose_is_survived(campaign: str) -> None:
    results = importlib.import_module(f"benchmarks.reliability.{campaign}").campaign(seed=1, quick=True)
    assert results
    assert not [result for result in results if result.survived < result.tried or not result.tried]
