"""Tokens that give the label away: a handful of them answers for a large part of the rows.

They are chosen on some rows and scored on others. Chosen and scored on the same rows, a dozen of
thousands of tokens always looks pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.seeds import generator_for
from triage_bench.datasets.folds import fold_of_rows

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix, csr_matrix

TOKENS = 12
"""Tokens that are chosen at most: one per class misses templates of several sources."""

LONGEST = 5
"""Characters of the longest n-gram that may be a token, from 2 on; every eojeol may be one as well."""

PUREST, ABOVE_PRIOR = 0.8, 0.15
"""Lower bound of a token's purity from which it may be chosen, and how far above its class's share it must lie.
With 0.6, honest words of a rule-bound domain ("I can walk") pass as well and cover half of healthy ktas-sim."""

RARE_PUREST = 0.6
"""The former where one class holds so many rows that no word can lie that far above its share. Six of six rows of a
class that one row in twenty carries are no accident, and more rows than that it hardly has."""

FEWEST = 5
"""Distinct texts that must hold a token: below, it is nobody's pattern, and it may be somebody's name."""

GAIN = 0.01
"""Share of the rows that a further token must newly get right, less those it gets wrong: else it is a detail."""

FOLDS = 5
LARGEST = 5_000
"""Rows looked at, a stratified sample beyond."""

Z = 1.96


@dataclass(frozen=True)
class Shortcut:
    """What a few tokens say of the label.

    Attributes
    ----------
    coverage
        Share of held-out rows that hold one of the tokens.
    precision
        Share of these whose label is the token's; 0 where none is covered.
    tokens
        The tokens chosen on all rows, most telling first.
    labels
        The label code each stands for.
    rows
        How many rows were looked at.
    rare_coverage
        Where one class holds so many rows that no word can tell it much better than its share does: share of
        the other classes' held-out rows that hold one of the tokens. None elsewhere.
    """

    coverage: float
    precision: float
    tokens: tuple[str, ...]
    labels: tuple[int, ...]
    rows: int
    rare_coverage: float | None = None


def find_shortcut(texts: Sequence[str], labels: NDArray[np.int64], rows: NDArray[np.int64]) -> Shortcut:
    """Choose pure tokens by five folds and score them out of fold.

    Parameters
    ----------
    texts, labels
        All rows.
    rows : ndarray of int64, shape (m,)
        The rows to look at: never those of an official test side. A text that stands in several
        of them counts once.
    """
    first: dict[str, int] = {}
    for row in rows.tolist():
        first.setdefault(texts[row], row)
    kept = np.array(list(first.values()), dtype=np.int64)
    if len(kept) > LARGEST:
        kept = np.sort(generator_for(len(texts), len(kept), "shortcut").choice(kept, LARGEST, replace=False))
    classes, codes = np.unique(labels[kept], return_inverse=True)
    if len(kept) < 2 * FOLDS or len(classes) < 2:
        return Shortcut(0.0, 0.0, (), (), len(kept))
    open_to_it = _tellable(codes, len(classes))[codes]
    names, presence = _presence([texts[row] for row in kept.tolist()], int(open_to_it.sum()))
    fold = fold_of_rows(codes, np.arange(len(kept)), FOLDS, len(kept))
    answers = np.full(len(kept), -1, dtype=np.int64)
    for at in range(FOLDS):
        train, test = np.flatnonzero(fold != at), np.flatnonzero(fold == at)
        answers[test] = _answers(presence[test], _greedy(presence[train], codes[train], len(classes)))
    covered, chosen = answers >= 0, _greedy(presence, codes, len(classes))
    return Shortcut(
        coverage=float(covered.mean()),
        precision=float((answers == codes)[covered].mean()) if covered.any() else 0.0,
        tokens=tuple(names[token] for token, _ in chosen),
        labels=tuple(int(classes[code]) for _, code in chosen),
        rows=len(kept),
        rare_coverage=None if open_to_it.all() else float(covered[open_to_it].mean()),
    )


def telling_tokens(texts: Sequence[str], labels: NDArray[np.int64]) -> tuple[str, ...]:
    """Return the tokens that give the label away, most telling first; none in most data.

    Parameters
    ----------
    texts, labels
        Training rows, each text as often as it stands there.
    """
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        return ()
    names, presence = _presence(texts, int(_tellable(codes, len(classes))[codes].sum()))
    return tuple(names[token] for token, _ in _greedy(presence, codes, len(classes)))


def _tellable(codes: NDArray[np.int64], classes: int) -> NDArray[np.bool_]:
    """Return, per class, whether a word can be purer than its share by `ABOVE_PRIOR`."""
    return np.asarray(np.bincount(codes, minlength=classes) / len(codes) + ABOVE_PRIOR <= 1)


def _presence(texts: Sequence[str], open_to_it: int) -> tuple[list[str], csr_matrix]:
    """Return the tokens that enough texts hold, and which text holds which, shape (texts, tokens)."""
    from scipy.sparse import coo_matrix

    fewest = max(FEWEST, GAIN * open_to_it)  # a rarer one cannot gain enough to be chosen
    held = {name: rows for name, rows in _eojeol_held(texts, fewest) if len(name) > 1}
    held |= {name: rows for name, rows in _grams_held(texts, fewest) if name == name.strip()}
    names = sorted(held)
    rows = [held[name] for name in names]
    column = np.repeat(np.arange(len(names)), [len(part) for part in rows])
    row = np.concatenate([np.empty(0, dtype=np.int64), *rows])
    return names, coo_matrix((np.ones(len(row)), (row, column)), shape=(len(texts), len(names))).tocsr()


def _eojeol_held(texts: Sequence[str], fewest: float) -> Iterator[tuple[str, NDArray[np.int64]]]:
    held: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        for word in set(text.split()):
            held[word].append(row)
    for word, rows in held.items():
        if len(rows) >= fewest:
            yield word, np.array(rows, dtype=np.int64)


def _grams_held(texts: Sequence[str], fewest: float) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield character n-grams with the rows that hold them; only common ones are made longer (Apriori)."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    all_of_it = "".join(texts)
    letter = np.frombuffer(all_of_it.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    row, end = np.repeat(np.arange(len(texts)), lengths), np.repeat(np.cumsum(lengths), lengths)
    start, gram = np.arange(len(letter)), letter
    for size in range(2, LONGEST + 1):
        fits = start + size <= end[start]
        start, gram = start[fits], gram[fits]
        _, first, gram = np.unique(gram << 21 | letter[start + size - 1], return_index=True, return_inverse=True)
        pairs = np.unique(gram * len(texts) + row[start])
        common = np.bincount(pairs // len(texts), minlength=len(first)) >= fewest
        for number, held in _split_by_gram(pairs, len(texts), common):
            at = int(start[first[number]])
            yield all_of_it[at : at + size], held
        kept = common[gram]
        start, gram = start[kept], gram[kept]


def _split_by_gram(
    pairs: NDArray[np.int64], texts: int, common: NDArray[np.bool_]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield the rows of each common n-gram from sorted pairs ``gram * texts + row``."""
    pairs = pairs[common[pairs // texts]]
    numbers, begins = np.unique(pairs // texts, return_index=True)
    if len(numbers):
        yield from zip(numbers.tolist(), np.split(pairs % texts, begins[1:]), strict=True)


def _greedy(presence: csr_matrix, codes: NDArray[np.int64], classes: int) -> list[tuple[int, int]]:
    """Choose tokens one by one, each for what it gets right among the rows that are still open."""
    indicator = np.eye(classes)[codes]
    counts = np.asarray(presence.T @ indicator)
    total, winner = counts.sum(axis=1), counts.argmax(axis=1)
    lower = _wilson(counts.max(axis=1, initial=0.0), total)
    tellable = _tellable(codes, classes)
    purest = PUREST if tellable.all() else RARE_PUREST
    pure = lower >= np.maximum(purest, indicator.mean(axis=0)[winner] + ABOVE_PRIOR)
    candidates = np.flatnonzero(pure & (total >= FEWEST))
    columns = presence[:, candidates].tocsc()
    sign = np.where(codes[:, None] == np.arange(classes), 1.0, -1.0)
    least = max(GAIN * int(tellable[codes].sum()), 1.0)
    return list(_chosen(columns, candidates, winner[candidates], sign, least))


def _chosen(
    columns: csc_matrix,
    candidates: NDArray[np.int64],
    winner: NDArray[np.int64],
    sign: NDArray[np.float64],
    least: float,
) -> Iterator[tuple[int, int]]:
    open_ = np.ones(columns.shape[0])
    for _ in range(min(TOKENS, len(candidates))):
        gains = np.asarray(columns.T @ (sign * open_[:, None]))[np.arange(len(candidates)), winner]
        best = int(gains.argmax())
        if gains[best] < least:
            return
        yield int(candidates[best]), int(winner[best])
        open_[columns[:, [best]].indices] = 0.0


def _answers(presence: csr_matrix, chosen: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Return what the first token a row holds says, or -1."""
    answers = np.full(presence.shape[0], -1, dtype=np.int64)
    for token, code in reversed(chosen):
        answers[presence[:, [token]].tocsc().indices] = code
    return answers


def _wilson(hits: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lower end of Wilson's 95 % interval of a share."""
    n = np.maximum(total, 1.0)
    share = hits / n
    spread = Z * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return np.asarray((share + Z * Z / (2 * n) - spread) / (1 + Z * Z / n))
