"""What networks read: rows as numbers, by a vocabulary and prepared columns that training rows taught."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.digest import digest_array
from triage_bench.core.errors import UnknownNameError
from triage_bench.core.kept import Kept
from triage_bench.models.columns import ColumnFeatures
from triage_bench.models.contract import Codes
from triage_bench.models.neural.augmented import AugmentedRows
from triage_bench.models.neural.loop import LabelledRows
from triage_bench.models.neural.parameters import NetworkParameters
from triage_bench.models.neural.side import side_features, textless
from triage_bench.models.neural.vocabulary import (
    UNKNOWN,
    KeptVocabulary,
    Sequences,
    Vocabulary,
    fitting_length,
    fitting_vocabulary,
    unknown_share,
)
from triage_bench.models.text_and_columns import READINGS
from triage_bench.text.augmentation import Augmentation
from triage_bench.text.corpus import Corpus


class NetworkReader(NetworkParameters):
    """The reading half of a network: tokens of the text, features of the columns, or both.

    Attributes
    ----------
    vocabulary_ : Vocabulary
        Known tokens, from the rows that weights were fitted on; absent, as `length_`, where no text is read.
    length_ : int
        Tokens kept of a text.
    columns_ : ColumnFeatures or None
        How columns are prepared, learnt from the same rows; None where the text alone is read.
    """

    vocabulary_: Vocabulary
    length_: int
    columns_: ColumnFeatures | None

    def _learn_to_read(self, corpus: Corpus, codes: Codes) -> None:
        """Learn vocabulary and columns from the rows that weights will be fitted on.

        Raises
        ------
        UnknownNameError
            If `columns` is none of `READINGS`.
        InputError
            If columns are to be read and the rows have none.
        """
        if self.columns not in READINGS:
            raise UnknownNameError("columns", str(self.columns), READINGS)
        self.reads = self.columns != "columns"
        self.columns_ = None
        if self.reads:
            self._learn_vocabulary(corpus)
        if self.columns != "text":
            self.columns_ = ColumnFeatures.asked_by(self)
            self.columns_.fit_transform(corpus, codes)
            self.facts_["column_features"] = float(self.columns_.width_)

    def _learn_vocabulary(self, corpus: Corpus) -> None:
        tokens = corpus.tokens(self.tokenizer)
        self.vocabulary_ = Vocabulary.learnt(tokens, self.min_count, self.max_tokens or fitting_vocabulary(tokens))
        self.length_ = self.max_length or fitting_length(tokens.lengths)
        self.facts_["truncated_share"] = float(np.mean(tokens.lengths > self.length_))
        self.facts_["vocabulary"] = float(len(self.vocabulary_.tokens))
        known = self.vocabulary_.numbers(tokens.vocabulary) != UNKNOWN
        self.facts_["left_out_share"] = float(1 - known[tokens.values].mean()) if len(tokens.values) else 0.0

    def _encoded(self, corpus: Corpus) -> Sequences:
        """Return rows as the network takes them: the text's tokens, the columns' features, or both."""
        found = self._numbered(corpus) if self.reads else textless(len(corpus))
        return found if self.columns_ is None else replace(found, side=side_features(self.columns_, corpus))

    def _numbered(self, corpus: Corpus) -> Sequences:
        return self.vocabulary_.encode(corpus.tokens(self.tokenizer), self.length_)

    def _augmentation(self) -> Augmentation:
        return Augmentation(**{one.name: getattr(self, f"augment_{one.name}") for one in fields(Augmentation)})

    def _training_rows(self, corpus: Corpus, codes: Codes, phase: str) -> LabelledRows:
        sequences, noise = self._encoded(corpus), self._augmentation()
        if not noise.active or not self.augment_copies or not self.reads:
            return LabelledRows(sequences, codes)
        return AugmentedRows(sequences, codes, self._copies(corpus, self.augment_copies, "augmentation", phase))

    def _copies(self, corpus: Corpus, count: int, *purpose: str) -> Sequences:
        """Return noisy copies of every text, each beside the columns of its own row."""
        texts, side = self._augmentation().copies(corpus, count, self.random_state, *purpose), corpus.side
        rows = np.tile(np.arange(len(corpus)), count)
        return self._encoded(Corpus(texts, side=None if side is None else side.take(rows)))

    def _told_apart(self, corpus: Corpus) -> dict[str, str]:
        """Return what tells these columns from others; nothing where none are read."""
        return {} if self.columns_ is None else {"columns": digest_array(side_features(self.columns_, corpus))}

    def _note_unknown(self, sequences: Sequences) -> None:
        if self.reads:
            self.facts_["unknown_share"] = unknown_share(sequences)

    def side_columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the numeric and of the categorical columns that are read."""
        return ((), ()) if self.columns_ is None else self.columns_.columns

    def _unknown_shares(self, corpus: Corpus) -> NDArray[np.float64]:
        if not self.reads:
            return super()._unknown_shares(corpus)
        tokens = corpus.tokens(self.tokenizer)
        unknown = self.vocabulary_.numbers(tokens.vocabulary) == UNKNOWN
        counted = np.bincount(np.repeat(np.arange(len(tokens)), tokens.lengths), unknown[tokens.values], len(tokens))
        lengths = tokens.lengths.astype(np.float64)
        return np.divide(counted, lengths, out=np.full(len(tokens), np.nan), where=lengths > 0)

    def _kept(self) -> Kept:
        kept = Kept({"length": self.length_}, {"tokens": self.vocabulary_.digests}) if self.reads else Kept()
        return kept if self.columns_ is None else kept.with_parts(columns=self.columns_.kept())

    def _restore(self, kept: Kept) -> None:
        self.reads = self.columns != "columns"
        if self.reads:
            self.length_ = kept.value("length", int)
            self.vocabulary_ = KeptVocabulary(kept.array("tokens", "u", None).astype(np.uint64))
        self.columns_ = None if self.columns == "text" else ColumnFeatures.restored(kept.part("columns"))
