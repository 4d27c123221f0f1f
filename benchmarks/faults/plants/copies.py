"""Edited copies of one source row, as careless augmentation or paraphrasing makes them."""

from __future__ import annotations

import numpy as np

from benchmarks.faults.rows import Rows

EDITED = 0.12
"""Share of a text's characters that an edit touches: copies stay recognisable, not equal."""
ENDINGS = ("", ".", "..", "요", " 그래요", " 입니다", "!", " 네요")


def copied(rows: Rows, copies: float, random: np.random.Generator) -> Rows:
    """Keep one row in `copies` and fill up with edited copies of the kept ones, label and all."""
    return _copied(rows, copies, random, grouped=False)


def copied_in_groups(rows: Rows, copies: float, random: np.random.Generator) -> Rows:
    """Like `copied`; the file names the source row of each copy in its group column."""
    return _copied(rows, copies, random, grouped=True)


def copied_across(rows: Rows, copies: float, random: np.random.Generator) -> Rows:
    """Like `copied`; a quarter of the rows, drawn without regard to their source, is the test file."""
    found = _copied(rows, copies, random, grouped=False)
    test = tuple((random.random(len(found)) < 0.25).tolist())
    return Rows(found.texts, found.labels, test=test)


def _copied(rows: Rows, copies: float, random: np.random.Generator, *, grouped: bool) -> Rows:
    kept = _kept(rows, -(-len(rows) // int(copies)))
    sources = [kept[place % len(kept)] for place in range(len(rows))]
    order = random.permutation(len(rows))
    texts = [rows.texts[sources[at]] if at < len(kept) else edited(rows.texts[sources[at]], random) for at in order]
    return Rows(
        tuple(texts),
        tuple(rows.labels[sources[at]] for at in order),
        tuple(f"s{sources[at]}" for at in order) if grouped else None,
    )


def _kept(rows: Rows, count: int) -> list[int]:
    """Return the source rows: two of every label first, without which no grouped split is possible at all."""
    pairs = [place for name in rows.label_names for place in [i for i, y in enumerate(rows.labels) if y == name][:2]]
    return [*pairs, *(place for place in range(len(rows)) if place not in set(pairs))][: max(count, len(pairs))]


def edited(text: str, random: np.random.Generator) -> str:
    """Drop or double single characters, swap two words, and end the sentence otherwise."""
    words = text.split(" ")
    if len(words) > 2:
        at = int(random.integers(len(words) - 1))
        words[at], words[at + 1] = words[at + 1], words[at]
    letters = list(" ".join(words))
    for at in np.flatnonzero(random.random(len(letters)) < EDITED).tolist():
        letters[at] = "" if random.random() < 0.5 else letters[at] * 2
    return ("".join(letters) + str(ENDINGS[int(random.integers(len(ENDINGS)))])).strip() or text
