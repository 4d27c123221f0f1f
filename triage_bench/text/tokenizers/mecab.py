"""Morphemes by mecab-ko, through python-mecab-ko: the fast default."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from triage_bench.text.tokenizers.base import each


class Mecab:
    """mecab-ko with the dictionary mecab-ko-dic."""

    name, learns = "mecab", False

    @property
    def version(self) -> str:
        """Of the library and of its dictionary."""
        return f"1 python-mecab-ko {version('python-mecab-ko')} dic {version('python-mecab-ko-dic')}"

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """Return each text's morphemes."""
        return each(texts, _analyser().morphs)


@cache
def _analyser() -> Any:
    from mecab import MeCab

    return MeCab()
