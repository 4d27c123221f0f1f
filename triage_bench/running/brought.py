"""From ``--model FILE.py:NAME --params JSON`` to a recipe, after one look in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from triage_bench.core.errors import InputError
from triage_bench.core.job import Recipe
from triage_bench.executors.worker import ONE_THREAD
from triage_bench.models import MODELS

LOOK_SECONDS = 180.0
"""Importing TensorFlow from a cold disk takes the better part of a minute."""


def brought_recipe(model: str, params: str | None = None) -> Recipe:
    """Return the recipe of a user's own model.

    Parameters
    ----------
    model
        ``FILE.py:NAME``: a class or a factory in a Python file.
    params
        A JSON object given to it, or None.

    Raises
    ------
    InputError
        If the file, the name or the parameters cannot work. The file is executed in a process of its own,
        never in this one.
    """
    path, name = _parts(model)
    if name in MODELS:
        raise InputError(f"{model!r}: {name!r} is the name of a built-in model; give yours another one.")
    given = _params(params)
    if not path.is_file():
        raise InputError(f"there is no model file {str(path)!r}; give --model FILE.py:NAME.")
    error = _look(path, name, given)
    if error:
        raise InputError(error)
    entry = MODELS.bring(path, name)
    return Recipe(entry.name, given, version=entry.version)


def _parts(model: str) -> tuple[Path, str]:
    file, _, name = model.rpartition(":")
    if not file.endswith(".py") or not name.isidentifier():
        raise InputError(f"cannot read --model {model!r}; expected FILE.py:NAME, e.g. my_model.py:MyModel.")
    return Path(file).expanduser(), name


def _params(params: str | None) -> dict[str, Any]:
    if not params:
        return {}
    try:
        given = json.loads(params)
    except json.JSONDecodeError as error:
        raise InputError(f"--params is no JSON: {error}. Expected an object, e.g. '{{\"units\": 64}}'.") from error
    plain = (bool, int, float, str, type(None))
    if not isinstance(given, dict) or not all(isinstance(value, plain) for value in given.values()):
        raise InputError(f"--params must be a JSON object of plain values, got {params!r}; e.g. '{{\"units\": 64}}'.")
    return given


def _look(path: Path, name: str, params: dict[str, Any]) -> str | None:
    """Return what is wrong with a model, in one sentence, or None."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", "triage_bench.models.foreign_check", str(path.resolve()), name, str(answer)]
        try:
            ended = subprocess.run(
                command,
                input=json.dumps(params).encode(),
                capture_output=True,
                timeout=LOOK_SECONDS,
                env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return (
                f"{path.name} was not loaded within {LOOK_SECONDS:.0f} s; nothing may be trained while it is imported."
            )
        if not answer.is_file():
            last = ended.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            return f"{path.name} ended its process with code {ended.returncode} while it was loaded. {' '.join(last)}"
        error: str | None = json.loads(answer.read_text("utf-8"))["error"]
        return error
