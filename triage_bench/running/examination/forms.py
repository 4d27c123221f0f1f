"""Whether the probabilities are probabilities, and say what `predict` says."""

from __future__ import annotations

from math import e

import numpy as np

from triage_bench.running.examination.subject import Probabilities, Seen, Subject, balanced

ASKED = 300
NEAR_BOUND = 0.005
"""Distance from e / (e + K - 1) that counts as lying at it."""


def probabilities(subject: Subject) -> Seen:
    """Look at the form of the probabilities, and at `predict` beside them, on training rows.

    On training rows, because there a sound model is right: whichever of the two is wrong shows.
    """
    rows = subject.some("train", ASKED)
    found = subject.probabilities(rows.texts)
    said = subject.answers(rows.texts)
    finite = np.isfinite(found).all(axis=1)
    likeliest = np.nan_to_num(found, nan=-1.0).argmax(axis=1)
    facts: dict[str, float | str] = {
        "form.of": float(len(rows)),
        "form.not_finite": float((~finite).sum()),
        "form.sum_error": float(np.abs(found[finite].sum(axis=1) - 1).max()) if finite.any() else 0.0,
        "form.negative": float((found[finite] < 0).any(axis=1).sum()),
        "form.disagree": float((likeliest != said).sum()),
        "form.likeliest_score": balanced(rows.codes, likeliest, subject.classes),
        "form.predict_score": balanced(rows.codes, said, subject.classes),
        "form.one_hot": float(bool(np.isin(found, (0.0, 1.0)).all())),
        **_bounded(found[finite], len(subject.model.classes_)),
    }
    return Seen(facts)


def _bounded(found: Probabilities, classes: int) -> dict[str, float | str]:
    """Say how many rows have a largest probability of e / (e + K - 1), and how many lie above.

    A softmax of a softmax cannot exceed it: its inputs lie between 0 and 1.
    """
    highest, bound = found.max(axis=1), e / (e + classes - 1)
    return {
        "form.bound": bound,
        "form.at_bound": float((np.abs(highest - bound) <= NEAR_BOUND).sum()),
        "form.above_bound": float((highest > bound + NEAR_BOUND).sum()),
        "form.highest": float(highest.max()) if len(found) else 0.0,
    }
