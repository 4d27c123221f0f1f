"""Morphemes by Kiwi, through kiwipiepy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from triage_bench.text.tokenizers.base import each


class Kiwi:
    """Kiwi's morphemes in their dictionary form: 했다 → 하, 었, 다."""

    name, learns = "kiwi", False

    @property
    def version(self) -> str:
        """Of the library and of its model."""
        return f"1 kiwipiepy {version('kiwipiepy')} model {version('kiwipiepy_model')}"

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """Return each text's morphemes."""
        kiwi = _analyser()
        return each(texts, lambda text: (token.form for token in kiwi.tokenize(text)))


@cache
def _analyser() -> Any:
    import kiwipiepy

    # One thread: jobs run one per core already.
    return kiwipiepy.Kiwi(num_workers=1)
