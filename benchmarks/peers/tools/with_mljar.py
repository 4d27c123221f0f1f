"""mljar-supervised on the texts as a column, in one of its modes."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchmarks.peers.tools.measured import Given, Predict, measured

supervised = importlib.import_module("supervised")  # installed in the peer's environment alone


def fit(given: Given) -> Predict:
    """Fit the mode that is asked for, ``Compete`` or ``Explain``."""
    found = supervised.AutoML(
        results_path=str(given.scratch / "mljar"),
        mode=given.how,
        total_time_limit=int(given.seconds),
        n_jobs=1,
        random_state=0,
        verbose=0,
    )
    found.fit(pd.DataFrame({"text": given.texts}), pd.Series(given.labels))

    def predict(texts: list[str]) -> Sequence[Any]:
        return list(found.predict(pd.DataFrame({"text": texts})))

    return predict


if __name__ == "__main__":
    measured(fit)
