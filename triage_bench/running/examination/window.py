"""Does padding wash the sentence out? The same sentence, once and repeated until it fills any window.

A recurrent network that reads on through padding has forgotten a short sentence by the end of its window: its answer
is the same whatever was said. Repeated often enough, the same words stand at the window's end, and the answers differ.
"""

from __future__ import annotations

import numpy as np

from triage_bench.running.examination.subject import Probabilities, Seen, Subject, balanced, flipped

ASKED = 60
FILLED_WORDS = 256
"""Words that fill the window of a network for sentences; a longer one would be padded for every sentence there is."""
MOST_COPIES = 128
FLOOR = 1e-9


def filled(subject: Subject) -> Seen:
    """Compare answers to training sentences with answers to the same sentences repeated."""
    rows = subject.some("train", ASKED)
    once = subject.probabilities(rows.texts)
    whole = subject.probabilities([fill(text, FILLED_WORDS) for text in rows.texts])
    known = np.asarray(subject.model.classes_)
    facts: dict[str, float | str] = {
        "window.of": float(len(rows)),
        "window.spread_once": spread(once[:, known]),
        "window.spread_filled": spread(whole[:, known]),
        "window.alike": _alike(once[:, known], whole[:, known]),
        "window.flipped": float(flipped(once, whole).sum()),
        "window.score_once": balanced(rows.codes, once.argmax(axis=1), subject.classes),
        "window.score_filled": balanced(rows.codes, whole.argmax(axis=1), subject.classes),
    }
    return Seen(facts)


def fill(text: str, words: int) -> str:
    """Return a text repeated until it has so many words."""
    own = max(len(text.split()), 1)
    return " ".join([text] * min(-(-words // own), MOST_COPIES))


def spread(found: Probabilities) -> float:
    """Return how far logits differ between texts: the standard deviation, averaged over labels."""
    logs = np.log(np.maximum(np.nan_to_num(found, nan=FLOOR), FLOOR))
    logits = logs - logs.mean(axis=1, keepdims=True)
    return float(logits.std(axis=0).mean())


def _alike(first: Probabilities, second: Probabilities) -> float:
    """Return the correlation between two sets of answers: 1 where repeating only scales them (sums of words)."""
    a, b = (one - one.mean(axis=0) for one in (np.log(np.maximum(first, FLOOR)), np.log(np.maximum(second, FLOOR))))
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / size) if size > 0 else 0.0
