"""Where rows come from: files of the user's own, public cards, what is bundled, what is simulated.

Nothing heavy is imported before a data set is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triage_bench.core.dataset import Dataset, Scale
    from triage_bench.core.workspace import Workspace

__all__ = ["load_dataset", "read_columns", "read_file", "read_pair"]


def load_dataset(name: str, workspace: Workspace) -> Dataset:
    """Read a data set by the name of its card; see `triage_bench.datasets.public.load`."""
    from triage_bench.datasets.public import load

    return load(name, workspace)


def read_columns(
    columns: Mapping[str, Iterable[Any]],
    *,
    text: str,
    label: str,
    name: str,
    group: str | None = None,
    source: str | None = None,
    scale: Scale | None = None,
) -> Dataset:
    """Read columns in memory; see `triage_bench.datasets.in_memory.read_columns`."""
    from triage_bench.datasets import in_memory

    return in_memory.read_columns(columns, text=text, label=label, name=name, group=group, source=source, scale=scale)


def read_file(
    path: Path | str,
    *,
    text: str,
    label: str,
    group: str | None = None,
    source: str | None = None,
    scale: Scale | None = None,
    name: str | None = None,
    also: Sequence[str] | None = (),
) -> Dataset:
    """Read a file of the user's own; see `triage_bench.datasets.files.read_file`."""
    from triage_bench.datasets import files

    return files.read_file(path, text=text, label=label, group=group, source=source, scale=scale, name=name, also=also)


def read_pair(
    train: Path | str,
    test: Path | str,
    *,
    text: str,
    label: str,
    group: str | None = None,
    source: str | None = None,
    scale: Scale | None = None,
    also: Sequence[str] | None = (),
) -> Dataset:
    """Read a training file and a test file of the user's own; see `triage_bench.datasets.pair.read_pair`."""
    from triage_bench.datasets import pair

    return pair.read_pair(train, test, text=text, label=label, group=group, source=source, scale=scale, also=also)
