"""``benchmarks/`` is content beside the package: it is never installed, only found from the repository's root."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
