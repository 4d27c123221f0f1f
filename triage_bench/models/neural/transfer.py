"""Starting weights from elsewhere: a kept network, or word vectors in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from triage_bench.core.digest import word_digests
from triage_bench.core.errors import InputError, ModelFileError
from triage_bench.models.keeping.description import Description
from triage_bench.models.keeping.folder import ARRAYS, DESCRIPTION, read_model_folder, unpack_arrays
from triage_bench.models.neural.network import EMBEDDING_SPREAD, TextNetwork
from triage_bench.models.neural.sources import MOST_OTHERS, PRETRAINED, SHAPE_PARAMS, VECTORS, located
from triage_bench.models.neural.vocabulary import FIRST, UNKNOWN, Vocabulary
from triage_bench.models.neural.weights import WEIGHTS, unpacked
from triage_bench.text.kept import WordDigests
from triage_bench.text.vectors import read_vectors

STARTED_RATE = 0.1
"""Factor of the learning rate for embeddings that come from elsewhere. At the full rate the words of the training
rows leave the others behind: 1,000 nsmc rows, TextCNN, vectors of unlabelled texts: accuracy 0.736 at 1, 0.783 at
0.1, 0.778 at 0 (mean of seeds 0 and 1; 0.727 without vectors)."""

EMBEDDING, ENCODER = "embedding.weight", "encoder."
Digests = NDArray[np.uint64]
NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Start:
    """Weights to start from.

    Attributes
    ----------
    name
        Where they come from, for messages.
    words : ndarray of uint64
        Digest of each word it has an embedding of.
    table : Tensor, shape (len(words) + len(buckets), dimensions)
        Their embeddings, then those of the n-grams.
    buckets : ndarray of int64
        Hash of each n-gram, ascending; see `triage_bench.models.neural.subwords.Subwords`.
    encoder
        The encoder's weights by name; None means that it starts afresh.
    unknown
        Embedding of the unknown token, or None.
    params
        Parameters of the network they were trained in.
    facts
        What the model should say of it.
    """

    name: str
    words: Digests
    table: Tensor
    buckets: NDArray[np.int64] = field(default_factory=lambda: NONE)
    encoder: Mapping[str, Tensor] | None = None
    unknown: Tensor | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)

    def copy_into(self, network: TextNetwork, vocabulary: Vocabulary, buckets: NDArray[np.int64] = NONE) -> None:
        """Copy the encoder, and the embeddings of what both know; all else stays as it was initialised.

        Parameters
        ----------
        network
            Changed in place.
        vocabulary
            Its words.
        buckets
            Its n-grams, whose embeddings follow those of the words.

        Raises
        ------
        InputError
            If its embedding or encoder has another shape.
        """
        self._check_shapes(network)
        here, there = self._matching(vocabulary, buckets)
        weights = network.embedding.weight
        with torch.no_grad():
            weights[torch.as_tensor(here)] = self.table[torch.as_tensor(there)].to(weights)
            if self.unknown is not None:
                weights[UNKNOWN] = self.unknown.to(weights)
            if self.encoder is not None:
                network.encoder.load_state_dict(dict(self.encoder))

    def known(self, words: Digests) -> NDArray[np.bool_]:
        """Return whether it has an embedding of each word."""
        return WordDigests(self.words).places_of(words) >= 0

    def _matching(self, vocabulary: Vocabulary, buckets: NDArray[np.int64]) -> tuple[Any, Any]:
        """Return rows of the embedding, and the rows of `table` that belong into them."""
        places = WordDigests(self.words).places_of(vocabulary.digests)
        _, at, there = np.intersect1d(buckets, self.buckets, assume_unique=True, return_indices=True)
        here = np.flatnonzero(places >= 0)
        return (
            np.concatenate((FIRST + here, len(vocabulary) + at)),
            np.concatenate((places[here], len(self.words) + there)),
        )

    def _check_shapes(self, network: TextNetwork) -> None:
        wide, wanted = self.table.shape[1], network.embedding.embedding_dim
        if wide != wanted:
            raise InputError(f"{self.name} has {wide} numbers per word, the embedding {wanted}; set embedding={wide}.")
        if self.encoder is None:
            return
        ours = {key: tuple(tensor.shape) for key, tensor in network.encoder.state_dict().items()}
        theirs = {key: tuple(tensor.shape) for key, tensor in self.encoder.items()}
        wrong = [key for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]
        if wrong:
            shape = ", ".join(f"{name}={self.params[name]!r}" for name in SHAPE_PARAMS if name in self.params)
            raise InputError(
                f"the encoder of {self.name} has another shape: {wrong[0]} is {theirs.get(wrong[0], 'absent')} there "
                f"and {ours.get(wrong[0], 'absent')} here. Use the same family with the parameters {shape}."
            )


def start_from_model(name: str, tokenizer: str) -> Start:
    """Read a kept network.

    Parameters
    ----------
    name
        Its folder, or the name of one in the cache.
    tokenizer
        What it must read.

    Raises
    ------
    ModelFileError
        If there is no such folder, or it is no model, or a damaged one.
    InputError
        If the model there is no network, or reads other tokens.
    """
    files = read_model_folder(located(name, PRETRAINED))
    description = Description.from_json(files[DESCRIPTION])
    if WEIGHTS not in files:
        raise InputError(f"pretrain={name!r} is a {description.model!r}, which is no network; name a kept network.")
    theirs = description.params.get("tokenizer")
    if theirs != tokenizer:
        raise InputError(f"pretrain={name!r} reads {theirs!r} tokens, this network {tokenizer!r}; use the same.")
    tensors, arrays = unpacked(files[WEIGHTS]), unpack_arrays(files[ARRAYS])
    words = arrays.get("tokens", NONE).astype(np.uint64)
    buckets = np.sort(arrays.get("subwords", NONE).astype(np.int64))
    table = tensors.get(EMBEDDING)
    if table is None or table.ndim != 2 or len(table) != FIRST + len(words) + len(buckets):
        raise ModelFileError(f"pretrain={name!r} has an embedding that does not fit its vocabulary.")
    encoder = {key.removeprefix(ENCODER): tensor for key, tensor in tensors.items() if key.startswith(ENCODER)}
    return Start(f"pretrain={name!r}", words, table[FIRST:], buckets, encoder, table[UNKNOWN], description.params)


def start_from_vectors(name: str, vocabulary: Vocabulary) -> Start:
    """Read word vectors, each dimension brought to the spread that embeddings are initialised with.

    Parameters
    ----------
    name
        A file (see `triage_bench.text.vectors`), or the name of one in the cache.
    vocabulary
        Words of the training rows. Of others, `MOST_OTHERS` are kept.

    Raises
    ------
    DataError
        If the file cannot be used.
    InputError
        If it has none of the words.
    """
    found = read_vectors(located(name, VECTORS), vocabulary.tokens, MOST_OTHERS)
    words = word_digests(found.words)
    if not (WordDigests(words).places_of(vocabulary.digests) >= 0).any():
        raise InputError(
            f"vectors={name!r} has none of the {len(vocabulary.tokens):,} tokens of the training rows; "
            "its words must be tokens of the same tokenizer."
        )
    spread = np.maximum(found.values.std(axis=0), np.finfo(np.float32).tiny)
    table = torch.as_tensor((found.values - found.values.mean(axis=0)) / spread * EMBEDDING_SPREAD)
    return Start(f"vectors={name!r}", words, table, facts={"vectors_words": float(found.lines)})
