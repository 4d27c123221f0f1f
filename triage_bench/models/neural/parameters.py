"""What every network can be told: parameters by name, with defaults that learn on a thousand sentences."""

from __future__ import annotations

from typing import ClassVar

from triage_bench.core.space import Space
from triage_bench.models.contract import TextClassifier
from triage_bench.models.neural.spaces import COLUMN_SPACE, OF_TEXT


class NetworkParameters(TextClassifier):
    """The parameters that all networks share.

    Parameters
    ----------
    tokenizer
        A tokenizer's name.
    min_count, max_tokens
        A token is known if the training rows hold it `min_count` times, and `max_tokens` others are
        not more frequent. None means so many that 99 % of the training rows' running text is known, 20,000 at
        least and 60,000 at most.
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
        Whether to train again on all rows, validation rows included, for the number of epochs found;
        the trials of a search do without it.
    augment_particles, augment_spacing, augment_keyboard, augment_jamo, augment_dropout, augment_swap
        Strength of the noise put into training rows, see `Augmentation`; 0 means none.
    augment_copies
        Noisy copies made of each training row; half of an epoch's rows are drawn from them.
    answer_copies
        Noisy copies of a text whose answers are averaged with its own; 0 means none.
    pretrain
        A kept network to start embedding and encoder from: its folder, or its name in the cache; see
        `triage_bench.models.neural.transfer`.
    vectors
        A file of word vectors to start the embedding from, or its name in the cache.
    embedding_rate
        Factor of the learning rate for the embedding. None means `STARTED_RATE` where it starts from
        elsewhere, else 1.
    columns
        ``"text"``; ``"columns"``: the side columns of the `Corpus` instead of the text, by a dense branch and no
        encoder; ``"both"``: the branch beside the encoder.
    column_scale, column_weight, rare_below, columns_kept
        How they are prepared, see `triage_bench.models.columns.ColumnFeatures`: on the rows that weights are
        fitted on.
    column_hidden
        Units of the branch; `dropout` is its own as well.
    random_state
        Seed of weights, dropout, order, slice and noise.
    """

    column_space: ClassVar[Space] = COLUMN_SPACE
    """What is tuned besides where columns are read."""
    of_text: ClassVar[tuple[str, ...]] = OF_TEXT
    """Dimensions of `space` that mean nothing without the text."""

    def __init__(
        self,
        *,
        tokenizer: str = "mecab",
        min_count: int = 1,
        max_tokens: int | None = None,
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
        augment_particles: float = 0.0,
        augment_spacing: float = 0.0,
        augment_keyboard: float = 0.0,
        augment_jamo: float = 0.0,
        augment_dropout: float = 0.0,
        augment_swap: float = 0.0,
        augment_copies: int = 4,
        answer_copies: int = 0,
        pretrain: str | None = None,
        vectors: str | None = None,
        embedding_rate: float | None = None,
        columns: str = "text",
        column_scale: str = "standard",
        column_weight: float = 1.0,
        rare_below: int = 5,
        columns_kept: int | None = None,
        column_hidden: int = 32,
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
        self.augment_particles = augment_particles
        self.augment_spacing = augment_spacing
        self.augment_keyboard = augment_keyboard
        self.augment_jamo = augment_jamo
        self.augment_dropout = augment_dropout
        self.augment_swap = augment_swap
        self.augment_copies = augment_copies
        self.answer_copies = answer_copies
        self.pretrain = pretrain
        self.vectors = vectors
        self.embedding_rate = embedding_rate
        self.columns = columns
        self.column_scale = column_scale
        self.column_weight = column_weight
        self.rare_below = rare_below
        self.columns_kept = columns_kept
        self.column_hidden = column_hidden
        self.random_state = random_state

    @classmethod
    def _get_param_names(cls) -> list[str]:
        # scikit-learn reads one __init__ only; ours pass shared parameters on to their bases'.
        own = super()._get_param_names()
        for base in cls.__bases__:
            if issubclass(base, NetworkParameters):
                own = [*own, *base._get_param_names()]
        return sorted(set(own))
