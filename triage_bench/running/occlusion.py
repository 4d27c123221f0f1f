"""What a word adds to an answer, asked of any model: how the answer changes when the word is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.text.alignment import Place
from triage_bench.text.corpus import Corpus

LEFT_OUT = 24
"""Words of a text that are left out one by one; those behind them count as 0."""

LEAST = 1e-6
"""Probabilities are cut here: the logarithm of 0 compares with nothing."""


def occluded(
    model: Any, texts: Sequence[str], pieces: Sequence[Sequence[Place]], codes: NDArray[np.int64]
) -> list[list[float]]:
    """Return, per word of each text, by how much it raises the log-probability of one class.

    Parameters
    ----------
    model
        A fitted model with ``predict_proba``.
    texts, pieces
        What was answered, beside which columns if any, and where the words of each text stand.
    codes : ndarray of int64, shape (texts,)
        The column of ``predict_proba`` that is asked about.

    Notes
    -----
    Leave-one-out attribution (Li, Monroe and Jurafsky 2016, "Understanding Neural Networks through
    Representation Erasure"). It needs nothing of the model but its probabilities.
    """
    side = texts.side if isinstance(texts, Corpus) else None
    asked: list[str] = []
    rows: list[int] = []
    for row, (text, words) in enumerate(zip(texts, pieces, strict=True)):
        asked.append(text)
        asked.extend(text[:start] + text[end:] for start, end in words[:LEFT_OUT])
        rows += [row] * (len(asked) - len(rows))
    beside = None if side is None else Corpus(asked, side=side.take(np.array(rows, dtype=np.int64)))
    answers = np.log(np.maximum(np.asarray(model.predict_proba(beside or asked), dtype=np.float64), LEAST))
    found, at = [], 0
    for words, code in zip(pieces, codes.tolist(), strict=True):
        count = min(len(words), LEFT_OUT)
        whole = answers[at, code]
        values = (whole - answers[at + 1 : at + 1 + count, code]).tolist()
        found.append([*values, *[0.0] * (len(words) - count)])
        at += 1 + count
    return found
