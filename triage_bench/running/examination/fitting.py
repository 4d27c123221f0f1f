"""What the model made of its training rows, and which answers it gives at all."""

from __future__ import annotations

import numpy as np

from triage_bench.running.examination.subject import Codes, Probabilities, Seen, Subject, balanced

ASKED = 500
FLOOR = 1e-12


def training_rows(subject: Subject) -> Seen:
    """Score the rows that were trained on: as answered, under the best renaming, and of the classes ever answered."""
    rows = subject.some("train", ASKED)
    found = subject.probabilities(rows.texts)
    said = subject.answers(rows.texts)
    known = np.isin(rows.codes, said)
    led, error = lead(log_of(found), rows.codes)
    spread = found[:, np.asarray(subject.model.classes_)].std(axis=0).mean()
    return Seen(
        {
            "train.of": float(len(rows)),
            "train.score": balanced(rows.codes, said, subject.classes),
            "train.unanswered": float((~known).sum()),
            "train.answered_score": balanced(rows.codes[known], said[known], subject.classes) if known.any() else 0.0,
            "train.right": float((said == rows.codes).sum()),
            "train.renamed_score": balanced(rows.codes, _renamed(rows.codes, said, subject.classes), subject.classes),
            "train.largest_class": float(np.bincount(rows.codes).max()),
            "train.classes": float(len(np.unique(rows.codes))),
            "train.lead": led,
            "train.lead_z": led / error if error > 0 else 0.0,
            "train.loss": _loss(found, rows.codes),
            "train.spread": float(spread) if np.isfinite(spread) else 0.0,
        }
    )


def answers(subject: Subject) -> Seen:
    """Count which labels are answered on rows that were not trained on."""
    rows = subject.some("test", ASKED)
    said = subject.answers(rows.texts)
    return Seen(
        {
            "answers.of": float(len(rows)),
            "answers.given_classes": float(len(np.unique(rows.codes))),
            "answers.classes": float(len(np.unique(said))),
            "answers.entropy": _entropy(said),
            "answers.given_entropy": _entropy(rows.codes),
            "answers.score": balanced(rows.codes, said, subject.classes),
        }
    )


def _renamed(codes: Codes, said: Codes, classes: int) -> Codes:
    """Return the answers under the one-to-one renaming that makes most of them right, class by class."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (codes, said), 1.0)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    from scipy.optimize import linear_sum_assignment  # slow to import, and every worker process would wait for it

    given, answered = linear_sum_assignment(-share)
    renamed = np.empty(classes, dtype=np.int64)
    renamed[answered] = given
    return renamed[said]


def _loss(found: Probabilities, codes: Codes) -> float:
    """Return the mean cross-entropy in nats."""
    true = np.nan_to_num(found[np.arange(len(codes)), codes], nan=FLOOR)
    return float(-np.log(np.maximum(true, FLOOR)).mean())


def log_of(found: Probabilities) -> Probabilities:
    """Return logarithms of probabilities; what is no number counts as nearly zero."""
    logs: Probabilities = np.log(np.maximum(np.nan_to_num(found, nan=FLOOR), FLOOR))
    return logs


def lead(logs: Probabilities, codes: Codes) -> tuple[float, float]:
    """Return how far the true label's log probability lies above that label's mean, and its standard error.

    Zero for a model that learnt nothing; above zero long before any answer turns right.

    Parameters
    ----------
    logs
        Log probabilities, or how they changed, shape (rows, classes).
    codes
        The true labels, shape (rows,).
    """
    above = centred(logs)[np.arange(len(codes)), codes]
    return float(above.mean()), float(above.std(ddof=1) / np.sqrt(len(above))) if len(above) > 1 else 0.0


def centred(logs: Probabilities) -> Probabilities:
    """Return logarithms less what all rows and what all classes share, shape (rows, classes)."""
    beyond_rows = logs - logs.mean(axis=0)
    beyond_both: Probabilities = beyond_rows - beyond_rows.mean(axis=1, keepdims=True)
    return beyond_both


def _entropy(codes: Codes) -> float:
    share = np.bincount(codes) / len(codes)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())
