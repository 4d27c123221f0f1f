"""Finding the files of ``benchmarks/`` (suites, cards): in the checkout, or inside the wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from triage_bench.core.errors import TriageBenchError

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def content_folder(name: str) -> Path:
    """Return the folder of one kind of content: ``"suites"`` or ``"cards"``.

    The wheel carries ``benchmarks/NAME`` as ``triage_bench/content/NAME`` (see pyproject.toml);
    a checkout has it beside the package.
    """
    for folder in (_PACKAGE / "content" / name, _PACKAGE.parent / "benchmarks" / name):
        if folder.is_dir():
            return folder
    raise TriageBenchError(f"the installation lacks its {name!r} folder; install triage_bench again.")
