"""A small data set that can be learnt, and models that misbehave."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from triage_bench.core.dataset import Dataset
from triage_bench.core.registry import Entry
from triage_bench.core.seeds import generator_for
from triage_bench.core.workspace import Workspace
from triage_bench.models import MODELS

sys.path.insert(0, str(Path(__file__).parent))

SIGNS = (
    ("숨을 쉬지", "의식이 없", "맥박이 안 잡히"),
    ("가슴이 조이", "식은땀이 나", "숨이 차"),
    ("목이 따끔거리", "콧물이 나", "손가락이 긁히"),
)
WORDS = (
    "어제",
    "오늘",
    "아침부터",
    "저녁에",
    "갑자기",
    "계속",
    "조금",
    "많이",
    "집에서",
    "회사에서",
    "운동하다",
    "자다가",
)


@pytest.fixture
def sentences() -> Dataset:
    """Return 120 sentences on three levels of urgency; the sign decides the level."""
    rng = generator_for("test sentences")
    labels = np.repeat(np.arange(3), 40)
    texts = [
        f"{' '.join(rng.permutation(WORDS)[:5])} {SIGNS[label][rng.integers(3)]}{' '.join(rng.permutation(WORDS)[:3])}"
        for label in labels
    ]
    return Dataset("sentences", tuple(texts), labels, ("1", "2", "3"), scale="triage")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "run", tmp_path / "data", tmp_path / "cache")


@pytest.fixture
def unruly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Register the models of `unruly.py`, in this process only."""
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    for name in ("Raises", "Exits", "NotANumber", "WrongShape", "NoDistribution", "ForeignLabel", "Ansi", "Remembers"):
        MODELS.register(Entry(name.lower(), f"unruly:{name}", "misbehaves", tags=frozenset({"test"})))
    yield
    sys.modules.pop("unruly", None)
