"""Models to keep: a folder of JSON, arrays and weights that is read back without running anything in it."""

from __future__ import annotations

from triage_bench.models.keeping.description import About, Description, Score
from triage_bench.models.keeping.model import KeptModel, load_model, save_model

__all__ = ["About", "Description", "KeptModel", "Score", "load_model", "save_model"]
