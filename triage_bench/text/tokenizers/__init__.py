"""Tokenizers: text → tokens, by rule or by a fixed dictionary. None of these learns."""

from __future__ import annotations

from functools import cache

from triage_bench.core.registry import Entry, Registry
from triage_bench.text.tokenizers.base import Tokenizer

TOKENIZERS = Registry("tokenizer", "triage_bench.tokenizers")
"""Each target is called without arguments and gives a `Tokenizer`."""

_HERE = "triage_bench.text.tokenizers"

for _entry in (
    Entry("eojeol", f"{_HERE}.plain:Eojeol", "what stands between spaces", tags=frozenset({"rule"})),
    Entry("char", f"{_HERE}.plain:Characters", "characters (syllables); a space is '▁'", tags=frozenset({"rule"})),
    Entry("jamo", f"{_HERE}.plain:Jamo", "syllables taken apart into jamo; a space is '▁'", tags=frozenset({"rule"})),
    Entry("mecab", f"{_HERE}.mecab:Mecab", "morphemes by mecab-ko: the fast default", tags=frozenset({"morphemes"})),
    Entry("kiwi", f"{_HERE}.kiwi:Kiwi", "morphemes by Kiwi", tags=frozenset({"morphemes"})),
    Entry("okt", f"{_HERE}.konlpy:okt", "morphemes by Okt (KoNLPy)", tags=frozenset({"morphemes", "java"})),
    Entry("komoran", f"{_HERE}.konlpy:komoran", "morphemes by Komoran (KoNLPy)", tags=frozenset({"morphemes", "java"})),
    Entry(
        "hannanum", f"{_HERE}.konlpy:hannanum", "morphemes by Hannanum (KoNLPy)", tags=frozenset({"morphemes", "java"})
    ),
    Entry("kkma", f"{_HERE}.konlpy:kkma", "morphemes by Kkma (KoNLPy); slow", tags=frozenset({"morphemes", "java"})),
):
    TOKENIZERS.register(_entry)


@cache
def tokenizer(name: str) -> Tokenizer:
    """Return the tokenizer of this name, built once per process.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    made: Tokenizer = TOKENIZERS.load(name)()
    return made
