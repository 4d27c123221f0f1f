"""Thirty-two rows by heart: as they are, over more steps, beside one very long row, and repeated to fill any window.

A network that pads every sentence to the longest training row and reads its state after the padding learns these rows
until one long row joins them; a sound one does not notice. Where the window is fixed and already long, it learns none
of them, until every sentence is repeated so often that no padding is left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from triage_bench.running.examination.fitting import centred, lead, log_of
from triage_bench.running.examination.subject import (
    Codes,
    Rows,
    Seen,
    Subject,
    answers_of,
    balanced,
    probabilities_of,
)
from triage_bench.running.examination.window import fill

ROWS = 32
COPIES = 16
"""A network's steps are counted in passes over its rows: 16 copies of them are 16 times the steps."""
SOME_COPIES = 4
"""On the way to those: training that crawls has gone a fifth of the way by then, (4 - 1) of (16 - 1) steps."""
LONG_WORDS = 60
"""Words of the long row: an LSTM's state fades by 0.73 a step at Keras' initial weights, by 1e-7 over the padding."""
FITS = 0.9
"""Share of the rows that counts as learnt, as in the check of the built-in networks."""


def thirty_two(subject: Subject) -> Seen:
    """Score the rows that were trained on, and find out what keeps the model from learning them."""
    rows = subject.train
    said = subject.answers(rows.texts)
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
        copies, model = COPIES, _refitted(subject, rows.texts, COPIES)
        said = answers_of(model, rows.texts)
        seen |= Seen(_scored("small.copies", subject, said))
        if not _fits(said, rows):
            seen |= Seen(_led_on(subject, model))
    if _fits(said, rows):
        return seen | Seen(_scored("small.long", subject, _beside_a_long_row(subject, copies)))
    filled = tuple(fill(text, LONG_WORDS) for text in rows.texts)
    return seen | Seen(_scored("small.filled", subject, answers_of(_refitted(subject, filled, copies), filled)))


def _refitted(subject: Subject, texts: tuple[str, ...], copies: int, more: tuple[tuple[str, int], ...] = ()) -> Any:
    """Return a fresh model, begun like the examined one, trained on the texts so many times over and on some more."""
    codes = np.append(np.tile(subject.train.codes, copies), np.array([code for _, code in more], dtype=np.int64))
    return subject.make(subject.seed).fit([*texts * copies, *(text for text, _ in more)], codes)


def _beside_a_long_row(subject: Subject, copies: int) -> Codes:
    """Return the answers of a model that learnt the rows beside one very long text.

    It is in the words of its own class, and teaches nothing that the rows do not. A model that lost them is asked
    again with more steps: with a handful of rows to stop by, early stopping loses them once in a while.
    """
    texts, codes = subject.train.texts, subject.train.codes
    largest = int(np.bincount(codes).argmax())
    own = " ".join(text for text, code in zip(texts, codes, strict=True) if code == largest)
    long_row = (fill(own, LONG_WORDS), largest)
    said = answers_of(_refitted(subject, texts, copies, (long_row,) * copies), texts)
    if _fits(said, subject.train) or copies == COPIES:
        return said
    return answers_of(_refitted(subject, texts, COPIES, (long_row,) * COPIES), texts)


def _led_on(subject: Subject, model: Any) -> dict[str, float | str]:
    """Say where more steps from the same start lead: whether to the rows' own labels, and whether still onwards.

    Training that crawls moves them all the right way, however little, and five times as far in five times the steps.
    A model at its limit has arrived; one whose gradients are cut never leaves.
    """
    texts, codes = subject.train.texts, subject.train.codes
    halfway = _refitted(subject, texts, SOME_COPIES)
    start, some, all_ = (
        log_of(probabilities_of(one, texts, subject.classes)) for one in (subject.model, halfway, model)
    )
    led, error = lead(all_ - start, codes)
    before, after = centred(some - start).ravel(), centred(all_ - start).ravel()
    lengths = float(np.linalg.norm(before)), float(np.linalg.norm(after))
    return {
        "small.led": led,
        "small.led_z": led / error if error > 0 else 0.0,
        "small.pace": lengths[1] / lengths[0] if lengths[0] > 0 else 0.0,
        "small.straight": float(before @ after) / (lengths[0] * lengths[1]) if all(lengths) else 0.0,
    }


def _fits(said: Codes, rows: Rows) -> bool:
    return bool((said == rows.codes).mean() >= FITS)


def _scored(name: str, subject: Subject, said: Codes) -> dict[str, float | str]:
    codes = subject.train.codes
    return {f"{name}.right": float((said == codes).sum()), f"{name}.score": balanced(codes, said, subject.classes)}
