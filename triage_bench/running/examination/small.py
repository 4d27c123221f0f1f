"""Thirty-two rows by heart: as they are, over more steps, beside one very long row, and repeated to fill any window.

A network that pads every sentence to the longest training row and reads its state after the padding learns these rows
until one long row joins them; a sound one does not notice. Where the window is fixed and already long, it learns none
of them, until every sentence is repeated so often that no padding is left.
"""

from __future__ import annotations

import numpy as np

from triage_bench.running.examination.subject import Codes, Rows, Seen, Subject, balanced
from triage_bench.running.examination.window import fill

ROWS = 32
COPIES = 16
"""A network's steps are counted in passes over its rows: 16 copies of them are 16 times the steps."""
LONG_WORDS = 60
"""Words of the long row: an LSTM's state fades by 0.73 a step at Keras' initial weights, by 1e-7 over the padding."""
FITS = 0.9
"""Share of the rows that counts as learnt, as in the check of the built-in networks."""


def thirty_two(subject: Subject) -> Seen:
    """Score the rows that were trained on, and find out what keeps the model from learning them."""
    rows = subject.train
    said = np.asarray(subject.model.predict(list(rows.texts)), dtype=np.int64)
    seen = Seen(
        {
            **_scored("small", subject, said),
            "small.of": float(len(rows)),
            "small.largest_class": float(np.bincount(rows.codes).max()),
            "small.texts": float(len(set(rows.texts))),
        }
    )
    copies = 1
    if not _fits(said, rows):
        copies, said = COPIES, _refitted(subject, rows.texts, COPIES)
        seen |= Seen(_scored("small.copies", subject, said))
    if _fits(said, rows):
        return seen | Seen(_scored("small.long", subject, _refitted(subject, rows.texts, copies, long_row=True)))
    filled = tuple(fill(text, LONG_WORDS) for text in rows.texts)
    return seen | Seen(_scored("small.filled", subject, _refitted(subject, filled, copies)))


def _refitted(subject: Subject, texts: tuple[str, ...], copies: int, *, long_row: bool = False) -> Codes:
    """Return a fresh model's answers to the texts it was trained on, so many times over."""
    many, codes = list(texts) * copies, np.tile(subject.train.codes, copies)
    if long_row:  # in the words of its own class: it teaches nothing that the rows do not
        largest = int(np.bincount(subject.train.codes).argmax())
        own = " ".join(text for text, code in zip(texts, subject.train.codes, strict=True) if code == largest)
        many, codes = [*many, fill(own, LONG_WORDS)], np.append(codes, largest)
    model = subject.make(subject.seed).fit(many, codes)
    return np.asarray(model.predict(list(texts)), dtype=np.int64)


def _fits(said: Codes, rows: Rows) -> bool:
    return bool((said == rows.codes).mean() >= FITS)


def _scored(name: str, subject: Subject, said: Codes) -> dict[str, float | str]:
    codes = subject.train.codes
    return {f"{name}.right": float((said == codes).sum()), f"{name}.score": balanced(codes, said, subject.classes)}
