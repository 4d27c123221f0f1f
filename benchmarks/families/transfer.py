"""What augmentation and transfer are worth to the networks, one technique at a time.

    TRIAGE_BENCH_DATA=… python -m benchmarks.families.transfer [--what noise,answers,vectors,pretrain]
        [--names lstm,textcnn] [--seeds 0,1,2] [--only NAME,NAME] [--unlabelled 140000]

``noise``, ``answers`` (test-time augmentation) and ``vectors``: 1,000 rows of nsmc's *training* file, drawn by
the seed, measured by accuracy on 5,000 others of the same file; no row of the official test file takes part.
Word vectors are learnt from yet other rows of it, without their labels. ``pretrain``: a network trained on
another data set, then on these: nsmc from 20,000 other rows of the same file (how far labels of the same kind
carry) and from ynat's topics; ktas-sim from kobill, cross-validated with near-duplicates kept together,
macro-F1 of the pooled answers.

One line per network and technique: each seed's figure, their mean, and the difference to the network as
it is by default on the same seeds, with the spread (standard deviation) of that difference.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts.
from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score

from benchmarks.families.classical import Rows, rows_of
from benchmarks.families.networks import Part, parts_of
from triage_bench.datasets import kobill
from triage_bench.models import MODELS
from triage_bench.models.keeping import save_model
from triage_bench.text.cooccurrence import learn_vectors
from triage_bench.text.corpus import Corpus
from triage_bench.text.vectors import spelt_vectors

WHAT = ("noise", "answers", "vectors", "pretrain")
KINDS = ("particles", "spacing", "keyboard", "jamo", "dropout", "swap")
STRENGTHS = {"particles": 0.2, "spacing": 0.1, "keyboard": 0.03, "jamo": 0.03, "dropout": 0.1, "swap": 0.1}
MIXED = {f"augment_{kind}": STRENGTHS[kind] / 2 for kind in KINDS}
SOURCE_ROWS = 20_000

Params = Mapping[str, Any]
Technique = tuple[str, Callable[[], Params]]


@dataclass(frozen=True, eq=False)
class Bench:
    """Rows to measure on by seed, and rows of the same file that none of them holds."""

    nsmc: Rows
    parts: dict[int, tuple[Corpus, NDArray[Any], list[Part]]]
    others: NDArray[np.int64]
    folder: Path
    unlabelled: int


def bench_of(seeds: list[int], folder: Path, unlabelled: int) -> Bench:
    """Draw the rows of every seed, and set aside what none of them uses, texts that stand in both included."""
    nsmc = rows_of("nsmc")
    parts = {seed: parts_of("nsmc", seed, 1) for seed in seeds}
    used = {text for corpus, _, _ in parts.values() for text in corpus}
    others = np.array([row for row in nsmc.train.tolist() if nsmc.corpus[row] not in used])
    return Bench(nsmc, parts, np.random.default_rng(0).permutation(others), folder, unlabelled)


def techniques(what: str, family: str, bench: Bench) -> Iterator[Technique]:
    """Yield names and parameters of one kind of technique, these to be made ready when they are needed."""
    if what == "noise":
        yield from ((kind, partial(dict, {f"augment_{kind}": STRENGTHS[kind]})) for kind in KINDS)
        yield "all, half", lambda: MIXED
    elif what == "answers":
        yield "answers x4", lambda: {**MIXED, "augment_copies": 0, "answer_copies": 4}
        yield "all + answers x4", lambda: {**MIXED, "answer_copies": 4}
    elif what == "vectors":
        yield "vectors", lambda: vectors_from(bench, family)
    elif what == "kobill":
        yield "kobill", lambda: {"pretrain": kept(bench, family, "kobill", _kobill_rows)}
    else:
        yield "other nsmc rows", lambda: {"pretrain": kept(bench, family, "nsmc", _other_rows)}
        yield "ynat", lambda: {"pretrain": kept(bench, family, "ynat", _ynat_rows)}


def vectors_from(bench: Bench, family: str) -> Params:
    """Learn word vectors of texts without their labels, as the family reads them; return its parameters."""
    params = MODELS.load(family)().get_params(deep=False)
    path = bench.folder / f"{params['tokenizer']}-{params['embedding']}.vec"
    if not path.exists():
        begin = time.process_time()
        texts = [bench.nsmc.corpus[row] for row in bench.others[: bench.unlabelled].tolist()]
        found = learn_vectors(Corpus(texts).tokens(params["tokenizer"]), params["embedding"])
        path.write_bytes(spelt_vectors(found.words, found.values))
        print(f"  vectors: {len(found.words):,} words of {len(texts):,} texts, {time.process_time() - begin:.0f} s")
    return {"vectors": str(path)}


def kept(bench: Bench, family: str, name: str, rows: Callable[[Bench], tuple[Corpus, NDArray[Any]]]) -> str:
    """Train a family on other rows and keep it; return its folder."""
    folder = bench.folder / f"{family}-{name}"
    if not folder.exists():
        begin = time.process_time()
        corpus, labels = rows(bench)
        model = MODELS.load(family)(refit=False, epochs=8, patience=2, max_tokens=50_000).fit(corpus, labels)
        save_model(model, folder)
        print(f"  {family} on {len(corpus):,} rows of {name}: {time.process_time() - begin:.0f} s")
    return str(folder)


def _other_rows(bench: Bench) -> tuple[Corpus, NDArray[Any]]:
    rows = bench.others[-SOURCE_ROWS:]
    return Corpus([bench.nsmc.corpus[row] for row in rows.tolist()]), bench.nsmc.labels[rows]


def _ynat_rows(bench: Bench) -> tuple[Corpus, NDArray[Any]]:
    ynat = rows_of("ynat")
    rows = np.random.default_rng(0).choice(ynat.train, SOURCE_ROWS, False)
    return Corpus([ynat.corpus[row] for row in rows.tolist()]), ynat.labels[rows]


def _kobill_rows(bench: Bench) -> tuple[Corpus, NDArray[Any]]:
    data = kobill.load()
    return Corpus(data.texts), np.asarray(data.labels)


def scores(family: str, params: Params, parts: Mapping[int, tuple[Corpus, NDArray[Any], list[Part]]]) -> list[float]:
    """Return each seed's accuracy, or, of cross-validated data, macro-F1 of the pooled answers."""
    found = []
    for corpus, labels, folds in parts.values():
        answers, truth = [], []
        for train, test in folds:
            answers.append(MODELS.load(family)(**params).fit(corpus[train], labels[train]).predict(corpus[test]))
            truth.append(labels[test])
        given, wanted = np.concatenate(answers), np.concatenate(truth)
        two = len(folds) == 1
        found.append(float(accuracy_score(wanted, given) if two else f1_score(wanted, given, average="macro")))
    return found


def _line(data: str, family: str, name: str, found: list[float], base: list[float], seconds: float) -> str:
    gains = np.subtract(found, base)
    shown = " ".join(f"{one:.4f}" for one in found)
    spread = f" ± {gains.std(ddof=1):.4f}" if len(gains) > 1 else ""
    gain = f"{gains.mean():+.4f}{spread}"
    return f"{data:9}{family:10}{name:18}{shown}  mean {np.mean(found):.4f}  {gain}  {seconds:5.0f} s"


def main() -> None:
    """Print one line per data set, network and technique."""
    wanted = _arguments()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        bench = bench_of(wanted.seeds, Path(folder), wanted.unlabelled)
        for family in wanted.names:
            chosen = (one for what in wanted.what for one in techniques(what, family, bench))
            _measure("nsmc", family, bench.parts, chosen, wanted.only)
            if "pretrain" in wanted.what:
                parts = {seed: parts_of("ktas-sim", seed, 3) for seed in wanted.seeds}
                _measure("ktas-sim", family, parts, techniques("kobill", family, bench), wanted.only)


def _measure(
    data: str,
    family: str,
    parts: Mapping[int, tuple[Corpus, NDArray[Any], list[Part]]],
    chosen: Iterator[Technique],
    only: tuple[str, ...],
) -> None:
    base: list[float] = []
    for name, make in (("as it is", dict), *chosen):
        if base and only and name not in only:
            continue
        params = make()
        begin = time.process_time()
        found = scores(family, params, parts)
        base = base or found
        print(_line(data, family, name, found, base, time.process_time() - begin), flush=True)


def _arguments() -> argparse.Namespace:
    def names(text: str) -> tuple[str, ...]:
        return tuple(text.split(","))

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", type=names, default=WHAT)
    parser.add_argument("--names", type=names, default=("lstm", "textcnn"))
    parser.add_argument("--only", type=names, default=(), help="techniques by the names that are printed")
    parser.add_argument("--seeds", type=lambda text: [int(one) for one in text.split(",")], default=[0, 1, 2])
    parser.add_argument("--unlabelled", type=int, default=130_000, help="texts to learn word vectors from")
    return parser.parse_args()


if __name__ == "__main__":
    main()
