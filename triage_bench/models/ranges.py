"""What a search may try of a parameter that a model's own space leaves at its default."""

from __future__ import annotations

from triage_bench.core.space import Choice, Dimension, Float, Int

_NOISE = Float(0.0, 0.15)

USUAL: dict[str, Dimension] = {
    # features
    "ngram_max": Choice((None, 1, 2, 3, 5)),
    "min_df": Int(1, 5),
    "max_df": Float(0.3, 1.0),
    "max_features": Choice((None, 2_000, 10_000, 50_000)),
    "sublinear_tf": Choice((True, False)),
    "select": Choice((None, "chi2", "mutual_info")),
    "keep": Float(0.05, 1.0, log=True),
    "counts": Choice(("tfidf", "presence")),
    "class_weight": Choice((None, "balanced")),
    "calibration": Choice(("temperature", "sigmoid")),
    "max_bin": Choice((15, 63, 255)),
    # networks: what is read
    "min_count": Int(1, 3),
    "max_tokens": Choice((None, 1_000, 3_000, 10_000)),
    "max_length": Choice((None, 16, 32, 64, 128)),
    "shortest": Int(1, 3),
    "augment_particles": _NOISE,
    "augment_spacing": _NOISE,
    "augment_keyboard": _NOISE,
    "augment_jamo": _NOISE,
    "augment_dropout": _NOISE,
    "augment_swap": _NOISE,
    # networks: what they are
    "layers": Int(1, 3),
    "pooling": Choice(("last", "max", "last+max", "attention")),
    "normalisation": Choice((None, "layer", "batch")),
    "initialisation": Choice(("xavier", "he", "orthogonal")),
    # networks: how they learn
    "loss": Choice(("cross-entropy", "focal")),
    "focus": Float(0.5, 5.0),
    "optimiser": Choice(("adamw", "adam", "rmsprop", "sgd")),
    "schedule": Choice(("constant", "linear", "cosine", "one-cycle", "plateau")),
    "clip": Float(0.1, 10.0, log=True),
    "batch_size": Choice((None, 8, 16, 32, 64)),
    "embedding_rate": Choice((None, 0.1, 0.3, 1.0)),
    "lora_rank": Choice((0, 4, 8, 16)),
}
"""By the name of the parameter, which means the same in every model that has it. The losses for ordered labels are
not among them: whether labels have an order is not the model's to know (``loss=cross-entropy,soft-ordinal,corn``)."""
