"""The campaigns of ``benchmarks/reliability`` on a few cases each: every fault they inject is survived."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="faults are injected by forking"),
]

CAMPAIGN = """
import importlib, sys
results = importlib.import_module(f"benchmarks.reliability.{sys.argv[1]}").campaign(seed=1, quick=True)
lost = [result for result in results if result.survived < result.tried or not result.tried]
sys.exit(repr(lost) if lost or not results else 0)
"""


# In a process of its own: a fork of this one would hang on the locks of what other tests have loaded.
@pytest.mark.parametrize("campaign", ["kills", "records", "disk", "two_runs", "models", "command_line"])
def test_what_is_broken_on_purpose_is_survived(campaign: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CAMPAIGN, campaign],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
