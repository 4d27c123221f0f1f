"""Word vectors in a file: the text format of word2vec and fastText (``.vec``, also gzipped).

One word a line with its numbers behind it, parted by spaces; the first line may tell how many words
and numbers there are. Such files hold millions of words: only those that are asked for are kept.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.errors import DataError

LONGEST_LINE = 1 << 20
"""Bytes a line may have: 2,000 numbers need 40,000. A longer one is no text of this format."""


@dataclass(frozen=True, eq=False)
class WordVectors:
    """What a file holds of some words.

    Attributes
    ----------
    words
        Words that were found, in the file's order.
    values : ndarray of float32, shape (len(words), dimensions)
        Their vectors.
    lines
        Words in the file.
    """

    words: tuple[str, ...]
    values: NDArray[np.float32]
    lines: int


def read_vectors(path: Path, wanted: Collection[str], others: int = 0) -> WordVectors:
    """Read the vectors of some words.

    Parameters
    ----------
    path
        The file; gzipped if its name ends in ``.gz``.
    wanted
        Words. Where the file has one twice, the first counts.
    others
        How many words to keep besides: the first of the file, which are the most frequent in most files.

    Raises
    ------
    DataError
        If the file cannot be read, is no text of this format, is cut off (fewer words than its first line
        says), or the vector of a wanted word has too few or too many numbers, or one that is none.
    """
    asked = {word.encode("utf-8", "surrogatepass") for word in wanted}
    found: dict[bytes, NDArray[np.float32]] = {}
    words, width, promised = 0, 0, None
    with _opened(path) as stream:
        for number, line in enumerate(_lines(stream, path), start=1):
            word, _, rest = line.rstrip().partition(b" ")
            if number == 1:
                promised, width = _head(line, path)
                if promised is not None:
                    continue
            words += 1
            if (word in asked or words <= others) and word not in found:
                found[word] = _numbers(rest, width, path, number)
    if not words or (promised is not None and words != promised):
        expected = "one word per line" if promised is None else f"{promised:,} as its first line says"
        raise DataError(f"{path.name} holds {words:,} word vectors; expected {expected}. Is the file cut off?")
    values = np.array(list(found.values()), dtype=np.float32).reshape(len(found), width)
    return WordVectors(tuple(word.decode("utf-8", "replace") for word in found), values, words)


def vector_width(path: Path) -> int:
    """Return how many numbers a vector of the file has.

    Raises
    ------
    DataError
        As `read_vectors`.
    """
    with _opened(path) as stream:
        for line in _lines(stream, path):
            return _head(line, path)[1]
    raise DataError(f"{path.name} is empty; expected word vectors, one word per line.")


def spelt_vectors(words: Sequence[str], values: NDArray[np.float32]) -> bytes:
    """Return a file of the same format.

    Parameters
    ----------
    words
        None of them with white space inside.
    values : ndarray, shape (len(words), dimensions)
        Their vectors; six significant digits are kept.
    """
    lines = [f"{len(words)} {values.shape[1]}"]
    for word, vector in zip(words, values.tolist(), strict=True):
        lines.append(f"{word} {' '.join(f'{number:.6g}' for number in vector)}")
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except (OSError, EOFError) as error:
        raise DataError(f"cannot read the word vectors in {path.name!r}: {error}.") from error


def _lines(stream: BinaryIO, path: Path) -> Iterator[bytes]:
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE or b"\0" in line:
            raise DataError(
                f"{path.name} is no text of word vectors; expected a word and its numbers on every line "
                "(fastText: the .vec file, not the .bin)."
            )
        if line.strip():
            yield line


def _head(line: bytes, path: Path) -> tuple[int | None, int]:
    """Return how many words the first line promises, if it does, and how many numbers a vector has."""
    parts = line.split()
    if len(parts) == 2 and all(part.isdigit() for part in parts) and int(parts[1]):
        return int(parts[0]), int(parts[1])
    if len(parts) < 3:
        raise DataError(f"{path.name} begins with {line[:40]!r}; expected a word with its numbers, or two counts.")
    return None, len(line.rstrip().split(b" ")) - 1


def _numbers(rest: bytes, width: int, path: Path, number: int) -> NDArray[np.float32]:
    parts = rest.split()
    try:
        found = np.array(parts, dtype=np.bytes_).astype(np.float32)
    except ValueError as error:
        raise DataError(f"{path.name}, line {number:,}: a vector holds something that is no number.") from error
    if len(parts) != width or not np.isfinite(found).all():
        raise DataError(f"{path.name}, line {number:,}: {len(parts)} numbers; expected {width}, all of them finite.")
    return found
