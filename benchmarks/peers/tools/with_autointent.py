"""AutoIntent with one of its presets; its embeddings are hashed words, as no pre-trained model is at hand."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from benchmarks.peers.tools.measured import Given, Predict, measured

autointent = importlib.import_module("autointent")  # installed in the peer's environment alone
configs = importlib.import_module("autointent.configs")


def fit(given: Given) -> Predict:
    """Fit the preset that is asked for."""
    rows = [{"utterance": text, "label": label} for text, label in zip(given.texts, given.labels, strict=True)]
    pipeline = autointent.Pipeline.from_preset(given.how, seed=1)  # it takes none of 0
    pipeline.set_config(configs.HashingVectorizerEmbeddingConfig(use_cache=False))
    pipeline.set_config(configs.LoggingConfig(project_dir=given.scratch, dump_modules=False, clear_ram=False))
    pipeline.set_config(configs.HPOConfig(timeout=given.seconds, n_jobs=1))
    pipeline.fit(autointent.Dataset.from_dict({"train": rows}))

    def predict(texts: list[str]) -> Sequence[Any]:
        return list(pipeline.predict(texts))

    return predict


if __name__ == "__main__":
    measured(fit)
