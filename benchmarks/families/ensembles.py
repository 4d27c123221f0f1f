"""Members trained on the training rows, weights fitted on a slice of them, everything measured on the test rows.

    TRIAGE_BENCH_DATA=… python -m benchmarks.families.ensembles --data nsmc --cache DIR
        [--members '[["nb-svm", {}], ["tfidf-lr", {}], ["fasttext", {}]]'] [--slice 10000] [--train-rows N] [--refit]

Greedy weights and the stacker are fitted on ``--slice`` training rows that no member has learnt from;
test rows are read once, to measure. The same members answer the test rows; with ``--refit`` they learn
again from all training rows first and keep the weights. Every member's probabilities are kept under
``--cache``, so that an interrupted command goes on from there.

The members behind the README's figures: ``--data nsmc --slice 10000`` with NB-SVM ``{"tokenizer":
"char:1-5+mecab:1-2", "alpha": 0.3, "C": 1, "beta": 0.8, "class_weight": null, "tol": 0.02}``; four networks with
``{"refit": false, "validation_share": 0.03, "min_count": 2}`` and, of each, lstm ``{"epochs": 4, "max_tokens":
50000}``, mlp ``{"epochs": 4, "shortest": 1, "longest": 5, "max_tokens": 60000}``, lstm ``{"epochs": 5, "tokenizer":
"char", "random_state": 1}``, textcnn ``{"epochs": 5, "max_tokens": 50000, "filters": 128}``; tfidf-lr ``{}``.
The thirteen are these and, with the same three parameters for every network, fasttext ``{"epochs": 5, "longest": 5,
"max_tokens": 60000}``, textcnn ``{"epochs": 6, "tokenizer": "char", "filters": 192, "widest": 5, "random_state": 2}``,
lstm-attention ``{"epochs": 4, "max_tokens": 50000, "embedding": 256, "hidden": 160, "dropout": 0.5, "random_state":
3}``, NB-SVM as above over ``"jamo:1-8+mecab:1-3"``, the first lstm with seeds 11 and 12, and with seed 15 over
``"kiwi"``.
``--data ktas_symptom --slice 1500 --refit``, ``--data ynat --slice 4000 --refit``, ``--data T2 --slice 1600
--refit`` and ``--data T1 --slice 500 --refit`` with nb-svm, linear-svm, tfidf-lr ``{"tokenizer":
"char_wb+mecab"}``, fasttext, mlp, textcnn and lightgbm as they come.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts.
from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import StratifiedGroupKFold, train_test_split

from benchmarks.families.classical import Rows, rows_of
from triage_bench.core.digest import digest
from triage_bench.leaderboard.greedy import greedy_weights
from triage_bench.leaderboard.stacking import Stacker
from triage_bench.leaderboard.voting import hard_vote, soft_vote, weighted_vote
from triage_bench.models import MODELS
from triage_bench.text.corpus import Corpus

MEMBERS = '[["nb-svm", {}], ["tfidf-lr", {}], ["fasttext", {}]]'

Table = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Parts:
    """Row numbers: what members learn from, the slice that weights are fitted on, and what is measured."""

    learn: NDArray[np.int64]
    slice: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Answered:
    """A member's probabilities on the slice and on the test rows, and the seconds its fits took."""

    name: str
    slice: Table
    test: Table
    seconds: float


def narrowed(rows: Rows, train_rows: int | None, seed: int) -> Rows:
    """Keep a stratified sample of the training rows, in a corpus of its own: a shared one counts every text."""
    if train_rows is None or train_rows >= len(rows.train):
        return rows
    train, _ = train_test_split(rows.train, train_size=train_rows, random_state=seed, stratify=rows.labels[rows.train])
    kept = np.concatenate((np.sort(train), rows.test))
    begin = np.arange(len(train))
    return Rows(Corpus(rows.corpus[kept]), rows.labels[kept], begin, len(train) + np.arange(len(rows.test)))


def parts_of(rows: Rows, held_out: int, seed: int) -> Parts:
    """Draw the slice from the training rows; where these have groups, a group stays on one side."""
    train = rows.train
    if held_out >= len(train):
        raise SystemExit(f"--slice {held_out} leaves nothing of {len(train)} training rows; ask for fewer")
    if rows.groups is not None:  # paraphrases of one source on both sides would teach the weights to trust copying
        splitter = StratifiedGroupKFold(max(2, round(len(train) / held_out)), shuffle=True, random_state=seed)
        learn, rest = next(splitter.split(train, rows.labels[train], rows.groups[train]))
        return Parts(train[learn], train[rest], rows.test)
    learn, rest = train_test_split(train, test_size=held_out, random_state=seed, stratify=rows.labels[train])
    return Parts(np.sort(learn), np.sort(rest), rows.test)


def answered(name: str, params: Mapping[str, Any], rows: Rows, parts: Parts, cache: Path, *, refit: bool) -> Answered:
    """Return a member's probabilities from the cache, or fit it and keep them."""
    (sliced, test), first = _fitted(name, params, rows, parts.learn, (parts.slice, parts.test), cache)
    if not refit:
        return Answered(name, sliced, test, first)
    (test,), second = _fitted(name, params, rows, np.sort(np.r_[parts.learn, parts.slice]), (parts.test,), cache)
    return Answered(name, sliced, test, first + second)


def _fitted(
    name: str,
    params: Mapping[str, Any],
    rows: Rows,
    learn: NDArray[np.int64],
    asked: Sequence[NDArray[np.int64]],
    cache: Path,
) -> tuple[list[Table], float]:
    path = cache / f"{name}-{_key(name, params, rows, learn, asked)}.npz"
    if path.is_file():
        with np.load(path, allow_pickle=False) as stored:
            return [stored[f"part{i}"].astype(np.float64) for i in range(len(asked))], float(stored["seconds"])
    start = time.perf_counter()
    model = MODELS.load(name)(**params).fit(rows.corpus[learn], rows.labels[learn])
    seconds = time.perf_counter() - start
    found = [np.asarray(model.predict_proba(rows.corpus[part]), dtype=np.float64) for part in asked]
    aside = path.with_suffix(".partial.npz")
    kept: dict[str, Any] = {f"part{i}": one.astype(np.float32) for i, one in enumerate(found)}
    np.savez(aside, seconds=seconds, **kept)
    aside.replace(path)
    return found, seconds


def _key(name: str, params: Mapping[str, Any], rows: Rows, learn: NDArray[np.int64], asked: Any) -> str:
    read = [[rows.corpus[int(row)] for row in part] for part in (learn, *asked)]
    given = [rows.labels[learn].tolist()]
    return digest(
        {"model": name, "version": MODELS.entry(name).version, "params": dict(params), "texts": read, "labels": given}
    )


def ensembles(members: Sequence[Answered], codes: NDArray[np.int64]) -> dict[str, tuple[Table, str]]:
    """Return each ensemble's probabilities on the test rows and a word on its weights; `codes` are the slice's."""
    known, asked = (np.stack([getattr(one, part) for one in members]) for part in ("slice", "test"))
    weights = greedy_weights(known[:, np.arange(len(codes)), codes])
    said = ", ".join(f"{one.name} {weight:.2f}" for one, weight in zip(members, weights, strict=True))
    return {
        "ensemble-soft": (soft_vote(asked), "equal"),
        "ensemble-hard": (hard_vote(asked.argmax(axis=2), asked.shape[2]), "equal"),
        "ensemble-greedy": (weighted_vote(asked, weights), said),
        "ensemble-stacked": (Stacker.fitted(known, codes).vote(asked), ""),
    }


def main() -> None:
    """Print one line per member and per ensemble."""
    wanted = _arguments()
    warnings.simplefilter("ignore")
    wanted.cache.mkdir(parents=True, exist_ok=True)
    rows = narrowed(rows_of(wanted.data), wanted.train_rows, wanted.seed)
    parts = parts_of(rows, wanted.slice, wanted.seed)
    classes = np.unique(rows.labels[parts.learn])
    print(f"{wanted.data}: {len(parts.learn):,} rows learnt from, {len(parts.slice):,} for weights, ", end="")
    print(
        f"{len(parts.test):,} test rows; one thread; members answer after {'a refit' if wanted.refit else 'that fit'}"
    )
    print(f"{'':22}{'accuracy':>9}{'macro-F1':>9}{'log loss':>9}{'fit s':>8}", flush=True)
    truth, members = rows.labels[parts.test], []
    for name, params in wanted.members:
        members.append(answered(name, params, rows, parts, wanted.cache, refit=wanted.refit))
        _line(name, truth, classes, members[-1].test, members[-1].seconds, json.dumps(params))
    spent = sum(one.seconds for one in members)
    for name, (found, said) in ensembles(members, np.searchsorted(classes, rows.labels[parts.slice])).items():
        _line(name, truth, classes, found, spent, said)


def _line(
    name: str, truth: NDArray[np.int64], classes: NDArray[np.int64], found: Table, seconds: float, said: str
) -> None:
    answers = classes[found.argmax(axis=1)]
    scaled = np.clip(found, 1e-7, None)
    scores = (
        accuracy_score(truth, answers),
        f1_score(truth, answers, average="macro"),
        log_loss(truth, scaled / scaled.sum(axis=1, keepdims=True), labels=classes),
    )
    print(f"{name:22}" + "".join(f"{one:9.4f}" for one in scores) + f"{seconds:8.1f}  {said}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, choices=("nsmc", "ynat", "ktas_symptom", "T1", "T2", "T3"))
    parser.add_argument("--members", type=json.loads, default=json.loads(MEMBERS), help="JSON list of [model, params]")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--slice", type=int, default=10_000)
    parser.add_argument("--train-rows", type=int, default=None)
    parser.add_argument("--refit", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
