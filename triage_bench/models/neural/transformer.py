"""A pre-trained Transformer, fine-tuned on the training rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from triage_bench.core.kept import Kept
from triage_bench.core.seeds import generator_for, seed_for
from triage_bench.core.space import Choice, Float, Space
from triage_bench.models.contract import Codes, Probabilities
from triage_bench.models.holdout import validation_slice
from triage_bench.models.neural.checkpoint import checkpoint_of
from triage_bench.models.neural.device import choose_device, memory_errors, one_thread, reproducible
from triage_bench.models.neural.loop import LabelledRows, OnEpoch, Trainer, Training, answers
from triage_bench.models.neural.losses import class_weights, objective_for
from triage_bench.models.neural.notes import no_slice, parameter_counts
from triage_bench.models.neural.transformer_network import (
    TransformerNetwork,
    layers_of,
    merged,
    padding_of,
    rates_by_layer,
    with_lora,
)
from triage_bench.models.neural.transformer_opened import READ_AT_ONCE, PretrainedTextClassifier
from triage_bench.models.neural.transformer_source import model_digest, model_folder
from triage_bench.models.neural.weights import WEIGHTS, unpacked, with_weights
from triage_bench.text.corpus import Corpus

FEWEST_EPOCHS, FEWEST_STEPS = 5, 300
"""Few rows need more passes: on small data fine-tuning fails for want of steps (Mosbach et al. 2021)."""

LORA_RATE = 10.0
"""Low-rank products start at nothing and are trained at about ten times the rate of whole weights (Hu et al. 2022)."""


class TransformerClassifier(PretrainedTextClassifier):
    """A pre-trained Transformer with an output layer on its pooled states, fine-tuned as a whole or by LoRA.

    Parameters
    ----------
    pretrain
        Folder of the pre-trained model, or its name in the cache, where ``--pretrain`` puts it.
    pooling
        ``"mean"`` of all states, or the ``"first"`` one.
    max_length
        Tokens kept of a text, special ones included. None means so many that 99 % of the training rows stay
        whole, 256 at the most.
    lora_rank
        Rank of the products that are trained beside frozen weights; 0 means that all weights are trained.
    learning_rate
        Of the output layer and the last layer; with LoRA `LORA_RATE` times as much.
    layer_decay
        What each layer's rate is of the one above it.
    warm_up
        Share of the steps at which the rate rises; then it falls to nothing along `schedule`.
    dropout
        Share of the pooled state that is silenced; inside the encoder its own shares hold.
    loss, label_smoothing
        See `triage_bench.models.neural.losses.objective_for`.
    class_weight
        None, ``"balanced"`` (inverse to a class's rows) or ``"root"`` (to the root of them).
    weight_decay, schedule, clip, epochs, patience, batch_size
        See `Training`. `epochs` None means 5, or more where few rows would make fewer than 300 steps of it.
    validation_share
        Share of the training rows held out for early stopping, whose best weights are restored; 0 means none.
    refit
        Whether to train again on all rows, validation rows included, for the number of epochs found.
    random_state
        Seed of the output layer, dropout, order and slice.

    Attributes
    ----------
    network_ : TransformerNetwork
        The fine-tuned network, products of low rank added to its weights.
    objective_ : Objective
        Turns its outputs into probabilities.

    Notes
    -----
    On the CPU the same seed gives the same network. On CUDA training steps run in bfloat16.
    """

    space: ClassVar[Space] = Space(
        {
            "learning_rate": Float(1e-5, 2e-4, log=True),
            "layer_decay": Float(0.7, 1.0),
            "warm_up": Float(0.0, 0.3),
            "pooling": Choice(("mean", "first")),
            "dropout": Float(0.0, 0.4),
            "label_smoothing": Float(0.0, 0.2),
            "class_weight": Choice((None, "root", "balanced")),
        }
    )
    checkpoints: Path | None = None
    """Folder in which every finished epoch is kept, and from which an interrupted fit goes on; no parameter."""
    on_epoch: OnEpoch | None = None
    """Called with each new entry of the history; no parameter either."""

    def __init__(
        self,
        *,
        pretrain: str | None = None,
        pooling: str = "mean",
        max_length: int | None = None,
        lora_rank: int = 0,
        learning_rate: float = 5e-5,
        layer_decay: float = 0.9,
        warm_up: float = 0.1,
        dropout: float = 0.1,
        loss: str = "cross-entropy",
        label_smoothing: float = 0.0,
        class_weight: str | None = "balanced",
        weight_decay: float = 1e-2,
        schedule: str = "linear",
        clip: float = 1.0,
        epochs: int | None = None,
        patience: int = 3,
        batch_size: int = 16,
        validation_share: float = 0.15,
        refit: bool = False,
        random_state: int = 0,
    ) -> None:
        self.pretrain = pretrain
        self.pooling = pooling
        self.max_length = max_length
        self.lora_rank = lora_rank
        self.learning_rate = learning_rate
        self.layer_decay = layer_decay
        self.warm_up = warm_up
        self.dropout = dropout
        self.loss = loss
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.clip = clip
        self.epochs = epochs
        self.patience = patience
        self.batch_size = batch_size
        self.validation_share = validation_share
        self.refit = refit
        self.random_state = random_state

    def _fit(self, corpus: Corpus, codes: Codes) -> None:
        slice_rng = generator_for(self.random_state, "validation")
        fitted, held_out = validation_slice(corpus, codes, self.validation_share, slice_rng)
        trainer = self._trained(corpus, codes, fitted, held_out, "stopping")
        if self.refit and len(held_out):
            stopped = trainer
            trainer = self._trained(corpus, codes, np.arange(len(codes)), held_out[:0], "refit", stopped)
            trainer.history = stopped.history
        self.history_ = tuple(trainer.history)
        self._note(trainer, len(held_out))

    def _trained(
        self, corpus: Corpus, codes: Codes, fitted: Codes, held_out: Codes, phase: str, stopped: Trainer | None = None
    ) -> Trainer:
        """Fine-tune on the rows `fitted`; stop by the rows `held_out`, or as `stopped` did."""
        with memory_errors(), reproducible(seed_for(self.random_state, "network")):
            encoder = self._open(corpus[fitted])
            layers = layers_of(encoder)
            train = LabelledRows(self._encoded(corpus[fitted]), codes[fitted])
            test = LabelledRows(self._encoded(corpus[held_out]), codes[held_out]) if len(held_out) else None
            weights = class_weights(self.class_weight, torch.as_tensor(train.codes), len(self.classes_))
            self.objective_ = objective_for(self.loss, len(self.classes_), weights, smoothing=self.label_smoothing)
            self.network_ = self._network(with_lora(encoder, self.lora_rank) if self.lora_rank else encoder)
            self.network_.to(choose_device())
            self.facts_["trained_parameters"] = float(
                sum(one.numel() for one in self.network_.parameters() if one.requires_grad)
            )
            rng = generator_for(self.random_state, "order")
            training = self._training(len(train.codes), layers)
            training = training if stopped is None else training.ended_as(stopped)
            trainer = Trainer(self.network_, self.objective_, training, rng)
            start = None if self.checkpoints is None else model_digest(model_folder(self.pretrain))
            kept = checkpoint_of(self, self.checkpoints, phase, corpus, codes, training.shares, start=start)
            trainer.fit(train, test, kept, self.on_epoch)
            self.network_.encoder = merged(self.network_.encoder)
        if test is not None:
            self.facts_["unknown_share"] = float(np.mean(test.sequences.values == self.reader_.unknown))
        return trainer

    def _network(self, encoder: torch.nn.Module) -> TransformerNetwork:
        return TransformerNetwork(encoder, self.objective_.first_bias, padding_of(encoder), self.pooling, self.dropout)

    def _training(self, rows: int, layers: int) -> Training:
        steps = -(-rows // self.batch_size)
        return Training(
            epochs=max(FEWEST_EPOCHS, -(-FEWEST_STEPS // steps)) if self.epochs is None else self.epochs,
            patience=self.patience,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate * (LORA_RATE if self.lora_rank else 1.0),
            weight_decay=self.weight_decay,
            schedule=self.schedule,
            clip=self.clip,
            warm_up=self.warm_up,
            answer_batch=READ_AT_ONCE,
            rate_of=rates_by_layer(layers, self.layer_decay),
        )

    def _note(self, trainer: Trainer, held_out: int) -> None:
        self.facts_.update(
            initial_loss=trainer.initial_loss,
            best_epoch=float(trainer.best_epoch),
            device=trainer.device.type,
            parameters=float(sum(one.numel() for one in self.network_.parameters())),
            **parameter_counts(self.network_),
        )
        if not held_out:
            self.notices_ += (no_slice(int(self.facts_["rows"])),)

    def _probabilities(self, corpus: Corpus) -> Probabilities:
        with memory_errors(), one_thread():
            device = next(self.network_.parameters()).device
            outputs = answers(self.network_, self._encoded(corpus), device, READ_AT_ONCE)
            found: Any = self.objective_.log_probabilities(outputs.double()).exp().cpu().numpy()
        return found

    def _kept(self) -> Kept:
        return self._kept_network(self.network_, self.network_.encoder)

    def _restore(self, kept: Kept) -> None:
        tensors = unpacked(kept.file(WEIGHTS))
        make = self._restore_encoder(kept, len(tensors))
        self.objective_ = objective_for(self.loss, len(self.classes_), smoothing=self.label_smoothing)
        self.network_ = with_weights(lambda: self._network(make()), tensors, choose_device())
