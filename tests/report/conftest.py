from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import factory

from triage_bench.core.run import Run
from triage_bench.report.page import render_page
from triage_bench.report.view import build_view

STARTED = "2026-01-02T03:04:05+00:00"


@pytest.fixture(scope="session")
def run() -> Run:
    return factory.build_run(rows=300)


@pytest.fixture(scope="session")
def view(run: Run) -> dict[str, Any]:
    return build_view(run, exhibits=factory.exhibits(run), started=STARTED, seconds=312.4, reused=3)


@pytest.fixture(scope="session")
def page(view: dict[str, Any]) -> str:
    return render_page(view, "ko")
