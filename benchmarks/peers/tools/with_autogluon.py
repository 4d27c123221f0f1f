"""AutoGluon's tabular predictor on the texts as a column, its own features and presets."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchmarks.peers.tools.measured import Given, Predict, measured

tabular = importlib.import_module("autogluon.tabular")  # installed in the peer's environment alone

METRICS = {"macro_f1": "f1_macro", "accuracy": "accuracy"}


def fit(given: Given) -> Predict:
    """Fit the preset that is asked for, ``medium_quality`` or ``best_quality``."""
    rows = pd.DataFrame({"text": given.texts, "label": given.labels})
    predictor = tabular.TabularPredictor(
        label="label", eval_metric=METRICS[given.metric], path=str(given.scratch / "models"), verbosity=1
    )
    predictor.fit(rows, presets=given.how, time_limit=given.seconds, num_cpus=1, num_gpus=0)

    def predict(texts: list[str]) -> Sequence[Any]:
        return list(predictor.predict(pd.DataFrame({"text": texts})))

    return predict


if __name__ == "__main__":
    measured(fit)
