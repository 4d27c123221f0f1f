"""The classical families, each tuned on training rows only, then measured once on the test rows.

    TRIAGE_BENCH_DATA=… python -m benchmarks.families.classical --data T1 [--families nb-svm,linear-svm]
        [--seconds 60] [--rows 10000] [--folds 5] [--seed 0]

Data: ``ynat`` (official dev), ``nsmc`` (50,000 test rows), ``ktas_symptom`` (published split: tuned
and trained on its part train alone; dev and calib are not read), and the tasks ``T1``, ``T2``, ``T3``
of the comparison with other tools. ``--seconds`` is for tuning one family; 0 means its defaults.
``--rows`` caps the rows that tuning sees, where there are many.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts.
from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from triage_bench.core.protocol import Tuning
from triage_bench.core.workspace import default_data_home
from triage_bench.models import MODELS
from triage_bench.text.corpus import Corpus
from triage_bench.tuning import tune

FAMILIES = ("tfidf-lr", "linear-svm", "nb-svm", "complement-nb", "knn", "lightgbm", "lightgbm-svd")
ORDERED = frozenset({"ktas_symptom", "T2"})
CHOSEN_BY_ACCURACY = frozenset({"nsmc", "T3"})


@dataclass(frozen=True, eq=False)
class Rows:
    """Texts with labels and who learns from which; `groups` keep paraphrases on one side of inner folds."""

    corpus: Corpus
    labels: NDArray[np.int64]
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None


def rows_of(name: str) -> Rows:
    """Read one of the data sets from the data home."""
    home = default_data_home()
    if name in ("ynat", "T1"):
        return _ynat(home, 2_000 if name == "T1" else None)
    if name in ("nsmc", "T3"):
        return _nsmc(home, 10_000 if name == "T3" else None)
    return _ktas(home, published=name == "ktas_symptom")


def _ynat(home: Path, sample: int | None) -> Rows:
    frame = pd.read_csv(home / "ynat" / "train_data.csv")
    first_dev = 36_547
    train = np.arange(first_dev)
    if sample is not None:
        train = frame.iloc[:first_dev].sample(sample, random_state=0).index.to_numpy()
    return _joined(frame["title"], frame["topic_idx"], train, np.arange(first_dev, len(frame)))


def _nsmc(home: Path, sample: int | None) -> Rows:
    train, test = (
        pd.read_csv(home / "nsmc" / f"ratings_{part}.txt", sep="\t", quoting=3, keep_default_na=False)
        for part in ("train", "test")
    )
    train = train if sample is None else train.sample(sample, random_state=0)
    frame = pd.concat((train, test), ignore_index=True)
    return _joined(frame["document"], frame["label"], np.arange(len(train)), np.arange(len(train), len(frame)))


def _ktas(home: Path, *, published: bool) -> Rows:
    frame = pd.read_csv(home / "ktas_symptom" / "ktas_training_data_final.csv", encoding="utf-8-sig")
    groups = frame["original_index"].to_numpy()
    levels = frame["ktas_level"].to_numpy()
    if published:
        split = json.loads((home / "ktas_symptom" / "ktas_split.json").read_text(encoding="utf-8"))
        # The published test part leaks paraphrases of training rows, so inner folds may as well.
        return _joined(frame["symptom_text"], levels, _part(split, "train"), _part(split, "test"))
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    train, test = next(splitter.split(frame["symptom_text"], levels, groups))
    rows = _joined(frame["symptom_text"], levels, train, test)
    return Rows(rows.corpus, rows.labels, rows.train, rows.test, groups[np.concatenate((train, test))])


def _part(split: Mapping[str, Any], name: str) -> NDArray[np.int64]:
    return np.array(split.get(f"{name}_idx", split.get(name)), dtype=np.int64)


def _joined(texts: Any, labels: Any, train: NDArray[np.int64], test: NDArray[np.int64]) -> Rows:
    """Keep training rows first, then test rows, and nothing else."""
    order = np.concatenate((train, test))
    kept = [str(text) for text in np.asarray(texts, dtype=object)[order]]
    begin = np.arange(len(train))
    return Rows(Corpus(kept), np.asarray(labels)[order].astype(np.int64), begin, begin[-1] + 1 + np.arange(len(test)))


def tuned_params(name: str, rows: Rows, wanted: argparse.Namespace) -> tuple[Mapping[str, Any], str]:
    """Search a family's space on inner folds of the training rows; say what was found."""
    model = MODELS.load(name)
    if not wanted.seconds:
        return {}, "defaults"
    seen = rows.train
    if wanted.rows < len(seen):
        seen = train_test_split(seen, train_size=wanted.rows, random_state=wanted.seed, stratify=rows.labels[seen])[0]
    # A corpus of its own: only these rows are tokenised and counted before the first trial.
    corpus, labels = Corpus(rows.corpus[seen]), rows.labels[seen]
    folds = _folds(labels, None if rows.groups is None else rows.groups[seen], wanted)

    def score(params: Mapping[str, Any], fold: int) -> float:
        train, test = folds[fold]
        fitted = model(**params).fit(corpus[train], labels[train])
        return _score(wanted.data, labels[test], fitted.predict(corpus[test]))

    tuning = Tuning(trials=1_000, timeout=wanted.seconds)
    found = tune(model.space, model().get_params(deep=False), score, tuning, len(folds), seed=wanted.seed)
    return found.params, f"{len(found.trials)} trials, inner {found.score:.4f}"


def _folds(labels: NDArray[np.int64], groups: NDArray[np.int64] | None, wanted: argparse.Namespace) -> list[Any]:
    splitter = (StratifiedKFold if groups is None else StratifiedGroupKFold)(
        wanted.folds, shuffle=True, random_state=wanted.seed
    )
    return list(splitter.split(labels, labels, groups))


def _score(data: str, truth: NDArray[np.int64], answers: NDArray[np.int64]) -> float:
    measure = accuracy_score if data in CHOSEN_BY_ACCURACY else partial(f1_score, average="macro")
    return float(measure(truth, answers))


def main() -> None:
    """Print one line per family."""
    wanted = _arguments()
    warnings.simplefilter("ignore")
    rows = rows_of(wanted.data)
    families = wanted.families or (*FAMILIES, *(("ordinal-lr",) if wanted.data in ORDERED else ()))
    print(f"{wanted.data}: {len(rows.train):,} training rows, {len(rows.test):,} test rows; one thread")
    print(
        f"{'family':16}{'accuracy':>9}{'macro-F1':>9}{'log loss':>9}{'tune s':>8}{'fit s':>8}{'predict s':>10}  chosen"
    )
    for name in families:
        clock = [time.perf_counter()]
        params, how = tuned_params(name, rows, wanted)
        params = {**params, **wanted.params}
        clock.append(time.perf_counter())
        model = MODELS.load(name)(**params).fit(rows.corpus[rows.train], rows.labels[rows.train])
        clock.append(time.perf_counter())
        found = model.predict_proba(rows.corpus[rows.test])
        clock.append(time.perf_counter())
        truth, answers = rows.labels[rows.test], model.classes_[found.argmax(axis=1)]
        scores = (accuracy_score(truth, answers), f1_score(truth, answers, average="macro"), log_loss(truth, found))
        seconds = np.diff(clock)
        print(
            f"{name:16}" + "".join(f"{one:9.4f}" for one in scores) + f"{seconds[0]:8.1f}{seconds[1]:8.1f}"
            f"{seconds[2]:10.1f}  {how} {json.dumps(dict(params), default=float)}",
            flush=True,
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, choices=("ynat", "nsmc", "ktas_symptom", "T1", "T2", "T3"))
    parser.add_argument("--families", type=lambda text: tuple(text.split(",")), default=None)
    parser.add_argument("--params", type=json.loads, default={}, help="fixed parameters, as JSON")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
