"""How much of the scored texts a unit of tokens has never seen in training."""

from __future__ import annotations

import numpy as np

from triage_bench.core.job import Recipe
from triage_bench.text.corpus import Corpus
from triage_bench.text.ragged import unknown_share
from triage_bench.text.tokenizers import TOKENIZERS


def unknown_tokens(recipe: Recipe, train: Corpus, scored: Corpus) -> dict[str, float]:
    """Return ``unknown_share`` for a recipe that fixes one tokenizer, else nothing.

    Parameters
    ----------
    recipe
        Its `tokenizer` names the unit. A union of units and scikit-learn's analyzers have no
        single one.
    train, scored
        Rows of one corpus.

    Returns
    -------
    dict
        ``unknown_share``: the share of the scored texts' tokens that no training text holds.
        ``unknown_rows``: the share of the scored texts none of whose tokens is known.
    """
    unit = recipe.tokenizer
    if unit not in TOKENIZERS or not len(scored) or not scored.shares_with(train):
        return {}
    seen, asked = train.tokens(unit), scored.tokens(unit)
    if not len(asked.values):
        return {}
    row = np.repeat(np.arange(len(asked)), asked.lengths)
    known = np.bincount(row, weights=np.isin(asked.values, np.unique(seen.values)), minlength=len(asked))
    lost = (known == 0) & (asked.lengths > 0)
    return {"unknown_share": unknown_share(seen, asked), "unknown_rows": float(lost.mean())}
