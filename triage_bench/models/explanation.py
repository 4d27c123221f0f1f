"""Which grams decided an answer: exact for models that are linear in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from triage_bench.core.errors import InputError
from triage_bench.core.explanation import FEWEST_TEXTS
from triage_bench.core.identifiers import redacted
from triage_bench.models.contract import TextClassifier
from triage_bench.text.corpus import Corpus

Contribution = tuple[str, float]
"""A gram and what it adds to the answer's margin over the mean of all labels."""

RARE = "(rare)"


def contributions(
    model: TextClassifier, texts: Iterable[str], count: int, private_rows: int | None = None
) -> list[list[Contribution]]:
    """Return the grams that say most about each text's answer, for and against it, the strongest first.

    A gram's contribution is its weight in the text times what the model learnt for the answered label,
    less the mean over all labels: adding the same to every label changes no answer. An ordinal model has one
    direction, so its contributions are for later labels where they are positive, whatever the answer.

    Parameters
    ----------
    model
        A fitted model that is linear in its grams.
    texts
        What was answered.
    count
        How many grams per text at the most.
    private_rows
        Training rows, where these were somebody's own: then `RARE` stands for a gram that fewer than
        `FEWEST_TEXTS` of them held, as far as the features know. Identifiers are never spelt.

    Raises
    ------
    InputError
        If the model is not linear.
    """
    view = model.linear_view()
    if view is None:
        raise InputError(
            f"{type(model).__name__} is not linear in its grams, so no gram has a contribution of its own; "
            "ask a linear model (tfidf-lr, linear-svm, nb-svm, complement-nb, ordinal-lr), or do without."
        )
    corpus = Corpus.of(texts)
    matrix: csr_matrix = view.features.transform(corpus)
    grams = {column: redacted(gram) for column, gram in view.features.grams_in(corpus).items()}
    if private_rows is not None:
        grams |= dict.fromkeys(_rare(view.features, private_rows) & grams.keys(), RARE)
    weights = np.asarray(view.weights, dtype=np.float64)
    if len(weights) == 1:
        rows = np.zeros(len(corpus), dtype=np.int64)
    else:
        weights = weights - weights.mean(axis=0)
        rows = model.predict_proba(corpus).argmax(axis=1)
    return [_strongest(matrix, text, weights[row], grams, count) for text, row in enumerate(rows.tolist())]


def _rare(features: Any, rows: int) -> set[int]:
    """Return the columns whose inverse document frequency says that few of the training rows held their gram."""
    idf = getattr(features, "idf_", None)
    if idf is None:
        return set()
    held = (1 + rows) / np.exp(np.asarray(idf, dtype=np.float64) - 1) - 1
    return set(np.flatnonzero(held < FEWEST_TEXTS - 0.5).tolist())


def _strongest(
    matrix: csr_matrix, text: int, weights: NDArray[np.float64], grams: dict[int, str], count: int
) -> list[Contribution]:
    here = slice(matrix.indptr[text], matrix.indptr[text + 1])
    columns = matrix.indices[here]
    values = matrix.data[here] * weights[columns]
    order = np.argsort(-np.abs(values), kind="stable")[:count]
    return [(grams[int(columns[place])], float(values[place])) for place in order if values[place]]
