"""Training rows that look a little different in every epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from triage_bench.models.neural.loop import LabelledRows
from triage_bench.models.neural.vocabulary import Sequences
from triage_bench.text.augmentation import Augmentation
from triage_bench.text.ragged import offsets_of

COPY_SHARE = 0.5
"""Share of the rows of an epoch that are noisy copies; the others are as they were given."""


@dataclass(frozen=True, eq=False)
class AugmentedRows(LabelledRows):
    """Labelled rows with noisy copies of each.

    The copies are made and analysed once per fit, all in one call of the tokenizer: some analysers take
    longer than the training itself. Which of them a row is shown as is drawn anew in every epoch.

    Attributes
    ----------
    copies
        The first copy of every row, then the second of every row, and so on.
    """

    copies: Sequences

    def drawn(self, rng: np.random.Generator) -> LabelledRows:
        """Return the rows of one epoch, in the same order: each itself, or one of its copies."""
        rows = len(self.codes)
        copied = rng.random(rows) < COPY_SHARE
        which = rng.integers(len(self.copies) // rows, size=rows)
        at = np.arange(rows)
        chosen = np.where(copied, rows * (1 + which) + at, at)
        return LabelledRows(_joined(self.sequences, self.copies).take(chosen), self.codes)


def _joined(first: Sequences, second: Sequences) -> Sequences:
    lengths = np.concatenate((first.lengths, second.lengths))
    side = None if first.side is None or second.side is None else np.concatenate((first.side, second.side))
    return Sequences(np.concatenate((first.values, second.values)), offsets_of(lengths), side)


def check_copies(noise: Augmentation, training: int, answering: int) -> None:
    """Refuse numbers of copies that cannot be meant.

    Raises
    ------
    ValueError
        If one is negative or no whole number, or copies of a text to be answered would all be alike.
    """
    for name, count in (("augment_copies", training), ("answer_copies", answering)):
        if not isinstance(count, int) or count < 0:
            raise ValueError(f"{name} counts copies, 0 or more; got {count!r}.")
    if answering and not noise.active:
        raise ValueError(f"answer_copies={answering!r} needs noise; set one of the augment_ strengths above 0.")
