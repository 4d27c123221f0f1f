"""The frame around every encoder: embedding, dropout, normalisation, output layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from triage_bench.models.neural.vocabulary import FIRST, PAD, UNKNOWN

EMBEDDING_SPREAD = 0.1
OUTPUT_SPREAD = 0.01
"""So small that the first answers are even and the first loss is ln K."""

NORMALISATIONS = ("layer", "batch")


class TextNetwork(nn.Module):
    """Token numbers → outputs, one per class (or as the loss wants them).

    Parameters
    ----------
    tokens
        Size of the vocabulary, padding and the unknown token included.
    dimensions
        Width of the embedding.
    encoder
        See `triage_bench.models.neural.encoders`.
    first_bias : Tensor, shape (outputs,)
        Bias of the output layer at the start.
    word_dropout
        Share of the tokens that training replaces by the unknown token: that is how the network
        learns what to do with one. Where words are summed (`bag`) they are left out instead and the
        others count more, since the share of unknown words would differ from training to use.
    embedding_dropout
        Share of embedding dimensions silenced for a whole text (Gal and Ghahramani 2016).
    dropout
        Share of the encoder's result that is silenced.
    normalisation
        Of the encoder's result: ``"layer"`` (Ba et al. 2016), ``"batch"`` (Ioffe and Szegedy 2015)
        or None.
    bag
        Whether the encoder sums words.
    side
        What reads the columns beside the text, see `triage_bench.models.neural.side.SideBranch`; its vectors stand
        beside the encoder's before the output layer.
    """

    def __init__(
        self,
        tokens: int,
        dimensions: int,
        encoder: nn.Module,
        first_bias: Tensor,
        *,
        word_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        dropout: float = 0.0,
        normalisation: str | None = None,
        bag: bool = False,
        side: nn.Module | None = None,
    ) -> None:
        super().__init__()
        width = int(encoder.width)  # type: ignore[arg-type]
        self.embedding = nn.Embedding(tokens, dimensions, padding_idx=PAD, sparse=True)
        self.word_dropout, self.bag = word_dropout, bag
        self.embedding_dropout = nn.Dropout1d(embedding_dropout)
        self.encoder = encoder
        self.normalisation = _normalisation(normalisation, width)
        self.dropout = nn.Dropout(dropout)
        self.side = side
        self.output = nn.Linear(width + (0 if side is None else int(side.width)), len(first_bias))  # type: ignore[arg-type]
        nn.init.normal_(self.embedding.weight.data[UNKNOWN:], std=EMBEDDING_SPREAD)
        nn.init.normal_(self.output.weight, std=OUTPUT_SPREAD)
        self.output.bias.data.copy_(first_bias)

    def forward(self, tokens: Tensor, lengths: Tensor, side: Tensor | None = None) -> Tensor:
        """Return outputs, shape (texts, outputs), of token numbers, shape (texts, longest), and columns' features."""
        embedded = self._embedded(tokens)
        if self.training and self.embedding_dropout.p:
            # Dropout1d silences whole channels of (texts, channels, positions).
            embedded = self.embedding_dropout(embedded.transpose(1, 2)).transpose(1, 2)
        return self.read(embedded, lengths, side)

    def read(self, embedded: Tensor, lengths: Tensor, side: Tensor | None = None) -> Tensor:
        """Return outputs, shape (texts, outputs), of embedded tokens, shape (texts, longest, dimensions)."""
        vectors = self.dropout(self.normalisation(self.encoder(embedded, lengths)))
        if self.side is not None:
            vectors = torch.cat((vectors, self.side(side)), dim=-1)
        outputs: Tensor = self.output(vectors)
        return outputs

    def _embedded(self, tokens: Tensor) -> Tensor:
        if not self.training or not self.word_dropout:
            return self.embedding(tokens)
        hit = (torch.rand(tokens.shape, device=tokens.device) < self.word_dropout) & (tokens >= FIRST)
        if self.bag:
            return self.embedding(tokens.masked_fill(hit, PAD)) / (1 - self.word_dropout)
        return self.embedding(tokens.masked_fill(hit, UNKNOWN))


class _BatchNorm(nn.BatchNorm1d):
    """Batch normalisation that takes a batch of one row by the statistics so far: it has no spread."""

    def forward(self, input: Tensor) -> Tensor:
        if self.training and len(input) == 1:
            return nn.functional.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        return super().forward(input)


def _normalisation(name: str | None, width: int) -> nn.Module:
    if name is None:
        return nn.Identity()
    if name not in NORMALISATIONS:
        raise ValueError(f"normalisation must be None, 'layer' or 'batch', got {name!r}.")
    return nn.LayerNorm(width) if name == "layer" else _BatchNorm(width)
