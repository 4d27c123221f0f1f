"""The frame around every encoder: embedding, dropout, output layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from triage_bench.models.neural.vocabulary import FIRST, PAD, UNKNOWN

EMBEDDING_SPREAD = 0.1
OUTPUT_SPREAD = 0.01
"""So small that the first answers are even and the first loss is ln K."""


class TextNetwork(nn.Module):
    """Token numbers → logits.

    Parameters
    ----------
    tokens
        Size of the vocabulary, padding and the unknown token included.
    dimensions
        Width of the embedding.
    encoder
        See `triage_bench.models.neural.encoders`.
    classes
        Number of logits.
    word_dropout
        Share of the tokens that training replaces by the unknown token: that is how the network
        learns what to do with one.
    embedding_dropout
        Share of embedding dimensions silenced for a whole text (Gal and Ghahramani 2016).
    dropout
        Share of the encoder's result that is silenced.
    """

    def __init__(
        self,
        tokens: int,
        dimensions: int,
        encoder: nn.Module,
        classes: int,
        *,
        word_dropout: float,
        embedding_dropout: float,
        dropout: float,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, dimensions, padding_idx=PAD)
        self.word_dropout = word_dropout
        self.embedding_dropout = nn.Dropout1d(embedding_dropout)
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(int(encoder.width), classes)  # type: ignore[arg-type]
        nn.init.normal_(self.embedding.weight.data[UNKNOWN:], std=EMBEDDING_SPREAD)
        nn.init.normal_(self.output.weight, std=OUTPUT_SPREAD)
        nn.init.zeros_(self.output.bias)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return logits, shape (texts, classes), of token numbers, shape (texts, longest)."""
        embedded = self.embedding(self._with_unknown(tokens))
        # Dropout1d silences whole channels of (texts, channels, positions).
        embedded = self.embedding_dropout(embedded.transpose(1, 2)).transpose(1, 2)
        logits: Tensor = self.output(self.dropout(self.encoder(embedded, lengths)))
        return logits

    def _with_unknown(self, tokens: Tensor) -> Tensor:
        if not self.training or not self.word_dropout:
            return tokens
        hit = (torch.rand(tokens.shape, device=tokens.device) < self.word_dropout) & (tokens >= FIRST)
        return tokens.masked_fill(hit, UNKNOWN)
