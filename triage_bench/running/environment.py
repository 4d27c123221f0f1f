"""What a number was measured with: versions and machine, without names of people or paths."""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = (
    "triage-bench",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "lightgbm",
    "torch",
    "transformers",
    "tokenizers",
    "peft",
    "optuna",
    "konlpy",
    "python-mecab-ko",
    "kiwipiepy",
)


@cache
def versions() -> dict[str, str]:
    """Return the version of every library a score may depend on; a missing one is left out."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def machine() -> dict[str, str]:
    """Return what kind of machine this is."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "cores": str(os.cpu_count()),
        "threads_per_job": os.environ.get("OMP_NUM_THREADS", "default"),
    }
