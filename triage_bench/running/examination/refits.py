"""Training again: on rows in another order, under other names of the labels, on every row twice; and merely anew.

What merely training anew changes (another seed) is the noise that the other changes are held against.
"""

from __future__ import annotations

import numpy as np

from triage_bench.core.seeds import seed_for
from triage_bench.running.examination.subject import Codes, Seen, Subject, answers_of, balanced

ASKED = 400
SEEDS = 2
"""Refits with other seeds; with the fit at hand they make three."""


def refits(subject: Subject) -> Seen:
    """Compare scores and answers on rows that none of the fits has seen."""
    rows = subject.some("test", ASKED)
    order = subject.draw("row order").permutation(len(subject.train))
    texts, codes = list(subject.train.texts), subject.train.codes
    names = renaming(subject)
    again = [_answers(subject, texts, codes, seed_for(subject.seed, "again", at)) for at in range(SEEDS)]
    base = [subject.answers(rows.texts), *again]
    back = np.argsort(names)
    changed = {
        "rows": _answers(subject, [texts[at] for at in order], codes[order], subject.seed),
        "labels": back[_answers(subject, texts, names[codes], subject.seed)],
        "doubled": _answers(subject, [text for text in texts for _ in range(2)], np.repeat(codes, 2), subject.seed),
    }
    scores = [balanced(rows.codes, said, subject.classes) for said in base]
    facts: dict[str, float | str] = {
        "refits.of": float(len(rows)),
        "refits.train_rows": float(len(texts)),
        "refits.lowest": min(scores),
        "refits.highest": max(scores),
        "refits.noise": float(np.mean([(a != b).mean() for at, a in enumerate(base) for b in base[at + 1 :]])),
    }
    for name, said in changed.items():
        facts[f"refits.{name}_score"] = balanced(rows.codes, said, subject.classes)
        facts[f"refits.{name}_changed"] = float((said != base[0]).mean())
    return Seen(facts)


def _answers(subject: Subject, texts: list[str], codes: Codes, seed: int) -> Codes:
    return answers_of(subject.make(seed).fit(texts, codes), subject.some("test", ASKED).texts)


def renaming(subject: Subject) -> Codes:
    """Return which label each one is called by instead, shape (classes,), among those that were trained on.

    Ordered labels are turned round, which keeps their neighbours: a model may rightly use the order. Others move
    on by one.
    """
    names, known = np.arange(subject.classes), np.unique(subject.train.codes)
    names[known] = known[::-1] if subject.scale != "nominal" else np.roll(known, 1)
    return names
