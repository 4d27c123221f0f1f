"""Benchmark and diagnose small-data Korean text classification, classical machine learning first.

In a notebook: ``triage_bench.diagnose(df, text="증상", label="KTAS")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triage_bench.cli.notebook import Diagnosis, diagnose

__all__ = ["Diagnosis", "__version__", "diagnose"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load what is for notebooks when it is asked for: ``import triage_bench`` costs nothing."""
    if name not in ("Diagnosis", "diagnose"):
        raise AttributeError(f"module 'triage_bench' has no attribute {name!r}; it has {', '.join(__all__)}.")
    from triage_bench.cli import notebook

    return getattr(notebook, name)
