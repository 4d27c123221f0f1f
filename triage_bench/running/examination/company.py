"""Whether an answer depends on anything but the text: on chance, on the other texts in the call, on their order."""

from __future__ import annotations

import numpy as np

from triage_bench.core.sentence import Notice, Sentence
from triage_bench.running.examination.subject import Probabilities, Rows, Seen, Subject, apart, flipped
from triage_bench.tuning import one_line

ASKED = 48
"""Rows asked together."""
ALONE = 16
"""Rows asked one by one: a network behind a large framework takes a tenth of a second for each call."""
LONG_WORDS = 120
"""Words of the long neighbour: longer than any sentence, so that a batch padded to its longest is padded anew."""
MOVED = 0.01
"""Change of a probability that counts as another answer: 32-bit sums in another order move it by 1e-6, at most 1e-3."""


def twice(subject: Subject) -> Seen:
    """Ask the same texts twice in the same way."""
    rows = subject.some("test", ASKED)
    first, second = subject.probabilities(rows.texts), subject.probabilities(rows.texts)
    return _compared("twice", rows, first, second)


def company(subject: Subject) -> Seen:
    """Ask the same texts alone, in another order, beside one very long text, and in several copies."""
    rows = subject.some("test", ASKED)
    together = subject.probabilities(rows.texts)
    order = subject.draw("order").permutation(len(rows))
    shuffled = np.empty_like(together)
    shuffled[order] = subject.probabilities([rows.texts[at] for at in order])
    few = rows.take(np.arange(min(ALONE, len(rows))))
    beside = subject.probabilities([*rows.texts, long_text(subject)])[: len(rows)]
    same = subject.probabilities([*few.texts, *few.texts[:1] * 40])[: len(few)]
    return (
        _compared("order", rows, together, shuffled)
        | _alone(subject, few, together[: len(few)])
        | _compared("neighbours", rows, together, beside)
        | _compared("copies", few, together[: len(few)], same)
    )


def _alone(subject: Subject, rows: Rows, together: Probabilities) -> Seen:
    """Ask one text at a time; a model that answers them together and breaks on one alone depends on company too.

    Batch normalisation left in training is the usual case: one row has no spread.
    """
    try:
        alone = np.vstack([subject.probabilities([text]) for text in rows.texts])
    except Exception as error:
        count = float(len(rows))
        broken = {"alone.of": count, "alone.moved": count, "alone.flipped": count, "alone.largest": 1.0}
        return Seen({**broken, "alone.broken": one_line(error)})
    return _compared("alone", rows, together, alone)


def long_text(subject: Subject) -> str:
    """Return a text of `LONG_WORDS` words made of training texts."""
    words: list[str] = []
    for text in subject.some("train", 200).texts:
        words += text.split()
        if len(words) >= LONG_WORDS:
            break
    return " ".join(words[:LONG_WORDS]) or "가"


def _compared(name: str, rows: Rows, first: Probabilities, second: Probabilities) -> Seen:
    moved = apart(first, second)
    changed = moved > MOVED
    finite = moved[np.isfinite(moved)]
    facts: dict[str, float | str] = {
        f"{name}.of": float(len(rows)),
        f"{name}.moved": float(changed.sum()),
        f"{name}.flipped": float(flipped(first, second).sum()),
        f"{name}.largest": float(finite.max()) if len(finite) else 0.0,
    }
    return Seen(facts, examples(f"examination.{name}", rows, changed))


def examples(code: str, rows: Rows, changed: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[Notice, ...]:
    """Return a notice that names the first few rows concerned, or none."""
    numbers = rows.numbers[changed][:5].tolist()
    if not numbers:
        return ()
    listed = ", ".join(str(number + 1) for number in numbers)
    said = Sentence(
        ko=f"{code}: {len(rows)}행 중 {int(changed.sum())}행, 예를 들어 {listed}번째 행(1부터 셉니다).",
        en=f"{code}: {int(changed.sum())} of {len(rows)} rows, for example row {listed} (counting from 1).",
    )
    return (Notice(code, int(changed.sum()), len(rows), said),)
