"""Networks as text classifiers: what they share, and one class for each encoder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from triage_bench.core.errors import ModelFileError
from triage_bench.core.kept import Kept
from triage_bench.core.seeds import generator_for, seed_for
from triage_bench.models.attribution import TokenScores
from triage_bench.models.contract import Codes, Probabilities
from triage_bench.models.holdout import validation_slice
from triage_bench.models.neural.attribution import attention_weights, integrated_gradients
from triage_bench.models.neural.augmented import check_copies
from triage_bench.models.neural.batches import batch_size_for, epochs_for
from triage_bench.models.neural.checkpoint import checkpoint_of
from triage_bench.models.neural.device import choose_device, one_thread, reproducible
from triage_bench.models.neural.initialisation import initialise
from triage_bench.models.neural.loop import LabelledRows, OnEpoch, Trainer, Training, answers
from triage_bench.models.neural.losses import class_weights, objective_for
from triage_bench.models.neural.network import TextNetwork
from triage_bench.models.neural.notes import no_slice, parameter_counts
from triage_bench.models.neural.reading import NetworkReader
from triage_bench.models.neural.side import ColumnNetwork, SideBranch, side_width
from triage_bench.models.neural.transfer import NONE, STARTED_RATE, Start, start_from_model, start_from_vectors
from triage_bench.models.neural.vocabulary import Sequences
from triage_bench.models.neural.weights import WEIGHTS, packed, unpacked, with_weights
from triage_bench.text.corpus import Corpus


class NeuralTextClassifier(NetworkReader):
    """Base of the networks: tokens → embedding → encoder → softmax, trained by `Trainer`.

    Columns beside the text, where they are read, go through a dense branch into the same softmax. A subclass writes
    `_encoder`; its ``__init__`` names its own parameters and passes the rest on, see `NetworkParameters`.

    Attributes
    ----------
    network_ : TextNetwork or ColumnNetwork
        The trained network.
    objective_ : Objective
        Turns its outputs into probabilities.

    Notes
    -----
    On the CPU the same seed gives the same network.
    """

    bag: ClassVar[bool] = False
    # Trained once, on all but the validation slice: a second training would double the search's time.
    in_trials: ClassVar[Mapping[str, Any]] = {"refit": False}
    network_: TextNetwork | ColumnNetwork
    checkpoints: Path | None = None
    """Folder in which every finished epoch is kept, and from which an interrupted fit goes on; no parameter."""
    on_epoch: OnEpoch | None = None
    """Called with each new entry of the history; no parameter either."""

    @abstractmethod
    def _encoder(self) -> nn.Module:
        """Return a fresh encoder over `embedding` dimensions."""

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        self._check()
        slice_rng = generator_for(self.random_state, "validation")
        fitted, held_out = validation_slice(corpus, codes, self.validation_share, slice_rng)
        trainer = self._trained(corpus, codes, fitted, held_out, "stopping")
        if self.refit and len(held_out):
            self._note_unknown(self._encoded(corpus[held_out]))
            stopped = trainer
            trainer = self._trained(corpus, codes, np.arange(len(codes)), held_out[:0], "refit", stopped)
            trainer.history = stopped.history
        self.history_ = tuple(trainer.history)
        self.notices_ += corpus.notices(self.tokenizer) if self.reads else ()
        self._note(trainer, len(held_out))

    def _trained(
        self, corpus: Corpus, codes: Codes, fitted: Codes, held_out: Codes, phase: str, stopped: Trainer | None = None
    ) -> Trainer:
        """Learn vocabulary, columns and weights from the rows `fitted`; stop by the rows `held_out` or as `stopped`."""
        self._learn_to_read(corpus[fitted], codes[fitted])
        start = self._start()
        train = self._training_rows(corpus[fitted], codes[fitted], phase)
        test = LabelledRows(self._encoded(corpus[held_out]), codes[held_out]) if len(held_out) else None
        self.objective_ = objective_for(
            self.loss,
            len(self.classes_),
            class_weights(self.class_weight, torch.as_tensor(train.codes), len(self.classes_)),
            smoothing=self.label_smoothing,
            focus=self.focus,
        )
        if test is not None:
            self._note_unknown(test.sequences)
        with reproducible(seed_for(self.random_state, "network")):
            self.network_ = self._network().to(choose_device())
            if start is not None and isinstance(self.network_, TextNetwork):
                start.copy_into(self.network_, self.vocabulary_, self._buckets())
            rng = generator_for(self.random_state, "order")
            training = self._training(len(train.codes))
            training = training if stopped is None else training.ended_as(stopped)
            trainer = Trainer(self.network_, self.objective_, training, rng)
            kept = checkpoint_of(
                self, self.checkpoints, phase, corpus, codes, training.shares, **self._told_apart(corpus)
            )
            trainer.fit(train, test, kept, self.on_epoch)
        return trainer

    def _check(self) -> None:
        """Refuse parameters that contradict each other."""
        check_copies(self._augmentation(), self.augment_copies, self.answer_copies)
        if self.pretrain is not None and self.vectors is not None:
            raise ValueError("a network starts from pretrain or from vectors, not from both; leave one of them None.")
        if self.columns == "columns" and (self.pretrain is not None or self.vectors is not None):
            raise ValueError("columns='columns' reads no text; leave pretrain and vectors None, or take 'both'.")

    def _start(self) -> Start | None:
        """Read what the network starts from, and add its words to the vocabulary."""
        if self.pretrain is not None:
            start = start_from_model(self.pretrain, self.tokenizer)
        elif self.vectors is not None:
            start = start_from_vectors(self.vectors, self.vocabulary_)
        else:
            return None
        found = start.known(self.vocabulary_.digests)
        self.facts_.update(start.facts, vocabulary_found=float(found.mean()))
        self.vocabulary_ = self.vocabulary_.extended(start.words)
        return start

    def _buckets(self) -> NDArray[np.int64]:
        """Return the n-grams that the embedding holds behind the words."""
        return NONE

    def _table_size(self) -> int:
        """Return how many rows the embedding has."""
        return len(self.vocabulary_)

    def _network(self) -> TextNetwork | ColumnNetwork:
        side = self._side_branch()
        if side is not None and not self.reads:
            return ColumnNetwork(side, self.objective_.first_bias)
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
            side=side,
        )

    def _side_branch(self) -> SideBranch | None:
        if self.columns_ is None:
            return None
        branch = SideBranch(side_width(self.columns_), self.column_hidden, self.dropout)
        initialise(branch, self.initialisation)
        return branch

    def _training(self, rows: int) -> Training:
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
            table_rate=self._embedding_rate(),
        )

    def _embedding_rate(self) -> float:
        if self.embedding_rate is not None:
            return self.embedding_rate
        return 1.0 if self.pretrain is None and self.vectors is None else STARTED_RATE

    def _note(self, trainer: Trainer, held_out: int) -> None:
        if self.reads:
            self.facts_["max_length"] = float(self.length_)
        self.facts_.update(
            parameters=float(sum(p.numel() for p in self.network_.parameters())),
            initial_loss=trainer.initial_loss,
            best_epoch=float(trainer.best_epoch),
            device=trainer.device.type,
            **parameter_counts(self.network_),
        )
        if not held_out:
            self.notices_ += (no_slice(int(self.facts_["rows"])),)

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        found = self._answered(self._encoded(corpus))
        if not self.answer_copies or not self.reads:
            return found
        # Each text's copies depend on the text alone: it is answered alike alone and beside others.
        others = self._answered(self._copies(corpus, self.answer_copies, "answers"))
        return (found + others.reshape(self.answer_copies, *found.shape).sum(axis=0)) / (1 + self.answer_copies)

    def _answered(self, sequences: Sequences) -> Probabilities:
        with one_thread():
            outputs = answers(self.network_, sequences, next(self.network_.parameters()).device)
            found: Any = self.objective_.log_probabilities(outputs.double()).exp().cpu().numpy()
        return found

    def token_scores(self, corpus: Corpus, codes: Codes) -> TokenScores | None:
        """Return integrated gradients of the tokens; None of a network that reads no sequence of tokens."""
        if self.bag or not isinstance(self.network_, TextNetwork):
            return None
        values, gap = integrated_gradients(self.network_, self.objective_, self._encoded(corpus), codes)
        tokens = [corpus.tokens(self.tokenizer).row(row)[: self.length_] for row in range(len(corpus))]
        kept = [value[: len(token)] for value, token in zip(values, tokens, strict=True)]
        return TokenScores("integrated-gradients", tokens, kept, gap)

    def attention(self, corpus: Corpus) -> list[NDArray[np.float64]] | None:
        """Return the weight of every token in the network's attention; None where it has none."""
        if not isinstance(self.network_, TextNetwork):
            return None
        return attention_weights(self.network_, self._encoded(corpus))

    def _kept(self) -> Kept:
        kept = super()._kept()
        return replace(kept, files={WEIGHTS: packed(self.network_.state_dict())})

    def _restore(self, kept: Kept) -> None:
        super()._restore(kept)
        self.objective_ = objective_for(self.loss, len(self.classes_), smoothing=self.label_smoothing, focus=self.focus)
        tensors = unpacked(kept.file(WEIGHTS))
        if self.reads and getattr(self, "layers", 1) > len(tensors):
            raise ModelFileError(f"{WEIGHTS} has fewer tensors than the model has layers.")
        self.network_ = with_weights(self._network, tensors, choose_device())
