"""TF-IDF side by side: ours against scikit-learn's TfidfVectorizer, in one process, on one core.

    TRIAGE_BENCH_DATA=… python -m benchmarks.speed.tfidf

reads nsmc's 150,000 training texts from the data home. Without them it writes sentences of its
own and says so. Prints seconds, the ratio and whether both came to the same matrix.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts, and the file also runs by its path.
from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from triage_bench.core.seeds import generator_for
from triage_bench.core.workspace import default_data_home
from triage_bench.text.corpus import Corpus
from triage_bench.text.tfidf import TfidfFeatures

T = TypeVar("T")


def main() -> None:
    arguments = _arguments()
    texts, origin = nsmc_texts(arguments.rows)
    if not texts:
        texts, origin = (
            invented_texts(arguments.rows),
            "generated sentences (no nsmc/ratings_train.txt in the data home)",
        )
    low, high = arguments.ngrams
    print(f"{len(texts):,} texts: {origin}; {arguments.analyzer} {low}-{high}, float64, one core")
    print_side_by_side(texts, arguments.analyzer, low, high)
    print_fold(texts, arguments.analyzer, low, high)


def print_side_by_side(texts: list[str], analyzer: str, low: int, high: int) -> None:
    """Print seconds, ratio and equality of the two, both from plain texts with nothing prepared."""
    ours = TfidfFeatures(analyzer, ngram_min=low, ngram_max=high)
    mine, seconds = timed(lambda: ours.fit_transform(texts))
    _line("triage_bench fit_transform", f"{seconds:8.2f} s", f"{mine.shape[1]:,} columns, {mine.nnz:,} values")
    names, spelling = timed(ours.get_feature_names_out)
    _line("  spelling every column, on demand", f"{spelling:8.2f} s")
    theirs = TfidfVectorizer(analyzer=analyzer, ngram_range=(low, high))
    yours, usual = timed(lambda: theirs.fit_transform(texts))
    _line("TfidfVectorizer fit_transform", f"{usual:8.2f} s", f"{yours.shape[1]:,} columns, {yours.nnz:,} values")
    _line("ratio", f"{usual / seconds:8.1f} ×", f"{usual / (seconds + spelling):.1f} × with every column spelt")
    same = "yes" if np.array_equal(theirs.get_feature_names_out(), names) else "NO"
    _line("same columns in the same order", f"{same:>8}")
    _line("largest difference of a value", f"{largest_difference(mine, yours):8.0e}")


def print_fold(texts: list[str], analyzer: str, low: int, high: int) -> None:
    """Print what cross-validation pays: a fold cut out of the counts made once."""
    corpus = Corpus(texts)
    _, counting = timed(lambda: corpus.ngrams(analyzer, (low, high)))
    test = generator_for("benchmarks", "speed", "tfidf").permutation(len(texts)) % 5 == 0
    fold = TfidfFeatures(analyzer, ngram_min=low, ngram_max=high)
    _, fitting = timed(lambda: fold.fit_transform(corpus[~test]))
    _, transforming = timed(lambda: fold.transform(corpus[test]))
    _line("cross-validation: counting once", f"{counting:8.2f} s")
    _line("  then a fold's fit_transform", f"{fitting:8.2f} s", "80 % of the rows")
    _line("  and its transform", f"{transforming:8.2f} s", "20 % of the rows")


def _line(what: str, number: str, note: str = "") -> None:
    print(f"{what:36}{number:12}{note}".rstrip())


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what the work gives, and its seconds of wall time."""
    begin = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begin


def largest_difference(a: csr_matrix, b: csr_matrix) -> float:
    """Return the largest absolute difference of two matrices; infinite if their shapes differ."""
    if a.shape != b.shape:
        return float("inf")
    if np.array_equal(a.indptr, b.indptr) and np.array_equal(a.indices, b.indices):
        return float(np.abs(a.data - b.data).max(initial=0.0))
    return float(abs(a - b).max())


def nsmc_texts(rows: int) -> tuple[list[str], str]:
    """Read nsmc's training texts; quotes in them mean nothing, so lines are cut at tabs alone."""
    path = default_data_home() / "nsmc" / "ratings_train.txt"
    if not path.is_file():
        return [], ""
    lines = path.read_text(encoding="utf-8").split("\n")[1:]
    texts = [line.split("\t")[1] for line in lines if line.count("\t") == 2]
    return texts[:rows], "nsmc/ratings_train.txt"


def invented_texts(rows: int) -> list[str]:
    """Write sentences over 20,000 words of Zipf's frequencies, about as long as nsmc's."""
    draw = generator_for("benchmarks", "speed", "tfidf", "words")
    syllables = np.array([chr(code) for code in draw.choice(np.arange(0xAC00, 0xD7A4), 1200, replace=False)])
    words = ["".join(draw.choice(syllables, draw.integers(1, 6))) for _ in range(20_000)]
    picks = np.minimum(draw.zipf(1.2, size=(rows, 10)) - 1, len(words) - 1)
    lengths = draw.integers(1, 11, size=rows)
    return [" ".join(words[i] for i in row[:length]) for row, length in zip(picks, lengths, strict=True)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=150_000)
    parser.add_argument("--analyzer", default="char", choices=("char", "char_wb", "word"))
    parser.add_argument("--ngrams", type=int, nargs=2, default=(1, 5), metavar=("MIN", "MAX"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
