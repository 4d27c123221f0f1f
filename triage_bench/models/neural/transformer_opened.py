"""What the families over a pre-trained Transformer share: its tokenizer, the length read, what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from triage_bench.core.errors import ModelFileError
from triage_bench.core.identifiers import redacted
from triage_bench.core.kept import Kept
from triage_bench.models.contract import TextClassifier
from triage_bench.models.neural.transformer_network import (
    encoder_of_folder,
    encoder_of_settings,
    most_tokens,
    padding_of,
    settings_of,
)
from triage_bench.models.neural.transformer_reading import TOKENIZER, SubwordReader
from triage_bench.models.neural.transformer_source import model_folder
from triage_bench.models.neural.vocabulary import Sequences, fitting_length
from triage_bench.models.neural.weights import WEIGHTS, packed
from triage_bench.text.corpus import Corpus

FEWEST_TOKENS = 4
"""Two special tokens and room for a word."""

READ_AT_ONCE = 32
"""Rows per step where nothing is learnt: 256 rows of 256 tokens would take gigabytes in a model of 110 million."""


class PretrainedTextClassifier(TextClassifier):
    """Base of the classifiers over a pre-trained Transformer; see the two families for their parameters.

    Attributes
    ----------
    reader_ : SubwordReader
        The pre-trained model's tokenizer.
    length_ : int
        Tokens kept of a text, the special ones included.
    """

    pretrain: str | None
    max_length: int | None
    reader_: SubwordReader
    length_: int

    def _open(self, corpus: Corpus) -> nn.Module:
        """Read the pre-trained model, and choose from the training rows how much of a text it reads."""
        folder = model_folder(self.pretrain)
        encoder, self.reader_ = encoder_of_folder(folder), SubwordReader.of_folder(folder)
        lengths = self.reader_.lengths(corpus)
        wanted = fitting_length(lengths) if self.max_length is None else self.max_length
        self.length_ = max(FEWEST_TOKENS, min(wanted, most_tokens(encoder) or wanted))
        self.facts_["pretrained"] = redacted(folder.name)
        self.facts_["max_length"] = float(self.length_)
        self.facts_["truncated_share"] = float(np.mean(lengths > self.length_))
        return encoder

    def _encoded(self, corpus: Corpus) -> Sequences:
        return self.reader_.read(corpus, self.length_)

    def _unknown_shares(self, corpus: Corpus) -> NDArray[np.float64]:
        return self.reader_.unknown_shares(corpus)

    def _kept_network(self, network: nn.Module, encoder: nn.Module) -> Kept:
        """Return what reads and weighs texts, whatever stands on top of it."""
        plain: dict[str, Any] = {
            "length": self.length_,
            "encoder": settings_of(encoder),
            "padding": padding_of(encoder),
            "unknown": self.reader_.unknown,
        }
        files = {WEIGHTS: packed(network.state_dict()), TOKENIZER: self.reader_.spelt.encode()}
        return Kept(plain, {}, files)

    def _restore_encoder(self, kept: Kept, tensors: int) -> Callable[[], nn.Module]:
        """Take over reader and length, and return what makes the encoder; its weights are not yet in it."""
        unknown, settings = kept.value("unknown", int), kept.value("encoder", dict)
        self.reader_ = SubwordReader.of_bytes(kept.file(TOKENIZER), unknown, kept.value("padding", int))
        self.length_ = kept.value("length", int)

        def make() -> nn.Module:
            encoder = encoder_of_settings(settings, tensors)
            if not FEWEST_TOKENS <= self.length_ <= (most_tokens(encoder) or self.length_):
                raise ModelFileError(f"the model file says length={self.length_}, which its encoder cannot read.")
            return encoder

        return make
