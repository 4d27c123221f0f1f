"""What is known of the data comes out as the verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.faults.truths import QUICK, Truth, examined, mistake
from triage_bench.core.workspace import Workspace


@pytest.mark.slow
@pytest.mark.parametrize("truth", QUICK, ids=lambda truth: truth.name)
def test_what_is_known_of_the_data_comes_out(truth: Truth, tmp_path: Path) -> None:
    assert mistake(truth, examined(truth, Workspace.at(tmp_path / "run", cache=tmp_path / "cache"))) is None
