"""Networks as text classifiers: what they share, and one class for each encoder."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from triage_bench.core.seeds import generator_for, seed_for
from triage_bench.core.sentence import Notice, Sentence
from triage_bench.models.contract import Codes, Probabilities, TextClassifier
from triage_bench.models.holdout import validation_slice
from triage_bench.models.neural.batches import batch_size_for, epochs_for
from triage_bench.models.neural.device import choose_device, one_thread, reproducible
from triage_bench.models.neural.initialisation import initialise
from triage_bench.models.neural.loop import LabelledRows, Trainer, Training, answers
from triage_bench.models.neural.losses import objective_for
from triage_bench.models.neural.network import TextNetwork
from triage_bench.models.neural.vocabulary import Sequences, Vocabulary, fitting_length, unknown_share
from triage_bench.text.corpus import Corpus

CLASS_WEIGHTS = {"balanced": 1.0, "root": 0.5}
"""Power to which a class's weight, inverse to its rows, is raised."""


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
    normalisation
        Of the encoder's result: None, ``"layer"`` or ``"batch"``.
    initialisation
        A name in `triage_bench.models.neural.initialisation.SCHEMES`.
    loss, label_smoothing, focus
        See `triage_bench.models.neural.losses.objective_for`.
    class_weight
        None, ``"balanced"`` (inverse to a class's rows) or ``"root"`` (to the root of them).
    optimiser, learning_rate, weight_decay, schedule, clip, epochs, patience
        See `Training`. `epochs` None means 25, or more where few rows would make fewer than 300 steps
        of it.
    batch_size
        Rows per step, or ``"full"``: one step per epoch, which asks for more `epochs` and `patience`. None
        means 16 to 64, by the number of rows.
    validation_share
        Share of the training rows held out for early stopping; 0 means none. Few rows (see
        `triage_bench.models.holdout`) are all trained on, to the last epoch.
    refit
        Whether to train again on all rows, validation rows included, for the number of epochs found.
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

    objective_ : Objective
        Turns its outputs into probabilities.

    Notes
    -----
    On the CPU the same seed gives the same network.
    """

    bag: ClassVar[bool] = False

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
        normalisation: str | None = None,
        initialisation: str = "xavier",
        loss: str = "cross-entropy",
        label_smoothing: float = 0.0,
        focus: float = 2.0,
        class_weight: str | None = "balanced",
        optimiser: str = "adamw",
        learning_rate: float = 5e-3,
        weight_decay: float = 1e-2,
        schedule: str = "cosine",
        clip: float = 1.0,
        epochs: int | None = None,
        patience: int = 6,
        batch_size: int | str | None = None,
        validation_share: float = 0.15,
        refit: bool = True,
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
        self.normalisation = normalisation
        self.initialisation = initialisation
        self.loss = loss
        self.label_smoothing = label_smoothing
        self.focus = focus
        self.class_weight = class_weight
        self.optimiser = optimiser
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.clip = clip
        self.epochs = epochs
        self.patience = patience
        self.batch_size = batch_size
        self.validation_share = validation_share
        self.refit = refit
        self.random_state = random_state

    @abstractmethod
    def _encoder(self) -> nn.Module:
        """Return a fresh encoder over `embedding` dimensions."""

    @classmethod
    def _get_param_names(cls) -> list[str]:
        # scikit-learn reads one __init__ only; ours pass shared parameters on to their bases'.
        own = super()._get_param_names()
        for base in cls.__bases__:
            if issubclass(base, NeuralTextClassifier):
                own = [*own, *base._get_param_names()]
        return sorted(set(own))

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        slice_rng = generator_for(self.random_state, "validation")
        fitted, held_out = validation_slice(corpus, codes, self.validation_share, slice_rng)
        trainer = self._trained(corpus, codes, fitted, held_out)
        if self.refit and len(held_out):
            self.facts_["unknown_share"] = unknown_share(self._encoded(corpus[held_out]))
            stopped = trainer
            trainer = self._trained(corpus, codes, np.arange(len(codes)), held_out[:0], stopped.best_epoch)
            trainer.history = stopped.history
        self.history_ = tuple(trainer.history)
        self.notices_ += corpus.notices(self.tokenizer)
        self._note(trainer, len(held_out))

    def _trained(
        self, corpus: Corpus, codes: Codes, fitted: Codes, held_out: Codes, last_epoch: int | None = None
    ) -> Trainer:
        """Learn a vocabulary and weights from the rows `fitted`, and stop by the rows `held_out`."""
        self._learn_vocabulary(corpus[fitted])
        train = LabelledRows(self._encoded(corpus[fitted]), codes[fitted])
        test = LabelledRows(self._encoded(corpus[held_out]), codes[held_out]) if len(held_out) else None
        self.objective_ = objective_for(
            self.loss,
            len(self.classes_),
            self._class_weights(train.codes),
            smoothing=self.label_smoothing,
            focus=self.focus,
        )
        if test is not None:
            self.facts_["unknown_share"] = unknown_share(test.sequences)
        with reproducible(seed_for(self.random_state, "network")):
            self.network_ = self._network().to(choose_device())
            rng = generator_for(self.random_state, "order")
            trainer = Trainer(self.network_, self.objective_, self._training(len(train.codes), last_epoch), rng)
            trainer.fit(train, test)
        return trainer

    def _learn_vocabulary(self, corpus: Corpus) -> None:
        tokens = corpus.tokens(self.tokenizer)
        self.vocabulary_ = Vocabulary.learnt(tokens, self.min_count, self.max_tokens)
        self.length_ = self.max_length or fitting_length(tokens.lengths)
        self.facts_["truncated_share"] = float(np.mean(tokens.lengths > self.length_))
        self.facts_["vocabulary"] = float(len(self.vocabulary_.tokens))

    def _encoded(self, corpus: Corpus) -> Sequences:
        return self.vocabulary_.encode(corpus.tokens(self.tokenizer), self.length_)

    def _table_size(self) -> int:
        """Return how many rows the embedding has."""
        return len(self.vocabulary_)

    def _network(self) -> TextNetwork:
        encoder = self._encoder()
        initialise(encoder, self.initialisation)
        size = self._table_size()
        return TextNetwork(
            size,
            self.embedding,
            encoder,
            self.objective_.first_bias,
            word_dropout=self.word_dropout,
            embedding_dropout=self.embedding_dropout,
            dropout=self.dropout,
            normalisation=self.normalisation,
            bag=self.bag,
        )

    def _training(self, rows: int, last_epoch: int | None) -> Training:
        size = batch_size_for(rows) if self.batch_size is None else self.batch_size
        if not isinstance(size, int):
            if size != "full":
                raise ValueError(f"batch_size must be a number, 'full' or None, got {size!r}.")
            size = rows
        return Training(
            epochs=epochs_for(rows, size) if self.epochs is None else self.epochs,
            patience=self.patience,
            batch_size=size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            schedule=self.schedule,
            clip=self.clip,
            optimiser=self.optimiser,
            last_epoch=last_epoch,
        )

    def _class_weights(self, codes: Codes) -> torch.Tensor | None:
        if self.class_weight is None:
            return None
        if self.class_weight not in CLASS_WEIGHTS:
            raise ValueError(f"class_weight must be None, 'balanced' or 'root', got {self.class_weight!r}.")
        counts = torch.bincount(torch.as_tensor(codes), minlength=len(self.classes_))
        return (len(codes) / (len(counts) * counts)) ** CLASS_WEIGHTS[self.class_weight]

    def _note(self, trainer: Trainer, held_out: int) -> None:
        self.facts_.update(
            max_length=float(self.length_),
            parameters=float(sum(p.numel() for p in self.network_.parameters())),
            initial_loss=trainer.initial_loss,
            best_epoch=float(trainer.best_epoch),
            device=trainer.device.type,
        )
        if not held_out:
            self.notices_ += (_no_slice(int(self.facts_["rows"])),)

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        with one_thread():
            outputs = answers(self.network_, self._encoded(corpus), next(self.network_.parameters()).device)
            found: Any = self.objective_.log_probabilities(outputs.double()).exp().cpu().numpy()
        return found


def _no_slice(rows: int) -> Notice:
    said = Sentence(
        ko=f"학습 행이 {rows}개뿐이어서 조기 종료용 검증 행을 떼어 두지 않고 마지막 에포크까지 학습했습니다.",
        en=f"With {rows} training rows no validation slice was held out; training ran to the last epoch.",
    )
    return Notice("validation.none", rows, rows, said)
