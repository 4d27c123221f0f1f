"""Whether a user's file gives a model at all, found out in a process of its own.

``python -m triage_bench.models.foreign_check FILE NAME ANSWER`` reads the parameters as JSON from standard input and
writes ``{"error": …}`` or ``{"error": null}`` to the file ANSWER: what the user's module prints must not disturb.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

from triage_bench.core.errors import TriageBenchError
from triage_bench.models.foreign import load_brought

NEEDED = ("fit", "predict")


def look(path: Path, name: str, params: dict[str, Any]) -> dict[str, Any]:
    """Load, make one model, and say what it has.

    Returns
    -------
    dict
        ``error``: one sentence, or None.
    """
    try:
        brought = load_brought(path, name)
    except TriageBenchError as error:
        return {"error": str(error)}
    try:
        model = brought.make(**params)
    except Exception as error:
        return {
            "error": f"{brought.name} cannot be made with {_given(params)}: {_said(error)}.{_accepted(brought.make)}"
        }
    missing = [one for one in NEEDED if not callable(getattr(model, one, None))]
    if missing:
        return {
            "error": f"{brought.name} gives {type(model).__name__}, which has no {' and no '.join(missing)}; "
            "expected fit(texts, labels) and predict(texts)."
        }
    return {"error": None}


def _given(params: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in params.items()) or "no parameters"


def _accepted(make: Any) -> str:
    try:
        return f" It takes {inspect.signature(make)}."
    except (TypeError, ValueError):
        return ""


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


if __name__ == "__main__":
    file, wanted, answer = sys.argv[1:4]
    Path(answer).write_text(json.dumps(look(Path(file), wanted, json.loads(sys.stdin.read() or "{}"))), "utf-8")
