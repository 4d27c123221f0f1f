"""What tuning may change of each network. Needs no torch: a run is planned before the first network is made."""

from __future__ import annotations

from triage_bench.core.space import Choice, Dimension, Float, Int, Space
from triage_bench.models.column_space import COLUMN_DIMENSIONS

SHARED: dict[str, Dimension] = {
    "word_dropout": Float(0.0, 0.5),
    "embedding_dropout": Float(0.0, 0.5),
    "dropout": Float(0.0, 0.6),
    "label_smoothing": Float(0.0, 0.2),
    "class_weight": Choice((None, "root", "balanced")),
    "learning_rate": Float(1e-3, 3e-2, log=True),
    "weight_decay": Float(1e-4, 1e-1, log=True),
}
RECURRENT: dict[str, Dimension] = {
    "tokenizer": Choice(("mecab", "char")),
    "embedding": Int(32, 128, step=32),
    "hidden": Int(32, 128, step=32),
    "bidirectional": Choice((True, False)),
    **SHARED,
}

SPACES: dict[str, Space] = {
    "mlp": Space(
        {
            "tokenizer": Choice(("eojeol", "mecab")),
            "longest": Choice((0, 3, 4)),
            "embedding": Int(16, 128, step=16),
            "hidden": Int(16, 128, step=16),
            "layers": Int(1, 3),
            **SHARED,
        }
    ),
    "fasttext": Space(
        {
            "tokenizer": Choice(("eojeol", "mecab")),
            "longest": Choice((3, 4, 5)),
            "embedding": Int(16, 128, step=16),
            **SHARED,
        }
    ),
    **dict.fromkeys(("rnn", "gru", "lstm", "lstm-attention"), Space(RECURRENT)),
    "textcnn": Space(
        {
            "tokenizer": Choice(("mecab", "char")),
            "embedding": Int(32, 128, step=32),
            "filters": Int(32, 128, step=32),
            "widest": Int(2, 5),
            **SHARED,
        }
    ),
    "cnn-lstm": Space({**RECURRENT, "filters": Int(32, 128, step=32), "widest": Int(2, 5)}),
}
"""By the name in `triage_bench.models.MODELS`."""

COLUMN_SPACE = Space({**COLUMN_DIMENSIONS, "column_hidden": Int(16, 64, step=16)})
"""What is tuned besides where a network reads columns."""

OF_TEXT = (
    *("tokenizer", "longest", "embedding", "hidden", "layers", "bidirectional", "filters", "widest"),
    *("word_dropout", "embedding_dropout", "min_count", "max_tokens", "max_length", "shortest", "pooling"),
    *("augment_particles", "augment_spacing", "augment_keyboard", "augment_jamo", "augment_dropout", "augment_swap"),
    "embedding_rate",
)
"""Dimensions that mean nothing without the text."""
