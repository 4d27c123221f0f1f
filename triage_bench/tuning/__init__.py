"""Hyper-parameter search by Optuna, on training rows only: nothing here can reach a test row.

By one worker (`tune`), or by several that meet in a database (`tune_together`).
"""

from __future__ import annotations

from triage_bench.tuning.alone import InnerScore, Tuned, one_line, tune
from triage_bench.tuning.storage import SharedStorage
from triage_bench.tuning.together import TogetherSearch, tune_together

__all__ = ["InnerScore", "SharedStorage", "TogetherSearch", "Tuned", "one_line", "tune", "tune_together"]
