"""Tokens of fixed tokenizers on disk, by content: shared by all jobs and processes.

A file is named after what it holds (texts, tokenizer, version), sealed with a digest of its
content, written aside and renamed. So any number of processes may write the same file, and a
damaged or outdated one is computed again.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.aside import aside_of
from triage_bench.core.digest import digest, digest_array, digest_bytes, digest_texts
from triage_bench.core.identifiers import identifiers
from triage_bench.text.ragged import Ragged
from triage_bench.text.tokenizers.base import Tokenizer

# Version of the stored form. 1: first.
CACHE_SCHEMA = 1


class TokenCache:
    """A folder of tokenised texts.

    Parameters
    ----------
    folder
        Made when it is first written to. Deleting it loses nothing but time.

    Attributes
    ----------
    hits, misses, damaged : int
        How often a file was used, was not there, or was there and could not be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.hits = self.misses = self.damaged = 0

    def tokens(self, texts: Sequence[str], tokenizer: Tokenizer, *, digest: str | None = None) -> Ragged:
        """Return the texts' tokens, from disk if they are there.

        Parameters
        ----------
        texts
            What to tokenise.
        tokenizer
            A fixed one: ``learns`` must be False.
        digest
            ``digest_texts(texts)``, if it is known already.

        Raises
        ------
        ValueError
            If the tokenizer learns from texts.
        """
        if tokenizer.learns:
            raise ValueError(f"{tokenizer.name!r} learns from texts: its tokens differ by fold and are not cached.")
        path = self.path(digest or digest_texts(texts), tokenizer)
        stored = self._read(path, len(texts))
        if stored is not None:
            return stored
        tokens = Ragged.of(tokenizer.tokenize(texts))
        # Tokens spell the texts. Where these name people, tokenising again is the lesser evil.
        if not any(map(identifiers, texts)):
            self._write(path, tokens)
        return tokens

    def path(self, texts_digest: str, tokenizer: Tokenizer) -> Path:
        """Return the file that holds these texts' tokens."""
        key = digest(
            {"schema": CACHE_SCHEMA, "texts": texts_digest, "name": tokenizer.name, "version": tokenizer.version}
        )
        return self.folder / "tokens" / f"{key}.npz"

    def _read(self, path: Path, rows: int) -> Ragged | None:
        try:
            tokens = read_tokens(path)
        except FileNotFoundError:
            self.misses += 1
            return None
        except Exception:
            # zipfile, zlib and NumPy each have their own word for a damaged file; all mean: compute again.
            self.damaged += 1
            return None
        if len(tokens) != rows:
            self.damaged += 1
            return None
        self.hits += 1
        return tokens

    def _write(self, path: Path, tokens: Ragged) -> None:
        try:
            write_tokens(path, tokens)
        except OSError:
            # A full disk or a read-only folder costs time, not the run.
            return


def write_tokens(path: Path, tokens: Ragged) -> None:
    """Write tokens under a seal: beside the place first, then renamed into it."""
    spelt = np.frombuffer(json.dumps(tokens.vocabulary, ensure_ascii=True).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(aside_of(path))
    try:
        with aside.open("wb") as file:
            np.savez(
                file,
                values=tokens.values,
                offsets=tokens.offsets,
                vocabulary=spelt,
                seal=np.frombuffer(_seal(tokens.values, tokens.offsets, spelt).encode(), dtype=np.uint8),
            )
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def read_tokens(path: Path) -> Ragged:
    """Read what `write_tokens` wrote.

    Raises
    ------
    ValueError
        If the seal does not match the content; zipfile's and NumPy's own errors where the file
        is cut off.
    """
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
        values, offsets, spelt = stored["values"], stored["offsets"], stored["vocabulary"]
        seal = stored["seal"].tobytes().decode("ascii")
    if seal != _seal(values, offsets, spelt):
        raise ValueError(f"{path.name!r} does not match its seal.")
    return Ragged(values, offsets, tuple(json.loads(spelt.tobytes())))


def _seal(values: NDArray[np.int32], offsets: NDArray[np.int64], spelt: NDArray[np.uint8]) -> str:
    return digest([digest_array(values), digest_array(offsets), digest_bytes(spelt.tobytes())])
