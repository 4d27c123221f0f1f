"""The rows of the comparison, written once, so that tools in other environments read the very same.

    TRIAGE_BENCH_DATA=… python -m benchmarks.peers.rows --work DIR --tasks T1,T2,T3

T1, T2 and T3 are those of `benchmarks.families.classical.rows_of`. R1, R2 and R3 are their rehearsals: what
our own procedure was developed on. They hold rows of the same files and of about the same numbers, and no test
row of any task:

- R1: 2,000 rows of ynat's training file to learn from and 9,000 to answer, none of T1's.
- R2: a fold of T2's training rows, drawn like T2 itself, paraphrases on one side.
- R3: 10,000 rows of nsmc's training file to learn from and 20,000 to answer, none of T3's.

Labels of the rows to be answered lie in a folder of their own, which no tool is told of.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from benchmarks.families.classical import Rows, rows_of
from benchmarks.peers.plan import METRICS
from triage_bench.core.seeds import generator_for
from triage_bench.text.corpus import Corpus

REHEARSALS = {"R1": ("ynat", "T1", 2_000, 9_000), "R3": ("nsmc", "T3", 10_000, 20_000)}
"""Where the rows are drawn from, whose training rows are left out, how many to learn from and to answer."""


def drawn(task: str) -> Rows:
    """Return the rows of a task or of a rehearsal."""
    if task == "R2":
        return _inner_fold(rows_of("T2"))
    if task in REHEARSALS:
        return _others(*REHEARSALS[task])
    return rows_of(task)


def _others(name: str, task: str, learnt: int, asked: int) -> Rows:
    rows, taken = rows_of(name), rows_of(task)
    known = set(taken.corpus[taken.train])
    free = np.array([row for row in rows.train if rows.corpus[int(row)] not in known])
    order = generator_for("peers", task).permutation(free)[: learnt + asked]
    return _kept(rows, order[:learnt], order[learnt:])


def _inner_fold(rows: Rows) -> Rows:
    assert rows.groups is not None
    labels, groups = rows.labels[rows.train], rows.groups[rows.train]
    learnt, asked = next(StratifiedGroupKFold(5, shuffle=True, random_state=0).split(labels, labels, groups))
    return _kept(rows, rows.train[learnt], rows.train[asked])


def _kept(rows: Rows, train: NDArray[np.int64], test: NDArray[np.int64]) -> Rows:
    order = np.concatenate((train, test))
    begin = np.arange(len(train))
    groups = None if rows.groups is None else rows.groups[order]
    return Rows(Corpus(rows.corpus[order]), rows.labels[order], begin, len(train) + np.arange(len(test)), groups)


def write(task: str, work: Path) -> None:
    """Write a task's rows below `work`, unless they are there."""
    if (truth := work / "truth" / f"{task}.json").is_file():
        return
    rows = drawn(task)
    groups = None if rows.groups is None else rows.groups[rows.train].tolist()
    learnt = {"texts": list(rows.corpus[rows.train]), "labels": rows.labels[rows.train].tolist(), "groups": groups}
    _write(work / "rows" / task / "train.json", {**learnt, "metric": METRICS[task]})
    _write(work / "rows" / task / "asked.json", {"texts": list(rows.corpus[rows.test])})
    _write(truth, {"labels": rows.labels[rows.test].tolist()})  # last: what is there is whole


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def main() -> None:
    """Write the rows of the tasks that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tasks", type=lambda text: text.split(","), required=True)
    wanted = parser.parse_args()
    for task in wanted.tasks:
        write(task, wanted.work)


if __name__ == "__main__":
    main()
