"""What twice the rows bring, by rows per label: whether few rows per label hold a score back.

    TRIAGE_BENCH_DATA=… python -m benchmarks.faults.doubling [--per-label 20 30 40 50 75 100 200] [--draws 12]

Every draw trains TF-IDF of characters with logistic regression on n rows and on 2n, and scores both on the same 600
or more further rows. Only rows of the part ``setting`` are drawn (see ``origins.py``): TB603's line rests on this.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads on so few rows wait for each other

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from benchmarks.faults.origins import NEVER_LOOKED_AT, Origin, origins
from benchmarks.faults.rows import Rows
from triage_bench.core.workspace import Workspace

SCORED, FEWEST_SCORED = 1_000, 600
FIRST_SEED = 80_000
"""Even, as the part ``setting`` asks, and far from those of the cases."""


def main() -> None:
    """Print one line per data set and number of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-label", type=int, nargs="+", default=(20, 30, 40, 50, 75, 100, 200))
    parser.add_argument("--draws", type=int, default=12)
    wanted = parser.parse_args()
    print("data set      labels  rows per label  draws  macro-F1  twice the rows  lowest gain  gains of .02 or more")
    with TemporaryDirectory() as folder:
        known = origins(Workspace.at(folder))
    for origin in (one for one in known.values() if one.name not in NEVER_LOOKED_AT):
        for per_label in wanted.per_label:
            found = np.array(list(_gains(origin, per_label * origin.classes, wanted.draws))).reshape(-1, 2)
            if len(found):
                print(_line(origin, per_label, found), flush=True)


def _gains(origin: Origin, rows: int, draws: int) -> Iterator[tuple[float, float]]:
    """Yield the scores with `rows` rows and with twice as many; nothing where the data set has too few."""
    for draw in range(draws):
        drawn = origin.draw(2 * rows + SCORED, FIRST_SEED + 2 * draw)
        if len(drawn) >= 2 * rows + FEWEST_SCORED:
            yield _score(drawn, rows, 2 * rows), _score(drawn, 2 * rows, 2 * rows)


def _score(drawn: Rows, trained: int, scored_from: int) -> float:
    texts, labels = np.array(drawn.texts, dtype=object), np.array(drawn.labels)
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True), LogisticRegression(C=10, max_iter=500)
    )
    model.fit(texts[:trained], labels[:trained])
    return float(f1_score(labels[scored_from:], model.predict(texts[scored_from:]), average="macro"))


def _line(origin: Origin, per_label: int, found: NDArray[np.float64]) -> str:
    (before, after), gains = found.mean(axis=0), found[:, 1] - found[:, 0]
    return (
        f"{origin.name:13s} {origin.classes:6d}  {per_label:14d}  {len(found):5d}  {before:8.3f}  {after:14.3f}  "
        f"{gains.min():+11.3f}  {int((gains >= 0.02).sum())} of {len(gains)}"
    )


if __name__ == "__main__":
    main()
