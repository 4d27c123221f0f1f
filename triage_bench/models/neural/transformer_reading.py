"""Texts → subword numbers, by the tokenizer that a pre-trained Transformer was trained with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.errors import InputError, ModelFileError
from triage_bench.models.neural.transformer_source import kept_needs_transformers, needs_transformers
from triage_bench.models.neural.vocabulary import Sequences
from triage_bench.text.ragged import offsets_of
from triage_bench.text.tokenizers.base import normalised

TOKENIZER = "tokenizer.json"
"""The file of a kept model's tokenizer."""


@dataclass(frozen=True, eq=False)
class SubwordReader:
    """A pre-trained model's tokenizer.

    Attributes
    ----------
    spelt
        The tokenizer as JSON: it builds an equal one anywhere.
    unknown
        Number of the unknown token; -1 where there is none.
    padding
        Number of the padding token.
    """

    spelt: str
    unknown: int
    padding: int

    @classmethod
    def of_folder(cls, folder: Path) -> SubwordReader:
        """Read a pre-trained model's tokenizer.

        Raises
        ------
        UnavailableError
            If transformers is not installed.
        InputError
            If the folder has no tokenizer that works without code of its own.
        """
        try:
            from transformers import AutoTokenizer
        except ModuleNotFoundError as error:
            raise needs_transformers(error) from error
        try:
            found: Any = AutoTokenizer.from_pretrained(
                str(folder), use_fast=True, trust_remote_code=False, local_files_only=True
            )
            backend = found.backend_tokenizer
        except (OSError, ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
            raise InputError(
                f"the tokenizer of {folder.name!r} cannot be read without code of its own "
                f"({type(error).__name__}); a model with a tokenizer.json is needed."
            ) from error
        backend.no_truncation()
        backend.no_padding()
        unknown, padding = found.unk_token_id, found.pad_token_id
        return cls(backend.to_str(), -1 if unknown is None else int(unknown), int(padding or 0))

    @classmethod
    def of_bytes(cls, data: bytes, unknown: int, padding: int) -> SubwordReader:
        """Read a kept model's tokenizer.

        Raises
        ------
        ModelFileError
            If it is none.
        MissingExtraError
            If tokenizers is not installed.
        """
        try:
            spelt = data.decode("utf-8")
            json.loads(spelt)
            found = cls(spelt, unknown, padding)
            found.read(["가"], 8)
        except ModuleNotFoundError as error:
            raise kept_needs_transformers(error) from error
        except Exception as error:  # the tokenizer's own errors are plain Exceptions
            raise ModelFileError(f"{TOKENIZER} is no tokenizer, or a damaged one.") from error
        return found

    @cached_property
    def _backend(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_str(self.spelt)

    def lengths(self, texts: Iterable[str]) -> NDArray[np.int64]:
        """Return how many tokens each whole text has, the special ones included, shape (texts,)."""
        self._backend.no_truncation()
        return np.array([len(one.ids) for one in self._encoded(texts)], dtype=np.int64)

    def read(self, texts: Iterable[str], length: int) -> Sequences:
        """Return token numbers, `length` of each text at the most; special tokens stay at their ends."""
        self._backend.enable_truncation(max_length=length)
        # A tokenizer without special tokens gives nothing for a blank text.
        rows = [one.ids or [max(self.unknown, self.padding)] for one in self._encoded(texts)]
        offsets = offsets_of([len(row) for row in rows])
        return Sequences(np.array([number for row in rows for number in row], dtype=np.int64), offsets)

    def unknown_shares(self, texts: Iterable[str]) -> NDArray[np.float64]:
        """Return the share of each text's tokens that are unknown, shape (texts,); NaN for a text without any."""
        self._backend.no_truncation()
        shares = []
        for one in self._encoded(texts):
            own = [number for number, special in zip(one.ids, one.special_tokens_mask, strict=True) if not special]
            shares.append(own.count(self.unknown) / len(own) if own else np.nan)
        return np.array(shares, dtype=np.float64)

    def _encoded(self, texts: Iterable[str]) -> list[Any]:
        # One by one: the library's own threads would take the cores of the other workers.
        encode = self._backend.encode
        return [encode(normalised(text)) for text in texts]
