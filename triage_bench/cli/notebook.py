"""``triage_bench.diagnose``: the designed experiment from a notebook, and its result as an object."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from triage_bench.cli.diagnosis import Diagnosis
from triage_bench.core.errors import InputError

if TYPE_CHECKING:
    from triage_bench.core.dataset import Dataset, Scale

__all__ = ["Diagnosis", "diagnose"]

Column = str | Iterable[Any]
ROLES = ("text", "label", "group", "source")


def diagnose(
    data: Any = None,
    *,
    text: Column,
    label: Column,
    group: Column | None = None,
    source: Column | None = None,
    scale: str | None = None,
    numeric: Sequence[str] | None = None,
    categorical: Sequence[str] | None = None,
    columns: str | None = None,
    model: str | type | None = None,
    params: Mapping[str, Any] | None = None,
    budget: str = "standard",
    out: str | Path | None = None,
    name: str | None = None,
    seed: int = 0,
    workers: int | None = None,
    lang: str = "ko",
    show_texts: bool = False,
    quiet: bool = False,
) -> Diagnosis:
    """Run the designed experiment on your data and say what holds the score back.

    Parameters
    ----------
    data
        A pandas data frame, a mapping of columns, a file's name, or None where the columns are given themselves.
    text, label, group, source
        Column names in `data`; without `data` the columns: lists, arrays or series of one length.
    scale
        What the labels are: ``"nominal"``, ``"ordinal"`` or ``"triage"`` (1 is the most urgent); by default told by
        the column's name and its labels.
    numeric, categorical
        Further columns of `data` that models may read beside the text, by name.
    columns
        ``"auto"`` finds such columns by their type.
    model
        A model of your own with ``fit(X, y)`` and ``predict(X)`` over raw strings: ``"my_file.py:MyModel"``, or a
        class that was imported from a Python file. It runs in processes of its own, so a class that was only typed
        into a notebook or a script cannot be used; write its cell to a file with ``%%writefile my_file.py``.
    params
        Plain values given to it.
    budget
        ``"quick"``, ``"standard"`` or ``"thorough"``.
    out
        Directory of the run; ``reports/diagnose-NAME-BUDGET`` where None. The same call again does what is missing.
    name
        What to call the data; ``"rows"`` where they come from memory.
    seed, workers
        Seed of the run, and processes at once (one per core).
    lang, quiet
        ``"ko"`` or ``"en"``; whether to show no progress.
    show_texts
        Whether the report may show your texts, identifiers masked.

    Returns
    -------
    Diagnosis
        Verdict, tables and the place of the report; a notebook shows it as a page of its own.

    Raises
    ------
    InputError
        If data, columns, model or budget cannot work as they are.
    KeyboardInterrupt
        If it was interrupted; what was finished is kept.
    """
    from triage_bench.cli.ends import INTERRUPTED
    from triage_bench.cli.session import Session, run_folder
    from triage_bench.cli.told import known_scale
    from triage_bench.core.workspace import Workspace
    from triage_bench.datasets.beside import Beside, with_columns
    from triage_bench.running.diagnosis import diagnosis_budget, plan_diagnosis

    beside = Beside.asked(numeric, categorical, columns)
    given = {"text": text, "label": label, "group": group, "source": source}
    rows = with_columns(_rows(data, given, name, beside.wanted, known_scale(scale)), beside)
    workspace = Workspace.at(out or run_folder("diagnose", rows.name, budget))
    session = Session(
        workspace, "local", workers, language=lang, quiet=quiet, json=False, show_texts=show_texts, printing=False
    )
    own = None
    if model is not None:
        from triage_bench.running.brought import brought_recipe

        own = brought_recipe(_place(model), json.dumps(dict(params)) if params else None)
    size = diagnosis_budget(budget, rows)
    planned = plan_diagnosis(rows, budget, seed, workspace, ("triage_bench.diagnose(…)",), own)
    with _main_set_aside():
        code = session.conduct(planned, size)
    if code == INTERRUPTED:
        raise KeyboardInterrupt("what was finished is kept; the same call goes on from here")
    return Diagnosis(workspace.run, lang)


def _rows(
    data: Any, given: Mapping[str, Any], name: str | None, also: Sequence[str] | None, scale: Scale | None
) -> Dataset:
    from triage_bench.datasets import read_columns, read_file

    if data is None:
        columns = {role: _cells(role, values) for role, values in given.items() if values is not None}
        named = {role: role if role in columns else None for role in ROLES}
        return read_columns(columns, **_names(named), name=name or "rows", scale=scale)
    for role, column in given.items():
        if column is not None and not isinstance(column, str):
            raise InputError(
                f"{role}= must name a column of the data, got {type(column).__name__}; "
                "or give the columns themselves, and no data."
            )
    if isinstance(data, str | Path):
        return read_file(data, **_names(given), name=name, scale=scale, also=also)
    if not hasattr(data, "keys") or not hasattr(data, "__getitem__"):
        raise InputError(
            f"data must be a data frame, a mapping of columns or a file's name, got {type(data).__name__}; "
            "lists are given as text=[…], label=[…]."
        )
    columns = {str(one): _cells(str(one), data[one]) for one in data}
    return read_columns(columns, **_names(given), name=name or "rows", scale=scale)


def _names(given: Mapping[str, Any]) -> dict[str, Any]:
    return {role: given[role] for role in ROLES}


def _cells(name: str, values: Any) -> Sequence[Any]:
    """Return a column's cells as plain values; pandas' own signs for missing become None."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InputError(f"{name}: expected a column of values, got {values!r}. Name columns together with data=.")
    if hasattr(values, "notna") and hasattr(values, "astype"):
        missing = ~values.notna().to_numpy()
        return [None if gone else cell for gone, cell in zip(missing, values.astype(object).tolist(), strict=True)]
    return list(values.tolist() if hasattr(values, "tolist") else values)


def _place(model: str | type) -> str:
    """Return ``FILE.py:NAME`` of a model."""
    if isinstance(model, str):
        return model
    called = getattr(model, "__qualname__", type(model).__name__)
    try:
        file = inspect.getsourcefile(model)
    except (OSError, TypeError):  # typed in, where there is no file at all
        file = None
    typed = getattr(model, "__module__", None) == "__main__"  # a worker would run the whole script to find it
    if typed or file is None or not file.endswith(".py") or not called.isidentifier():
        raise InputError(
            f"{called} is not the class of a Python file, and other processes have to find it. Put it into one "
            f"(in a notebook: %%writefile my_model.py) and give model='my_model.py:{called.rpartition('.')[2]}'."
        )
    return f"{file}:{called}"


@contextmanager
def _main_set_aside() -> Iterator[None]:
    """Keep worker processes from running the caller's own script again: they need nothing of it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
