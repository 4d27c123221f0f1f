"""The networks by name: an encoder, its own parameters, and what tuning may change."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from triage_bench.core.kept import Kept
from triage_bench.core.space import Space
from triage_bench.models.neural.classifier import NeuralTextClassifier
from triage_bench.models.neural.encoders import (
    BagEncoder,
    ConvolutionalEncoder,
    ConvolutionalRecurrentEncoder,
    Convolutions,
    MeanEncoder,
    RecurrentEncoder,
)
from triage_bench.models.neural.spaces import SPACES
from triage_bench.models.neural.subwords import Subwords, bags
from triage_bench.models.neural.vocabulary import Sequences
from triage_bench.text.corpus import Corpus


class BagClassifier(NeuralTextClassifier):
    """Base of the networks that see a text as a bag of tokens and of the n-grams inside them.

    Parameters
    ----------
    shortest, longest
        Characters of the n-grams, see `Subwords`; 0 as `longest` means tokens alone.
    **shared
        See `NeuralTextClassifier`.
    """

    bag: ClassVar[bool] = True

    def __init__(self, *, shortest: int = 2, longest: int = 4, **shared: Any) -> None:
        super().__init__(**shared)
        self.shortest = shortest
        self.longest = longest

    def _learn_vocabulary(self, corpus: Corpus) -> None:
        super()._learn_vocabulary(corpus)
        self.subwords_ = Subwords.learnt(corpus.tokens(self.tokenizer), self.shortest, self.longest, self.min_count)
        self.facts_["subwords"] = float(len(self.subwords_))

    def _numbered(self, corpus: Corpus) -> Sequences:
        return bags(self.vocabulary_, self.subwords_, corpus.tokens(self.tokenizer), self.length_)

    def _table_size(self) -> int:
        return len(self.vocabulary_) + len(self.subwords_)

    def _buckets(self) -> NDArray[np.int64]:
        return self.subwords_.known

    def _kept(self) -> Kept:
        kept = super()._kept()
        if not self.reads:
            return kept
        return Kept(kept.plain, {**kept.arrays, "subwords": self.subwords_.known}, kept.files)

    def _restore(self, kept: Kept) -> None:
        if self.columns != "columns":
            # Sorted: they are searched by halving.
            known = np.sort(kept.array("subwords", "iu", None).astype(np.int64))
            self.subwords_ = Subwords(self.shortest, self.longest, known)
        super()._restore(kept)


class MLPClassifier(BagClassifier):
    """Multi-layer perceptron over a bag of words, by default two layers of 16 units.

    Parameters
    ----------
    layers
        Layers before the output; the first has `embedding` units, the others `hidden`.
    **shared
        See `BagClassifier` and `NeuralTextClassifier`.
    """

    space: ClassVar[Space] = SPACES["mlp"]

    def __init__(self, *, layers: int = 2, **shared: Any) -> None:
        super().__init__(**{"tokenizer": "eojeol", "embedding": 16, "hidden": 16, **shared})
        self.layers = layers

    def _encoder(self) -> nn.Module:
        return BagEncoder(self.embedding, self.hidden, self.layers, self.dropout)


class FastTextClassifier(BagClassifier):
    """Averaged embeddings of words and of hashed character n-grams inside them (Joulin et al. 2017).

    Parameters
    ----------
    **shared
        See `BagClassifier` and `NeuralTextClassifier`; `hidden` is not used.
    """

    space: ClassVar[Space] = SPACES["fasttext"]

    def __init__(self, **shared: Any) -> None:
        super().__init__(**{"tokenizer": "eojeol", "embedding": 64, **shared})

    def _encoder(self) -> nn.Module:
        return MeanEncoder(self.embedding)


class RecurrentClassifier(NeuralTextClassifier):
    """Base of the recurrent networks.

    Parameters
    ----------
    layers
        Stacked layers.
    bidirectional
        Whether a second network reads each text from its end.
    pooling
        What is kept of the states, see `RecurrentEncoder`.
    **shared
        See `NeuralTextClassifier`.
    """

    cell: ClassVar[str]
    space: ClassVar[Space] = SPACES["lstm"]

    def __init__(
        self, *, layers: int = 1, bidirectional: bool = True, pooling: str = "last+max", **shared: Any
    ) -> None:
        super().__init__(**shared)
        self.layers = layers
        self.bidirectional = bidirectional
        self.pooling = pooling

    def _encoder(self) -> nn.Module:
        return self._recurrent(self.embedding)

    def _recurrent(self, dimensions: int) -> RecurrentEncoder:
        return RecurrentEncoder(
            self.cell, dimensions, self.hidden, self.layers, self.bidirectional, self.dropout, self.pooling
        )


class RNNClassifier(RecurrentClassifier):
    """Elman's recurrent network under additive attention; parameters as `RecurrentClassifier`.

    Its last state has forgotten how a text began: attention took 1,000 nsmc rows (one seed)
    from accuracy 0.66 to 0.73, all else equal. At a rate of 2e-3 it has not learnt its training rows
    when its epochs end: 4e-3 took seven draws of nsmc from 0.728 to 0.738 (lowest 0.704 to 0.719), five of ktas-sim
    from a macro-F1 of 0.797 to 0.838.
    """

    cell: ClassVar[str] = "rnn"

    def __init__(self, **shared: Any) -> None:
        super().__init__(**{"pooling": "attention", "learning_rate": 4e-3, **shared})


class GRUClassifier(RecurrentClassifier):
    """Gated recurrent units; parameters as `RecurrentClassifier`."""

    cell: ClassVar[str] = "gru"


class LSTMClassifier(RecurrentClassifier):
    """Long short-term memory; parameters as `RecurrentClassifier`."""

    cell: ClassVar[str] = "lstm"


class AttentiveLSTMClassifier(LSTMClassifier):
    """Long short-term memory under additive attention; parameters as `RecurrentClassifier`."""

    def __init__(self, **shared: Any) -> None:
        super().__init__(**{"pooling": "attention", **shared})


class TextCNNClassifier(NeuralTextClassifier):
    """Convolutions of several widths, each filter's largest value (Kim 2014).

    Parameters
    ----------
    filters
        Filters of each width.
    widest
        Filters see 1 … `widest` tokens.
    **shared
        See `NeuralTextClassifier`; `hidden` is not used.
    """

    space: ClassVar[Space] = SPACES["textcnn"]

    def __init__(self, *, filters: int = 64, widest: int = 3, **shared: Any) -> None:
        super().__init__(**shared)
        self.filters = filters
        self.widest = widest

    def _encoder(self) -> nn.Module:
        return ConvolutionalEncoder(self.embedding, self.filters, tuple(range(1, self.widest + 1)))


class CNNLSTMClassifier(LSTMClassifier):
    """Convolutions along the sequence whose states an LSTM reads (Zhou et al. 2015).

    Parameters
    ----------
    filters
        Filters of each width.
    widest
        Filters see 1 … `widest` tokens.
    **shared
        See `RecurrentClassifier`.
    """

    space: ClassVar[Space] = SPACES["cnn-lstm"]

    def __init__(self, *, filters: int = 32, widest: int = 3, **shared: Any) -> None:
        super().__init__(**shared)
        self.filters = filters
        self.widest = widest

    def _encoder(self) -> nn.Module:
        convolutions = Convolutions(self.embedding, self.filters, tuple(range(1, self.widest + 1)))
        return ConvolutionalRecurrentEncoder(convolutions, self._recurrent(convolutions.width))
