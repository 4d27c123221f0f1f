"""Networks as text classifiers: what they share, and one class for each encoder."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from triage_bench.core.seeds import generator_for, seed_for
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.core.space import Choice, Float, Int, Space
from triage_bench.models.contract import Codes, Probabilities, TextClassifier
from triage_bench.models.holdout import validation_slice
from triage_bench.models.neural.batches import batch_size_for, epochs_for
from triage_bench.models.neural.device import choose_device, one_thread, reproducible
from triage_bench.models.neural.encoders import LSTMEncoder
from triage_bench.models.neural.loop import LabelledRows, Trainer, Training, answers
from triage_bench.models.neural.network import TextNetwork
from triage_bench.models.neural.vocabulary import Sequences, Vocabulary, fitting_length, unknown_share
from triage_bench.text.corpus import Corpus


class NeuralTextClassifier(TextClassifier):
    """Base of the networks: tokens → embedding → encoder → softmax, trained by `Trainer`.

    A subclass writes `_encoder`; its ``__init__`` names its own parameters and passes the rest on.

    Parameters
    ----------
    tokenizer
        A tokenizer's name.
    min_count, max_tokens
        A token is known if the training rows hold it `min_count` times, and `max_tokens` others are
        not more frequent.
    max_length
        Tokens kept of a text, from its beginning. None means so many that 99 % of the training rows
        stay whole, 256 at the most.
    embedding, hidden
        Width of the embedding, and units of the encoder.
    word_dropout, embedding_dropout, dropout
        See `TextNetwork`.
    learning_rate, weight_decay, schedule, clip, epochs, patience
        See `Training`. `epochs` None means 25, or more where few rows would make fewer than 300 steps
        of it.
    batch_size
        Rows per step. None means 16 to 64, by the number of rows.
    class_weight
        None, or ``"balanced"``.
    validation_share
        Share of the training rows held out for early stopping; 0 means none. Few rows (see
        `triage_bench.models.holdout`) are all trained on, to the last epoch.
    random_state
        Seed of weights, dropout, order and slice.

    Attributes
    ----------
    vocabulary_ : Vocabulary
        Known tokens, from the rows that weights were fitted on.
    length_ : int
        Tokens kept of a text.
    network_ : TextNetwork
        The trained network.

    Notes
    -----
    On the CPU the same seed gives the same network.
    """

    def __init__(
        self,
        *,
        tokenizer: str = "mecab",
        min_count: int = 1,
        max_tokens: int | None = 20_000,
        max_length: int | None = None,
        embedding: int = 128,
        hidden: int = 64,
        word_dropout: float = 0.3,
        embedding_dropout: float = 0.2,
        dropout: float = 0.3,
        learning_rate: float = 5e-3,
        weight_decay: float = 1e-2,
        schedule: str = "cosine",
        clip: float = 1.0,
        epochs: int | None = None,
        patience: int = 6,
        batch_size: int | None = None,
        class_weight: str | None = None,
        validation_share: float = 0.15,
        random_state: int = 0,
    ) -> None:
        self.tokenizer = tokenizer
        self.min_count = min_count
        self.max_tokens = max_tokens
        self.max_length = max_length
        self.embedding = embedding
        self.hidden = hidden
        self.word_dropout = word_dropout
        self.embedding_dropout = embedding_dropout
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.clip = clip
        self.epochs = epochs
        self.patience = patience
        self.batch_size = batch_size
        self.class_weight = class_weight
        self.validation_share = validation_share
        self.random_state = random_state

    @abstractmethod
    def _encoder(self) -> nn.Module:
        """Return a fresh encoder over `embedding` dimensions."""

    @classmethod
    def _get_param_names(cls) -> list[str]:
        # scikit-learn reads one __init__ only; ours pass shared parameters on to the base's.
        own = super()._get_param_names()
        if cls is NeuralTextClassifier:
            return own
        return sorted({*own, *NeuralTextClassifier._get_param_names()})

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        slice_rng = generator_for(self.random_state, "validation")
        fitted, held_out = validation_slice(corpus, codes, self.validation_share, slice_rng)
        self._learn_vocabulary(corpus[fitted])
        train = LabelledRows(self._encoded(corpus[fitted]), codes[fitted])
        test = LabelledRows(self._encoded(corpus[held_out]), codes[held_out]) if len(held_out) else None
        with reproducible(seed_for(self.random_state, "network")):
            self.network_ = self._network().to(choose_device())
            trainer = Trainer(self.network_, self._training(train.codes), generator_for(self.random_state, "order"))
            trainer.fit(train, test)
        self.history_ = tuple(trainer.history)
        self._note(trainer, test)

    def _learn_vocabulary(self, corpus: Corpus) -> None:
        tokens = corpus.tokens(self.tokenizer)
        self.vocabulary_ = Vocabulary.learnt(tokens, self.min_count, self.max_tokens)
        self.length_ = self.max_length or fitting_length(tokens.lengths)
        self.facts_["truncated_share"] = float(np.mean(tokens.lengths > self.length_))
        self.notices_ += corpus.notices(self.tokenizer)

    def _encoded(self, corpus: Corpus) -> Sequences:
        return self.vocabulary_.encode(corpus.tokens(self.tokenizer), self.length_)

    def _network(self) -> TextNetwork:
        return TextNetwork(
            len(self.vocabulary_),
            self.embedding,
            self._encoder(),
            len(self.classes_),
            word_dropout=self.word_dropout,
            embedding_dropout=self.embedding_dropout,
            dropout=self.dropout,
        )

    def _training(self, codes: Codes) -> Training:
        batch_size = self.batch_size or batch_size_for(len(codes))
        return Training(
            epochs=epochs_for(len(codes), batch_size) if self.epochs is None else self.epochs,
            patience=self.patience,
            batch_size=batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            schedule=self.schedule,
            clip=self.clip,
            class_weights=self._class_weights(codes),
        )

    def _class_weights(self, codes: Codes) -> NDArray[np.float64] | None:
        if self.class_weight is None:
            return None
        if self.class_weight != "balanced":
            raise ValueError(f"class_weight must be None or 'balanced', got {self.class_weight!r}.")
        counts = np.bincount(codes)
        return len(codes) / (len(counts) * counts)

    def _note(self, trainer: Trainer, held_out: LabelledRows | None) -> None:
        self.facts_.update(
            vocabulary=float(len(self.vocabulary_.tokens)),
            max_length=float(self.length_),
            parameters=float(sum(p.numel() for p in self.network_.parameters())),
            initial_loss=trainer.initial_loss,
            best_epoch=float(trainer.best_epoch),
            device=trainer.device.type,
        )
        if held_out is None:
            self.notices_ += (_no_slice(int(self.facts_["rows"])),)
        else:
            self.facts_["unknown_share"] = unknown_share(held_out.sequences)

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        with one_thread():
            logits = answers(self.network_, self._encoded(corpus), next(self.network_.parameters()).device)
            found: Any = torch.softmax(logits.double(), dim=1).cpu().numpy()
        return found


class LSTMClassifier(NeuralTextClassifier):
    """Long short-term memory over learned embeddings; last states and their maximum over time.

    Parameters
    ----------
    layers
        Stacked LSTM layers.
    bidirectional
        Whether a second LSTM reads each text from its end.
    **shared
        See `NeuralTextClassifier`.
    """

    space: ClassVar[Space] = Space(
        {
            "tokenizer": Choice(("mecab", "char")),
            "embedding": Int(32, 128, step=32),
            "hidden": Int(32, 128, step=32),
            "bidirectional": Choice((True, False)),
            "word_dropout": Float(0.0, 0.4),
            "embedding_dropout": Float(0.0, 0.5),
            "dropout": Float(0.0, 0.6),
            "learning_rate": Float(1e-3, 2e-2, log=True),
            "weight_decay": Float(1e-4, 1e-1, log=True),
        }
    )

    def __init__(self, *, layers: int = 1, bidirectional: bool = True, **shared: Any) -> None:
        super().__init__(**shared)
        self.layers = layers
        self.bidirectional = bidirectional

    def _encoder(self) -> nn.Module:
        return LSTMEncoder(self.embedding, self.hidden, self.layers, self.bidirectional, self.dropout)


def _no_slice(rows: int) -> Notice:
    said = Sentence(
        ko=f"학습 행이 {rows}개뿐이어서 조기 종료용 검증 행을 떼어 두지 않고 마지막 에포크까지 학습했습니다.",
        en=f"With {rows} training rows no validation slice was held out; training ran to the last epoch.",
    )
    return Notice("validation.none", rows, rows, said)
