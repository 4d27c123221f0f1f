"""Where networks that start from elsewhere find it: names, places, and what must be alike. Needs no torch."""

from __future__ import annotations

from pathlib import Path

from triage_bench.core.workspace import default_cache

PRETRAINED, VECTORS = "pretrained", "vectors"
"""Folders in the cache, in which bare names are looked up."""

MOST_OTHERS = 50_000
"""Words of a file of vectors that a network keeps besides those of its training rows: the first of the file."""

SHAPE_PARAMS = (
    *("tokenizer", "shortest", "longest", "embedding", "hidden", "layers"),
    *("bidirectional", "pooling", "filters", "widest"),
)
"""Parameters that a network shares with the one it starts from."""


def located(name: str, kind: str) -> Path:
    """Return the file or folder of a name: as a path, or else in the cache's folder of that kind."""
    path = Path(name).expanduser()
    return path if path.exists() or path.name != name else default_cache() / kind / name
